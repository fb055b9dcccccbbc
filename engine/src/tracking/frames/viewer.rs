//! What a viewer says and hears: `/ws/dispatch`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ErrorFrame;
use super::pack::{degrees, round};
use crate::event::By;
use crate::ids::{JobId, UserId};
use crate::jobs::JobView;
use crate::notices::view::NoticeFrame;
use crate::tracking::derive::EtaAt;
use crate::tracking::motion_path::Motion;
use crate::tracking::technician::Marker;

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
        /// Whether `motion` frames come too.
        #[serde(default)]
        motion: bool,
        /// Whether `notification` frames come too.
        #[serde(default)]
        notifications: bool,
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
    /// What is expected of a technician from a position on, to viewers whose `hello` said `motion`. It holds until
    /// the next one of the same technician; after 120 s it ends.
    Motion {
        /// Of whom.
        technician: UserId,
        /// What.
        #[serde(flatten)]
        motion: Motion,
    },
    /// A fact; none is ever skipped.
    Event {
        /// Opaque, at most 64 characters.
        cursor: String,
        /// `{"kind","at","by","job"?,"technician"?,..}`.
        #[schemars(with = "EventBody")]
        event: Value,
    },
    /// Something for this person alone, to viewers whose `hello` said `notifications`.
    Notification(NoticeFrame),
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
    /// Since when they pause within their shift, Unix milliseconds: their status is `off_shift` meanwhile. Absent while
    /// they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<i64>,
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
