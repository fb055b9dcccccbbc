//! The journey to a job: its tracking session, which the customer may watch.
//!
//! Begins with en_camino, reaches the customer by the fence, the technician's word or the start of work, ends
//! with the job. Callers hold the job's row lock, so a journey changes in one order everywhere.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::sql::JobRow;
use super::view::{Place, Window};
use crate::auth::keys::{Keys, sha256};
use crate::db::Tenant;
use crate::error::Result;
use crate::estimates;
use crate::event::{By, ByKind};
use crate::ids::{JobId, SessionId, UserId};
use crate::moment::Moment;

/// A customer's link is good for so long, and longer while its journey lasts.
const LINK: TimeDelta = TimeDelta::hours(4);
/// It is dead so long after completion.
const AFTERGLOW: TimeDelta = TimeDelta::hours(2);

/// How a journey came to its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrivedBy {
    /// The positions say so.
    Fence,
    /// The technician says so.
    Technician,
    /// The office says so.
    Staff,
}

impl ArrivedBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fence => "fence",
            Self::Technician => "technician",
            Self::Staff => "staff",
        }
    }

    /// By the word of whoever changed the job.
    pub fn word_of(by: By) -> Self {
        if by.kind == ByKind::Technician { Self::Technician } else { Self::Staff }
    }
}

/// A journey that is under way or has reached its customer, as the tracking core needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trip {
    /// The tracking session.
    pub session_id: SessionId,
    /// Its job.
    pub job_id: JobId,
    /// Who travels.
    pub user_id: UserId,
    /// Where to, if somebody placed it.
    pub destination: Option<Place>,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// When it reached the customer.
    pub arrived_at: Option<DateTime<Utc>>,
    /// The window last told to the customer.
    pub window: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A tracking session as REST shows it (office and its technician).
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TrackingSession)]
pub struct SessionView {
    /// The session's id.
    pub id: SessionId,
    /// Its job.
    pub job_id: JobId,
    /// Who travels.
    pub technician_id: UserId,
    /// active, arrived, completed or cancelled.
    pub status: String,
    /// Where to.
    pub destination: Option<Place>,
    /// Since when.
    pub started_at: Moment,
    /// When it reached the customer.
    pub arrived_at: Option<Moment>,
    /// fence, technician or staff.
    pub arrived_by: Option<String>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// The window last told to the customer.
    pub window: Option<Window>,
    /// How often the customer looked.
    pub access_count: i32,
    /// When the customer last looked.
    pub last_accessed_at: Option<Moment>,
}

/// Begins a journey, or keeps the one that is under way.
pub(super) async fn begin(
    tenant: &mut Tenant,
    keys: &Keys,
    job: &JobRow,
    traveller: UserId,
    at: DateTime<Utc>,
) -> Result<()> {
    let (org, session) = (tenant.org(), SessionId::new());
    let destination = job.destination();
    let hash = sha256(keys.link_token(session, 1).as_bytes());
    let begun = sqlx::query(
        "insert into tracking_session (org_id, session_id, job_id, user_id, status, dest_lat, dest_lon,
             started_at, token_n, token_hash, token_expires_at)
         values ($1, $2, $3, $4, 'active', $5, $6, $7, 1, $8, $9)
         on conflict (org_id, job_id) where status in ('active', 'arrived') do nothing",
    )
    .bind(org)
    .bind(session)
    .bind(job.job_id)
    .bind(traveller)
    .bind(destination.map(|d| d.0))
    .bind(destination.map(|d| d.1))
    .bind(at)
    .bind(hash)
    // The link counts from now: a phone may tell of its start hours later.
    .bind(Utc::now() + LINK)
    .execute(tenant.conn())
    .await?;
    if begun.rows_affected() > 0 {
        super::expire::look_later(tenant, session).await?;
    }
    Ok(())
}

/// What becomes of a journey that was looked at.
pub(super) enum Fate {
    /// It is under way, and somebody hears of it.
    GoesOn,
    /// It has ended already.
    Over,
    /// Nobody heard of it for four hours: it ended now.
    Expired(JobId),
}

/// Ends an active journey of which no position came for four hours; else its link is lengthened.
pub(super) async fn expire_or_extend(tenant: &mut Tenant, session: SessionId) -> Result<Fate> {
    let org = tenant.org();
    let going: Option<(JobId, bool)> = sqlx::query_as(
        "update tracking_session t set
             status = case when heard.is_so then t.status else 'completed' end,
             ended_at = case when heard.is_so then t.ended_at else now() end,
             token_expires_at = now() + case when heard.is_so then interval '4 hours' else interval '2 hours' end
         from (select exists (
                   select 1 from tracking_session t
                   join member m on m.org_id = t.org_id and m.user_id = t.user_id
                   join source s on s.org_id = t.org_id and s.user_id = t.user_id
                   cross join lateral (
                       select corrected_at from position where member = m.member and source = s.source
                       order by at desc limit 1) p
                   where t.org_id = $1 and t.session_id = $2
                     and greatest(p.corrected_at, t.started_at) > now() - interval '4 hours')
               or exists (
                   select 1 from tracking_session t where t.org_id = $1 and t.session_id = $2
                     and (t.status = 'arrived' or t.started_at > now() - interval '4 hours')) as is_so) heard
         where t.org_id = $1 and t.session_id = $2 and t.status in ('active', 'arrived')
         returning t.job_id, heard.is_so",
    )
    .bind(org)
    .bind(session)
    .fetch_optional(tenant.conn())
    .await?;
    Ok(match going {
        None => Fate::Over,
        Some((_, true)) => Fate::GoesOn,
        Some((job, false)) => Fate::Expired(job),
    })
}

/// Marks the job's journey as arrived, once; false when it was already, or is none.
pub(super) async fn arrive(
    tenant: &mut Tenant,
    job: JobId,
    by: ArrivedBy,
    at: DateTime<Utc>,
    place: Option<(f64, f64)>,
) -> Result<bool> {
    let org = tenant.org();
    let done = sqlx::query(
        "update tracking_session set status = 'arrived', arrived_at = greatest($3, started_at), arrived_by = $4,
             arrived_lat = $5, arrived_lon = $6
         where org_id = $1 and job_id = $2 and status = 'active'",
    )
    .bind(org)
    .bind(job)
    .bind(at)
    .bind(by.as_str())
    .bind(place.map(|p| p.0))
    .bind(place.map(|p| p.1))
    .execute(tenant.conn())
    .await?;
    let is_news = done.rows_affected() > 0;
    if is_news {
        estimates::sql::arrived(tenant, job).await?;
    }
    Ok(is_news)
}

/// Ends the job's journey well; the customer's link lives two hours more.
pub(super) async fn complete(tenant: &mut Tenant, job: JobId, at: DateTime<Utc>) -> Result<()> {
    end(tenant, job, "completed", at, Utc::now() + AFTERGLOW).await
}

/// Calls the job's journey off; the customer's link is dead at once.
pub(super) async fn cancel(tenant: &mut Tenant, job: JobId, at: DateTime<Utc>) -> Result<()> {
    end(tenant, job, "cancelled", at, Utc::now()).await
}

/// The journey that ended with the job's completion at `completed` stands at the customer again, and so does its link.
///
/// One that had ended before it (nobody heard of it for hours) stays as it is.
pub(super) async fn reopen(tenant: &mut Tenant, job: JobId, completed: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    let session: Option<SessionId> = sqlx::query_scalar(
        "update tracking_session set status = 'arrived', ended_at = null, token_expires_at = $4
         where org_id = $1 and session_id = (
             select t.session_id from tracking_session t
             where t.org_id = $1 and t.job_id = $2 and t.status = 'completed' and t.arrived_at is not null
               and t.ended_at >= $3
             order by t.started_at desc limit 1)
         returning session_id",
    )
    .bind(org)
    .bind(job)
    .bind(completed)
    .bind(Utc::now() + LINK)
    .fetch_optional(tenant.conn())
    .await?;
    match session {
        Some(session) => super::expire::look_later(tenant, session).await,
        None => Ok(()),
    }
}

async fn end(
    tenant: &mut Tenant,
    job: JobId,
    status: &str,
    at: DateTime<Utc>,
    link_until: DateTime<Utc>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update tracking_session set status = $3, ended_at = greatest($4, started_at, arrived_at), token_expires_at = $5
         where org_id = $1 and job_id = $2 and status in ('active', 'arrived')",
    )
    .bind(org)
    .bind(job)
    .bind(status)
    .bind(at)
    .bind(link_until)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Gives a live journey the place that its job was given meanwhile.
pub(super) async fn place(tenant: &mut Tenant, job: JobId, (lat, lon): (f64, f64)) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update tracking_session set dest_lat = $3, dest_lon = $4
         where org_id = $1 and job_id = $2 and status in ('active', 'arrived')",
    )
    .bind(org)
    .bind(job)
    .bind(lat)
    .bind(lon)
    .execute(tenant.conn())
    .await?;
    estimates::sql::redirected(tenant, job).await
}

/// The job that a session leads to.
pub(super) async fn job_of(tenant: &mut Tenant, session: SessionId) -> Result<Option<JobId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select job_id from tracking_session where org_id = $1 and session_id = $2")
        .bind(org)
        .bind(session)
        .fetch_optional(tenant.conn())
        .await?)
}

type TripRow = (
    SessionId,
    JobId,
    UserId,
    Option<f64>,
    Option<f64>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// A person's journeys under way, oldest first; everybody's without `user`.
pub(super) async fn active(tenant: &mut Tenant, user: Option<UserId>) -> Result<Vec<Trip>> {
    let org = tenant.org();
    let rows: Vec<TripRow> = sqlx::query_as(
        "select s.session_id, s.job_id, s.user_id, coalesce(s.dest_lat, j.lat, c.lat),
                coalesce(s.dest_lon, j.lon, c.lon), s.started_at, s.arrived_at, s.window_from, s.window_to
         from tracking_session s
         join job j on j.org_id = s.org_id and j.job_id = s.job_id
         join customer c on c.org_id = j.org_id and c.customer_id = j.customer_id
         where s.org_id = $1 and ($2::uuid is null or s.user_id = $2) and s.status in ('active', 'arrived')
         order by s.started_at, s.session_id",
    )
    .bind(org)
    .bind(user)
    .fetch_all(tenant.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(session_id, job_id, user_id, lat, lon, started_at, arrived_at, from, to)| Trip {
            session_id,
            job_id,
            user_id,
            destination: lat.zip(lon).map(|(lat, lon)| Place { lat, lon }),
            started_at,
            arrived_at,
            window: from.zip(to),
        })
        .collect())
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    job_id: JobId,
    user_id: UserId,
    status: String,
    dest_lat: Option<f64>,
    dest_lon: Option<f64>,
    started_at: DateTime<Utc>,
    arrived_at: Option<DateTime<Utc>>,
    arrived_by: Option<String>,
    ended_at: Option<DateTime<Utc>>,
    window_from: Option<DateTime<Utc>>,
    window_to: Option<DateTime<Utc>>,
    access_count: i32,
    last_accessed_at: Option<DateTime<Utc>>,
}

/// A session, if it is there and, where `own` is given, leads to a job of this person.
pub(super) async fn view(
    tenant: &mut Tenant,
    session: SessionId,
    own: Option<UserId>,
) -> Result<Option<SessionView>> {
    let org = tenant.org();
    let row: Option<SessionRow> = sqlx::query_as(
        "select job_id, user_id, status, dest_lat, dest_lon, started_at, arrived_at, arrived_by, ended_at,
                window_from, window_to, access_count, last_accessed_at
         from tracking_session s where s.org_id = $1 and s.session_id = $2
         and ($3::uuid is null or exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = s.job_id and a.user_id = $3))",
    )
    .bind(org)
    .bind(session)
    .bind(own)
    .fetch_optional(tenant.conn())
    .await?;
    Ok(row.map(|row| SessionView {
        id: session,
        job_id: row.job_id,
        technician_id: row.user_id,
        status: row.status,
        destination: row.dest_lat.zip(row.dest_lon).map(|(lat, lon)| Place { lat, lon }),
        started_at: Moment(row.started_at),
        arrived_at: row.arrived_at.map(Moment),
        arrived_by: row.arrived_by,
        ended_at: row.ended_at.map(Moment),
        window: row
            .window_from
            .zip(row.window_to)
            .map(|(from, to)| Window { from: Moment(from), to: Moment(to) }),
        access_count: row.access_count,
        last_accessed_at: row.last_accessed_at.map(Moment),
    }))
}
