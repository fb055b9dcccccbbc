//! Writing jobs. Callers hold the job's row lock.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::db::Tenant;
use crate::error::Result;
use crate::event::By;
use crate::ids::{JobId, UserId};
use crate::jobs::Origin;
use crate::jobs::form::Content;
use crate::jobs::state::Status;

/// Gives a new job the next number. The counter's row stays locked until the job is committed, so numbers have no gaps.
pub(in crate::jobs) async fn give_number(tenant: &mut Tenant, job: JobId) -> Result<String> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "with taken as (
             insert into job_counter (org_id, last) values ($1, 1)
             on conflict (org_id) do update set last = job_counter.last + 1 returning last)
         update job set job_number = 'JOB-' || case when last < 100000 then lpad(last::text, 5, '0') else last::text end
         from taken where org_id = $1 and job_id = $2 returning job_number",
    )
    .bind(org)
    .bind(job)
    .fetch_one(tenant.conn())
    .await?)
}

/// A new job's row, without its number.
pub(in crate::jobs) async fn insert(
    tenant: &mut Tenant,
    job: JobId,
    content: &Content,
    (status, origin, at): (Status, Origin, DateTime<Utc>),
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into job (org_id, job_id, title, description, job_type, priority, customer_id,
             status, scheduled_start, scheduled_end, estimated_duration_min, address, lat, lon, notes,
             internal_notes, status_changed_at, created_by, created_at, updated_at, location_source,
             location_confidence, source, source_message_id, address_extra, neighborhood, city, province,
             postal_code)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $17, $17,
             $19, $20, $21, $22, $23, $24, $25, $26, $27)",
    )
    .bind(org)
    .bind(job)
    .bind(&content.title)
    .bind(&content.description)
    .bind(&content.job_type)
    .bind(content.priority)
    .bind(content.customer_id)
    .bind(status)
    .bind(content.scheduled_start)
    .bind(content.scheduled_end)
    .bind(content.estimated_duration_min)
    .bind(&content.address)
    .bind(content.location.place.map(|p| p.0))
    .bind(content.location.place.map(|p| p.1))
    .bind(&content.notes)
    .bind(&content.internal_notes)
    .bind(at)
    .bind(origin.by.id)
    .bind(content.location.source)
    .bind(content.location.confidence)
    .bind(origin.source.as_str())
    .bind(origin.message)
    .bind(&content.parts.address_extra)
    .bind(&content.parts.neighborhood)
    .bind(&content.parts.city)
    .bind(&content.parts.province)
    .bind(&content.parts.postal_code)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Writes a job's content; its status is none of it.
pub(in crate::jobs) async fn update_content(
    tenant: &mut Tenant,
    job: JobId,
    content: &Content,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update job set title = $3, description = $4, job_type = $5, priority = $6, customer_id = $7,
             scheduled_start = $8, scheduled_end = $9, estimated_duration_min = $10, address = $11,
             lat = $12, lon = $13, notes = $14, internal_notes = $15,
             location_source = $16, location_confidence = $17, address_extra = $18, neighborhood = $19,
             city = $20, province = $21, postal_code = $22
         where org_id = $1 and job_id = $2",
    )
    .bind(org)
    .bind(job)
    .bind(&content.title)
    .bind(&content.description)
    .bind(&content.job_type)
    .bind(content.priority)
    .bind(content.customer_id)
    .bind(content.scheduled_start)
    .bind(content.scheduled_end)
    .bind(content.estimated_duration_min)
    .bind(&content.address)
    .bind(content.location.place.map(|p| p.0))
    .bind(content.location.place.map(|p| p.1))
    .bind(&content.notes)
    .bind(&content.internal_notes)
    .bind(content.location.source)
    .bind(content.location.confidence)
    .bind(&content.parts.address_extra)
    .bind(&content.parts.neighborhood)
    .bind(&content.parts.city)
    .bind(&content.parts.province)
    .bind(&content.parts.postal_code)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Puts these people on a job, the lead first, and nobody else.
pub(in crate::jobs) async fn replace_crew(
    tenant: &mut Tenant,
    job: JobId,
    crew: &[UserId],
    at: DateTime<Utc>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query("delete from job_assignment where org_id = $1 and job_id = $2 and user_id <> all($3)")
        .bind(org)
        .bind(job)
        .bind(crew)
        .execute(tenant.conn())
        .await?;
    sqlx::query(
        "insert into job_assignment (org_id, job_id, user_id, ordinal, assigned_at)
         select $1, $2, u.id, (u.n - 1)::smallint, $4 from unnest($3::uuid[]) with ordinality as u(id, n)
         on conflict (org_id, job_id, user_id) do update set ordinal = excluded.ordinal",
    )
    .bind(org)
    .bind(job)
    .bind(crew)
    .bind(at)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// What a step writes into the job's row.
pub(in crate::jobs) struct NewStatus<'a> {
    pub status: Status,
    pub at: DateTime<Utc>,
    pub actual_start: Option<DateTime<Utc>>,
    pub actual_end: Option<DateTime<Utc>>,
    pub cancellation_reason: Option<&'a str>,
    pub completion_notes: Option<&'a str>,
}

/// The one statement that changes a status. Reason and completion notes stay where none are given.
pub(in crate::jobs) async fn set_status(tenant: &mut Tenant, job: JobId, new: &NewStatus<'_>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update job set status = $3, status_changed_at = $4, actual_start = $5, actual_end = $6,
             cancellation_reason = coalesce($7, cancellation_reason),
             completion_notes = coalesce($8, completion_notes)
         where org_id = $1 and job_id = $2",
    )
    .bind(org)
    .bind(job)
    .bind(new.status)
    .bind(new.at)
    .bind(new.actual_start)
    .bind(new.actual_end)
    .bind(new.cancellation_reason)
    .bind(new.completion_notes)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Raises the version: once for each change that somebody asked for.
pub(in crate::jobs) async fn touch(tenant: &mut Tenant, job: JobId) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update job set version = version + 1, updated_at = now() where org_id = $1 and job_id = $2")
        .bind(org)
        .bind(job)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// A step for the history.
pub(in crate::jobs) struct Step<'a> {
    pub job: JobId,
    pub status: Status,
    pub previous: Option<Status>,
    pub by: By,
    pub notes: Option<&'a str>,
    pub place: Option<(f64, f64)>,
    pub at: DateTime<Utc>,
}

/// Appends to the history; the job's row is locked, so the next ordinal is the next.
pub(in crate::jobs) async fn append_history(tenant: &mut Tenant, step: &Step<'_>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into job_status_history (org_id, job_id, ordinal, status, previous_status, changed_by,
             changed_by_kind, notes, lat, lon, at)
         select $1, $2, coalesce(max(h.ordinal), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10
         from job_status_history h where h.org_id = $1 and h.job_id = $2",
    )
    .bind(org)
    .bind(step.job)
    .bind(step.status)
    .bind(step.previous)
    .bind(step.by.id)
    .bind(step.by.kind_str())
    .bind(step.notes)
    .bind(step.place.map(|p| p.0))
    .bind(step.place.map(|p| p.1))
    .bind(step.at)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// An edit for the history.
pub(in crate::jobs) struct Edit {
    pub job: JobId,
    pub kind: &'static str,
    pub status: Status,
    pub by: By,
    pub changes: Value,
    pub at: DateTime<Utc>,
}

/// Appends what was edited; the job's row is locked, so the next ordinal is the next.
pub(in crate::jobs) async fn append_edit(tenant: &mut Tenant, edit: &Edit) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into job_edit (org_id, job_id, ordinal, kind, status, changed_by, changed_by_kind, changes, at)
         select $1, $2, coalesce(max(e.ordinal), 0) + 1, $3, $4, $5, $6, $7, $8
         from job_edit e where e.org_id = $1 and e.job_id = $2",
    )
    .bind(org)
    .bind(edit.job)
    .bind(edit.kind)
    .bind(edit.status)
    .bind(edit.by.id)
    .bind(edit.by.kind_str())
    .bind(&edit.changes)
    .bind(edit.at)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
