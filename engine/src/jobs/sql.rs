//! The queries of jobs. One select makes every view, so that lists cost one round trip.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::form::Content;
use super::state::Status;
use super::view::{CustomerRef, HistoryEntry, JobView, Place, Priority, TrackingRef, Window};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, JobId, SessionId, UserId};
use crate::moment::Moment;
use crate::page::Cursor;

/// A job with its customer, crew and latest journey.
#[derive(Debug, Clone, FromRow)]
pub(super) struct JobRow {
    pub job_id: JobId,
    job_number: String,
    title: String,
    description: Option<String>,
    job_type: String,
    priority: Priority,
    pub status: Status,
    customer_id: CustomerId,
    customer_name: String,
    customer_phone: String,
    customer_address: Option<String>,
    customer_lat: Option<f64>,
    customer_lon: Option<f64>,
    pub technician_ids: Vec<UserId>,
    pub scheduled_start: Option<DateTime<Utc>>,
    scheduled_end: Option<DateTime<Utc>>,
    estimated_duration_min: Option<i32>,
    address: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    notes: Option<String>,
    internal_notes: Option<String>,
    cancellation_reason: Option<String>,
    completion_notes: Option<String>,
    pub actual_start: Option<DateTime<Utc>>,
    pub actual_end: Option<DateTime<Utc>>,
    pub status_changed_at: DateTime<Utc>,
    pub version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    pub session_id: Option<SessionId>,
    pub session_status: Option<String>,
    pub session_user: Option<UserId>,
    token_n: Option<i32>,
    pub arrived_at: Option<DateTime<Utc>>,
    window_from: Option<DateTime<Utc>>,
    window_to: Option<DateTime<Utc>>,
}

impl JobRow {
    /// Whether a journey is under way or has reached the customer.
    pub fn has_journey(&self) -> bool {
        matches!(self.session_status.as_deref(), Some("active" | "arrived"))
    }

    /// Where the journey goes: the job's place, else the customer's.
    pub fn destination(&self) -> Option<(f64, f64)> {
        self.place().or(self.customer_lat.zip(self.customer_lon))
    }

    pub fn place(&self) -> Option<(f64, f64)> {
        self.lat.zip(self.lon)
    }

    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.job_id.0 }
    }

    pub fn content(&self) -> Content {
        Content {
            title: self.title.clone(),
            customer_id: self.customer_id,
            description: self.description.clone(),
            job_type: self.job_type.clone(),
            priority: self.priority,
            scheduled_start: self.scheduled_start,
            scheduled_end: self.scheduled_end,
            estimated_duration_min: self.estimated_duration_min,
            address: self.address.clone(),
            place: self.place(),
            notes: self.notes.clone(),
            internal_notes: self.internal_notes.clone(),
        }
    }

    /// The wire form without the customer's link.
    pub fn view(self) -> JobView {
        let destination = self.destination().map(|(lat, lon)| Place { lat, lon });
        let is_live = self.has_journey();
        let window = self.window_from.zip(self.window_to).filter(|_| is_live);
        let tracking = self.session_id.zip(self.token_n).filter(|_| is_live);
        JobView {
            id: self.job_id,
            job_number: self.job_number,
            title: self.title,
            description: self.description,
            job_type: self.job_type,
            priority: self.priority,
            status: self.status,
            customer_id: self.customer_id,
            customer: CustomerRef {
                id: self.customer_id,
                name: self.customer_name,
                phone: self.customer_phone,
                address: self.customer_address,
            },
            technician_ids: self.technician_ids,
            scheduled_start: self.scheduled_start.map(Moment),
            scheduled_end: self.scheduled_end.map(Moment),
            estimated_duration_min: self.estimated_duration_min,
            address: self.address,
            lat: self.lat,
            lon: self.lon,
            destination,
            notes: self.notes,
            internal_notes: self.internal_notes,
            cancellation_reason: self.cancellation_reason,
            completion_notes: self.completion_notes,
            actual_start: self.actual_start.map(Moment),
            actual_end: self.actual_end.map(Moment),
            arrived_at: self.arrived_at.map(Moment),
            window: window.map(|(from, to)| Window { from: Moment(from), to: Moment(to) }),
            tracking: tracking.map(|(session_id, link)| TrackingRef { session_id, link }),
            tracking_url: None,
            status_changed_at: Moment(self.status_changed_at),
            version: self.version,
            created_at: Moment(self.created_at),
            updated_at: Moment(self.updated_at),
        }
    }
}

/// The one select; `$1` is the organization, the rest is the caller's.
macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "select j.job_id, j.job_number, j.title, j.description, j.job_type, j.priority, j.status,
                    j.customer_id, c.name as customer_name, c.phone as customer_phone,
                    c.address as customer_address, c.lat as customer_lat, c.lon as customer_lon,
                    array(select a.user_id from job_assignment a
                          where a.org_id = j.org_id and a.job_id = j.job_id order by a.ordinal) as technician_ids,
                    j.scheduled_start, j.scheduled_end, j.estimated_duration_min, j.address, j.lat, j.lon,
                    j.notes, j.internal_notes, j.cancellation_reason, j.completion_notes, j.actual_start,
                    j.actual_end, j.status_changed_at, j.version, j.created_at, j.updated_at,
                    s.session_id, s.status as session_status, s.user_id as session_user, s.token_n,
                    s.arrived_at, s.window_from, s.window_to
             from job j
             join customer c on c.org_id = j.org_id and c.customer_id = j.customer_id
             left join lateral (
                 select t.* from tracking_session t
                 where t.org_id = j.org_id and t.job_id = j.job_id and t.status <> 'cancelled'
                 order by t.started_at desc limit 1) s on true
             where j.org_id = $1 and ",
            $rest
        )
    };
}

/// A job, if it is there and, where `own` is given, this person's.
pub(super) async fn find(tenant: &mut Tenant, job: JobId, own: Option<UserId>) -> Result<Option<JobRow>> {
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
pub(super) async fn lock(tenant: &mut Tenant, job: JobId, own: Option<UserId>) -> Result<Option<JobRow>> {
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

/// Filters of the list, checked.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub status: Option<Vec<String>>,
    pub priority: Option<Priority>,
    pub job_type: Option<String>,
    pub own: Option<UserId>,
    pub assigned_to: Option<UserId>,
    pub unassigned: Option<bool>,
    pub customer: Option<CustomerId>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub after: Option<Cursor>,
    pub limit: i64,
}

/// Jobs, newest first.
pub(super) async fn list(tenant: &mut Tenant, wanted: &Wanted) -> Result<Vec<JobRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(select_jobs!(
        "($2::text[] is null or j.status = any($2))
         and ($3::text is null or j.priority = $3)
         and ($4::text is null or j.job_type = $4)
         and ($5::uuid is null or exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $5))
         and ($6::uuid is null or exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id and a.user_id = $6))
         and ($7::bool is null or $7 = not exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = j.job_id))
         and ($8::uuid is null or j.customer_id = $8)
         and ($9::timestamptz is null or j.scheduled_start >= $9)
         and ($10::timestamptz is null or j.scheduled_start < $10)
         and ($11::timestamptz is null or (j.created_at, j.job_id) < ($11, $12))
         order by j.created_at desc, j.job_id desc limit $13"
    ))
    .bind(org)
    .bind(&wanted.status)
    .bind(wanted.priority)
    .bind(&wanted.job_type)
    .bind(wanted.own)
    .bind(wanted.assigned_to)
    .bind(wanted.unassigned)
    .bind(wanted.customer)
    .bind(wanted.from)
    .bind(wanted.to)
    .bind(wanted.after.map(|c| c.at))
    .bind(wanted.after.map(|c| c.id))
    .bind(wanted.limit)
    .fetch_all(tenant.conn())
    .await?)
}

/// Everything open, and what ended at or after `since`.
pub(super) async fn open(tenant: &mut Tenant, since: DateTime<Utc>) -> Result<Vec<JobRow>> {
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
pub(super) async fn of_day(
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

/// The next number. The counter's row stays locked until the job is committed, so numbers have no gaps.
pub(super) async fn take_number(tenant: &mut Tenant) -> Result<i32> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "insert into job_counter (org_id, last) values ($1, 1)
         on conflict (org_id) do update set last = job_counter.last + 1 returning last",
    )
    .bind(org)
    .fetch_one(tenant.conn())
    .await?)
}

/// Whether the organization has this customer, active.
pub(super) async fn has_customer(tenant: &mut Tenant, customer: CustomerId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select exists (select 1 from customer where org_id = $1 and customer_id = $2 and is_active)",
    )
    .bind(org)
    .bind(customer)
    .fetch_one(tenant.conn())
    .await?)
}

/// How many of these people may be put on jobs: active, and no accountants.
pub(super) async fn count_assignable(tenant: &mut Tenant, people: &[UserId]) -> Result<usize> {
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

/// A new job's row.
pub(super) async fn insert(
    tenant: &mut Tenant,
    (job, number): (JobId, &str),
    content: &Content,
    (status, by, at): (Status, UserId, DateTime<Utc>),
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into job (org_id, job_id, job_number, title, description, job_type, priority, customer_id,
             status, scheduled_start, scheduled_end, estimated_duration_min, address, lat, lon, notes,
             internal_notes, status_changed_at, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $18, $18)",
    )
    .bind(org)
    .bind(job)
    .bind(number)
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
    .bind(content.place.map(|p| p.0))
    .bind(content.place.map(|p| p.1))
    .bind(&content.notes)
    .bind(&content.internal_notes)
    .bind(at)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Writes a job's content; its status is none of it.
pub(super) async fn update_content(tenant: &mut Tenant, job: JobId, content: &Content) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update job set title = $3, description = $4, job_type = $5, priority = $6, customer_id = $7,
             scheduled_start = $8, scheduled_end = $9, estimated_duration_min = $10, address = $11,
             lat = $12, lon = $13, notes = $14, internal_notes = $15
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
    .bind(content.place.map(|p| p.0))
    .bind(content.place.map(|p| p.1))
    .bind(&content.notes)
    .bind(&content.internal_notes)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Puts these people on a job, the lead first, and nobody else.
pub(super) async fn replace_crew(
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
pub(super) struct NewStatus<'a> {
    pub status: Status,
    pub at: DateTime<Utc>,
    pub actual_start: Option<DateTime<Utc>>,
    pub actual_end: Option<DateTime<Utc>>,
    pub cancellation_reason: Option<&'a str>,
    pub completion_notes: Option<&'a str>,
}

/// The one statement that changes a status. Reason and completion notes stay where none are given.
pub(super) async fn set_status(tenant: &mut Tenant, job: JobId, new: &NewStatus<'_>) -> Result<()> {
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
pub(super) async fn touch(tenant: &mut Tenant, job: JobId) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update job set version = version + 1, updated_at = now() where org_id = $1 and job_id = $2")
        .bind(org)
        .bind(job)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// A step for the history.
pub(super) struct Step<'a> {
    pub job: JobId,
    pub status: Status,
    pub previous: Option<Status>,
    pub by: crate::event::By,
    pub notes: Option<&'a str>,
    pub place: Option<(f64, f64)>,
    pub at: DateTime<Utc>,
}

/// Appends to the history; the job's row is locked, so the next ordinal is the next.
pub(super) async fn append_history(tenant: &mut Tenant, step: &Step<'_>) -> Result<()> {
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

/// A job's steps, oldest first.
pub(super) async fn history(tenant: &mut Tenant, job: JobId) -> Result<Vec<HistoryEntry>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select status, previous_status, changed_by, changed_by_kind as changed_by_type, notes, lat, lon, at,
                recorded_at as created_at
         from job_status_history where org_id = $1 and job_id = $2 order by ordinal",
    )
    .bind(org)
    .bind(job)
    .fetch_all(tenant.conn())
    .await?)
}

/// The name of the organization's time zone.
pub(super) async fn zone_name(tenant: &mut Tenant) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select timezone from organization where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}
