//! What viewers must be told to expect of a technician: [`super::motion_path`] over the map's ways.

use super::motion_path::{self, Motion};
use super::sample::UNKNOWN_ACCURACY_M;
use super::technician::{Marker, Technician};
use crate::maps::{self, OpenMap};

/// Whoever is slower than this stands, m/s.
const SLOWEST_MPS: f64 = 1.0;

/// What must be told anew, seeing the newest position; `None` while what was `told` holds.
///
/// Expected is the way to the journey under way. Without a map, a journey, a road, or for one who stands or whose
/// position is old, nothing is.
pub fn news(
    core: &Technician,
    marker: &Marker,
    map: Option<&OpenMap>,
    told: Option<&Motion>,
    now_ms: i64,
) -> Option<Motion> {
    let speed_mps = core.derived().speed_mps();
    let is_old = now_ms - marker.at_ms > motion_path::HORIZON_MS;
    let moves = !core.derived().is_standing() && speed_mps >= SLOWEST_MPS && !is_old;
    let going = core.derived().journeys().iter().rev().find(|j| j.arrived().is_none());
    let to = going.and_then(|j| j.trip.destination).filter(|_| moves).zip(map);
    if let Some(told) = told
        && !motion_path::is_news(told, to.is_some(), speed_mps, marker.coord, marker.at_ms)
    {
        return None;
    }
    let line = to.and_then(|(to, map)| maps::way(map, marker, to)).map(|way| way.line);
    let length_m = speed_mps * motion_path::HORIZON_MS as f64 / 1_000.0;
    let path = line.filter(|l| !l.is_empty()).map(|line| motion_path::ahead(&line, length_m));
    // Nothing was expected before, and nothing is now.
    if path.is_none() && told.is_none_or(|t| t.path.is_none()) {
        return None;
    }
    let accuracy_m = f64::from(marker.accuracy_m.unwrap_or(UNKNOWN_ACCURACY_M));
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    Some(Motion { at: marker.at_ms, path, speed_mps: tenth(speed_mps), accuracy_m: tenth(accuracy_m) })
}

#[cfg(test)]
#[path = "expect_tests.rs"]
mod tests;
