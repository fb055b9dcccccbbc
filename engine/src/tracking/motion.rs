//! How somebody moves: the speed, smoothed, and what it is called.

use super::sample::Sample;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Speeds are smoothed over about this long, seconds.
const SMOOTHING_S: f64 = 15.0;
/// Below this (1 km/h) somebody stands.
const STANDING_MPS: f64 = 1.0 / 3.6;
/// Up to this (7 km/h) somebody walks.
const WALKING_MPS: f64 = 7.0 / 3.6;
/// Two fixes of a phone at rest may lie this far apart when it states no accuracy, metres.
const REST_WANDER_M: f64 = 15.0;

/// What the smoothed speed is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Under 1 km/h.
    #[default]
    Stationary,
    /// Up to 7 km/h.
    Walking,
    /// Faster.
    Driving,
}

/// One accepted fix with what led to it: computed once, used by every rule.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The accepted fix before.
    pub before: Option<Sample>,
    /// The fix itself.
    pub now: Sample,
    /// Seconds since the one before, at least a thousandth.
    pub seconds: f64,
    /// Metres from the one before.
    pub metres: f64,
    /// Speed at the fix: what the phone measured, else the way from the fix before less what its error
    /// explains; m/s.
    pub speed_mps: f64,
}

impl Step {
    /// The step from the accepted fix before to this one.
    pub fn new(before: Option<Sample>, now: Sample) -> Self {
        let seconds = before.map_or(0.0, |b| (now.ms - b.ms) as f64 / 1_000.0).max(1e-3);
        let metres = before.map_or(0.0, |b| b.coord.distance_m(now.coord));
        let wander = |s: &Sample| s.accuracy_m().map_or(REST_WANDER_M, |a| f64::from(a).clamp(5.0, 50.0));
        let slack = before.map_or(0.0, |b| wander(&b).max(wander(&now)));
        let chord = (metres - slack).max(0.0) / seconds.max(1.0);
        let speed_mps = now.speed_mps().map_or(chord, f64::from);
        Self { before, now, seconds, metres, speed_mps }
    }

    /// Speed of the straight way from the fix before, nothing taken off; m/s.
    pub fn chord_mps(&self) -> f64 {
        self.metres / self.seconds
    }
}

/// The smoothed speed of one person.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Motion {
    speed_mps: f64,
    mode: Mode,
    still_since_ms: Option<i64>,
}

impl Motion {
    /// Takes the next accepted fix. `stopped` says that a stop is confirmed: whoever wanders within one stands.
    pub fn on(&mut self, step: &Step, stopped: bool) {
        // The weight of a first-order low pass; the first fix counts in full.
        let weight = step.before.map_or(1.0, |_| step.seconds / (step.seconds + SMOOTHING_S));
        self.speed_mps += weight * (step.speed_mps - self.speed_mps);
        self.mode = match self.speed_mps {
            _ if stopped => Mode::Stationary,
            v if v < STANDING_MPS => Mode::Stationary,
            v if v <= WALKING_MPS => Mode::Walking,
            _ => Mode::Driving,
        };
        // The smoothed speed takes a minute to see a red light; the way from the fix before sees it at once.
        let still = self.mode == Mode::Stationary || step.speed_mps < STANDING_MPS;
        let since = step.before.unwrap_or(step.now).ms;
        self.still_since_ms = still.then(|| self.still_since_ms.unwrap_or(since));
    }

    /// How the person moves.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Smoothed speed, m/s.
    pub fn speed_mps(&self) -> f64 {
        self.speed_mps
    }

    /// Since when the person has not moved, corrected Unix milliseconds; `None` while moving.
    pub fn still_since_ms(&self) -> Option<i64> {
        self.still_since_ms
    }
}
