//! The queries of pauses.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{ShiftId, UserId};
use crate::shifts::rules::Span;

/// A pause.
#[derive(Debug, Clone, Copy, FromRow)]
pub(in crate::shifts) struct Pause {
    pub pause_id: Uuid,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl Pause {
    pub fn span(&self) -> Span {
        Span { start: self.started_at, end: self.ended_at }
    }
}

/// A shift's pauses, oldest first.
pub(in crate::shifts) async fn pauses_of(tenant: &mut Tenant, shift: ShiftId) -> Result<Vec<Pause>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select pause_id, started_at, ended_at from shift_pause
         where org_id = $1 and shift_id = $2 order by started_at, pause_id",
    )
    .bind(org)
    .bind(shift)
    .fetch_all(tenant.conn())
    .await?)
}

/// A shift's latest pause.
pub(in crate::shifts) async fn last_pause(tenant: &mut Tenant, shift: ShiftId) -> Result<Option<Pause>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select pause_id, started_at, ended_at from shift_pause
         where org_id = $1 and shift_id = $2 order by started_at desc, pause_id desc limit 1",
    )
    .bind(org)
    .bind(shift)
    .fetch_optional(tenant.conn())
    .await?)
}

/// A pause begins.
pub(in crate::shifts) async fn insert_pause(
    tenant: &mut Tenant,
    pause: Uuid,
    (shift, user): (ShiftId, UserId),
    at: DateTime<Utc>,
    by: Option<UserId>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into shift_pause (org_id, pause_id, shift_id, user_id, started_at, started_by)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(org)
    .bind(pause)
    .bind(shift)
    .bind(user)
    .bind(at)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// A pause ends.
pub(in crate::shifts) async fn end_pause(
    tenant: &mut Tenant,
    pause: Uuid,
    at: DateTime<Utc>,
    by: Option<UserId>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update shift_pause set ended_at = $3, ended_by = $4, updated_at = now()
         where org_id = $1 and pause_id = $2",
    )
    .bind(org)
    .bind(pause)
    .bind(at)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// What is left of a pause when its shift has other edges; nothing erases it.
pub(in crate::shifts) async fn rewrite_pause(
    tenant: &mut Tenant,
    pause: Uuid,
    left: Option<Span>,
) -> Result<()> {
    let org = tenant.org();
    let statement = match left {
        Some(_) => {
            "update shift_pause set started_at = $3, ended_at = $4, updated_at = now()
             where org_id = $1 and pause_id = $2"
        }
        None => {
            "delete from shift_pause where org_id = $1 and pause_id = $2
             and ($3::timestamptz is null or true) and ($4::timestamptz is null or true)"
        }
    };
    sqlx::query(statement)
        .bind(org)
        .bind(pause)
        .bind(left.map(|span| span.start))
        .bind(left.and_then(|span| span.end))
        .execute(tenant.conn())
        .await?;
    Ok(())
}
