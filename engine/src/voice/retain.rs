//! Recordings go after the days that the organization chose; the words stay with the conversation.

use chrono::{Days, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sql;
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::files;
use crate::ids::OrgId;
use crate::task::{self, NewTask};

/// The task that erases an organization's old recordings: once a day while there are any.
pub const FORGET: &str = "voice.forget";
/// Recordings that one task erases; more are the next one's.
const AT_ONCE: i64 = 200;

#[derive(Serialize, Deserialize)]
struct Whose {
    org: OrgId,
}

/// Somebody looks tomorrow.
pub(super) async fn plan(tx: &mut Tenant) -> Result<()> {
    let tomorrow = Utc::now().date_naive().checked_add_days(Days::new(1)).unwrap_or_default();
    let key = format!("day:{tomorrow}");
    // At seven in the morning by UTC: four in Buenos Aires.
    let run_at = tomorrow.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(7);
    write(tx, key, run_at).await
}

/// Somebody looks now: the days were changed.
pub(super) async fn at_once(tx: &mut Tenant) -> Result<()> {
    write(tx, format!("now:{}", Utc::now().timestamp_millis()), Utc::now()).await?;
    tx.wake_worker();
    Ok(())
}

async fn write(tx: &mut Tenant, key: String, run_at: chrono::DateTime<Utc>) -> Result<()> {
    let org = tx.org();
    let mut look = NewTask::new(FORGET, Some(org), Whose { org })?;
    (look.unique_key, look.run_at) = (Some(key), run_at);
    task::enqueue(tx.conn(), &look).await
}

/// The task [`FORGET`]. A recording that a newer note names too stays until that one's time.
pub async fn forget(engine: &Engine, payload: &Value) -> Result<()> {
    let Whose { org } =
        Whose::deserialize(payload).map_err(|e| Error::Internal(format!("task {FORGET}: {e}")))?;
    let mut tx = engine.db.tenant(org).await?;
    let days = sql::settings(&mut tx).await?.retention_days;
    let due = sql::due_audio(&mut tx, days, AT_ONCE).await?;
    drop(tx);
    let is_more = due.len() as i64 == AT_ONCE;
    for (_, file) in due {
        let is_shared = engine.db.within(org, async |t| sql::is_shared(t, file, days).await).await?;
        if is_shared {
            continue;
        }
        // The file first: a note that says it is gone must not be wrong.
        match files::erase(engine, org, file).await {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        engine.db.within(org, async |t| sql::note_erased(t, file).await).await?;
    }
    let mut tx = engine.db.tenant(org).await?;
    if is_more {
        at_once(&mut tx).await?;
    }
    if sql::has_audio(&mut tx).await? {
        plan(&mut tx).await?;
    }
    tx.commit().await
}
