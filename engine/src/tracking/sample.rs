//! A fix as the rules over a track need it.

use super::fix::{Fix, Order};
use campo_geo::Coord;

/// What is assumed where a phone states no accuracy, metres.
pub const UNKNOWN_ACCURACY_M: f32 = 25.0;

/// What the state needs of a fix: 48 bytes, so that a window of them stays small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Corrected time, Unix milliseconds.
    pub ms: i64,
    /// The phone's own time.
    pub at_ms: i64,
    /// Where.
    pub coord: Coord,
    /// Which stream.
    pub source: i32,
    // Minus one is "unknown": an Option would double these.
    accuracy_m: f32,
    speed_mps: f32,
    heading_ddeg: i16,
    pub(super) mock: bool,
    /// Did it come in within five minutes of being taken?
    pub(super) fresh: bool,
}

impl Sample {
    /// Its accuracy in metres, if the phone stated it.
    pub fn accuracy_m(&self) -> Option<f32> {
        known(self.accuracy_m)
    }

    /// Its accuracy in metres, or what is assumed.
    pub fn error_m(&self) -> f64 {
        f64::from(self.accuracy_m().unwrap_or(UNKNOWN_ACCURACY_M))
    }

    /// The speed that the phone measured, m/s.
    pub fn speed_mps(&self) -> Option<f32> {
        known(self.speed_mps)
    }

    /// The course that the phone measured, degrees.
    pub fn heading_deg(&self) -> Option<f32> {
        known(f32::from(self.heading_ddeg)).map(|tenths| tenths / 10.0)
    }

    /// What makes it one point.
    pub fn id(&self) -> (i32, i64) {
        (self.source, self.at_ms)
    }

    /// The order of a track.
    pub fn order(&self) -> Order {
        (self.ms, self.source, self.at_ms)
    }
}

fn known(value: f32) -> Option<f32> {
    (value >= 0.0).then_some(value)
}

/// A fix that comes in this soon after it was taken says where the person is, milliseconds.
const FRESH_MS: i64 = 5 * 60_000;

impl Sample {
    /// A fix that comes in at this moment.
    pub(super) fn received(fix: &Fix, server_now_ms: i64) -> Self {
        let fresh = server_now_ms.saturating_sub(fix.corrected_ms) <= FRESH_MS;
        Self { fresh, ..Self::from(fix) }
    }
}

/// A fix of which nobody knows when it came in: not fresh.
impl From<&Fix> for Sample {
    fn from(fix: &Fix) -> Self {
        Self {
            ms: fix.corrected_ms,
            at_ms: fix.at_ms,
            coord: fix.coord,
            source: fix.source,
            accuracy_m: fix.accuracy_m.unwrap_or(-1.0),
            speed_mps: fix.speed_mps.unwrap_or(-1.0),
            heading_ddeg: fix.heading_deg.map_or(-1, |deg| (deg * 10.0).round() as i16),
            mock: fix.mock,
            fresh: false,
        }
    }
}
