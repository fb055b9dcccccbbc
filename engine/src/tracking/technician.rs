//! The live state of one technician: plain data, no address, no clock, no socket.
//!
//! Points may arrive late, twice and in any order. The last half hour is kept in order of time; a point that
//! falls into it is put in its place and what follows from the window is derived again from the state before
//! it. What is published only goes forward: a late point may change what is believed, never pull the marker
//! back, and never announce an arrival a second time.

use super::answers::{Answers, OutsideQuestion};
use super::derive::{Derived, EtaAt, Journey, Trip};
use super::fix::{Fix, Order};
use super::motion::Mode;
pub use super::outcome::{Arrived, Marker, Outcome, Standing, StopChange};
use super::rate::{self, Pace};
use super::recent::{Placed, Recent};
pub use super::recent::{WINDOW_FIXES, WINDOW_MS};
use super::sample::Sample;
use super::verdict::{self, Judged};
use campo_geo::Coord;
use campo_geo::eta::Estimator;
use chrono_tz::Tz;
use std::sync::Arc;
use uuid::Uuid;

/// Points that come in later than this go to history alone, milliseconds.
pub const LATE_LIMIT_MS: i64 = 24 * 3_600_000;

/// What one technician's live state depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The organization's zone: ETAs know the hour of its week.
    pub zone: Tz,
    /// The position interval told to phones, seconds.
    pub ping_every_s: u16,
    /// Does the interval follow the state (see [`rate`]), or is it always the same?
    pub adaptive: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { zone: chrono_tz::America::Argentina::Buenos_Aires, ping_every_s: 30, adaptive: false }
    }
}

/// The newest report of a phone's charge.
#[derive(Debug, Clone, Copy)]
struct Charge {
    order: Order,
    battery: f32,
    charging: Option<bool>,
}

/// The live state of one technician.
#[derive(Debug, Clone)]
pub struct Technician {
    settings: Settings,
    /// What follows from all points before the window.
    base: Derived,
    recent: Recent,
    /// What follows from `base` and the window.
    tip: Derived,
    /// The ETAs of its journeys.
    answers: Answers,
    /// What was published last, and its time on the track.
    shown: Option<(i64, Marker)>,
    told: Vec<Uuid>,
    charge: Option<Charge>,
}

impl Technician {
    /// Nobody seen yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            base: Derived::default(),
            recent: Recent::default(),
            tip: Derived::default(),
            answers: Answers::new(settings.zone),
            shown: None,
            told: Vec::new(),
            charge: None,
        }
    }

    /// The state again from what SQL kept: a track sorted and unique (see [`super::fix::sorted_unique`],
    /// points that came in over [`LATE_LIMIT_MS`] late left out) and the trips whose arrival is not known
    /// yet. The outcome tells arrivals that were never told.
    pub fn rebuild(
        settings: Settings,
        fixes: &[Fix],
        trips: &[Trip],
        server_now_ms: i64,
    ) -> (Self, Vec<Arrived>) {
        let mut technician = Self::new(settings);
        let mut arrivals = Vec::new();
        for trip in trips {
            let known = fixes.iter().map(|fix| fix.corrected_ms).rfind(|ms| *ms < trip.started_ms);
            technician.begin(*trip, known);
        }
        for fix in fixes {
            technician.note_charge(fix);
            let sample = Sample::from(fix);
            let placed = technician.place(sample);
            let outcome = technician.settle(placed, fix, &sample, server_now_ms);
            arrivals.extend(outcome.arrivals);
        }
        (technician, arrivals)
    }

    /// The organization's zone.
    pub fn zone(&self) -> Tz {
        self.settings.zone
    }

    /// Takes over what is known of travel times; ETAs are asked again when that is news.
    pub fn learn(&mut self, estimator: &Arc<Estimator>) {
        if self.answers.learn(estimator) {
            self.answers.bring_up(self.tip.journeys());
        }
    }

    /// Takes the next point and says what follows from it.
    pub fn on_fix(&mut self, fix: Fix, server_now_ms: i64) -> Outcome {
        self.note_charge(&fix);
        let too_late = fix.corrected_ms < server_now_ms.saturating_sub(LATE_LIMIT_MS);
        let sample = Sample::received(&fix, server_now_ms);
        let placed = if too_late { Placed::No(Standing::History) } else { self.place(sample) };
        self.settle(placed, &fix, &sample, server_now_ms)
    }

    /// A journey begins. The window is derived again, since its start may lie back a little; arrivals that
    /// this shows are told.
    ///
    /// Beginning the same session again changes nothing.
    pub fn begin_trip(&mut self, trip: Trip) -> Vec<Arrived> {
        let known_ms = self.recent.samples().next_back().map(|sample| sample.ms);
        self.begin(trip, known_ms)
    }

    fn begin(&mut self, trip: Trip, known_ms: Option<i64>) -> Vec<Arrived> {
        if self.tip.journeys().iter().any(|j| j.trip.session == trip.session) {
            return Vec::new();
        }
        self.base.journeys.push(Journey::new(trip, known_ms));
        self.derive_again();
        self.tell()
    }

    /// A journey ends, arrived or not.
    pub fn end_trip(&mut self, session: Uuid) {
        self.told.retain(|told| *told != session);
        for derived in [&mut self.base, &mut self.tip] {
            derived.journeys.retain(|j| j.trip.session != session);
        }
        self.answers.bring_up(self.tip.journeys());
    }

    /// The job moved: the journey's destination is another one now, and its arrival is watched for anew.
    pub fn redirect_trip(&mut self, session: Uuid, destination: Option<Coord>) -> Vec<Arrived> {
        let Some(journey) = self.base.journeys.iter_mut().find(|j| j.trip.session == session) else {
            return Vec::new();
        };
        *journey = journey.redirected(destination);
        self.derive_again();
        self.tell()
    }

    /// The position shown.
    pub fn position(&self) -> Option<Marker> {
        self.shown.map(|(_, marker)| marker)
    }

    /// The trips that a company outside is to be asked about now: [`Answers::outside_due`].
    pub fn outside_due(&mut self, fresh_ms: i64) -> Vec<OutsideQuestion> {
        let told = &self.told;
        let mut due = self.answers.outside_due(fresh_ms);
        due.retain(|question| !told.contains(&question.session));
        due
    }

    /// What it said: [`Answers::hear_outside`].
    pub fn hear_outside(&mut self, question: &OutsideQuestion, seconds: f64) -> bool {
        self.answers.hear_outside(question, seconds)
    }

    /// Each journey's session, job and ETA, as long as it has one.
    pub fn etas(&self) -> impl Iterator<Item = (Uuid, Uuid, EtaAt)> + '_ {
        self.answers.iter().filter(|(session, ..)| !self.told.contains(session))
    }

    /// What is derived from the track: byte-equal for every order in which the same points came.
    pub fn derived(&self) -> &Derived {
        &self.tip
    }

    /// How the person moves.
    pub fn mode(&self) -> Mode {
        self.tip.mode()
    }

    /// The newest charge reported, 0..=1.
    pub fn battery(&self) -> Option<f32> {
        self.charge.map(|charge| charge.battery)
    }

    /// The position interval to tell the phone, seconds. `watched` says that a customer has the page open.
    pub fn ping_every_s(&self, watched: bool) -> u16 {
        let base_s = self.settings.ping_every_s;
        if !self.settings.adaptive {
            return base_s;
        }
        rate::ping_every_s(&Pace {
            base_s,
            stopped: self.tip.is_stopped(),
            nearest_p50_s: self.etas().map(|(_, _, eta)| eta.eta.p50_s).min(),
            watched,
            battery: self.charge.filter(|c| c.charging != Some(true)).map(|c| c.battery),
        })
    }

    fn note_charge(&mut self, fix: &Fix) {
        let Some(battery) = fix.battery else { return };
        if self.charge.is_none_or(|charge| charge.order < fix.order()) {
            self.charge = Some(Charge { order: fix.order(), battery, charging: fix.charging });
        }
    }

    /// Puts a point into the window; what leaves it becomes part of the state before.
    fn place(&mut self, sample: Sample) -> Placed {
        let Self { recent, base, .. } = self;
        recent.place(sample, |oldest| _ = base.on(oldest))
    }

    /// Derives the window again from the state before it; answers the verdict on the point at `index`.
    fn derive_again(&mut self) -> Vec<Judged> {
        self.tip.copy_from(&self.base);
        let judged = self.recent.samples().map(|sample| self.tip.on(sample).0).collect();
        self.answers.bring_up(self.tip.journeys());
        judged
    }

    /// Brings the derived state up to date and says what is new.
    fn settle(&mut self, placed: Placed, fix: &Fix, sample: &Sample, server_now_ms: i64) -> Outcome {
        let before = self.tip.is_stopped().then(|| self.tip.stop()).flatten();
        let (standing, judged, eta_changed) = match placed {
            Placed::No(standing) => return Outcome::nothing(standing, verdict::alone(fix)),
            Placed::Newest => {
                let (judged, changed) = self.tip.on(sample);
                if changed {
                    self.answers.bring_up(self.tip.journeys());
                }
                (Standing::Live, judged, changed)
            }
            Placed::Late(index) => {
                let judged = self.derive_again().get(index).copied().unwrap_or_else(|| verdict::alone(fix));
                (Standing::Late, judged, !self.tip.journeys().is_empty())
            }
        };
        Outcome {
            standing,
            judged,
            moved: self.show(server_now_ms),
            arrivals: self.tell(),
            eta_changed,
            stop: match (before, self.tip.stop()) {
                (None, Some(stop)) => Some(StopChange::Began(stop)),
                (Some(stop), None) => Some(StopChange::Ended(stop)),
                _ => None,
            },
        }
    }

    /// Publishes the newest accepted point if it is newer than the one shown.
    fn show(&mut self, server_now_ms: i64) -> Option<Marker> {
        let position = self.tip.position()?;
        if self.shown.is_some_and(|(ms, _)| position.ms <= ms) {
            return None;
        }
        let marker = Marker {
            // A phone's clock may run up to five minutes ahead; nobody is shown a position from the future.
            at_ms: position.ms.min(server_now_ms),
            coord: position.coord,
            accuracy_m: position.accuracy_m(),
            speed_mps: position.speed_mps(),
            heading_deg: position.heading_deg(),
        };
        self.shown = Some((position.ms, marker));
        Some(marker)
    }

    /// The arrivals that nobody was told yet.
    fn tell(&mut self) -> Vec<Arrived> {
        let mut news = Vec::new();
        for journey in self.tip.journeys() {
            let Some(arrival) = journey.arrived() else { continue };
            let (session, job) = (journey.trip.session, journey.trip.job);
            if !self.told.contains(&session) {
                self.told.push(session);
                let super::arrival::Arrival { at_ms, coord, reason, distance_m } = arrival;
                news.push(Arrived { session, job, at_ms, coord, reason, distance_m });
            }
        }
        news
    }
}

#[cfg(test)]
#[path = "technician_tests.rs"]
mod tests;
