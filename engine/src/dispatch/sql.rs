//! The queries of dispatch.

use chrono::{DateTime, Utc};

use super::rules::SkillLevel;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{JobId, UserId};

/// An active technician, with what they do and have done.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct PersonRow {
    pub user_id: UserId,
    pub name: String,
    pub specialties: Vec<String>,
    pub skill_level: Option<SkillLevel>,
    /// A shift is open and not in a pause.
    pub on_shift: bool,
    pub paused_since: Option<DateTime<Utc>>,
    pub is_silent: bool,
    /// Under way to another job than the one asked about.
    pub is_en_camino: bool,
    pub is_working: bool,
    pub working_since: Option<DateTime<Utc>>,
    /// Jobs of the day still to do, the one asked about left out.
    pub remaining: i64,
    /// Jobs completed in the last 30 days.
    pub jobs_a_month: i64,
    /// Whether the job asked about is theirs already.
    pub is_assigned: bool,
}

/// Every active technician; `job` is left out of what they do. The day is given by its two ends.
pub(super) async fn people(
    tenant: &mut Tenant,
    job: Option<JobId>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<PersonRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select m.user_id, m.name, m.specialties, m.skill_level, m.is_silent,
                exists (select 1 from shift s
                        where s.org_id = $1 and s.user_id = m.user_id and s.ended_at is null)
                    and p.started_at is null as on_shift, p.started_at as paused_since,
                coalesce(w.is_en_camino, false) as is_en_camino, coalesce(w.is_working, false) as is_working,
                w.working_since, coalesce(w.remaining, 0) as remaining, coalesce(w.done, 0) as jobs_a_month,
                coalesce(w.is_assigned, false) as is_assigned
         from member m
         left join shift_pause p on p.org_id = m.org_id and p.user_id = m.user_id and p.ended_at is null
         left join lateral (
             select bool_or(j.status = 'en_camino' and j.job_id is distinct from $2) as is_en_camino,
                    bool_or(j.status = 'working' and j.job_id is distinct from $2) as is_working,
                    min(j.actual_start) filter (where j.status = 'working' and j.job_id is distinct from $2)
                        as working_since,
                    count(*) filter (where j.job_id is distinct from $2 and (
                        j.status in ('en_camino', 'working')
                        or j.status = 'scheduled' and j.scheduled_start < $4
                           and coalesce(j.scheduled_end, j.scheduled_start) >= $3)) as remaining,
                    count(*) filter (where j.status = 'completed'
                        and j.status_changed_at > now() - interval '30 days') as done,
                    bool_or(j.job_id = $2) as is_assigned
             from job_assignment a join job j on j.org_id = a.org_id and j.job_id = a.job_id
             where a.org_id = $1 and a.user_id = m.user_id
               and (j.status not in ('completed', 'cancelled') or j.status_changed_at > now() - interval '30 days')
         ) w on true
         where m.org_id = $1 and m.role = 'technician' and m.is_active
         order by m.name, m.user_id",
    )
    .bind(org)
    .bind(job)
    .bind(from)
    .bind(to)
    .fetch_all(tenant.conn())
    .await?)
}
