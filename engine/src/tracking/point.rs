//! A point as phones send it, read so that one bad field never costs more than that field, and one bad
//! point never more than that point.

use super::fix::{Activity, Fix};
use super::loose::Loose;
use super::refusal::Refusal;
use campo_geo::Coord;
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt;

/// The latest phone time that is read at all: 1 January 2100, Unix milliseconds.
const LAST_AT_MS: i64 = 4_102_444_800_000;

/// One position of a `pings` frame.
///
/// Reading never fails on a wrong type, a missing field or an absurd number: such a field is `None`, unknown
/// ones are passed over, and [`RawPoint::fix`] says what that means for the point.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
#[schemars(rename = "Point")]
pub struct RawPoint {
    /// The phone's clock at the fix, Unix milliseconds; identifies the point within its boot.
    #[schemars(required, range(min = 0, max = 4_102_444_800_000i64))]
    pub at: Option<i64>,
    /// Latitude, WGS-84 decimal degrees.
    #[schemars(required, range(min = -90, max = 90))]
    pub lat: Option<f64>,
    /// Longitude, WGS-84 decimal degrees.
    #[schemars(required, range(min = -180, max = 180))]
    pub lon: Option<f64>,
    /// Radius of the error, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
    /// Speed over ground, m/s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f64>,
    /// Course, degrees clockwise from north, 0..360.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<f64>,
    /// Height, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub altitude_m: Option<f64>,
    /// Charge, 0..1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<f64>,
    /// Is it being charged?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charging: Option<bool>,
    /// What the owner does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
    /// Did an app make the position up?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mock: Option<bool>,
}

impl RawPoint {
    /// The point as the core takes it, or [`Refusal::Range`].
    ///
    /// Only `at`, `lat` and `lon` can refuse it. Optional fields out of range (a negative speed is many
    /// phones' word for "unknown") become `None`; an accuracy worse than 3276.7 m is kept as that.
    pub fn fix(&self, source: i32, seq: i32, correction_ms: i64) -> Result<Fix, Refusal> {
        let at_ms = self.at.filter(|at| (0..=LAST_AT_MS).contains(at)).ok_or(Refusal::Range)?;
        let (lat, lon) = self.lat.zip(self.lon).ok_or(Refusal::Range)?;
        let coord = Coord::new(lat, lon).ok_or(Refusal::Range)?.snapped();
        let accuracy = self.accuracy_m.map(|a| a.min(3_276.7));
        Ok(Fix {
            source,
            seq,
            at_ms,
            corrected_ms: at_ms.saturating_add(correction_ms),
            coord,
            accuracy_m: on_grid(accuracy, 0.0, 3_276.7, 10.0),
            speed_mps: on_grid(self.speed_mps, 0.0, 327.67, 100.0),
            heading_deg: on_grid(self.heading_deg, 0.0, 360.0, 10.0)
                .map(|h| if h >= 360.0 { 0.0 } else { h }),
            altitude_m: on_grid(self.altitude_m, -1_000.0, 32_767.0, 1.0),
            battery: on_grid(self.battery, 0.0, 1.0, 100.0),
            charging: self.charging,
            activity: self.activity,
            mock: self.mock.unwrap_or(false),
        })
    }
}

/// A number inside its range, rounded to the steps in which it is stored.
fn on_grid(value: Option<f64>, low: f64, high: f64, steps: f32) -> Option<f32> {
    let value = value.filter(|v| (low..=high).contains(v))?;
    Some((value * f64::from(steps)).round() as f32 / steps)
}

/// A frame of positions. Read it with [`Pings::read`]: plain deserializing fails where one number has no
/// place in a float (`1e999`), reading does not.
#[derive(Debug, Clone, PartialEq, DeriveDeserialize, Serialize, JsonSchema)]
pub struct Pings {
    /// Sequence number of the first point.
    pub from: i64,
    /// The phone's clock at sending, Unix milliseconds.
    pub now: i64,
    /// The points, oldest first, at most 500.
    pub points: Vec<RawPoint>,
}

impl Pings {
    /// Reads a frame's text; fails only where the frame itself is broken (`from`, `now`, no list of points).
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).or_else(|_| Self::read_one_by_one(text))
    }

    /// The slow way: each point on its own, and where that fails each field on its own.
    fn read_one_by_one(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(DeriveDeserialize)]
        struct Frame<'a> {
            from: i64,
            now: i64,
            #[serde(borrow)]
            points: Vec<&'a RawValue>,
        }
        let Frame { from, now, points } = serde_json::from_str(text)?;
        let points = points.into_iter().map(|raw| {
            let whole = serde_json::from_str::<RawPoint>(raw.get());
            whole.or_else(|_| serde_json::from_str::<Salvaged>(raw.get()).map(|s| s.0)).unwrap_or_default()
        });
        Ok(Self { from, now, points: points.collect() })
    }
}

#[derive(DeriveDeserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    At,
    Lat,
    Lon,
    AccuracyM,
    SpeedMps,
    HeadingDeg,
    AltitudeM,
    Battery,
    Charging,
    Activity,
    Mock,
    #[serde(other)]
    Other,
}

impl RawPoint {
    fn set(&mut self, field: Field, value: Loose) {
        match field {
            Field::At => self.at = value.whole(),
            Field::Lat => self.lat = value.number(),
            Field::Lon => self.lon = value.number(),
            Field::AccuracyM => self.accuracy_m = value.number(),
            Field::SpeedMps => self.speed_mps = value.number(),
            Field::HeadingDeg => self.heading_deg = value.number(),
            Field::AltitudeM => self.altitude_m = value.number(),
            Field::Battery => self.battery = value.number(),
            Field::Charging => self.charging = value.flag(),
            Field::Activity => self.activity = value.activity(),
            Field::Mock => self.mock = value.flag(),
            Field::Other => {}
        }
    }
}

struct PointVisitor;

impl<'de> Visitor<'de> for PointVisitor {
    type Value = RawPoint;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a point")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawPoint, A::Error> {
        let mut point = RawPoint::default();
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
                field => point.set(field, map.next_value()?),
            }
        }
        Ok(point)
    }
    // Whatever else stands in the place of a point is a point without anything.
    fn visit_bool<E>(self, _: bool) -> Result<RawPoint, E> {
        Ok(RawPoint::default())
    }
    fn visit_i64<E>(self, _: i64) -> Result<RawPoint, E> {
        Ok(RawPoint::default())
    }
    fn visit_u64<E>(self, _: u64) -> Result<RawPoint, E> {
        Ok(RawPoint::default())
    }
    fn visit_f64<E>(self, _: f64) -> Result<RawPoint, E> {
        Ok(RawPoint::default())
    }
    fn visit_str<E>(self, _: &str) -> Result<RawPoint, E> {
        Ok(RawPoint::default())
    }
    fn visit_unit<E>(self) -> Result<RawPoint, E> {
        Ok(RawPoint::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawPoint, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(RawPoint::default())
    }
}

impl<'de> Deserialize<'de> for RawPoint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PointVisitor)
    }
}

/// A point of which some field cannot even be read as a value; that field is left out.
struct Salvaged(RawPoint);

impl<'de> Deserialize<'de> for Salvaged {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct FieldByField;
        impl<'de> Visitor<'de> for FieldByField {
            type Value = Salvaged;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a point")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Salvaged, A::Error> {
                let mut point = RawPoint::default();
                while let Some(field) = map.next_key::<Field>()? {
                    let raw = map.next_value::<&RawValue>()?;
                    point.set(field, serde_json::from_str(raw.get()).unwrap_or(Loose::Useless));
                }
                Ok(Salvaged(point))
            }
        }
        from.deserialize_map(FieldByField)
    }
}

#[cfg(test)]
#[path = "point_tests.rs"]
mod tests;
