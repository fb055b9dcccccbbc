//! A position as a phone reports it, in integers, and its JSON.

use std::io::Write;

/// One fix. Integers, because a load run writes tens of thousands a second and float formatting would be
/// most of the client's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The phone's clock at the fix, Unix milliseconds.
    pub at: i64,
    /// Latitude, degrees x 1e7.
    pub lat_e7: i32,
    /// Longitude, degrees x 1e7.
    pub lon_e7: i32,
    /// Accuracy, decimetres.
    pub accuracy_dm: Option<u32>,
    /// Speed, cm/s.
    pub speed_cms: Option<u32>,
    /// Heading, whole degrees.
    pub heading_deg: Option<u16>,
    /// Battery, percent.
    pub battery_pct: Option<u8>,
}

impl Point {
    /// A fix with place and time alone, degrees.
    pub fn at(at: i64, lat: f64, lon: f64) -> Self {
        Self {
            at,
            lat_e7: (lat * 1e7).round() as i32,
            lon_e7: (lon * 1e7).round() as i32,
            accuracy_dm: None,
            speed_cms: None,
            heading_deg: None,
            battery_pct: None,
        }
    }

    /// Latitude, degrees.
    pub fn lat(&self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }

    /// Longitude, degrees.
    pub fn lon(&self) -> f64 {
        f64::from(self.lon_e7) / 1e7
    }

    /// Appends the point's JSON object as the wire contract has it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"at\":");
        integer(self.at, out);
        out.extend_from_slice(b",\"lat\":");
        decimal(i64::from(self.lat_e7), 7, out);
        out.extend_from_slice(b",\"lon\":");
        decimal(i64::from(self.lon_e7), 7, out);
        let mut field = |name: &[u8], value: Option<i64>, places: usize| {
            let Some(value) = value else { return };
            out.extend_from_slice(name);
            decimal(value, places, out);
        };
        field(b",\"accuracy_m\":", self.accuracy_dm.map(i64::from), 1);
        field(b",\"speed_mps\":", self.speed_cms.map(i64::from), 2);
        field(b",\"heading_deg\":", self.heading_deg.map(i64::from), 0);
        field(b",\"battery\":", self.battery_pct.map(i64::from), 2);
        out.push(b'}');
    }
}

/// Appends a whole number.
pub fn integer(value: i64, out: &mut Vec<u8>) {
    decimal(value, 0, out);
}

/// Appends `value / 10^places` with exactly that many decimals.
fn decimal(value: i64, places: usize, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = [b'0'; 20];
    let mut left = value.unsigned_abs();
    let mut count = 0;
    for slot in digits.iter_mut().rev() {
        if left == 0 && count > places {
            break;
        }
        *slot = b'0' + (left % 10) as u8;
        left /= 10;
        count += 1;
    }
    let used = digits.get(digits.len() - count..).unwrap_or_default();
    // A number has at least one digit before the point, and no more zeros there than that.
    let (whole, fraction) = used.split_at_checked(count - places).unwrap_or((used, &[]));
    let zeros = whole.iter().take_while(|d| **d == b'0').count().min(whole.len() - 1);
    out.extend_from_slice(whole.get(zeros..).unwrap_or_default());
    if places > 0 {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
}

/// Appends a `pings` frame's text; `points` yields the consecutive points from `from` on.
pub fn write_pings<'a>(from: u32, now: i64, points: impl Iterator<Item = &'a Point>, out: &mut Vec<u8>) {
    let _ = write!(out, "{{\"type\":\"pings\",\"from\":{from},\"now\":{now},\"points\":[");
    for (i, point) in points.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        point.write(out);
    }
    out.extend_from_slice(b"]}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    proptest! {
        /// What is written by hand reads back as the same numbers.
        #[test]
        fn json_reads_back(
            at in 0i64..4_000_000_000_000, lat in -900_000_000i32..900_000_000, lon in -1_800_000_000i32..1_800_000_000,
            acc in prop::option::of(0u32..100_000), speed in prop::option::of(0u32..9_999),
            heading in prop::option::of(0u16..360), battery in prop::option::of(0u8..=100), from in 1u32..2_000_000_000,
        ) {
            let point = Point {
                at, lat_e7: lat, lon_e7: lon, accuracy_dm: acc, speed_cms: speed, heading_deg: heading,
                battery_pct: battery,
            };
            let mut text = Vec::new();
            write_pings(from, at, [point, point].iter(), &mut text);
            let frame: Value = serde_json::from_slice(&text).unwrap();
            prop_assert_eq!(frame["from"].as_u64().unwrap(), u64::from(from));
            let read = &frame["points"][1];
            prop_assert_eq!(read["at"].as_i64().unwrap(), at);
            prop_assert!((read["lat"].as_f64().unwrap() - point.lat()).abs() < 1e-9);
            prop_assert!((read["lon"].as_f64().unwrap() - point.lon()).abs() < 1e-9);
            prop_assert_eq!(read["battery"].as_f64(), battery.map(|b| f64::from(b) / 100.0));
            prop_assert_eq!(read["accuracy_m"].as_f64(), acc.map(|a| f64::from(a) / 10.0));
            prop_assert_eq!(read["heading_deg"].as_u64(), heading.map(u64::from));
        }
    }
}
