//! Tracks to test with.

use super::fix::Fix;
use super::point::RawPoint;
use campo_geo::Coord;
use proptest::prelude::*;

/// A moment in October 2026, a Thursday at noon in Buenos Aires.
pub(super) const NOON: i64 = 1_791_471_600_000;

/// The Obelisco of Buenos Aires: where everybody goes.
pub(super) fn door() -> Coord {
    Coord::from_e7(-346_037_220, -583_815_920).unwrap()
}

/// A place so far from the door, at a bearing.
pub(super) fn away(bearing_deg: f64, metres: f64) -> Coord {
    door().destination(bearing_deg, metres)
}

/// A fix at a moment after noon, of source 1, with a stated accuracy.
pub(super) fn fix(seconds: f64, coord: Coord, accuracy_m: Option<f64>) -> Fix {
    let at = NOON + (seconds * 1_000.0) as i64;
    let (lat, lon) = (Some(coord.lat()), Some(coord.lon()));
    RawPoint { at: Some(at), lat, lon, accuracy_m, ..RawPoint::default() }.fix(1, 1, 0).unwrap()
}

/// A fix and where the phone really was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Witnessed {
    pub(super) fix: Fix,
    pub(super) truth: Coord,
}

/// How one ping of a generated track comes about.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    seconds: f64,
    speed_mps: f64,
    /// Degrees off the way to the door.
    turn_deg: f64,
    accuracy_m: Option<f64>,
    /// Share of the stated accuracy that the fix is really off, and where to.
    error: (f64, f64),
    measured: bool,
    source: i32,
    /// What is wrong with the point, if anything.
    fault: u8,
}

/// Legs with pings every `seconds`; `faults` of a hundred are made wrong on purpose.
pub(super) fn leg(seconds: std::ops::Range<f64>, faults: u32) -> impl Strategy<Value = Leg> {
    let speed = prop_oneof![2 => Just(0.0), 1 => 0.3..2.0f64, 3 => 2.0..25.0f64];
    let turn = prop_oneof![3 => -20.0..20.0f64, 1 => -180.0..180.0f64];
    let accuracy = prop_oneof![1 => Just(None), 4 => (1.0..40.0f64).prop_map(Some), 1 => (40.0..150.0f64).prop_map(Some)];
    let fault = prop_oneof![100 - faults => Just(0u8), faults => 1..6u8];
    (seconds, speed, turn, accuracy, (0.0..0.99f64, 0.0..360.0f64), any::<bool>(), 1..3i32, fault).prop_map(
        |(seconds, speed_mps, turn_deg, accuracy_m, error, measured, source, fault)| Leg {
            seconds,
            speed_mps,
            turn_deg,
            accuracy_m,
            error,
            measured,
            source,
            fault,
        },
    )
}

/// Walks the legs, starting so far from the door. Stated accuracies are true: no fix is farther off.
pub(super) fn walk(start_m: f64, legs: &[Leg]) -> Vec<Witnessed> {
    let (mut truth, mut seconds) = (away(200.0, start_m), 0.0);
    let mut track = Vec::new();
    for (i, leg) in legs.iter().enumerate() {
        // Nobody drives through the door: the way ends there.
        let metres = leg.speed_mps * leg.seconds;
        let left = truth.distance_m(door());
        let metres = if leg.turn_deg.abs() < 20.0 { metres.min(left) } else { metres };
        truth = truth.destination(truth.bearing_deg(door()) + leg.turn_deg, metres).snapped();
        seconds += leg.seconds;
        let off_m = leg.error.0 * (leg.accuracy_m.unwrap_or(25.0) - 0.2).max(0.0);
        let seen = truth.destination(leg.error.1, off_m);
        let plain = fix(seconds, seen, leg.accuracy_m);
        let speed_mps = leg.measured.then_some((leg.speed_mps * 100.0).round() as f32 / 100.0);
        let good = Fix { source: leg.source, seq: i as i32 + 1, speed_mps, ..plain };
        track.push(Witnessed { fix: spoil(good, leg), truth });
    }
    track
}

fn spoil(fix: Fix, leg: &Leg) -> Fix {
    match leg.fault {
        1 => Fix { coord: Coord::new(0.0, 0.0).unwrap(), ..fix },
        2 => {
            Fix { accuracy_m: Some(600.0), coord: fix.coord.destination(leg.error.1, 500.0).snapped(), ..fix }
        }
        3 => Fix { coord: fix.coord.destination(leg.error.1, 90_000.0).snapped(), ..fix },
        4 => Fix { coord: fix.coord.mirrored(), ..fix },
        5 => Fix { mock: true, ..fix },
        _ => fix,
    }
}
