//! A tracking session: by its customer's link, as its page shows it, and what its customer was promised.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use crate::db::Link;
use crate::error::Result;
use crate::ids::{JobId, OrgId, SessionId, UserId};

/// The session that a link opens: organization, session, number of the link.
pub async fn session_by_link(
    link: &mut Link,
    token_hash: &[u8],
) -> Result<Option<(OrgId, SessionId, JobId)>> {
    Ok(sqlx::query_as(
        "select org_id, session_id, job_id from tracking_session
         where token_hash = $1 and token_expires_at > now()",
    )
    .bind(token_hash)
    .fetch_optional(link.conn())
    .await?)
}

/// What a customer's page shows.
#[derive(Debug, Clone, sqlx::FromRow)]
#[allow(missing_docs, reason = "the columns, joined")]
pub struct SessionRow {
    pub session_id: SessionId,
    pub job_id: JobId,
    pub user_id: UserId,
    pub session_status: String,
    pub job_status: String,
    pub job_number: String,
    pub title: String,
    pub technician_name: String,
    pub org_name: String,
    pub org_phone: Option<String>,
    pub timezone: String,
    pub dest_lat: Option<f64>,
    pub dest_lon: Option<f64>,
    pub started_at: DateTime<Utc>,
    pub arrived_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub window_from: Option<DateTime<Utc>>,
    pub window_to: Option<DateTime<Utc>>,
    pub token_expires_at: DateTime<Utc>,
}

/// A tracking session with its job, person and organization.
pub async fn session_row(
    conn: &mut PgConnection,
    org: OrgId,
    session: SessionId,
) -> Result<Option<SessionRow>> {
    Ok(sqlx::query_as(
        "select t.session_id, t.job_id, t.user_id, t.status as session_status, j.status as job_status, j.job_number,
                j.title, m.name as technician_name, o.name as org_name, o.phone as org_phone, o.timezone,
                t.dest_lat, t.dest_lon, t.started_at, t.arrived_at, t.ended_at, t.window_from, t.window_to,
                t.token_expires_at
         from tracking_session t
         join job j on j.org_id = t.org_id and j.job_id = t.job_id
         join member m on m.org_id = t.org_id and m.user_id = t.user_id
         join organization o on o.org_id = t.org_id
         where t.org_id = $1 and t.session_id = $2",
    )
    .bind(org)
    .bind(session)
    .fetch_optional(conn)
    .await?)
}

/// Counts a look at a customer's page.
pub async fn note_access(conn: &mut PgConnection, org: OrgId, session: SessionId) -> Result<()> {
    sqlx::query(
        "update tracking_session set access_count = access_count + 1, last_accessed_at = now()
         where org_id = $1 and session_id = $2",
    )
    .bind(org)
    .bind(session)
    .execute(conn)
    .await?;
    Ok(())
}

/// Promises a window, while the session is active; `None` when it is no longer, or the window stands already.
pub async fn promise_window(
    conn: &mut PgConnection,
    org: OrgId,
    session: SessionId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Option<JobId>> {
    Ok(sqlx::query_scalar(
        "update tracking_session set window_from = $3, window_to = $4,
                token_expires_at = greatest(token_expires_at, now() + interval '4 hours')
         where org_id = $1 and session_id = $2 and status = 'active'
           and (window_from, window_to) is distinct from ($3, $4)
         returning job_id",
    )
    .bind(org)
    .bind(session)
    .bind(from)
    .bind(to)
    .fetch_optional(conn)
    .await?)
}
