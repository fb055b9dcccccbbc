//! What a phone says and hears: `/ws/technician`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ErrorFrame;
use crate::ids::JobId;
use crate::jobs::state::Action;
use crate::jobs::{CommandResult, JobView};
use crate::notices::view::NoticeFrame;
pub use crate::tracking::point::Pings;
use crate::tracking::refusal::Refusal;

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
    /// Whether `notification` frames come too.
    #[serde(default)]
    pub notifications: bool,
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
    /// With `complete`: photos of the job that this phone has and uploads later.
    #[serde(default)]
    pub photos: u16,
    /// With `complete`: whether it has a signature that it uploads later.
    #[serde(default)]
    pub signature: bool,
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

/// `pause`: a pause within the open shift begins or ends; the same rules as for `shift`.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub struct PauseFrame {
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
    Pause(PauseFrame),
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
        /// Since when the person pauses in it, Unix milliseconds; absent while they do not.
        #[serde(skip_serializing_if = "Option::is_none")]
        paused_since: Option<i64>,
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
    /// The answer to a `command`, `shift` or `pause`.
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
    /// Something for this person alone, to phones whose `hello` said `notifications`.
    Notification(NoticeFrame),
    /// A frame could not be taken.
    Error(ErrorFrame),
    /// A planned close follows.
    Bye {
        /// Come back after so many milliseconds.
        retry_after_ms: u64,
    },
}
