//! A chain as a file: JSON lines that can be verified far from the database.
//!
//! The first line is the head of the copy, sealed by a MAC; then one line a row, with what was sealed beside what it says.
//! With the installation's secret everything is checked; with the anchors' public key alone, order and anchored hashes.

use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::anchor::{Anchors, public_key, unhex};
use super::sql;
use crate::Engine;
use crate::auth::keys::{Keys, hex};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::OrgId;
use crate::ledger::chain::{Anchored, Walk};
use crate::ledger::{Action, Entry, Head, Ledger, Payload, Ring, Row, Why, canonical};

/// Names this form.
const FORM: &str = "campo-audit-export-v1";
/// Rows read at once.
const STRIDE: i64 = 2_000;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    form: String,
    /// Whose chain.
    pub org: OrgId,
    /// The last row's number.
    pub rows: i64,
    hash: String,
    head_mac: String,
    broken_at: Option<i64>,
    /// When it was made, milliseconds since 1970.
    pub at: i64,
    /// The anchors' key.
    pub public_key: String,
    #[serde(default)]
    mac: String,
}

/// A row.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    seq: i64,
    id: Uuid,
    at_us: i64,
    action: String,
    by_kind: String,
    by: Option<Uuid>,
    entity: String,
    entity_id: Option<Uuid>,
    about: Option<Uuid>,
    payload: String,
    key: i16,
    previous: String,
    hash: String,
    old: Option<Value>,
    new: Option<Value>,
    meta: Map<String, Value>,
}

impl Title {
    fn mac(&self, keys: &Keys) -> String {
        let bare = Self { mac: String::new(), ..self.clone() };
        let text = serde_json::to_value(bare).map(|v| canonical::text(&v)).unwrap_or_default();
        hex(hmac::sign(&keys.mac("campo audit export v1"), text.as_bytes()).as_ref())
    }

    fn head(&self) -> Option<Head> {
        let (hash, mac) = (unhex(&self.hash)?, unhex(&self.head_mac)?);
        (self.rows > 0).then_some(Head { seq: self.rows, hash, mac, broken_at: self.broken_at })
    }
}

impl Line {
    fn of(row: &Row, told: Payload) -> Self {
        Self {
            seq: row.seq,
            id: row.entry_id,
            at_us: row.at_us,
            action: row.action.clone(),
            by_kind: row.by_kind.clone(),
            by: row.by_user,
            entity: row.entity.clone(),
            entity_id: row.entity_id,
            about: row.about,
            payload: STANDARD.encode(&row.payload),
            key: row.key_n,
            previous: hex(&row.previous),
            hash: hex(&row.hash),
            old: told.old,
            new: told.new,
            meta: told.meta,
        }
    }

    fn row(self) -> Option<(Row, Payload)> {
        let row = Row {
            seq: self.seq,
            entry_id: self.id,
            at_us: self.at_us,
            action: self.action,
            by_kind: self.by_kind,
            by_user: self.by,
            entity: self.entity,
            entity_id: self.entity_id,
            about: self.about,
            payload: STANDARD.decode(&self.payload).ok()?,
            key_n: self.key,
            previous: unhex(&self.previous)?,
            hash: unhex(&self.hash)?,
        };
        Some((row, Payload { old: self.old, new: self.new, meta: self.meta }))
    }
}

/// Writes an organization's chain. Says how many rows; that it was exported is in the chain afterwards.
///
/// # Errors
/// When the database is away or the file cannot be written.
pub async fn export(engine: &Engine, org: OrgId, out: &mut impl Write) -> Result<i64> {
    let ledger = engine.db.ledger()?;
    let mut tenant = engine.db.tenant(org).await?;
    let (head, last) = sql::ends(tenant.conn(), org).await?;
    drop(tenant);
    let (hash, mac) = head.as_ref().map_or((Vec::new(), Vec::new()), |h| (h.hash.clone(), h.mac.clone()));
    let mut title = Title {
        form: FORM.into(),
        org,
        rows: head.as_ref().map_or(last, |h| h.seq),
        hash: hex(&hash),
        head_mac: hex(&mac),
        broken_at: head.as_ref().and_then(|h| h.broken_at),
        at: Utc::now().timestamp_millis(),
        public_key: public_key(&engine.keys)?,
        mac: String::new(),
    };
    title.mac = title.mac(&engine.keys);
    line(out, &title)?;
    let mut after = 0;
    while after < title.rows {
        let mut tenant = engine.db.tenant(org).await?;
        let rows = sql::rows(tenant.conn(), org, after, STRIDE.min(title.rows - after)).await?;
        drop(tenant);
        let Some(newest) = rows.last().map(|r| r.seq) else { break };
        for row in rows.iter().filter(|r| r.seq <= title.rows) {
            line(out, &Line::of(row, ledger.open(org, row).unwrap_or_default()))?;
        }
        after = newest;
    }
    out.flush().map_err(unwritten)?;
    let note = Entry::new(Action::AuditExported, By::SYSTEM, "audit_log").with("rows", title.rows);
    engine
        .db
        .within(org, async |t| {
            t.audit(note);
            Ok(())
        })
        .await?;
    Ok(title.rows)
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|e| Error::Internal(format!("export: {e}")))?;
    writeln!(out, "{text}").map_err(unwritten)
}

fn unwritten(error: std::io::Error) -> Error {
    Error::Internal(format!("export: {error}"))
}

/// What was found in a file.
#[derive(Debug, Clone, Serialize)]
pub struct FileVerdict {
    /// Whether every row is as it was written.
    pub ok: bool,
    /// Whose chain.
    pub org: OrgId,
    /// Rows looked at.
    pub rows: i64,
    /// The first bad row.
    pub first_bad: Option<crate::ledger::Bad>,
    /// What is wrong, in words.
    pub detail: Option<String>,
    /// Anchors of this chain that were compared.
    pub anchors: usize,
    /// Whether contents were checked, for which the installation's secret is needed.
    pub contents_checked: bool,
}

/// What a file is checked with.
pub enum With<'a> {
    /// The installation's secret: everything.
    Secret(&'a Keys, &'a Ledger),
    /// The anchors' public key alone: order, and what is anchored.
    Anchors,
}

/// Verifies a file.
///
/// # Errors
/// [`Error::Internal`] for a file that is no export or cannot be read.
pub fn verify(file: impl BufRead, with: &With<'_>, anchors: &Anchors) -> Result<FileVerdict> {
    let mut lines = file.lines();
    let no_export = || Error::Internal("this is no export of an audit log".into());
    let first = lines.next().ok_or_else(no_export)?.map_err(unwritten)?;
    let title: Title = serde_json::from_str(&first).map_err(|_| no_export())?;
    if title.form != FORM {
        return Err(no_export());
    }
    let anchored = anchors.until(title.org, title.rows, title.at);
    let ring = match with {
        With::Secret(_, ledger) => Some(ledger.ring()),
        With::Anchors => None,
    };
    let is_ours = match with {
        With::Secret(keys, _) => title.mac == title.mac(keys),
        With::Anchors => true,
    };
    let walked = walk(&mut lines, &title, with, ring, &anchored)?;
    let detail = match (is_ours, walked.first_bad, &anchors.wrong) {
        (_, Some(bad), _) => Some(format!("row {}: {}", bad.seq, bad.why.words())),
        (false, ..) => Some("the first line of the export was not written by this installation".into()),
        (.., Some(wrong)) => Some(wrong.clone()),
        _ => None,
    };
    Ok(FileVerdict {
        ok: detail.is_none(),
        org: title.org,
        rows: walked.rows,
        first_bad: walked.first_bad,
        detail,
        anchors: anchored.len(),
        contents_checked: ring.is_some(),
    })
}

/// A payload as a line of a file gives it back: a fraction may lose its last digit on the way.
fn as_read(told: Payload) -> Payload {
    let again = |value: Value| serde_json::from_str(&value.to_string()).unwrap_or(value);
    let meta = told.meta.into_iter().map(|(name, value)| (name, again(value))).collect();
    Payload { old: told.old.map(again), new: told.new.map(again), meta }
}

fn walk(
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    title: &Title,
    with: &With<'_>,
    ring: Option<&Ring>,
    anchored: &Anchored,
) -> Result<crate::ledger::chain::Walked> {
    let mut walk = Walk::new(ring, title.org, anchored);
    let mut seq = 0;
    for line in lines {
        let line = line.map_err(unwritten)?;
        if line.trim().is_empty() {
            continue;
        }
        let read = serde_json::from_str::<Line>(&line).ok().and_then(Line::row);
        let Some((row, told)) = read else {
            walk.found(seq + 1, Why::WrongHash);
            break;
        };
        seq = row.seq;
        if !walk.step(&row) {
            break;
        }
        if let With::Secret(_, ledger) = with
            && as_read(ledger.open(title.org, &row).unwrap_or_default()) != told
        {
            walk.found(row.seq, Why::PayloadDiffers);
            break;
        }
    }
    Ok(walk.end(Some(title.head().as_ref())))
}
