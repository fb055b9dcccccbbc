//! Other keys, while everybody reads and writes.
//!
//! A rotation of data writes one row: from then on values are sealed under it, and older keys go on opening. A task then
//! seals every older value anew, some rows at a time. Where it stands is in the values themselves, so it may be killed
//! at any moment. A rotation of the key-encryption key wraps data keys anew and touches no value.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::columns::{Column, SEALED};
use super::{Vault, form, sql};
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::OrgId;
use crate::task::{self, NewTask};

/// Seals an organization's older values under its newest data key.
pub const REWRAP: &str = "vault.rewrap";
/// Looks for organizations whose data key is due.
pub const UPKEEP: &str = "vault.upkeep";

/// A data key seals so many values (reliability.md section 6: random nonces are good for 2^32).
pub const MOST_SEALS: i64 = 1 << 28;
/// A data key seals so long.
pub const LONGEST: TimeDelta = TimeDelta::days(90);
/// Rows of one transaction.
const BATCH: i64 = 100;
/// Walks of one attempt: rows that somebody is changing are left to the next.
const PASSES: usize = 30;
/// Between two transactions, for those who answer people.
const BREATH: Duration = Duration::from_millis(5);
/// Transactions that began before a rotation are over by then, and every process knows the newest key.
const SETTLED: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, Serialize, Deserialize)]
struct Rewrap {
    org: OrgId,
}

/// What a rotation of data keys made.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rotated {
    /// Whose.
    pub org: OrgId,
    /// The newest data key.
    pub version: u32,
}

/// What a rotation of the key-encryption key did.
#[derive(Debug, Clone, Serialize)]
pub struct Rewrapped {
    /// The key that wraps from now on.
    pub kek: String,
    /// Data keys that were wrapped anew.
    pub data_keys: usize,
    /// Data keys whose key-encryption key is missing: as they were.
    pub locked: usize,
}

/// How an organization's data keys stand.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Whose.
    pub org: OrgId,
    /// The newest version; none before its first sealed value.
    pub version: Option<u32>,
    /// Days since it was made.
    pub age_days: i64,
    /// About how many values it sealed.
    pub seals: i64,
    /// Older keys that may still have values under them.
    pub in_rotation: usize,
    /// Key-encryption keys that are needed and not here.
    pub missing: Vec<String>,
    /// Whether its keys were destroyed.
    pub is_shredded: bool,
}

/// Gives an organization its next data key; what is sealed already follows by a task.
///
/// # Errors
/// `VAULT_001` where its keys were destroyed; [`Error::Conflict`] where another rotation is just being written.
pub async fn rotate(engine: &Engine, org: OrgId) -> Result<Rotated> {
    let mut tenant = engine.db.tenant(org).await?;
    let rotated = advance(&engine.vault, &mut tenant).await?;
    tenant.commit().await?;
    engine.vault.forget(org);
    Ok(rotated)
}

async fn advance(vault: &Vault, tenant: &mut Tenant) -> Result<Rotated> {
    let org = tenant.org();
    let (newest, _) = vault.newest(tenant).await?;
    let version = newest.saturating_add(1);
    if !vault.make(tenant, version).await? {
        return Err(Error::Conflict {
            code: "VAULT_004",
            detail: "otra rotación está en curso (another rotation is under way)".into(),
            current: None,
        });
    }
    enqueue(tenant, version, "").await?;
    tenant.audit(Entry::new(Action::DataKeyRotated, By::SYSTEM, "data_key").with("version", version));
    Ok(Rotated { org, version })
}

async fn enqueue(tenant: &mut Tenant, version: u32, round: &str) -> Result<()> {
    let org = tenant.org();
    let mut new = NewTask::new(REWRAP, Some(org), Rewrap { org })?;
    new.unique_key = Some(format!("rewrap/{version}{round}"));
    if !round.is_empty() {
        new.run_at = Utc::now() + SETTLED;
    }
    tenant.wake_worker();
    task::enqueue(tenant.conn(), &new).await
}

/// Every organization of the installation.
pub async fn organizations(db: &Db) -> Result<Vec<OrgId>> {
    let mut tx = db.identity().await?;
    sql::organizations(&mut tx).await
}

/// Seals an organization's older values under its newest data key, then retires the older keys.
pub async fn rewrap(engine: &Engine, payload: &Value) -> Result<()> {
    let Rewrap { org } =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{REWRAP}: {e}")))?;
    // Another process may have made the newest key a moment ago.
    engine.vault.forget(org);
    let mut failed = 0;
    for _ in 0..PASSES {
        failed = 0;
        for column in SEALED {
            failed += rewrap_column(engine, org, column).await?;
        }
        let mut tenant = engine.db.tenant(org).await?;
        let (version, _) = engine.vault.newest(&mut tenant).await?;
        if failed > 0 || !is_stale(&mut tenant, version).await? {
            break;
        }
        // Rows that somebody had: they are free a moment later.
        tokio::time::sleep(BREATH * 20).await;
    }
    if failed > 0 {
        return Err(Error::Internal(format!("{failed} sealed values do not open and stay as they are")));
    }
    settle(engine, org).await
}

/// Walks one column; answers how many values do not open.
async fn rewrap_column(engine: &Engine, org: OrgId, column: &Column) -> Result<usize> {
    let (mut after, mut failed) = (Uuid::nil(), 0);
    loop {
        let mut tenant = engine.db.tenant(org).await?;
        let (version, _) = engine.vault.newest(&mut tenant).await?;
        let found = sql::stale(tenant.conn(), org, column, (&form::prefix(version), after, BATCH)).await?;
        let Some((last, _)) = found.last() else { return Ok(failed) };
        after = *last;
        let mut anew = Vec::with_capacity(found.len());
        for (row, sealed) in &found {
            match engine.vault.open(&mut tenant, column.purpose, *row, sealed).await {
                Ok(plain) => {
                    anew.push((*row, engine.vault.seal(&mut tenant, column.purpose, *row, &plain).await?));
                }
                Err(Error::Sealed { code: "VAULT_003", .. }) => {
                    failed += 1;
                    tracing::error!(%org, table = column.table, column = column.column, %row, "a sealed value does not open");
                }
                Err(other) => return Err(other),
            }
        }
        sql::write(tenant.conn(), org, column, &anew).await?;
        tenant.commit().await?;
        counter!("campo_vault_rewrapped_total").increment(anew.len() as u64);
        tokio::time::sleep(BREATH).await;
    }
}

/// When nothing is left under older keys they are retired; else, and as long as somebody may still use them, another
/// round follows.
async fn settle(engine: &Engine, org: OrgId) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    let (version, _) = engine.vault.newest(&mut tenant).await?;
    let rows = sql::data_keys(tenant.conn(), org).await?;
    let is_recent = rows.last().is_none_or(|r| Utc::now() - r.created_at < SETTLED);
    if is_recent || is_stale(&mut tenant, version).await? {
        // A name of its own for each round: the one that runs holds the last one's.
        enqueue(&mut tenant, version, &format!("/{}", Utc::now().timestamp())).await?;
    } else {
        sql::retire(tenant.conn(), org, i32::try_from(version).unwrap_or(i32::MAX)).await?;
    }
    tenant.commit().await
}

async fn is_stale(tenant: &mut Tenant, version: u32) -> Result<bool> {
    let org = tenant.org();
    for column in SEALED {
        if sql::is_stale(tenant.conn(), org, column, &form::prefix(version)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rotates what is due, and takes up what lies under older keys or in the first form.
pub async fn upkeep(engine: &Engine) -> Result<()> {
    for org in organizations(&engine.db).await? {
        match tend(engine, org).await {
            Ok(()) => {}
            // The others' keys are due all the same.
            Err(error @ (Error::Sealed { .. } | Error::Conflict { .. })) => {
                tracing::warn!(%org, %error, "data keys could not be looked after");
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

async fn tend(engine: &Engine, org: OrgId) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    let rows = sql::data_keys(tenant.conn(), org).await?;
    let newest = rows.last();
    if newest.is_some_and(|r| r.destroyed_at.is_some()) {
        return Ok(());
    }
    if newest.is_some_and(|r| is_due(r.seals, Utc::now() - r.created_at)) {
        advance(&engine.vault, &mut tenant).await?;
    } else {
        let version = newest.map_or(0, |r| u32::try_from(r.version).unwrap_or_default());
        if is_stale(&mut tenant, version).await? {
            enqueue(&mut tenant, version, "").await?;
        }
    }
    tenant.commit().await?;
    engine.vault.forget(org);
    Ok(())
}

/// Whether a data key has sealed enough, or long enough.
fn is_due(seals: i64, age: TimeDelta) -> bool {
    seals >= MOST_SEALS || age >= LONGEST
}

/// Makes a key-encryption key (in the file of the settings) and wraps every data key by it. Running servers find it there.
pub async fn rotate_kek(engine: &Engine) -> Result<Rewrapped> {
    let kek = engine.vault.0.keks.add()?;
    let mut done = Rewrapped { kek: kek.id.clone(), data_keys: 0, locked: 0 };
    for org in organizations(&engine.db).await? {
        let mut tenant = engine.db.tenant(org).await?;
        for row in sql::data_keys(tenant.conn(), org).await? {
            if row.kek_id == kek.id || row.destroyed_at.is_some() {
                continue;
            }
            let version = u32::try_from(row.version).unwrap_or_default();
            let old = engine.vault.0.keks.find(&row.kek_id)?;
            let Some(bytes) = old.and_then(|old| old.unwrap(org, version, &row.wrapped)) else {
                tracing::error!(%org, version, kek = row.kek_id, "a data key stays as it is: it does not unwrap");
                done.locked += 1;
                continue;
            };
            let wrapped = kek.wrap(org, version, &bytes)?;
            sql::rewrap_key(tenant.conn(), org, &row, (&wrapped, &kek.id)).await?;
            done.data_keys += 1;
        }
        tenant.commit().await?;
        engine.vault.forget(org);
    }
    Ok(done)
}

/// How an organization's data keys stand.
pub async fn standing(db: &Db, vault: &Vault, org: OrgId) -> Result<Standing> {
    let mut tenant = db.tenant(org).await?;
    let rows = sql::data_keys(tenant.conn(), org).await?;
    let mut missing = Vec::new();
    for row in rows.iter().filter(|r| r.destroyed_at.is_none()) {
        if vault.0.keks.find(&row.kek_id)?.is_none() && !missing.contains(&row.kek_id) {
            missing.push(row.kek_id.clone());
        }
    }
    let newest = rows.last();
    let open = rows.iter().filter(|r| r.retired_at.is_none() && r.destroyed_at.is_none()).count();
    Ok(Standing {
        org,
        version: newest.and_then(|r| u32::try_from(r.version).ok()),
        age_days: newest.map_or(0, |r| (Utc::now() - r.created_at).num_days()),
        seals: newest.map_or(0, |r| r.seals),
        in_rotation: open.saturating_sub(1),
        missing,
        is_shredded: newest.is_some_and(|r| r.destroyed_at.is_some()),
    })
}

/// The key-encryption key that wraps now: its id, and the days since it was made where that is known.
pub fn kek(vault: &Vault) -> Result<(String, Option<i64>)> {
    let kek = vault.0.keks.current()?;
    Ok((kek.id.clone(), kek.made_at.map(|at| (Utc::now() - at).num_days())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_due_by_use_or_by_age() {
        assert!(!is_due(MOST_SEALS - 1, LONGEST - TimeDelta::seconds(1)));
        assert!(is_due(MOST_SEALS, TimeDelta::zero()));
        assert!(is_due(0, LONGEST));
    }
}
