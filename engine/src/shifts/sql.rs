//! The queries of shifts.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::rules::Span;
use super::{ShiftView, Wanted};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{Member, ShiftId, UserId};
use crate::moment::Moment;
use crate::page::Cursor;

#[derive(Debug, Clone, FromRow)]
pub(super) struct ShiftRow {
    pub shift_id: ShiftId,
    pub user_id: UserId,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    started_by: Option<UserId>,
    ended_by: Option<UserId>,
}

impl ShiftRow {
    pub fn span(&self) -> Span {
        Span { start: self.started_at, end: self.ended_at }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.started_at, id: self.shift_id.0 }
    }

    pub fn view(self) -> ShiftView {
        ShiftView {
            id: self.shift_id,
            user_id: self.user_id,
            started_at: Moment(self.started_at),
            ended_at: self.ended_at.map(Moment),
            started_by: self.started_by,
            ended_by: self.ended_by,
        }
    }
}

/// Locks a person's membership, under which their shifts change one at a time.
pub(super) async fn lock_member(tenant: &mut Tenant, user: UserId) -> Result<Option<(Member, bool)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select member, is_active from member where org_id = $1 and user_id = $2 for no key update",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

/// A person's latest shift.
pub(super) async fn last(tenant: &mut Tenant, user: UserId) -> Result<Option<ShiftRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select shift_id, user_id, started_at, ended_at, started_by, ended_by from shift
         where org_id = $1 and user_id = $2 order by started_at desc, shift_id desc limit 1",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

/// A person's shifts, oldest first, for a correction among its neighbours.
pub(super) async fn all(tenant: &mut Tenant, user: UserId) -> Result<Vec<ShiftRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select shift_id, user_id, started_at, ended_at, started_by, ended_by from shift
         where org_id = $1 and user_id = $2 order by started_at, shift_id",
    )
    .bind(org)
    .bind(user)
    .fetch_all(tenant.conn())
    .await?)
}

/// Whose shift it is.
pub(super) async fn owner(tenant: &mut Tenant, shift: ShiftId) -> Result<Option<UserId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select user_id from shift where org_id = $1 and shift_id = $2")
        .bind(org)
        .bind(shift)
        .fetch_optional(tenant.conn())
        .await?)
}

/// A shift begins.
pub(super) async fn insert(tenant: &mut Tenant, user: UserId, at: DateTime<Utc>, by: UserId) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into shift (org_id, shift_id, user_id, started_at, started_by) values ($1, $2, $3, $4, $5)",
    )
    .bind(org)
    .bind(ShiftId::new())
    .bind(user)
    .bind(at)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Writes a shift's edges.
pub(super) async fn update(
    tenant: &mut Tenant,
    shift: ShiftId,
    span: Span,
    ended_by: Option<UserId>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update shift set started_at = $3, ended_at = $4, ended_by = coalesce($5, ended_by), updated_at = now()
         where org_id = $1 and shift_id = $2",
    )
    .bind(org)
    .bind(shift)
    .bind(span.start)
    .bind(span.end)
    .bind(ended_by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// The newest stored point of a person at or after `since`, by its corrected time.
///
/// A day of skew is searched through the day partitions; phones whose clock is further off are few, and are
/// searched by their sources.
pub(super) async fn newest_point(
    tenant: &mut Tenant,
    user: UserId,
    member: Member,
    since: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select max(at) from (
             select max(p.corrected_at) as at from position p
             where p.org_id = $1 and p.member = $2 and p.at >= $4 - interval '1 day' and p.corrected_at >= $4
             union all
             select max(p.corrected_at) from source s
             join position p on p.member = $2 and p.source = s.source and p.org_id = $1 and p.corrected_at >= $4
             where s.org_id = $1 and s.user_id = $3 and abs(coalesce(s.correction_ms, 0)) > 86400000
         ) newest",
    )
    .bind(org)
    .bind(member)
    .bind(user)
    .bind(since)
    .fetch_one(tenant.conn())
    .await?)
}

/// Erases a person's positions strictly between two moments (an open end is forever), whatever clock they had.
pub(super) async fn erase_points(
    tenant: &mut Tenant,
    member: Member,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
) -> Result<u64> {
    let org = tenant.org();
    let done = sqlx::query(
        "delete from position where org_id = $1 and member = $2
         and ($3::timestamptz is null or corrected_at > $3) and ($4::timestamptz is null or corrected_at < $4)
         and ($3 is not null or $4 is not null)",
    )
    .bind(org)
    .bind(member)
    .bind(after)
    .bind(before)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Shifts, newest first.
pub(super) async fn list(tenant: &mut Tenant, wanted: &Wanted) -> Result<Vec<ShiftRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select shift_id, user_id, started_at, ended_at, started_by, ended_by from shift
         where org_id = $1 and ($2::uuid is null or user_id = $2)
         and ($3::timestamptz is null or ended_at is null or ended_at >= $3)
         and ($4::timestamptz is null or started_at < $4)
         and ($5::timestamptz is null or (started_at, shift_id) < ($5, $6))
         order by started_at desc, shift_id desc limit $7",
    )
    .bind(org)
    .bind(wanted.user)
    .bind(wanted.from)
    .bind(wanted.to)
    .bind(wanted.after.map(|c| c.at))
    .bind(wanted.after.map(|c| c.id))
    .bind(wanted.limit)
    .fetch_all(tenant.conn())
    .await?)
}

/// The spans of a person that touch the time since `since`, oldest first.
pub(super) async fn spans(
    tenant: &mut Tenant,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select started_at, ended_at from shift
         where org_id = $1 and user_id = $2 and (ended_at is null or ended_at >= $3) order by started_at",
    )
    .bind(org)
    .bind(user)
    .bind(since)
    .fetch_all(tenant.conn())
    .await?)
}

/// Everybody's open shift.
pub(super) async fn on_shift(tenant: &mut Tenant) -> Result<Vec<UserId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select user_id from shift where org_id = $1 and ended_at is null")
        .bind(org)
        .fetch_all(tenant.conn())
        .await?)
}
