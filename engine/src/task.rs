//! Durable work: written in the transaction of its cause, carried out by the [`crate::worker`].
//!
//! A task's payload never holds a secret: codes and links are recomputed when they are needed.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ids::OrgId;

/// Work to be done once, soon.
#[derive(Debug)]
pub struct NewTask {
    /// What to do, as `otp.send`.
    pub kind: &'static str,
    /// For which organization; none where there is none yet.
    pub org: Option<OrgId>,
    /// What the worker needs to know.
    pub payload: Value,
    /// One open task per organization, kind and key.
    pub unique_key: Option<String>,
    /// Not before.
    pub run_at: DateTime<Utc>,
}

impl NewTask {
    /// A task for now.
    pub fn new(kind: &'static str, org: Option<OrgId>, payload: impl Serialize) -> Result<Self> {
        let payload =
            serde_json::to_value(payload).map_err(|e| Error::Internal(format!("task {kind}: {e}")))?;
        Ok(Self { kind, org, payload, unique_key: None, run_at: Utc::now() })
    }
}

/// Writes a task; an open one with the same key stays as it is.
pub async fn enqueue(conn: &mut PgConnection, task: &NewTask) -> Result<()> {
    sqlx::query(
        "insert into task (task_id, org_id, kind, payload, unique_key, run_at) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(task.org)
    .bind(task.kind)
    .bind(&task.payload)
    .bind(&task.unique_key)
    .bind(task.run_at)
    .execute(conn)
    .await?;
    Ok(())
}
