//! Arrival that neither flaps nor misses.
//!
//! Each session has one [`Approach`]: it watches the accepted fixes of a journey and finds the arrival once.
//! Three things must come together: the fence was entered (a fix in it, or the way between two fixes led
//! through it), the place is certain (what the phone states of its error leaves no doubt that it is within
//! 150 m), and the person stays (two fixes in a row that are slow, or half a minute at one place).

use super::motion::Step;
use super::stops::Cluster;
use campo_geo::{Coord, segment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The fence around a destination, metres.
pub const FENCE_M: f64 = 100.0;
/// An arrival is never reported farther away than this, metres.
pub const CERTAIN_M: f64 = 150.0;
/// Stated accuracies hold about two of three fixes; twice that holds nearly all.
const ERROR_FACTOR: f64 = 2.0;
/// From this many fixes at one place on, their mean speaks against the doubt in each.
const MEAN_FIXES: u32 = 3;
/// Faster than this from fix to fix is passing by, m/s.
const CALM_MPS: f64 = 2.5;
/// Between fixes at least this far apart in time their distance tells a speed, seconds.
const TELLING_S: f64 = 10.0;
/// Nearer fixes than this are the same place, metres.
const SAME_PLACE_M: f64 = 3.0;
/// A phone that measures more than this is not standing, m/s.
const STANDING_MPS: f64 = 1.5;
/// Staying at one place this long is standing, milliseconds.
const STANDING_MS: i64 = 25_000;
/// Between fixes farther apart in time nobody knows the way, seconds.
const LONGEST_WAY_S: f64 = 600.0;

/// Why an arrival was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Two fixes in a row within 100 m, neither passing by.
    Fence,
    /// Standing within 150 m after a fix within 100 m.
    Standing,
    /// Standing within 150 m after the way between two fixes led through the fence.
    Crossing,
}

/// An arrival: found at most once a session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Arrival {
    /// The fix that settled it, corrected Unix milliseconds.
    pub at_ms: i64,
    /// Where that fix was.
    pub coord: Coord,
    /// Why.
    pub reason: Reason,
    /// How far from the destination, metres.
    pub distance_m: f64,
}

/// Watches one journey for its arrival.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Approach {
    destination: Coord,
    visit: Option<Visit>,
    arrived: Option<Arrival>,
}

/// Since the fence was entered, and not left.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Visit {
    reason: Reason,
    last_inside: bool,
    rest: Cluster,
}

impl Approach {
    /// Watches for the arrival at a destination.
    pub fn new(destination: Coord) -> Self {
        Self { destination, visit: None, arrived: None }
    }

    /// The arrival, once found.
    pub fn arrived(&self) -> Option<Arrival> {
        self.arrived
    }

    /// Takes the next accepted fix of the journey, `distance_m` from the destination.
    ///
    /// The way from the fix before is tested for crossing the fence, even where that fix was before the start.
    pub fn on(&mut self, step: &Step, distance_m: f64) {
        if self.arrived.is_some() {
            return;
        }
        let error = step.now.error_m();
        let inside = distance_m <= FENCE_M;
        // Hysteresis: a fix leaves only where its error cannot explain it.
        let left = distance_m - error.min(50.0) > CERTAIN_M;
        self.visit = match self.visit {
            Some(_) if left => None,
            Some(visit) => Some(self.stay(visit, step, distance_m, inside)),
            None => self.enter(step, distance_m, inside),
        };
    }

    /// Did this fix, or the way to it, enter the fence?
    fn enter(&self, step: &Step, distance_m: f64, inside: bool) -> Option<Visit> {
        let near = distance_m + ERROR_FACTOR * step.now.error_m() <= CERTAIN_M;
        let reason = match step.before {
            _ if inside => Reason::Standing,
            Some(before) if near && step.seconds <= LONGEST_WAY_S => {
                let way = segment::closest(self.destination, before.coord, step.now.coord);
                (way.distance_m <= FENCE_M).then_some(Reason::Crossing)?
            }
            _ => return None,
        };
        Some(Visit { reason, last_inside: inside, rest: Cluster::new(step.now.coord, step.now.ms) })
    }

    /// One more fix of a visit: settles the arrival when the person stays.
    fn stay(&mut self, mut visit: Visit, step: &Step, distance_m: f64, inside: bool) -> Visit {
        let now = &step.now;
        if visit.rest.holds(now.coord, now.error_m().min(CERTAIN_M / 2.0)) {
            visit.rest.add(now.coord, now.ms);
        } else {
            visit.rest = Cluster::new(now.coord, now.ms);
        }
        let standing = visit.rest.fixes >= 2 && visit.rest.lasted_ms() >= STANDING_MS;
        let measured = now.speed_mps().map_or(0.0, f64::from);
        // From one second to the next the error of a fix hides a whole drive.
        let telling = step.seconds >= TELLING_S || step.metres <= SAME_PLACE_M || now.speed_mps().is_some();
        let slow = telling && step.chord_mps() <= CALM_MPS;
        let calm = (slow || standing) && measured <= CALM_MPS;
        let reason = if inside && visit.last_inside && calm {
            Some(Reason::Fence)
        } else if standing && measured <= STANDING_MPS {
            Some(if inside { Reason::Standing } else { visit.reason })
        } else {
            None
        };
        if let Some(reason) = reason.filter(|_| self.is_certain(&visit, step, distance_m)) {
            self.arrived = Some(Arrival { at_ms: now.ms, coord: now.coord, reason, distance_m });
        }
        visit.last_inside = inside;
        visit
    }

    /// Is the person surely within 150 m?
    fn is_certain(&self, visit: &Visit, step: &Step, distance_m: f64) -> bool {
        let error = step.now.error_m();
        if distance_m + ERROR_FACTOR * error <= CERTAIN_M {
            return true;
        }
        let mean_m = visit.rest.centre().distance_m(self.destination);
        visit.rest.fixes >= MEAN_FIXES && distance_m.max(mean_m) + error <= CERTAIN_M
    }
}

#[cfg(test)]
#[path = "arrival_tests.rs"]
pub(super) mod tests;
