//! Finding jobs. One select makes every view, so that lists cost one round trip.

use chrono::{DateTime, Utc};

use super::photos::photo_json;
use super::{Home, JobRow};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, JobId, UserId};
use crate::jobs::view::HistoryEntry;

/// The one select; `$1` is the organization, the rest is the caller's.
macro_rules! select_jobs {
    ($($rest:literal),+) => {
        concat!(
            "select j.job_id, coalesce(j.job_number, '') as job_number, j.title, j.description, j.job_type, j.priority, j.status,
                    j.customer_id, c.name as customer_name, c.phone as customer_phone,
                    c.address as customer_address, c.lat as customer_lat, c.lon as customer_lon,
                    array(select a.user_id from job_assignment a
                          where a.org_id = j.org_id and a.job_id = j.job_id order by a.ordinal) as technician_ids,
                    j.scheduled_start, j.scheduled_end, j.estimated_duration_min, j.address, j.lat, j.lon,
                    j.address_extra, j.neighborhood, j.city, j.province, j.postal_code, j.source, j.source_message_id,
                    j.location_source, j.location_confidence,
                    j.notes, j.internal_notes, j.cancellation_reason, j.completion_notes, j.actual_start,
                    j.actual_end, j.status_changed_at, j.version, j.created_at, j.updated_at,
                    s.session_id, s.status as session_status, s.user_id as session_user, s.token_n,
                    s.arrived_at, s.window_from, s.window_to, j.org_id,
                    (select o.completion_requires from organization o where o.org_id = $1) as completion_requires,
                    (select coalesce(jsonb_agg(",
            photo_json!(),
            " order by p.taken_at, p.photo_id), '[]') from job_photo p
                     join file f on f.org_id = p.org_id and f.file_id = p.file_id
                     where p.org_id = j.org_id and p.job_id = j.job_id) as photos
             from job j
             join customer c on c.org_id = j.org_id and c.customer_id = j.customer_id
             left join lateral (
                 select t.* from tracking_session t
                 where t.org_id = j.org_id and t.job_id = j.job_id and t.status <> 'cancelled'
                 order by t.started_at desc limit 1) s on true
             where j.org_id = $1 and ",
            $($rest),+
        )
    };
}
pub(super) use select_jobs;

/// A job, if it is there and, where `own` is given, this person's.
pub(in crate::jobs) async fn find(
    tenant: &mut Tenant,
    job: JobId,
    own: Option<UserId>,
) -> Result<Option<JobRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(select_jobs!(
        "j.job_id = $2 and ($3::uuid is null or exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = $2 and a.user_id = $3))"
    ))
    .bind(org)
    .bind(job)
    .bind(own)
    .fetch_optional(tenant.conn())
    .await?)
}

/// The same, with the job's row locked until the transaction ends.
///
/// The lock comes in a statement of its own: what it waited for is then visible to the select.
pub(in crate::jobs) async fn lock(
    tenant: &mut Tenant,
    job: JobId,
    own: Option<UserId>,
) -> Result<Option<JobRow>> {
    let org = tenant.org();
    let locked = sqlx::query("select 1 from job where org_id = $1 and job_id = $2 for no key update")
        .bind(org)
        .bind(job)
        .fetch_optional(tenant.conn())
        .await?;
    if locked.is_none() {
        return Ok(None);
    }
    find(tenant, job, own).await
}

/// Everything open, and what ended at or after `since`.
pub(in crate::jobs) async fn open(tenant: &mut Tenant, since: DateTime<Utc>) -> Result<Vec<JobRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(select_jobs!(
        "(j.status not in ('completed', 'cancelled') or j.status_changed_at >= $2)
         order by j.scheduled_start nulls last, j.job_id"
    ))
    .bind(org)
    .bind(since)
    .fetch_all(tenant.conn())
    .await?)
}

/// A day's jobs; one technician's are only those still to do, with whatever is under way.
pub(in crate::jobs) async fn of_day(
    tenant: &mut Tenant,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    technician: Option<UserId>,
) -> Result<Vec<JobRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(select_jobs!(
        "((j.scheduled_start < $3 and coalesce(j.scheduled_end, j.scheduled_start) >= $2)
          or j.status in ('en_camino', 'working'))
         and ($4::uuid is null or (j.status not in ('completed', 'cancelled') and exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $4)))
         order by j.scheduled_start nulls first, j.job_id"
    ))
    .bind(org)
    .bind(from)
    .bind(to)
    .bind(technician)
    .fetch_all(tenant.conn())
    .await?)
}

/// A job's steps, oldest first; with what was edited between them where that is wanted.
pub(in crate::jobs) async fn history(
    tenant: &mut Tenant,
    job: JobId,
    with_edits: bool,
) -> Result<Vec<HistoryEntry>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select * from (
         select 'status' as kind, status, previous_status, changed_by, changed_by_kind as changed_by_type, notes,
                lat, lon, null::jsonb as changes, at, recorded_at as created_at, ordinal
         from job_status_history where org_id = $1 and job_id = $2
         union all
         select kind, status, status, changed_by, changed_by_kind, null, null, null, changes, at, at, ordinal
         from job_edit where org_id = $1 and job_id = $2 and $3) h
         order by case when $3 then created_at end, ordinal, kind",
    )
    .bind(org)
    .bind(job)
    .bind(with_edits)
    .fetch_all(tenant.conn())
    .await?)
}

/// Where a customer of the organization lives, if there is such an active one.
pub(in crate::jobs) async fn home_of(tenant: &mut Tenant, customer: CustomerId) -> Result<Option<Home>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select address, lat is not null as is_placed from customer
         where org_id = $1 and customer_id = $2 and is_active",
    )
    .bind(org)
    .bind(customer)
    .fetch_optional(tenant.conn())
    .await?)
}

/// How many of these people may be put on jobs: active, and no accountants.
pub(in crate::jobs) async fn count_assignable(tenant: &mut Tenant, people: &[UserId]) -> Result<usize> {
    let org = tenant.org();
    let n: i64 = sqlx::query_scalar(
        "select count(*) from member
         where org_id = $1 and user_id = any($2) and is_active and role <> 'accountant'",
    )
    .bind(org)
    .bind(people)
    .fetch_one(tenant.conn())
    .await?;
    Ok(usize::try_from(n).unwrap_or(0))
}

/// The name of the organization's time zone.
pub(in crate::jobs) async fn zone_name(tenant: &mut Tenant) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select timezone from organization where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}
