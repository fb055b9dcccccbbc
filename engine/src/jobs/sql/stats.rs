//! Counting jobs.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::jobs::state::Status;

/// How many jobs stand in a state.
#[derive(Debug, Clone, FromRow)]
pub(in crate::jobs) struct Counted {
    pub status: Status,
    /// In all.
    pub jobs: i64,
    /// Of today: scheduled to touch it, or ended on it.
    pub today: i64,
    /// Without anybody on them.
    pub unassigned: i64,
    /// Scheduled to have begun by now.
    pub overdue: i64,
}

/// Jobs by state: all of them or those that begin within `span`; of one person where that is wanted.
pub(in crate::jobs) async fn counts(
    tenant: &mut Tenant,
    technician: Option<UserId>,
    span: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    (day, next_day): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Counted>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select j.status, count(*) as jobs,
                count(*) filter (where (j.scheduled_start < $6 and coalesce(j.scheduled_end, j.scheduled_start) >= $5)
                    or j.status in ('en_camino', 'working')
                    or (j.status in ('completed', 'cancelled') and j.status_changed_at >= $5
                        and j.status_changed_at < $6)) as today,
                count(*) filter (where not exists (
                    select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id)) as unassigned,
                count(*) filter (where j.status in ('pending', 'scheduled') and j.scheduled_start < now()) as overdue
         from job j
         where j.org_id = $1
           and ($2::uuid is null or exists (
               select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $2))
           and ($3::timestamptz is null or j.scheduled_start >= $3)
           and ($4::timestamptz is null or j.scheduled_start < $4)
         group by j.status",
    )
    .bind(org)
    .bind(technician)
    .bind(span.0)
    .bind(span.1)
    .bind(day)
    .bind(next_day)
    .fetch_all(tenant.conn())
    .await?)
}

/// Of the jobs with a date that were completed within a span: how many, and at how many somebody was there by
/// `grace_min` minutes after their beginning.
pub(in crate::jobs) async fn punctual(
    tenant: &mut Tenant,
    technician: Option<UserId>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    grace_min: i32,
) -> Result<(i64, i64)> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select count(*), count(*) filter (
                where coalesce(s.arrived_at, j.actual_start) <= j.scheduled_start + make_interval(mins => $5))
         from job j
         left join lateral (
             select t.arrived_at from tracking_session t
             where t.org_id = j.org_id and t.job_id = j.job_id and t.status <> 'cancelled'
             order by t.started_at desc limit 1) s on true
         where j.org_id = $1 and j.status = 'completed' and j.scheduled_start is not null
           and j.actual_end >= $3 and j.actual_end < $4
           and coalesce(s.arrived_at, j.actual_start) is not null
           and ($2::uuid is null or exists (
               select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $2))",
    )
    .bind(org)
    .bind(technician)
    .bind(from)
    .bind(to)
    .bind(grace_min)
    .fetch_one(tenant.conn())
    .await?)
}
