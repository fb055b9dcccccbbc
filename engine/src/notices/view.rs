//! Notices as people and sockets get them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::moment::Moment;

/// A notice in a person's inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, sqlx::FromRow, JsonSchema, utoipa::ToSchema)]
#[schema(as = Notification)]
#[schemars(rename = "Notification")]
pub struct NoticeView {
    /// Its id.
    pub id: Uuid,
    /// As `job_assigned`, `job_cancelled`, `job_updated`, `webhook_disabled`, `system_alert`.
    pub kind: String,
    /// One line, es-AR.
    pub title: String,
    /// A sentence or two, es-AR.
    pub body: String,
    /// What faces need to word it in another language.
    pub params: Value,
    /// What it speaks of: `job`, ..
    pub entity_kind: Option<String>,
    /// Which one.
    pub entity_id: Option<Uuid>,
    /// When it came.
    pub created_at: Moment,
    /// When it was read.
    pub read_at: Option<Moment>,
}

/// A person's inbox.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct NoticeList {
    /// The newest first.
    pub items: Vec<NoticeView>,
    /// What to give as `after` for the next page; null at the end.
    pub next: Option<String>,
    /// How many are unread, of all there are.
    pub unread: i64,
}

/// How many notices are unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Unread {
    /// Of all there are.
    pub unread: i64,
}

/// Which notices a list shows.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NoticeFilter {
    /// Only unread ones.
    pub unread: Option<bool>,
}

/// To the sockets of one person whose `hello` said `notifications`: a new notice, or (without one) that some were
/// read elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeFrame {
    /// How many are unread now.
    pub unread: i64,
    /// The new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeView>,
}

/// The frame with its type, the same on both sockets.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Typed<'a> {
    Notification(&'a NoticeFrame),
}

impl NoticeFrame {
    /// As it goes over the wire.
    pub(super) fn text(&self) -> Result<String> {
        serde_json::to_string(&Typed::Notification(self)).map_err(|e| Error::Internal(format!("notice: {e}")))
    }
}
