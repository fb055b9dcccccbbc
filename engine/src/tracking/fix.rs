//! A position as the core sees it, and its form in a row.

use campo_geo::Coord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the phone believes its owner does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Not moving.
    Still,
    /// On foot.
    Walking,
    /// In a car, van or truck.
    InVehicle,
    /// On a bicycle.
    OnBicycle,
}

/// The order of a track: corrected time, then source and phone time to break ties.
pub type Order = (i64, i32, i64);

/// A valid point of one phone. All numbers are already on the grid of their stored form, so that what is
/// read back from SQL equals what was in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// The boot of a device that it came from, or an ingest token: the int4 surrogate.
    pub source: i32,
    /// Its number within the boot.
    pub seq: i32,
    /// The phone's own clock at the fix, Unix milliseconds; identifies the point within its source.
    pub at_ms: i64,
    /// The same moment by the server's clock.
    pub corrected_ms: i64,
    /// Where, on the grid of 1e-7 degrees.
    pub coord: Coord,
    /// Radius of the error that the phone states, metres (0.1 m steps, at most 3276.7).
    pub accuracy_m: Option<f32>,
    /// Speed over ground, m/s (0.01 steps).
    pub speed_mps: Option<f32>,
    /// Course, degrees clockwise from north, 0..360 (0.1 steps).
    pub heading_deg: Option<f32>,
    /// Height, metres (whole).
    pub altitude_m: Option<f32>,
    /// Charge, 0..=1 (0.01 steps).
    pub battery: Option<f32>,
    /// Is it being charged?
    pub charging: Option<bool>,
    /// What the owner does.
    pub activity: Option<Activity>,
    /// Did the phone say that the position is made up by an app?
    pub mock: bool,
}

impl Fix {
    /// What makes it one point: no two of a person share it.
    pub fn id(&self) -> (i32, i64) {
        (self.source, self.at_ms)
    }

    /// The order of a person's track: corrected time, then source and phone time to break ties.
    pub fn order(&self) -> Order {
        (self.corrected_ms, self.source, self.at_ms)
    }

    /// The point's measured part as it stands in a row.
    pub fn stored(&self) -> Stored {
        let scaled = |value: Option<f32>, steps: f32| value.map(|v| (v * steps).round() as i16);
        Stored {
            lat_e7: self.coord.lat_e7(),
            lon_e7: self.coord.lon_e7(),
            accuracy_dm: scaled(self.accuracy_m, 10.0),
            speed_cmps: scaled(self.speed_mps, 100.0),
            heading_ddeg: scaled(self.heading_deg, 10.0),
            altitude_m: scaled(self.altitude_m, 1.0),
            battery_pct: scaled(self.battery, 100.0),
            flags: self.flags(),
        }
    }

    fn flags(&self) -> i16 {
        let charging = self.charging.map_or(0, |on| 0b10 | i16::from(on));
        let activity = match self.activity {
            None => 0,
            Some(Activity::Still) => 1,
            Some(Activity::Walking) => 2,
            Some(Activity::InVehicle) => 3,
            Some(Activity::OnBicycle) => 4,
        };
        charging | (i16::from(self.mock) << 2) | (activity << 4)
    }
}

/// The measured part of a [`Fix`] in the units of table `position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Latitude, 1e-7 degrees.
    pub lat_e7: i32,
    /// Longitude, 1e-7 degrees.
    pub lon_e7: i32,
    /// Accuracy, decimetres.
    pub accuracy_dm: Option<i16>,
    /// Speed, centimetres a second.
    pub speed_cmps: Option<i16>,
    /// Course, tenths of a degree.
    pub heading_ddeg: Option<i16>,
    /// Height, metres.
    pub altitude_m: Option<i16>,
    /// Charge, percent.
    pub battery_pct: Option<i16>,
    /// Bits: 0 charging, 1 charging known, 2 mock, 4..6 activity (0 unknown, 1 still, 2 walking, 3 in_vehicle,
    /// 4 on_bicycle).
    pub flags: i16,
}

impl Stored {
    /// The point again; `None` where the coordinates are no place, which no stored row has.
    pub fn fix(self, source: i32, seq: i32, at_ms: i64, corrected_ms: i64) -> Option<Fix> {
        let scaled = |value: Option<i16>, steps: f32| value.map(|v| f32::from(v) / steps);
        Some(Fix {
            source,
            seq,
            at_ms,
            corrected_ms,
            coord: Coord::from_e7(self.lat_e7, self.lon_e7)?,
            accuracy_m: scaled(self.accuracy_dm, 10.0),
            speed_mps: scaled(self.speed_cmps, 100.0),
            heading_deg: scaled(self.heading_ddeg, 10.0),
            altitude_m: scaled(self.altitude_m, 1.0),
            battery: scaled(self.battery_pct, 100.0),
            charging: (self.flags & 0b10 != 0).then_some(self.flags & 1 != 0),
            activity: match (self.flags >> 4) & 0b111 {
                1 => Some(Activity::Still),
                2 => Some(Activity::Walking),
                3 => Some(Activity::InVehicle),
                4 => Some(Activity::OnBicycle),
                _ => None,
            },
            mock: self.flags & 0b100 != 0,
        })
    }
}

/// A person's track in order, each point once.
pub fn sorted_unique(mut fixes: Vec<Fix>) -> Vec<Fix> {
    fixes.sort_unstable_by_key(Fix::order);
    let mut seen = rustc_hash::FxHashSet::default();
    fixes.retain(|fix| seen.insert(fix.id()));
    fixes
}
