//! Every fact the rest may hear.
//!
//! An event is written and numbered in the transaction of its cause ([`crate::db::Tenant::record`]),
//! and published after the commit ([`crate::live`]). Its body is what viewers get.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{OrgId, UserId};

/// Who caused something.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
pub struct By {
    /// What kind of actor.
    pub kind: ByKind,
    /// The person, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
}

/// The kinds of actor.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ByKind {
    /// Owner, admin or dispatcher.
    Staff,
    /// A technician.
    Technician,
    /// The customer, through a link.
    Customer,
    /// A rule.
    System,
}

impl By {
    /// A rule did it.
    pub const SYSTEM: Self = Self { kind: ByKind::System, id: None };

    /// Somebody of the office did it.
    pub fn staff(user: UserId) -> Self {
        Self { kind: ByKind::Staff, id: Some(user) }
    }

    /// A technician did it.
    pub fn technician(user: UserId) -> Self {
        Self { kind: ByKind::Technician, id: Some(user) }
    }

    /// The column form.
    pub fn kind_str(&self) -> &'static str {
        match self.kind {
            ByKind::Staff => "staff",
            ByKind::Technician => "technician",
            ByKind::Customer => "customer",
            ByKind::System => "system",
        }
    }
}

/// A fact that is about to be committed.
#[derive(Debug)]
pub struct NewEvent {
    /// As `job.status_changed`: noun, dot, past tense.
    pub kind: &'static str,
    /// When it took effect.
    pub at: DateTime<Utc>,
    /// Who caused it.
    pub by: By,
    /// The rest of the body: `job`, `technician`, ..
    pub fields: Map<String, Value>,
}

impl NewEvent {
    /// A fact with nothing more to say than its kind.
    pub fn new(kind: &'static str, at: DateTime<Utc>, by: By) -> Self {
        Self { kind, at, by, fields: Map::new() }
    }

    /// Adds a field to the body. A value that cannot be JSON is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.fields.insert(name.to_owned(), value);
        }
        self
    }

    /// The body as viewers get it: `{"kind","at","by",..}`.
    pub fn body(&self) -> Value {
        let mut body = self.fields.clone();
        body.insert("kind".into(), self.kind.into());
        body.insert("at".into(), self.at.timestamp_millis().into());
        body.insert("by".into(), serde_json::to_value(self.by).unwrap_or(Value::Null));
        Value::Object(body)
    }
}

/// A fact that is committed.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Whose.
    pub org: OrgId,
    /// Its number, gapless within the organization.
    pub seq: i64,
    /// The body as viewers get it.
    pub body: Value,
}
