//! What an audit entry is and how it is bound: the pure part of the audit log, under the door to SQL.
//!
//! A use case says [`crate::db::Tenant::audit`]; the entry is sealed, numbered, chained and written at the commit, in the
//! transaction of what it tells. What is read and verified stands in [`crate::audit`].
//!
//! - [`catalogue`]: what can stand there.
//! - [`canonical`]: JSON in one spelling.
//! - [`chain`]: hashes, and the walk that finds the first bad row.
//! - `context`: from where a request came. `derive`: entries that follow from events.

pub mod canonical;
pub mod catalogue;
pub mod chain;
mod context;
mod derive;
mod personal;

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use catalogue::{Action, Weight};
pub use chain::{Bad, GENESIS, Head, Ring, Row, Why};
pub use context::{Asked, asked_by, asker, asker_is, person};
pub use personal::personal;

use crate::auth::keys::{Keys, hex};
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{OrgId, UserId};

/// The column that payloads are sealed for.
const PURPOSE: &str = "audit_log.payload";

/// Something to be remembered in an organization's audit log.
///
/// Old and new hold ids, states and names of fields; personal data only as [`personal`], restricted fields never.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What was done.
    pub action: Action,
    /// Who did it.
    pub by: By,
    /// What it was done to, as `customer`.
    pub entity: &'static str,
    /// Which.
    pub entity_id: Option<Uuid>,
    /// What was.
    pub old: Option<Value>,
    /// What is.
    pub new: Option<Value>,
    /// Whose data it was, where a person's data was looked at.
    pub about: Option<UserId>,
    /// Circumstances: ip, user_agent, reason, ..
    pub meta: Map<String, Value>,
}

impl Entry {
    /// An entry that says no more than who did what to what kind of thing.
    pub fn new(action: Action, by: By, entity: &'static str) -> Self {
        Self { action, by, entity, entity_id: None, old: None, new: None, about: None, meta: Map::new() }
    }

    /// An entry of whoever signed the request at hand.
    pub fn asked(action: Action, entity: &'static str) -> Self {
        Self::new(action, asker(), entity)
    }

    /// To which one.
    #[must_use]
    pub fn on(mut self, id: impl Into<Uuid>) -> Self {
        self.entity_id = Some(id.into());
        self
    }

    /// What was. A value that cannot be JSON is left out.
    #[must_use]
    pub fn was(mut self, old: impl Serialize) -> Self {
        self.old = serde_json::to_value(old).ok().filter(|v| !v.is_null());
        self
    }

    /// What is. A value that cannot be JSON is left out.
    #[must_use]
    pub fn is(mut self, new: impl Serialize) -> Self {
        self.new = serde_json::to_value(new).ok().filter(|v| !v.is_null());
        self
    }

    /// Whose data it was.
    #[must_use]
    pub fn about(mut self, user: UserId) -> Self {
        self.about = Some(user);
        self
    }

    /// A circumstance. A value that cannot be JSON is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.meta.insert(name.to_owned(), value);
        }
        self
    }

    /// The fields in which two rows differ, old and new. Fields that are not `open` are kept as [`personal`].
    #[must_use]
    pub fn changed(mut self, old: &impl Serialize, new: &impl Serialize, open: &[&str]) -> Self {
        let fields =
            |row: Option<Value>| if let Some(Value::Object(fields)) = row { fields } else { Map::new() };
        let (old, new) = (fields(serde_json::to_value(old).ok()), fields(serde_json::to_value(new).ok()));
        let shown = |name: &str, value: &Value| {
            if open.contains(&name) || value.is_null() { value.clone() } else { personal(value) }
        };
        let (mut was, mut is) = (Map::new(), Map::new());
        for (name, value) in &new {
            let before = old.get(name).unwrap_or(&Value::Null);
            if before != value && !["updated_at", "version"].contains(&name.as_str()) {
                was.insert(name.clone(), shown(name, before));
                is.insert(name.clone(), shown(name, value));
            }
        }
        if !is.is_empty() {
            (self.old, self.new) = (Some(Value::Object(was)), Some(Value::Object(is)));
        }
        self
    }

    /// What follows from an event for the log, where anything does.
    pub(crate) fn of_event(event: &NewEvent) -> Option<Self> {
        derive::entry(event)
    }

    /// Whether both tell of the same thing.
    pub(crate) fn tells_the_same(&self, other: &Self) -> bool {
        self.action == other.action && self.entity_id == other.entity_id
    }

    /// With what is known of the request at hand.
    pub(crate) fn in_context(mut self) -> Self {
        context::fill(&mut self.meta);
        self
    }
}

/// What a row's payload says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payload {
    /// What was.
    pub old: Option<Value>,
    /// What is.
    pub new: Option<Value>,
    /// Circumstances.
    pub meta: Map<String, Value>,
}

/// What writes and reads entries: the keys, and whether an organization wants everyday ones. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    keys: Keys,
    ring: Arc<Ring>,
    keeps_work: Arc<dyn Fn(OrgId) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({:?})", self.ring)
    }
}

impl Ledger {
    /// The ledger of an installation. `keeps_work` says whether everyday entries of an organization are kept.
    pub fn new(keys: &Keys, key: i16, keeps_work: impl Fn(OrgId) -> bool + Send + Sync + 'static) -> Self {
        Self { keys: keys.clone(), ring: Arc::new(Ring::of(keys, key)), keeps_work: Arc::new(keeps_work) }
    }

    /// The keys of the chains.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Whether an entry is to be written.
    pub(crate) fn keeps(&self, org: OrgId, entry: &Entry) -> bool {
        entry.action.weight() == Weight::Security || (self.keeps_work)(org)
    }

    /// The row of an entry behind the row whose hash is `previous`.
    pub(crate) fn row(&self, org: OrgId, seq: i64, at_us: i64, previous: &[u8], entry: Entry) -> Result<Row> {
        let entry_id = Uuid::now_v7();
        let hide = |value: Option<Value>| match value {
            Some(value) => personal::commit(&self.keys, org, value).map(Some),
            None => Ok(None),
        };
        let plain = json!({"old": hide(entry.old)?, "new": hide(entry.new)?, "meta": entry.meta});
        let payload = self.keys.seal(org, PURPOSE, entry_id, canonical::text(&plain).as_bytes())?;
        let mut row = Row {
            seq,
            entry_id,
            at_us,
            action: entry.action.as_str().into(),
            by_kind: entry.by.kind_str().into(),
            by_user: entry.by.id.map(|u| u.0),
            entity: entry.entity.into(),
            entity_id: entry.entity_id,
            about: entry.about.map(|u| u.0),
            payload,
            key_n: self.ring.current(),
            previous: previous.to_vec(),
            hash: Vec::new(),
        };
        if cfg!(feature = "sabotage-chain") {
            // A build that breaks the promise, so that its checker can be shown to bite: rows stand alone.
            row.previous = GENESIS.to_vec();
        }
        row.hash = self.ring.hash(org, &row).ok_or_else(|| Error::Internal("the audit key".into()))?;
        Ok(row)
    }

    /// What a row's payload says.
    ///
    /// # Errors
    /// [`Error::Internal`] where it was sealed for another row or under another secret.
    pub fn open(&self, org: OrgId, row: &Row) -> Result<Payload> {
        let plain = self.keys.open(org, PURPOSE, row.entry_id, &row.payload)?;
        let plain: Value = serde_json::from_slice(&plain)
            .map_err(|e| Error::Internal(format!("audit row {}: {e}", row.seq)))?;
        let part = |name: &str| plain.get(name).filter(|v| !v.is_null()).cloned();
        let meta = part("meta").and_then(|m| m.as_object().cloned()).unwrap_or_default();
        Ok(Payload { old: part("old"), new: part("new"), meta })
    }
}

/// Hexadecimal of a hash, for people.
pub fn shown(hash: &[u8]) -> String {
    if hash == GENESIS { "GENESIS".into() } else { hex(hash) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
