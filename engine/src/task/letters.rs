//! What gave up: a person sees the cause, tries it again or lets it go.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::sql;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::ledger::{Action, Entry, person};
use crate::page::{Cursor, Page, Paging};

/// How one kind of durable work stands in an organization.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct QueueState {
    /// The kind, as `journey.expire`.
    pub kind: String,
    /// May be claimed now.
    pub ready: i64,
    /// A worker is at it.
    pub running: i64,
    /// Not before its time: planned, or waiting for a retry.
    pub later: i64,
    /// Behind another one of its lane.
    pub waiting: i64,
    /// Gave up.
    pub dead: i64,
    /// Seconds that the oldest ready one has waited.
    pub oldest_ready_s: Option<i64>,
}

/// A task that gave up.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Letter {
    /// Its id.
    pub id: Uuid,
    /// What it was to do.
    pub kind: String,
    /// `dead` or `discarded`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i16,
    /// How often its worker ended or hung.
    pub stalls: i16,
    /// Why the last attempt failed.
    pub cause: Option<String>,
    /// May the cause be over by itself? Then it is tried again twice, after an hour each.
    pub is_transient: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it gave up.
    pub died_at: Option<DateTime<Utc>>,
    /// The order it belonged to.
    pub lane: Option<String>,
}

/// How the organization's queues stand.
pub async fn queues(tenant: &mut Tenant) -> Result<Vec<QueueState>> {
    sql::queues(tenant).await
}

/// Tasks that gave up, the newest first.
pub async fn list(tenant: &mut Tenant, paging: &Paging) -> Result<Page<Letter>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = sql::dead(tenant, after, limit + 1).await?;
    Ok(Page::cut(rows, limit, |l| Cursor { at: l.died_at.unwrap_or(l.created_at), id: l.id }))
}

/// Tries a dead task again, with all its attempts.
///
/// # Errors
/// `NotFound`; `TASK_001` when it is not dead or an open one does the same already.
pub async fn retry(tenant: &mut Tenant, id: Uuid, by: UserId) -> Result<Letter> {
    let letter = dead(tenant, id).await?;
    if let Some(lane) = &letter.lane {
        let org = tenant.org();
        sql::lock_lane(tenant.conn(), Some(org), lane).await?;
    }
    if !sql::revive(tenant, id, by).await? {
        return Err(conflict("otra tarea abierta ya hace lo mismo (an open task does the same)", &letter));
    }
    tenant.audit(Entry::new(Action::DeadLetterRetried, person(by), "task").on(id).with("kind", &letter.kind));
    Ok(Letter { state: "ready".into(), attempts: 0, stalls: 0, died_at: None, ..letter })
}

/// Lets a dead task go: it is not tried again.
///
/// # Errors
/// `NotFound`; `TASK_001` when it is not dead.
pub async fn discard(tenant: &mut Tenant, id: Uuid, by: UserId) -> Result<Letter> {
    let letter = dead(tenant, id).await?;
    sql::discard(tenant, id, by).await?;
    tenant
        .audit(Entry::new(Action::DeadLetterDiscarded, person(by), "task").on(id).with("kind", &letter.kind));
    Ok(Letter { state: "discarded".into(), ..letter })
}

async fn dead(tenant: &mut Tenant, id: Uuid) -> Result<Letter> {
    let letter = sql::letter(tenant, id).await?.ok_or(Error::NotFound("task"))?;
    if letter.state != "dead" {
        return Err(conflict("ya fue descartada (it was discarded already)", &letter));
    }
    Ok(letter)
}

fn conflict(detail: &str, letter: &Letter) -> Error {
    let current = serde_json::to_value(letter).ok();
    Error::Conflict { code: "TASK_001", detail: detail.into(), current }
}
