//! What follows from a track: every rule over every point, in order.
//!
//! A [`Derived`] is a fold: the same points in the same order give the same state, byte for byte. It knows
//! nothing of when points came in; [`super::technician`] sees to the order. It holds what an ETA is asked from,
//! not the ETA: what is known of roads may change between two points, and a window that is derived again asks
//! once, at its end ([`super::answers`]).

use super::arrival::{Approach, Arrival};
use super::motion::{Mode, Motion, Step};
use super::sample::Sample;
use super::stops::{Stop, Stops};
use super::verdict::{Gate, Judged, Verdict};
use campo_geo::{Coord, Eta};
use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use uuid::Uuid;

/// Standing this long is a red light: the arrival promised stays. Longer, and time moves on. Milliseconds.
pub const RED_LIGHT_MS: i64 = 3 * 60_000;
/// How old the last position may be for a first ETA when a journey begins, milliseconds.
const FIRST_ETA_MS: i64 = 10 * 60_000;

/// A journey to one job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trip {
    /// The tracking session.
    pub session: Uuid,
    /// Its job.
    pub job: Uuid,
    /// Where to; without it there is no ETA and no arrival.
    pub destination: Option<Coord>,
    /// When it began, corrected Unix milliseconds.
    pub started_ms: i64,
}

/// An ETA and the moment that its seconds count from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EtaAt {
    /// The remaining time.
    pub eta: Eta,
    /// Counted from here, corrected Unix milliseconds.
    pub at_ms: i64,
}

/// A course measured below this speed (10 km/h) says nothing about where somebody heads; m/s.
pub const HEADING_MPS: f32 = 10.0 / 3.6;

/// What a journey's ETA is asked from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Where the person was.
    pub from: Coord,
    /// Where they headed, degrees, when they moved and it was measured.
    pub heading_deg: Option<f32>,
    /// When they were there, corrected Unix milliseconds.
    pub ms: i64,
    /// The moment that the seconds count from: later than `ms` for somebody who stands.
    pub at_ms: i64,
}

impl Asked {
    fn from(sample: &Sample) -> Self {
        let moves = sample.speed_mps().is_some_and(|speed| speed >= HEADING_MPS);
        let heading_deg = sample.heading_deg().filter(|_| moves);
        Self { from: sample.coord, heading_deg, ms: sample.ms, at_ms: sample.ms }
    }
}

/// Local hours of the week, remembered for the quarter of an hour that one asks about again and again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hours {
    zone: Tz,
    quarter: i64,
    hour: u8,
}

impl Hours {
    /// Hours in the organization's zone.
    pub fn new(zone: Tz) -> Self {
        Self { zone, quarter: i64::MIN, hour: 0 }
    }

    /// The local hour of the week: Monday 0:00 is 0.
    pub fn of(&mut self, ms: i64) -> u8 {
        // Every zone's offset is a multiple of a quarter of an hour.
        let quarter = ms.div_euclid(15 * 60_000);
        if quarter != self.quarter {
            (self.quarter, self.hour) = (quarter, hour_of_week(ms, self.zone));
        }
        self.hour
    }
}

/// The local hour of the week at a moment in Unix milliseconds: Monday 0:00 is 0, Sunday 23:00 is 167.
pub fn hour_of_week(ms: i64, zone: Tz) -> u8 {
    let local = DateTime::from_timestamp_millis(ms).unwrap_or_default().with_timezone(&zone);
    (local.weekday().num_days_from_monday() * 24 + local.hour()) as u8
}

/// One journey as far as it has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Journey {
    /// Which.
    pub trip: Trip,
    /// The newest point that was known when it began.
    known_ms: i64,
    approach: Option<Approach>,
    asked: Option<Asked>,
}

impl Journey {
    /// A journey that has just begun, and the newest point known by then.
    pub fn new(trip: Trip, known_ms: Option<i64>) -> Self {
        let known_ms = known_ms.unwrap_or(i64::MIN);
        Self { trip, known_ms, approach: trip.destination.map(Approach::new), asked: None }
    }

    /// What its ETA is asked from; nothing without a position or a destination, and nothing after the arrival.
    pub fn asked(&self) -> Option<Asked> {
        self.asked.filter(|_| self.arrived().is_none())
    }

    /// Its arrival, once found.
    pub fn arrived(&self) -> Option<Arrival> {
        self.approach.and_then(|approach| approach.arrived())
    }

    /// The same journey to another destination.
    pub(super) fn redirected(&self, destination: Option<Coord>) -> Self {
        Self::new(Trip { destination, ..self.trip }, Some(self.known_ms))
    }

    /// Does a fix belong to the journey: can it show the arrival?
    ///
    /// One taken since the start does. So does one taken before it that nobody knew then and that came in
    /// fresh: a job made and started within a minute begins "now", while the phone is still some fixes behind.
    /// Whatever a dead zone kept for longer tells of another visit.
    fn owns(&self, sample: &Sample) -> bool {
        sample.ms >= self.trip.started_ms || (sample.fresh && sample.ms > self.known_ms)
    }

    /// Takes an accepted fix; answers whether the ETA or the arrival changed.
    fn on(&mut self, step: &Step, still_since_ms: Option<i64>) -> bool {
        let owned = self.owns(&step.now);
        let (Some(destination), Some(approach)) = (self.trip.destination, &mut self.approach) else {
            return false;
        };
        let is_old = !owned && step.now.ms < self.trip.started_ms - FIRST_ETA_MS;
        if approach.arrived().is_some() || is_old {
            return false;
        }
        let distance_m = step.now.coord.distance_m(destination);
        if owned {
            approach.on(step, distance_m);
        }
        match (still_since_ms, &mut self.asked) {
            (Some(since), Some(_)) if step.now.ms - since <= RED_LIGHT_MS => approach.arrived().is_some(),
            // Standing on: the seconds stay, and count from now.
            (Some(_), Some(asked)) => {
                asked.at_ms = step.now.ms;
                true
            }
            _ => {
                self.asked = Some(Asked::from(&step.now));
                true
            }
        }
    }
}

/// All that is derived from one person's track.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Derived {
    gate: Gate,
    motion: Motion,
    stops: Stops,
    position: Option<Sample>,
    pub(super) journeys: Vec<Journey>,
}

impl Derived {
    /// Takes the next point. Points come in the order of [`Sample::order`], each once.
    ///
    /// Answers the verdict on it and whether any journey's ETA or arrival changed.
    pub fn on(&mut self, sample: &Sample) -> (Judged, bool) {
        let passed = self.gate.judge(sample);
        let mut changed = false;
        if let Some(acquitted) = &passed.acquitted {
            changed |= self.accept(acquitted);
        }
        if passed.judged.verdict == Verdict::Accepted {
            changed |= self.accept(sample);
        }
        (passed.judged, changed)
    }

    fn accept(&mut self, sample: &Sample) -> bool {
        let step = Step::new(self.position, *sample);
        self.stops.on(&step);
        self.motion.on(&step, self.stops.is_stopped());
        self.position = Some(*sample);
        let still = self.motion.still_since_ms();
        let mut changed = false;
        for journey in &mut self.journeys {
            changed |= journey.on(&step, still);
        }
        changed
    }

    /// The newest accepted point.
    pub fn position(&self) -> Option<&Sample> {
        self.position.as_ref()
    }

    /// The stop that is going on.
    pub fn stop(&self) -> Option<Stop> {
        self.stops.current()
    }

    /// Is a stop going on?
    pub fn is_stopped(&self) -> bool {
        self.stops.is_stopped()
    }

    /// Does the person stand, be it at a red light? The smoothed speed takes longer to say so.
    pub fn is_standing(&self) -> bool {
        self.motion.still_since_ms().is_some()
    }

    /// How the person moves.
    pub fn mode(&self) -> Mode {
        self.motion.mode()
    }

    /// Smoothed speed, m/s.
    pub fn speed_mps(&self) -> f64 {
        self.motion.speed_mps()
    }

    /// The journeys, in the order in which they began.
    pub fn journeys(&self) -> &[Journey] {
        &self.journeys
    }

    /// Takes over another state, keeping the memory that is already there.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self { gate, motion, stops, position, journeys } = self;
        (*gate, *motion, *stops, *position) = (other.gate, other.motion, other.stops, other.position);
        journeys.clone_from(&other.journeys);
    }
}
