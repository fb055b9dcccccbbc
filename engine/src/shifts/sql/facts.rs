//! What is known of somebody who may have forgotten their shift.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{JobId, Member, ShiftId, UserId};

/// An open shift, as its watch sees it.
#[derive(Debug, Clone, FromRow)]
pub(in crate::shifts) struct Open {
    pub user_id: UserId,
    pub started_at: DateTime<Utc>,
    /// Begun by the work schedule.
    pub is_scheduled: bool,
    pub asked_at: Option<DateTime<Utc>>,
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// A shift, while it is open.
pub(in crate::shifts) async fn open_shift(tenant: &mut Tenant, shift: ShiftId) -> Result<Option<Open>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select user_id, started_at, started_by is null as is_scheduled, asked_at, confirmed_at from shift
         where org_id = $1 and shift_id = $2 and ended_at is null",
    )
    .bind(org)
    .bind(shift)
    .fetch_optional(tenant.conn())
    .await?)
}

/// What somebody does: the last step they took a job, and whether one of theirs is under way.
#[derive(Debug, Clone, Copy, FromRow)]
pub(in crate::shifts) struct Doing {
    pub worked: Option<DateTime<Utc>>,
    pub is_busy: bool,
}

/// What somebody has done since a moment, and does.
pub(in crate::shifts) async fn doing(
    tenant: &mut Tenant,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<Doing> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select (select max(h.at) from job_assignment a
                 join job_status_history h on h.org_id = a.org_id and h.job_id = a.job_id
                 where a.org_id = $1 and a.user_id = $2 and h.changed_by = $2 and h.at >= $3) as worked,
                exists (select 1 from job_assignment a join job j on j.org_id = a.org_id and j.job_id = a.job_id
                        where a.org_id = $1 and a.user_id = $2 and j.status in ('en_camino', 'working')) as is_busy",
    )
    .bind(org)
    .bind(user)
    .bind(since)
    .fetch_one(tenant.conn())
    .await?)
}

/// A person's stored positions since a moment, by their corrected time: one a minute is plenty.
pub(in crate::shifts) async fn points_since(
    tenant: &mut Tenant,
    member: Member,
    since: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, f64, f64)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select max(corrected_at) as at, (max(array[extract(epoch from corrected_at), lat_e7, lon_e7]))[2]::float8 / 1e7,
                (max(array[extract(epoch from corrected_at), lat_e7, lon_e7]))[3]::float8 / 1e7
         from position
         where org_id = $1 and member = $2 and at >= $3 - interval '1 day' and corrected_at >= $3
         group by date_trunc('minute', corrected_at) order by 1",
    )
    .bind(org)
    .bind(member)
    .bind(since)
    .fetch_all(tenant.conn())
    .await?)
}

/// The person was asked whether their shift still lasts.
pub(in crate::shifts) async fn asked(tenant: &mut Tenant, shift: ShiftId, at: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update shift set asked_at = $3 where org_id = $1 and shift_id = $2")
        .bind(org)
        .bind(shift)
        .bind(at)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// The person says that their open shift still lasts; false where none is open.
pub(in crate::shifts) async fn confirm(tenant: &mut Tenant, user: UserId, at: DateTime<Utc>) -> Result<bool> {
    let org = tenant.org();
    let done = sqlx::query(
        "update shift set confirmed_at = $3, updated_at = now()
         where org_id = $1 and user_id = $2 and ended_at is null",
    )
    .bind(org)
    .bind(user)
    .bind(at)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// An open pause: whose, and since when.
pub(in crate::shifts) async fn pause_of(
    tenant: &mut Tenant,
    pause: Uuid,
) -> Result<Option<(UserId, DateTime<Utc>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select user_id, started_at from shift_pause where org_id = $1 and pause_id = $2 and ended_at is null",
    )
    .bind(org)
    .bind(pause)
    .fetch_optional(tenant.conn())
    .await?)
}

/// The name of an active technician; none where the person is none.
pub(in crate::shifts) async fn name_of(tenant: &mut Tenant, user: UserId) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select name from member where org_id = $1 and user_id = $2 and role = 'technician' and is_active",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Whether somebody is to begin this job at this moment, and has not yet: its number and title.
pub(in crate::shifts) async fn is_expected(
    tenant: &mut Tenant,
    user: UserId,
    job: JobId,
    start: DateTime<Utc>,
) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select j.job_number || ' · ' || j.title from job j
         join job_assignment a on a.org_id = j.org_id and a.job_id = j.job_id and a.user_id = $3
         where j.org_id = $1 and j.job_id = $2 and j.status = 'scheduled' and j.scheduled_start = $4",
    )
    .bind(org)
    .bind(job)
    .bind(user)
    .bind(start)
    .fetch_optional(tenant.conn())
    .await?)
}

/// The name of the organization's time zone.
pub(in crate::shifts) async fn zone_name(tenant: &mut Tenant) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select timezone from organization where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}
