//! What notifications read of jobs and people.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{JobId, SessionId, UserId};

/// Somebody of the organization, as messages need them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Person {
    pub(super) user_id: UserId,
    pub(super) phone: String,
    pub(super) is_boss: bool,
    pub(super) reminders: Vec<i32>,
}

/// These active people; owners and admins too, where `bosses` says so.
pub(super) async fn people(tx: &mut Tenant, users: &[UserId], bosses: bool) -> Result<Vec<Person>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select m.user_id, m.phone, m.role in ('owner', 'admin') as is_boss,
                coalesce(p.reminders, '{1440,60,30}') as reminders
         from member m left join notification_preference p using (org_id, user_id)
         where m.org_id = $1 and m.is_active
           and (m.user_id = any($2) or ($3 and m.role in ('owner', 'admin')))
         order by m.phone",
    )
    .bind(org)
    .bind(users)
    .bind(bosses)
    .fetch_all(tx.conn())
    .await?)
}

/// A job's reminders that wait and are not of this date and these people any more are kept back.
pub(super) async fn take_back_of_job(
    tx: &mut Tenant,
    job: JobId,
    start: Option<DateTime<Utc>>,
    crew: &[UserId],
) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message set state = 'suppressed', error_code = 'taken_back', failed_at = now()
         where org_id = $1 and entity_kind = 'job' and entity_id = $2 and event = 'job_reminder' and state = 'queued'
           and ($3::bigint is null or user_id <> all($4) or (body -> 'fact' ->> 'start')::bigint <> $3)",
    )
    .bind(org)
    .bind(job)
    .bind(start.map(|s| s.timestamp_millis()))
    .bind(crew)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What waits to tell of a job's completion is kept back, and leaves its fact free to be told when it is completed anew.
/// What has left keeps it: nobody is told twice.
pub(super) async fn take_back_completion(tx: &mut Tenant, job: JobId) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message set state = 'suppressed', error_code = 'taken_back', failed_at = now(), dedupe_key = null
         where org_id = $1 and entity_kind = 'job' and entity_id = $2 and event = 'job_completed' and state = 'queued'",
    )
    .bind(org)
    .bind(job)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// All of a person's reminders that wait are kept back.
pub(super) async fn take_back_of_person(tx: &mut Tenant, user: UserId) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message set state = 'suppressed', error_code = 'taken_back', failed_at = now()
         where org_id = $1 and user_id = $2 and event = 'job_reminder' and state = 'queued'",
    )
    .bind(org)
    .bind(user)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A person's scheduled jobs that have not begun.
pub(super) async fn jobs_ahead(tx: &mut Tenant, user: UserId) -> Result<Vec<(JobId, DateTime<Utc>)>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select j.job_id, j.scheduled_start from job_assignment a join job j using (org_id, job_id)
         where a.org_id = $1 and a.user_id = $2 and j.status = 'scheduled' and j.scheduled_start > now()
         order by j.scheduled_start",
    )
    .bind(org)
    .bind(user)
    .fetch_all(tx.conn())
    .await?)
}

/// A job with all that a message about it may need.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct About {
    pub(super) job_number: String,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) scheduled_start: Option<DateTime<Utc>>,
    pub(super) actual_start: Option<DateTime<Utc>>,
    pub(super) actual_end: Option<DateTime<Utc>>,
    pub(super) address: Option<String>,
    pub(super) customer_name: String,
    pub(super) opted_out_at: Option<DateTime<Utc>>,
    pub(super) org_name: String,
    pub(super) timezone: String,
    pub(super) tier: Option<String>,
    pub(super) session_id: Option<SessionId>,
    pub(super) session_status: Option<String>,
    pub(super) token_n: Option<i32>,
    pub(super) traveller: Option<String>,
    pub(super) lead: Option<String>,
    pub(super) is_assigned: bool,
    pub(super) user_name: Option<String>,
}

/// A job, for a message to `user` or to its customer.
pub(super) async fn about(tx: &mut Tenant, job: Uuid, user: Option<UserId>) -> Result<Option<About>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select j.job_number, j.title, j.status, j.scheduled_start, j.actual_start, j.actual_end,
                coalesce(j.address, c.address) as address, c.name as customer_name, c.opted_out_at,
                o.name as org_name, o.timezone, o.tier,
                s.session_id, s.status as session_status, s.token_n,
                t.name as traveller, l.name as lead,
                exists (select from job_assignment a where a.org_id = $1 and a.job_id = $2 and a.user_id = $3) as is_assigned,
                u.name as user_name
         from job j
         join customer c on c.org_id = j.org_id and c.customer_id = j.customer_id
         join organization o on o.org_id = j.org_id
         left join lateral (
             select * from tracking_session t where t.org_id = j.org_id and t.job_id = j.job_id and t.status <> 'cancelled'
             order by t.started_at desc limit 1) s on true
         left join member t on t.org_id = j.org_id and t.user_id = s.user_id
         left join lateral (
             select m.name from job_assignment a join member m using (org_id, user_id)
             where a.org_id = j.org_id and a.job_id = j.job_id order by a.ordinal limit 1) l on true
         left join member u on u.org_id = j.org_id and u.user_id = $3
         where j.org_id = $1 and j.job_id = $2",
    )
    .bind(org)
    .bind(job)
    .bind(user)
    .fetch_optional(tx.conn())
    .await?)
}

/// Whether a customer wrote within the last 24 hours: free words may go.
///
/// Counted from the last message that came in; ours do not lengthen it.
pub(super) async fn is_in_window(tx: &mut Tenant, phone: &str) -> Result<bool> {
    let org = tx.org();
    Ok(sqlx::query_scalar(
        "select exists (select from message where org_id = $1 and direction = 'in' and channel = 'whatsapp'
             and from_phone = $2 and created_at > now() - interval '24 hours')",
    )
    .bind(org)
    .bind(phone)
    .fetch_one(tx.conn())
    .await?)
}

/// The hash by which a job's rating link is found; it is good for thirty days from the first time it was made.
pub(super) async fn open_rating(tx: &mut Tenant, job: Uuid, hash: &[u8]) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "insert into job_rating (org_id, job_id, token_hash, expires_at) values ($1, $2, $3, now() + interval '30 days')
         on conflict (org_id, job_id) do nothing",
    )
    .bind(org)
    .bind(job)
    .bind(hash)
    .execute(tx.conn())
    .await?;
    Ok(())
}
