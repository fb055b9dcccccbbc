//! Every frame of the sockets and of the customer's stream, as types: the JSON Schemas in docs/schema are
//! generated from them. The hot frames are packed by hand and held to their types by tests.

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::derive::EtaAt;
pub use super::point::Pings;
use super::refusal::Refusal;
use super::technician::Marker;
use crate::event::By;
use crate::ids::{JobId, UserId};
use crate::jobs::state::Action;
use crate::jobs::{CommandResult, JobView};

/// `hello` of a phone, within 5 s.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TechnicianHello {
    /// An access token, or the `resume` of an earlier `welcome`.
    pub token: String,
    /// The installation of the app.
    pub device: Uuid,
    /// Drawn when the app's store is made new.
    pub boot: Uuid,
    /// Name and version of the app.
    #[serde(default)]
    pub app: String,
    /// The phone's clock at sending, Unix milliseconds.
    pub now: i64,
}

/// `command`: something done to a job.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct CommandFrame {
    /// Drawn by the phone; the same id gets the same answer again.
    pub id: Uuid,
    /// The job.
    pub job: JobId,
    /// What was done.
    pub action: Action,
    /// The version that the phone had seen, for the record.
    #[serde(default)]
    pub version: Option<i32>,
    /// The phone's clock when it was done, Unix milliseconds.
    pub at: i64,
    /// Words of the technician, at most 500 characters.
    #[serde(default)]
    pub notes: Option<String>,
}

/// `shift`: work begins or ends.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub struct ShiftFrame {
    /// Drawn by the phone; the same id gets the same answer again.
    pub id: Uuid,
    /// Whether it begins.
    pub on: bool,
    /// The phone's clock, Unix milliseconds.
    pub at: i64,
}

/// Everything a phone may say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant's type says it")]
pub enum TechnicianClient {
    Hello(TechnicianHello),
    Pings(Pings),
    Command(CommandFrame),
    Shift(ShiftFrame),
}

impl TechnicianClient {
    /// Reads a frame. `pings` come in by far the most often and go straight to their own reader, which forgives
    /// a bad field; the others are told apart by their `type` first.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(rename = "type", borrow)]
            kind: std::borrow::Cow<'a, str>,
        }
        let is_pings =
            text.starts_with(r#"{"type":"pings""#) || serde_json::from_str::<Head<'_>>(text)?.kind == "pings";
        if is_pings { Pings::read(text).map(Self::Pings) } else { serde_json::from_str(text) }
    }
}

/// A refused point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rejected {
    /// Its number.
    pub seq: i64,
    /// Why, for good.
    pub code: Refusal,
}

/// Everything that is said to a phone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TechnicianServer {
    /// The answer to `hello`.
    Welcome {
        /// Good for the next `hello` alone.
        resume: String,
        /// Unix milliseconds.
        server_time: i64,
        /// Seconds between positions.
        ping_every_s: u32,
        /// Whether a shift is open.
        shift: bool,
        /// The whole truth of today's list.
        jobs: Vec<JobView>,
    },
    /// Points are settled.
    Ack {
        /// Every point of this boot up to and including this one is settled.
        upto: i64,
        /// The refused points newly covered or sent again.
        rejected: Vec<Rejected>,
        /// Seconds between positions.
        ping_every_s: u32,
    },
    /// The answer to a `command` or `shift`.
    Result(CommandResult),
    /// A job was assigned or changed.
    Job {
        /// The job, cut to the role.
        job: Box<JobView>,
    },
    /// A job is no longer this technician's.
    JobGone {
        /// Which.
        id: JobId,
    },
    /// A frame could not be taken.
    Error(ErrorFrame),
    /// A planned close follows.
    Bye {
        /// Come back after so many milliseconds.
        retry_after_ms: u64,
    },
}

/// A frame could not be taken; the socket stays open.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ErrorFrame {
    /// The stable code.
    pub code: String,
    /// What is wrong, in words.
    pub detail: String,
}

/// How a viewer wants its positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `positions` as JSON.
    #[default]
    Json,
    /// `positions` packed, little-endian.
    Binary,
}

/// Everything a viewer may say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DispatchClient {
    /// Within 5 s.
    Hello {
        /// An access token, or the `resume` of an earlier `welcome`.
        token: String,
        /// The last cursor: the missed events instead of a snapshot, where that is possible.
        #[serde(default)]
        after: Option<String>,
        /// How positions come.
        #[serde(default)]
        format: Format,
    },
    /// What the viewer looks at.
    View {
        /// `[west, south, east, north]`, degrees; absent: all.
        #[serde(default)]
        bounds: Option<[f64; 4]>,
    },
}

/// Everything that is said to a viewer, save `positions` in the packed form.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DispatchServer {
    /// The answer to `hello`.
    Welcome {
        /// Good for the next `hello` of this path alone.
        resume: String,
        /// Unix milliseconds.
        server_time: i64,
    },
    /// The whole organization.
    Snapshot {
        /// All events up to it are contained.
        cursor: String,
        /// By name.
        technicians: Vec<TechnicianView>,
        /// Open, and those that ended today.
        jobs: Vec<JobView>,
    },
    /// Newest positions.
    Positions {
        /// Unix milliseconds.
        at: i64,
        /// One a technician.
        rows: Vec<PositionRow>,
    },
    /// A fact; none is ever skipped.
    Event {
        /// Opaque, at most 64 characters.
        cursor: String,
        /// `{"kind","at","by","job"?,"technician"?,..}`.
        #[schemars(with = "EventBody")]
        event: Value,
    },
    /// A frame could not be taken.
    Error(ErrorFrame),
    /// A planned close follows.
    Bye {
        /// Come back after so many milliseconds.
        retry_after_ms: u64,
    },
}

/// An event as viewers get it. Kinds add fields of their own; readers pass over what they do not know.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventBody {
    /// Noun, dot, past tense: `job.created`, `job.updated`, `job.assigned`, `job.status_changed`, `job.arrived`,
    /// `job.eta_updated`, `technician.status_changed`, `user.created`, `user.updated`, `shift.corrected`, ..
    pub kind: String,
    /// When it took effect, Unix milliseconds.
    pub at: i64,
    /// Who caused it.
    pub by: By,
    /// The whole job as it was then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<JobView>,
    /// The technician it speaks of, as they are at sending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technician: Option<TechnicianView>,
    /// Technicians who no longer have the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<Vec<UserId>>,
    /// The job's status before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<String>,
}

/// `[technician, lat, lon, speed_mps, heading_deg, accuracy_m, at]`.
pub type PositionRow = (UserId, f64, f64, Option<f64>, Option<f64>, Option<f64>, i64);

/// What a technician is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TechnicianStatus {
    /// No shift is open.
    OffShift,
    /// On shift, free.
    Available,
    /// Under way to a job.
    EnCamino,
    /// At work.
    Working,
    /// On shift, free, and nothing heard for twice the interval plus a minute.
    Offline,
}

/// A technician as viewers get it (T of the contract).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TechnicianView {
    /// The person.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// What they are doing.
    pub status: TechnicianStatus,
    /// The job under way.
    pub job: Option<JobId>,
    /// The newest position.
    pub position: Option<PositionView>,
    /// The estimate to the job under way.
    pub eta: Option<EtaView>,
    /// When anything was last heard, Unix milliseconds.
    pub last_seen: Option<i64>,
    /// 0 ..= 1.
    pub battery: Option<f32>,
}

/// A position as viewers get it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "units stand in the names; degrees and Unix milliseconds elsewhere")]
pub struct PositionView {
    pub lat: f64,
    pub lon: f64,
    pub accuracy_m: Option<f64>,
    pub speed_mps: Option<f64>,
    pub heading_deg: Option<f64>,
    pub at: i64,
}

impl From<Marker> for PositionView {
    fn from(m: Marker) -> Self {
        Self {
            lat: degrees(m.coord.lat_e7()),
            lon: degrees(m.coord.lon_e7()),
            accuracy_m: m.accuracy_m.map(|v| round(v, 10.0)),
            speed_mps: m.speed_mps.map(|v| round(v, 100.0)),
            heading_deg: m.heading_deg.map(|v| round(v, 10.0)),
            at: m.at_ms,
        }
    }
}

/// An estimate as viewers get it.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "as in campo_geo::eta::Eta; `at` is Unix milliseconds")]
pub struct EtaView {
    pub tier: u8,
    pub p10_s: u32,
    pub p50_s: u32,
    pub p90_s: u32,
    pub at: i64,
}

impl From<EtaAt> for EtaView {
    fn from(EtaAt { eta, at_ms, .. }: EtaAt) -> Self {
        Self { tier: eta.tier, p10_s: eta.p10_s, p50_s: eta.p50_s, p90_s: eta.p90_s, at: at_ms }
    }
}

/// What a customer's stream says (`event: state`).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CustomerLive {
    /// The job's status: pending, scheduled, en_camino, working, completed, cancelled; `arrived` between.
    pub status: String,
    /// The promised window.
    pub window: Option<CustomerWindow>,
    /// Who comes.
    pub technician: Option<CustomerTechnician>,
    /// Only between `en_camino` and arrival.
    pub position: Option<CustomerPosition>,
    /// The state in words.
    pub message: String,
}

/// A promised window, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "two ends")]
pub struct CustomerWindow {
    pub from: i64,
    pub to: i64,
}

/// Who comes, as a customer may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct CustomerTechnician {
    pub first_name: String,
    pub photo_url: Option<String>,
    pub vehicle: Option<String>,
}

/// Where they are, as a customer may know it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "degrees and Unix milliseconds")]
pub struct CustomerPosition {
    pub lat: f64,
    pub lon: f64,
    pub at: i64,
}

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
    let technicians = super::fleet::json_string(&technicians);
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
    super::fleet::json_string(&TechnicianServer::Ack { upto, rejected, ping_every_s })
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
fn degrees(e7: i32) -> f64 {
    f64::from(e7) / 1e7
}

fn round(value: f32, steps: f64) -> f64 {
    (f64::from(value) * steps).round() / steps
}

#[cfg(test)]
mod schema_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use campo_geo::Coord;

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
