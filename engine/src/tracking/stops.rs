//! Stops: where somebody stayed, and since when.

use super::motion::Step;
use campo_geo::Coord;
use schemars::JsonSchema;
use serde::Serialize;

/// Fixes this near to their centre are one place (or as near as their accuracy), metres.
pub const STOP_RADIUS_M: f64 = 50.0;
/// A stop lasts at least this long, milliseconds.
const STOP_AFTER_MS: i64 = 3 * 60_000;
/// A stop has at least this many fixes.
const STOP_FIXES: u32 = 3;
/// Faster than this is no stop, m/s.
const STOP_SPEED_MPS: f64 = 1.5;

/// Fixes gathered around one place. Whole numbers, so that their sum does not depend on rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cluster {
    anchor: Coord,
    east_e7: i64,
    north_e7: i64,
    /// How many fixes.
    pub fixes: u32,
    /// The first of them, corrected Unix milliseconds.
    pub first_ms: i64,
    /// The last of them.
    pub last_ms: i64,
}

impl Cluster {
    /// A cluster of one fix.
    pub fn new(coord: Coord, ms: i64) -> Self {
        Self { anchor: coord, east_e7: 0, north_e7: 0, fixes: 1, first_ms: ms, last_ms: ms }
    }

    /// Takes one more fix.
    pub fn add(&mut self, coord: Coord, ms: i64) {
        let mut east = i64::from(coord.lon_e7()) - i64::from(self.anchor.lon_e7());
        // Over the antimeridian the short way counts.
        east -= if east.abs() > 1_800_000_000 { east.signum() * 3_600_000_000 } else { 0 };
        self.east_e7 += east;
        self.north_e7 += i64::from(coord.lat_e7()) - i64::from(self.anchor.lat_e7());
        self.fixes = self.fixes.saturating_add(1);
        self.last_ms = ms;
    }

    /// The mean place.
    pub fn centre(&self) -> Coord {
        let n = f64::from(self.fixes);
        let lat = self.anchor.lat() + self.north_e7 as f64 / n / 1e7;
        let lon = self.anchor.lon() + self.east_e7 as f64 / n / 1e7;
        Coord::new(lat.clamp(-90.0, 90.0), campo_geo::coord::wrap_lon(lon)).unwrap_or(self.anchor)
    }

    /// Is a fix with this error in the same place?
    pub fn holds(&self, coord: Coord, error_m: f64) -> bool {
        self.centre().distance_m(coord) <= error_m.max(STOP_RADIUS_M)
    }

    /// From its first to its last fix, milliseconds.
    pub fn lasted_ms(&self) -> i64 {
        self.last_ms - self.first_ms
    }
}

/// A place where somebody stays or stayed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Stop {
    /// When it began, corrected Unix milliseconds.
    pub since_ms: i64,
    /// The last fix in it.
    pub until_ms: i64,
    /// The centre of its fixes: the last one wanders.
    pub place: Coord,
    /// How many fixes it has.
    pub fixes: u32,
}

/// Finds stops in a track, fix by fix.
///
/// At least 3 fixes within 50 m (or their accuracy) of their centre over at least 3 minutes, slower than
/// 1.5 m/s. One stray fix does not end a stop, two in a row do.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stops {
    cluster: Option<Cluster>,
    strayed: bool,
}

impl Stops {
    /// Takes the next accepted fix.
    pub fn on(&mut self, step: &Step) {
        let now = &step.now;
        let slow = step.speed_mps < STOP_SPEED_MPS;
        // The way back from a stray fix is no speed, unless the phone measured one.
        let back = self.strayed && now.speed_mps().is_none();
        match &mut self.cluster {
            Some(cluster) if (slow || back) && cluster.holds(now.coord, now.error_m()) => {
                cluster.add(now.coord, now.ms);
                self.strayed = false;
            }
            Some(cluster) if !self.strayed && is_stop(cluster) => self.strayed = true,
            _ => {
                self.cluster = slow.then(|| Cluster::new(now.coord, now.ms));
                self.strayed = false;
            }
        }
    }

    /// The stop that is going on.
    pub fn current(&self) -> Option<Stop> {
        let cluster = self.cluster.filter(is_stop)?;
        Some(Stop {
            since_ms: cluster.first_ms,
            until_ms: cluster.last_ms,
            place: cluster.centre(),
            fixes: cluster.fixes,
        })
    }

    /// Is a stop going on?
    pub fn is_stopped(&self) -> bool {
        self.cluster.as_ref().is_some_and(is_stop)
    }
}

fn is_stop(cluster: &Cluster) -> bool {
    cluster.fixes >= STOP_FIXES && cluster.lasted_ms() >= STOP_AFTER_MS
}

#[cfg(test)]
#[path = "stops_tests.rs"]
mod tests;
