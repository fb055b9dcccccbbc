//! What phones asked for by a name of their own: done once, answered the same each time (protocol.md, "Technician socket").

mod sql;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use sql::{claim, settle};

/// The answer to a command or shift: `{"type":"result", ..}` without its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CommandResult {
    /// The command's id.
    pub id: Uuid,
    /// Whether it is so now.
    pub ok: bool,
    /// The job's present version, when ok.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Why not: `JOB_001`, `JOB_002`, `SHIFT_001` .. `SHIFT_004`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What stands against it: the whole job, or the last shift; null where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Value>,
}

impl CommandResult {
    /// It is so.
    pub fn ok(id: Uuid, version: i32) -> Self {
        Self { id, ok: true, version: Some(version), code: None, current: None }
    }

    /// It is not; `current` says what is.
    pub fn refused(id: Uuid, code: &str, current: Value) -> Self {
        Self { id, ok: false, version: None, code: Some(code.into()), current: Some(current) }
    }
}
