//! Frames as bytes. The hot ones are written by hand and held to their types by tests.

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;

use super::{Rejected, TechnicianServer, TechnicianView};
use crate::ids::UserId;
use crate::tracking::refusal::Refusal;
use crate::tracking::technician::Marker;

/// A cursor for event `seq`: opaque outside.
pub fn cursor(seq: i64) -> String {
    format!("e1.{seq}")
}

/// The event that a cursor names.
pub fn parse_cursor(cursor: &str) -> Option<i64> {
    cursor.strip_prefix("e1.")?.parse().ok().filter(|seq| *seq >= 0)
}

/// A frame's JSON as shared bytes.
pub fn to_bytes(frame: &impl Serialize) -> Bytes {
    // Our own types: maps have string keys and nothing refuses to be written.
    serde_json::to_vec(frame).map(Bytes::from).unwrap_or_default()
}

/// The snapshot frame; `jobs` is a JSON array already.
pub fn snapshot(seq: i64, technicians: &[TechnicianView], jobs: &str) -> Bytes {
    let technicians = json_string(&technicians);
    Bytes::from(format!(
        r#"{{"type":"snapshot","cursor":"{}","technicians":{technicians},"jobs":{jobs}}}"#,
        cursor(seq)
    ))
}

/// An ack, the most frequent frame to a phone.
pub fn ack(upto: i64, rejected: &[(i64, Refusal)], ping_every_s: u32) -> String {
    if rejected.is_empty() {
        return format!(r#"{{"type":"ack","upto":{upto},"rejected":[],"ping_every_s":{ping_every_s}}}"#);
    }
    let rejected = rejected.iter().map(|(seq, code)| Rejected { seq: *seq, code: *code }).collect();
    json_string(&TechnicianServer::Ack { upto, rejected, ping_every_s })
}

/// `positions` without rows.
pub fn empty_positions(is_binary: bool, now_ms: i64) -> Bytes {
    if is_binary {
        binary_positions(std::iter::empty(), now_ms)
    } else {
        json_positions(std::iter::empty(), now_ms)
    }
}

/// `positions` as JSON, written by hand: at 10,000 rows a second serde's floats would be felt.
pub fn json_positions(rows: impl Iterator<Item = (UserId, Marker)>, now_ms: i64) -> Bytes {
    let mut out = format!(r#"{{"type":"positions","at":{now_ms},"rows":["#);
    for (i, (user, m)) in rows.enumerate() {
        if i > 0 {
            out.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(out, r#"["{user}",{},{},"#, degrees(m.coord.lat_e7()), degrees(m.coord.lon_e7()));
        for (value, steps) in [(m.speed_mps, 100.0), (m.heading_deg, 10.0), (m.accuracy_m, 10.0)] {
            match value {
                Some(v) => {
                    let _ = write!(out, "{},", round(v, steps));
                }
                None => out.push_str("null,"),
            }
        }
        let _ = write!(out, "{}]", m.at_ms);
    }
    out.push_str("]}");
    Bytes::from(out)
}

/// Bytes of one packed row.
pub const ROW_BYTES: u16 = 40;

/// `positions` packed, little-endian: the layout of the contract.
pub fn binary_positions(rows: impl Iterator<Item = (UserId, Marker)>, now_ms: i64) -> Bytes {
    let mut out = BytesMut::with_capacity(16 + rows.size_hint().0 * usize::from(ROW_BYTES));
    out.put_u8(1);
    out.put_u8(1);
    out.put_u16_le(ROW_BYTES);
    out.put_u32_le(0);
    out.put_i64_le(now_ms);
    let mut n = 0u32;
    for (user, m) in rows {
        n += 1;
        out.put_slice(user.0.as_bytes());
        out.put_i32_le(m.coord.lat_e7());
        out.put_i32_le(m.coord.lon_e7());
        out.put_u16_le(packed(m.speed_mps, 100.0));
        out.put_u16_le(packed(m.heading_deg, 100.0));
        out.put_u16_le(packed(m.accuracy_m, 10.0));
        out.put_u16_le(0);
        out.put_i64_le(m.at_ms);
    }
    if let Some(count) = out.get_mut(4..8) {
        count.copy_from_slice(&n.to_le_bytes());
    }
    out.freeze()
}

/// 65535 is unknown, larger values are 65534.
fn packed(value: Option<f32>, steps: f32) -> u16 {
    value.map_or(u16::MAX, |v| (v * steps).round().clamp(0.0, f32::from(u16::MAX - 1)) as u16)
}

/// 1e-7 degrees as degrees, without the noise of binary fractions.
pub(super) fn degrees(e7: i32) -> f64 {
    f64::from(e7) / 1e7
}

pub(super) fn round(value: f32, steps: f64) -> f64 {
    (f64::from(value) * steps).round() / steps
}

/// Our own types as JSON text: nothing of them refuses to be written.
pub(crate) fn json_string(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}

#[cfg(test)]
mod tests {
    use campo_geo::Coord;
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;
    use crate::tracking::frames::{DispatchServer, PositionView};

    fn marker() -> Marker {
        Marker {
            at_ms: 1_732_400_000_123,
            coord: Coord::new(-34.603_722_5, -58.381_592).unwrap(),
            accuracy_m: Some(8.37),
            speed_mps: None,
            heading_deg: Some(123.4),
        }
    }

    #[test]
    fn positions_by_hand_are_the_frame_of_the_contract() {
        let user = UserId(Uuid::from_u128(7));
        let bytes = json_positions([(user, marker()), (user, marker())].into_iter(), 5);
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let row = PositionView::from(marker());
        let typed = DispatchServer::Positions {
            at: 5,
            rows: vec![(user, row.lat, row.lon, row.speed_mps, row.heading_deg, row.accuracy_m, row.at); 2],
        };
        assert_eq!(value, serde_json::to_value(&typed).unwrap());
        assert_eq!(row.lat, -34.603_722_5);
    }

    #[test]
    fn packed_positions_have_the_layout_of_the_contract() {
        let user = UserId(Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10));
        let b = binary_positions([(user, marker())].into_iter(), 99);
        assert_eq!(b.len(), 16 + 40);
        assert_eq!(&b[..8], &[1, 1, 40, 0, 1, 0, 0, 0]);
        assert_eq!(i64::from_le_bytes(b[8..16].try_into().unwrap()), 99);
        assert_eq!(&b[16..32], user.0.as_bytes());
        assert_eq!(i32::from_le_bytes(b[32..36].try_into().unwrap()), -346_037_225);
        assert_eq!(i32::from_le_bytes(b[36..40].try_into().unwrap()), -583_815_920);
        assert_eq!(u16::from_le_bytes(b[40..42].try_into().unwrap()), 65535, "unknown speed");
        assert_eq!(u16::from_le_bytes(b[42..44].try_into().unwrap()), 12340);
        assert_eq!(u16::from_le_bytes(b[44..46].try_into().unwrap()), 84);
        assert_eq!(&b[46..48], &[0, 0]);
        assert_eq!(i64::from_le_bytes(b[48..56].try_into().unwrap()), 1_732_400_000_123);
        assert_eq!(empty_positions(true, 1).len(), 16);
        assert_eq!(packed(Some(700.0), 100.0), 65534, "too fast for the field");
    }

    #[test]
    fn acks_by_hand_are_the_frame_of_the_contract() {
        let typed = TechnicianServer::Ack { upto: 7, rejected: vec![], ping_every_s: 30 };
        assert_eq!(
            serde_json::from_str::<Value>(&ack(7, &[], 30)).unwrap(),
            serde_json::to_value(&typed).unwrap()
        );
        let one = serde_json::from_str::<Value>(&ack(7, &[(3, Refusal::TooOld)], 30)).unwrap();
        assert_eq!(one["rejected"][0], serde_json::json!({"seq": 3, "code": "too_old"}));
    }

    #[test]
    fn cursors_are_read_back_and_strangers_are_not() {
        assert_eq!(parse_cursor(&cursor(42)), Some(42));
        for bad in ["", "42", "e1.", "e1.-3", "e2.5", "e1.99999999999999999999"] {
            assert_eq!(parse_cursor(bad), None, "{bad}");
        }
    }
}
