//! Walking a chain in the database: is every row as it was written, and which is the first that is not?

use std::time::Instant;

use serde::Serialize;

use super::anchor::Anchors;
use super::sql;
use crate::db::Db;
use crate::error::Result;
use crate::ids::OrgId;
use crate::ledger::chain::{Anchored, Walk};
use crate::ledger::{Bad, shown};

/// Rows that one look takes: a statement must not run for seconds.
const STRIDE: i64 = 5_000;

/// What was found.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditVerdict {
    /// Whether every row is as it was written.
    pub ok: bool,
    /// Whose chain.
    pub org: OrgId,
    /// Rows looked at.
    pub rows: i64,
    /// The first bad row.
    pub first_bad: Option<Bad>,
    /// Why it is bad, in words.
    pub detail: Option<String>,
    /// The last good row's number.
    pub last: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// Anchors of this chain that were compared.
    pub anchors: usize,
    /// What is wrong with the anchors themselves, in words.
    pub anchors_wrong: Option<String>,
    /// How long it took.
    pub took_ms: u64,
    /// How many rows in a second that is.
    pub rows_per_s: u64,
}

/// Walks an organization's chain from its first row, or from behind an anchored one, and compares it with anchors.
///
/// # Errors
/// When the database is away.
pub async fn verify(db: &Db, org: OrgId, anchors: &Anchors, from: Option<i64>) -> Result<AuditVerdict> {
    let begun = Instant::now();
    let anchored = anchors.of(org);
    let walked = walk(db, org, &anchored, from).await?;
    let ok = walked.first_bad.is_none() && anchors.wrong.is_none();
    Ok(AuditVerdict {
        ok,
        org,
        rows: walked.rows,
        first_bad: walked.first_bad,
        detail: walked.first_bad.map(|bad| format!("row {}: {}", bad.seq, bad.why.words())),
        last: walked.last,
        hash: if walked.last == 0 { shown(crate::ledger::GENESIS) } else { walked.hash },
        anchors: anchored.len(),
        anchors_wrong: anchors.wrong.clone(),
        took_ms: begun.elapsed().as_millis() as u64,
        rows_per_s: (walked.rows as f64 / begun.elapsed().as_secs_f64().max(1e-6)) as u64,
    })
}

async fn walk(
    db: &Db,
    org: OrgId,
    anchored: &Anchored,
    from: Option<i64>,
) -> Result<crate::ledger::chain::Walked> {
    let ring = Some(db.ledger()?.ring());
    let from = from.filter(|seq| anchored.contains_key(seq)).unwrap_or(0);
    let mut walk = match from {
        0 => Walk::new(ring, org, anchored),
        seq => Walk::from_anchor(ring, org, anchored, seq),
    };
    // One moment's end: what is written meanwhile is looked at the next time.
    let mut tenant = db.tenant(org).await?;
    let (head, last) = sql::ends(tenant.conn(), org).await?;
    let until = last.max(head.as_ref().map_or(0, |h| h.seq));
    drop(tenant);
    let mut after = from;
    while after < until {
        let mut tenant = db.tenant(org).await?;
        let rows = sql::rows(tenant.conn(), org, after, STRIDE.min(until - after)).await?;
        drop(tenant);
        let Some(newest) = rows.last().map(|r| r.seq) else { break };
        let is_good = rows.iter().filter(|row| row.seq <= until).all(|row| walk.step(row));
        if !is_good {
            break;
        }
        after = newest;
    }
    Ok(walk.end(Some(head.as_ref())))
}

/// All organizations that have, or must have, a chain.
///
/// # Errors
/// When the database is away.
pub async fn chains(db: &Db, anchors: &Anchors) -> Result<Vec<OrgId>> {
    let mut tx = db.identity().await?;
    let mut all = sql::organizations(&mut tx).await?;
    all.extend(anchors.organizations());
    all.sort_unstable();
    all.dedup();
    Ok(all)
}
