//! A point on the earth, and what is measured between two of them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::ToSchema;

/// Mean radius R1 of the IUGG, in metres.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Metres in one degree of latitude on that sphere.
pub const DEGREE_M: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;

/// A point in WGS-84 decimal degrees: always finite, latitude in -90..=90, longitude in -180..=180.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct Coord {
    #[schemars(range(min = -90, max = 90))]
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    #[schemars(range(min = -180, max = 180))]
    #[schema(minimum = -180, maximum = 180)]
    lon: f64,
}

/// What [`Coord`] is read from, before its range is checked.
#[derive(Deserialize)]
struct Degrees {
    lat: f64,
    lon: f64,
}

impl<'de> Deserialize<'de> for Coord {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Degrees { lat, lon } = Degrees::deserialize(from)?;
        Self::new(lat, lon).ok_or_else(|| Error::custom("coordinates out of range"))
    }
}

impl Coord {
    /// A point, or `None` where a number is not finite or out of range.
    ///
    /// Zero is a valid latitude and a valid longitude; both at once usually mean
    /// a missing fix, see [`Coord::is_null_island`].
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        let valid = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        valid.then_some(Self { lat, lon })
    }

    /// A point from ten-millionths of a degree (1.1 cm), the form of binary frames and rows.
    pub fn from_e7(lat_e7: i32, lon_e7: i32) -> Option<Self> {
        Self::new(f64::from(lat_e7) / 1e7, f64::from(lon_e7) / 1e7)
    }

    /// Latitude, decimal degrees.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude, decimal degrees.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Latitude in ten-millionths of a degree, rounded.
    pub fn lat_e7(self) -> i32 {
        (self.lat * 1e7).round() as i32
    }

    /// Longitude in ten-millionths of a degree, rounded.
    pub fn lon_e7(self) -> i32 {
        (self.lon * 1e7).round() as i32
    }

    /// The same point on the grid of ten-millionths of a degree.
    ///
    /// What was stored in that form and what is still in memory then compare equal.
    pub fn snapped(self) -> Self {
        Self { lat: f64::from(self.lat_e7()) / 1e7, lon: f64::from(self.lon_e7()) / 1e7 }
    }

    /// Is this exactly 0, 0: the place where missing fixes are reported?
    pub fn is_null_island(self) -> bool {
        self.lat == 0.0 && self.lon == 0.0
    }

    /// The point with the sign of its longitude flipped: a known fault of some devices.
    pub fn mirrored(self) -> Self {
        Self { lat: self.lat, lon: -self.lon }
    }

    /// Great-circle distance to `other`, in metres. See [`distance_m`].
    pub fn distance_m(self, other: Self) -> f64 {
        distance_m(self, other)
    }

    /// Initial bearing towards `other`, degrees clockwise from north in 0..360; 0 for the same point.
    pub fn bearing_deg(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let turn = (other.lon - self.lon).to_radians();
        let east = turn.sin() * lat_b.cos();
        let north = lat_a.cos() * lat_b.sin() - lat_a.sin() * lat_b.cos() * turn.cos();
        let bearing = east.atan2(north).to_degrees().rem_euclid(360.0);
        // rem_euclid of a tiny negative number rounds up to 360 itself.
        if bearing >= 360.0 { 0.0 } else { bearing }
    }

    /// The point reached by going `distance_m` metres along the great circle that starts at `bearing_deg`.
    ///
    /// A bearing or distance that is not finite counts as zero.
    pub fn destination(self, bearing_deg: f64, distance_m: f64) -> Self {
        let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
        let (bearing, angle) = (finite(bearing_deg).to_radians(), finite(distance_m) / EARTH_RADIUS_M);
        let lat_a = self.lat.to_radians();
        let sin_lat = lat_a.sin() * angle.cos() + lat_a.cos() * angle.sin() * bearing.cos();
        let lat_b = sin_lat.clamp(-1.0, 1.0).asin();
        let east = bearing.sin() * angle.sin() * lat_a.cos();
        let turn = east.atan2(angle.cos() - lat_a.sin() * lat_b.sin());
        Self { lat: lat_b.to_degrees().clamp(-90.0, 90.0), lon: wrap_lon(self.lon + turn.to_degrees()) }
    }
}

/// Great-circle distance between two points, in metres.
///
/// Inputs are WGS-84 decimal degrees; the result is finite for every valid [`Coord`].
/// Haversine on the IUGG mean radius R1 (6 371 008.8 m): within 0.6 % of the ellipsoid.
pub fn distance_m(a: Coord, b: Coord) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.lon - a.lon).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * EARTH_RADIUS_M * h.clamp(0.0, 1.0).sqrt().asin()
}

/// The same longitude in -180..180; -180 and 180 are one meridian.
pub fn wrap_lon(lon: f64) -> f64 {
    if (-180.0..=180.0).contains(&lon) { lon } else { (lon + 180.0).rem_euclid(360.0) - 180.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn coord() -> impl Strategy<Value = Coord> {
        (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat, lon)| Coord::new(lat, lon).unwrap())
    }

    #[test]
    fn known_distances_hold() {
        let obelisco = Coord::new(-34.603_722, -58.381_592).unwrap();
        let rosario = Coord::new(-32.944_242, -60.650_538).unwrap();
        // 279.3 km on the ellipsoid; the sphere may be 0.6 % off.
        assert!((distance_m(obelisco, rosario) - 279_300.0).abs() < 279_300.0 * 0.006);
        let degree = distance_m(Coord::new(0.0, 0.0).unwrap(), Coord::new(1.0, 0.0).unwrap());
        assert!((degree - DEGREE_M).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for (lat, lon) in [(91.0, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY), (-90.5, 0.0)] {
            assert_eq!(Coord::new(lat, lon), None);
        }
        assert!(Coord::new(0.0, 0.0).unwrap().is_null_island());
        assert!(!Coord::new(0.0, 1e-7).unwrap().is_null_island());
        assert!(serde_json::from_str::<Coord>(r#"{"lat":91.0,"lon":0.0}"#).is_err());
    }

    proptest! {
        /// Distance is symmetric, never negative, never over half the circumference.
        #[test]
        fn distance_is_a_metric(a in coord(), b in coord()) {
            let d = distance_m(a, b);
            prop_assert!((0.0..=EARTH_RADIUS_M * std::f64::consts::PI + 1.0).contains(&d));
            prop_assert!((d - distance_m(b, a)).abs() < 1e-6);
            prop_assert!(distance_m(a, a) == 0.0);
        }

        /// Going some way at some bearing ends that far away.
        #[test]
        fn destination_is_as_far_as_asked(
            a in (-80.0..80.0, -180.0..=180.0).prop_map(|(lat, lon)| Coord::new(lat, lon).unwrap()),
            bearing in -720.0..720.0f64,
            distance in 0.0..1_000_000.0f64,
        ) {
            let b = a.destination(bearing, distance);
            prop_assert!(Coord::new(b.lat(), b.lon()).is_some());
            prop_assert!((distance_m(a, b) - distance).abs() < 0.01);
            if distance > 10.0 {
                let off = (a.bearing_deg(b) - bearing).rem_euclid(360.0);
                prop_assert!(!(0.01..=359.99).contains(&off), "{off}");
            }
        }

        /// Any number gives a valid point, and bearings stay in range.
        #[test]
        fn nothing_leaves_the_globe(a in coord(), b in coord(), bearing in any::<f64>(), distance in any::<f64>()) {
            let c = a.destination(bearing, distance);
            prop_assert!(Coord::new(c.lat(), c.lon()).is_some());
            prop_assert!((0.0..360.0).contains(&a.bearing_deg(b)));
        }

        /// The integer form is at most 0.8 cm away, and snapping twice is snapping once.
        #[test]
        fn e7_keeps_the_place(a in coord()) {
            let stored = Coord::from_e7(a.lat_e7(), a.lon_e7()).unwrap();
            prop_assert!(distance_m(a, stored) < 0.01);
            prop_assert_eq!(stored, a.snapped());
            prop_assert_eq!(stored.snapped(), stored);
        }
    }
}
