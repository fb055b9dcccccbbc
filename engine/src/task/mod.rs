//! Durable work: written in the transaction of its cause, carried out by the [`crate::worker`].
//!
//! - [`kinds`]: what each kind of task may take: workers, seconds, attempts.
//! - [`letters`]: what gave up, for a person to retry or discard.
//! - [`schedules`]: what fires again and again, once over all nodes.
//!
//! A task's payload never holds a secret: codes and links are recomputed when they are needed.

pub mod kinds;
pub mod letters;
pub mod schedules;
mod sql;

pub(crate) use sql::lock_lane;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::PgConnection;

use crate::error::{Error, Result};
use crate::ids::OrgId;

/// The largest payload, in bytes of JSON: tasks name rows, they do not carry them.
const LARGEST_PAYLOAD: usize = 1 << 20;

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
    /// Tasks of one lane of an organization run one at a time, in the order in which they were written:
    /// messages of a conversation, invoices of a series. A task that waits for its retry holds its lane up;
    /// a dead one lets the next go on.
    pub lane: Option<String>,
    /// Not before.
    pub run_at: DateTime<Utc>,
}

impl NewTask {
    /// A task for now.
    pub fn new(kind: &'static str, org: Option<OrgId>, payload: impl Serialize) -> Result<Self> {
        let payload =
            serde_json::to_value(payload).map_err(|e| Error::Internal(format!("task {kind}: {e}")))?;
        Ok(Self { kind, org, payload, unique_key: None, lane: None, run_at: Utc::now() })
    }
}

/// Writes a task; an open one with the same key stays as it is.
///
/// Tasks of several lanes in one transaction: write them in the order of their lanes' names, or two such
/// transactions may wait for each other until one is broken off.
pub async fn enqueue(conn: &mut PgConnection, task: &NewTask) -> Result<()> {
    if task.payload.to_string().len() > LARGEST_PAYLOAD {
        return Err(Error::Internal(format!("task {}: its payload is over a megabyte", task.kind)));
    }
    if let Some(lane) = &task.lane {
        lock_lane(conn, task.org, lane).await?;
    }
    sql::insert(conn, task, kinds::policy(task.kind).priority).await
}

/// Writes tasks of one kind and organization that stand in no lane; open ones with the same keys stay as they are.
pub(crate) async fn enqueue_all(
    conn: &mut PgConnection,
    org: OrgId,
    kind: &'static str,
    tasks: &[NewTask],
) -> Result<()> {
    sql::insert_all(conn, org, kind, tasks, kinds::policy(kind).priority).await
}
