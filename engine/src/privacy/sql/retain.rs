//! Queries of what ends by its age, of copies, and of what an erasure needs beside the register.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::db::{Link, Tenant};
use crate::error::Result;
use crate::ids::{CustomerId, OrgId, UserId};
use crate::privacy::erase::Logins;
use crate::privacy::export::ExportView;
use crate::privacy::retain::Ids;
use crate::privacy::subject::Keys;

pub(crate) async fn keeps_history(tenant: &mut Tenant, user: UserId) -> Result<bool> {
    let org = tenant.org();
    let keeps = sqlx::query_scalar("select keeps_history from member where org_id = $1 and user_id = $2")
        .bind(org)
        .bind(user)
        .fetch_optional(tenant.conn())
        .await?;
    Ok(keeps.unwrap_or(true))
}

/// Erases what is known of where somebody was, but for the shift that is open; how many positions.
pub(crate) async fn forget_history(conn: &mut PgConnection, org: OrgId, user: UserId) -> Result<u64> {
    let erased = sqlx::query(
        "delete from position p using member m
         where m.org_id = $1 and m.user_id = $2 and p.org_id = $1 and p.member = m.member
         and not exists (select from shift s where s.org_id = $1 and s.user_id = $2 and s.ended_at is null
                         and p.corrected_at >= s.started_at)",
    )
    .bind(org)
    .bind(user)
    .execute(&mut *conn)
    .await?;
    for statement in [
        "delete from travel_day where org_id = $1 and user_id = $2",
        "update finished_trip f set from_lat = null, from_lon = null, to_lat = null, to_lon = null
         from tracking_session s where s.org_id = $1 and s.user_id = $2 and f.org_id = $1 and f.session_id = s.session_id
         and f.from_lat is not null",
        "update tracking_session set arrived_lat = null, arrived_lon = null
         where org_id = $1 and user_id = $2 and status in ('completed', 'cancelled') and arrived_lat is not null",
        "update job_status_history h set lat = null, lon = null where h.org_id = $1 and h.changed_by = $2 and h.lat is not null
         and not exists (select from shift s where s.org_id = $1 and s.user_id = $2 and s.ended_at is null and h.at >= s.started_at)",
    ] {
        sqlx::query(statement).bind(org).bind(user).execute(&mut *conn).await?;
    }
    Ok(erased.rows_affected())
}

pub(crate) async fn old_summaries(tenant: &mut Tenant, before: NaiveDate) -> Result<u64> {
    let org = tenant.org();
    let done = sqlx::query("delete from travel_day where org_id = $1 and day < $2")
        .bind(org)
        .bind(before)
        .execute(tenant.conn())
        .await?;
    Ok(done.rows_affected())
}

pub(crate) async fn old_notices(tenant: &mut Tenant, before: DateTime<Utc>) -> Result<u64> {
    let org = tenant.org();
    let done = sqlx::query("delete from notice where org_id = $1 and created_at < $2")
        .bind(org)
        .bind(before)
        .execute(tenant.conn())
        .await?;
    Ok(done.rows_affected())
}

/// Messages that are too old, with those that stand for them.
pub(crate) async fn old_messages(tenant: &mut Tenant, before: DateTime<Utc>, limit: i64) -> Result<Ids> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "with old as (
            select message_id from message where org_id = $1 and created_at < $2 and state not in ('queued', 'sending')
            order by created_at limit $3
         )
         select message_id from old
         union select message_id from message where org_id = $1 and fallback_of in (select message_id from old)",
    )
    .bind(org)
    .bind(before)
    .bind(limit)
    .fetch_all(tenant.conn())
    .await?)
}

/// Requests that nothing is left of.
pub(crate) async fn old_requests(tenant: &mut Tenant, before: DateTime<Utc>) -> Result<u64> {
    let org = tenant.org();
    let done = sqlx::query(
        "delete from inbox_request r where org_id = $1 and created_at < $2 and state <> 'open'
         and not exists (select from request_message m where m.org_id = r.org_id and m.request_id = r.request_id)",
    )
    .bind(org)
    .bind(before)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Closed jobs that are too old and still say something.
pub(crate) async fn old_jobs(tenant: &mut Tenant, before: DateTime<Utc>, limit: i64) -> Result<Ids> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select job_id from job where org_id = $1 and status in ('completed', 'cancelled') and status_changed_at < $2
         and (title <> 'Trabajo' or coalesce(description, address, notes, internal_notes, completion_notes, cancellation_reason)
              is not null or lat is not null)
         order by status_changed_at limit $3",
    )
    .bind(org)
    .bind(before)
    .bind(limit)
    .fetch_all(tenant.conn())
    .await?)
}

/// Events that are too old: always the oldest ones, so that what is left has no gap.
pub(crate) async fn old_events(conn: &mut PgConnection, org: OrgId, before: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query(
        "delete from event where org_id = $1 and seq < coalesce(
            (select min(seq) from event where org_id = $1 and created_at >= $2),
            (select max(seq) from event where org_id = $1))",
    )
    .bind(org)
    .bind(before)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// The living login sessions of people.
pub(crate) async fn logins_of(tenant: &mut Tenant, users: &[Uuid]) -> Result<Logins> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select session_id from login_session where org_id = $1 and user_id = any ($2)")
        .bind(org)
        .bind(users)
        .fetch_all(tenant.conn())
        .await?)
}

/// Copies about a subject that lie in the store.
pub(crate) async fn exports_about(tenant: &mut Tenant, keys: &Keys) -> Result<Ids> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select export_id from privacy_export where org_id = $1 and (user_id = any ($2) or customer_id = any ($3))",
    )
    .bind(org)
    .bind(&keys.users)
    .bind(&keys.customers)
    .fetch_all(tenant.conn())
    .await?)
}

/// A person's copies one after the other.
pub(crate) async fn lock_exports(tenant: &mut Tenant, user: UserId) -> Result<()> {
    let org = tenant.org();
    sqlx::query("select from member where org_id = $1 and user_id = $2 for no key update")
        .bind(org)
        .bind(user)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// When a person last asked for a copy themselves.
pub(crate) async fn last_export(tenant: &mut Tenant, user: UserId) -> Result<Option<DateTime<Utc>>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select max(asked_at) from privacy_export where org_id = $1 and user_id = $2 and asked_by = $2",
    )
    .bind(org)
    .bind(user)
    .fetch_one(tenant.conn())
    .await?)
}

pub(crate) async fn insert_export(
    tenant: &mut Tenant,
    id: Uuid,
    (user, customer): (Option<UserId>, Option<CustomerId>),
    by: Option<UserId>,
    hash: &[u8],
) -> Result<ExportView> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "insert into privacy_export (org_id, export_id, user_id, customer_id, asked_by, state, token_hash)
         values ($1, $2, $3, $4, $5, 'pending', $6)
         returning export_id, state, asked_at, ready_at, expires_at, bytes",
    )
    .bind(org)
    .bind(id)
    .bind(user)
    .bind(customer)
    .bind(by)
    .bind(hash)
    .fetch_one(tenant.conn())
    .await?)
}

pub(crate) async fn exports_of(tenant: &mut Tenant, user: UserId) -> Result<Vec<ExportView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select export_id, state, asked_at, ready_at, expires_at, bytes from privacy_export
         where org_id = $1 and user_id = $2 and asked_by = $2 order by asked_at desc limit 10",
    )
    .bind(org)
    .bind(user)
    .fetch_all(tenant.conn())
    .await?)
}

pub(crate) async fn exports_by_office(tenant: &mut Tenant) -> Result<Vec<ExportView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select export_id, state, asked_at, ready_at, expires_at, bytes from privacy_export
         where org_id = $1 and asked_by is distinct from user_id order by asked_at desc limit 50",
    )
    .bind(org)
    .fetch_all(tenant.conn())
    .await?)
}

/// Whose copy is to be made, and who asked for it; none where it was made already.
pub(crate) async fn pending_export(
    tenant: &mut Tenant,
    id: Uuid,
) -> Result<Option<(Option<UserId>, Option<CustomerId>, Option<UserId>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select user_id, customer_id, asked_by from privacy_export
         where org_id = $1 and export_id = $2 and state = 'pending'",
    )
    .bind(org)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

pub(crate) async fn export_ready(
    tenant: &mut Tenant,
    id: Uuid,
    bytes: i64,
    until: DateTime<Utc>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update privacy_export set state = 'ready', bytes = $3, ready_at = now(), expires_at = $4
         where org_id = $1 and export_id = $2 and state = 'pending'",
    )
    .bind(org)
    .bind(id)
    .bind(bytes)
    .bind(until)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// The copy that a link opens.
pub(crate) async fn export_by_link(
    link: &mut Link,
    now: DateTime<Utc>,
) -> Result<Option<(OrgId, Uuid, Option<UserId>)>> {
    Ok(sqlx::query_as(
        "select org_id, export_id, user_id from privacy_export
         where token_hash = current_link_hash() and state = 'ready' and expires_at > $1",
    )
    .bind(now)
    .fetch_optional(link.conn())
    .await?)
}

pub(crate) async fn expired_exports(tenant: &mut Tenant, now: DateTime<Utc>) -> Result<Ids> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select export_id from privacy_export where org_id = $1 and state = 'ready' and expires_at < $2",
    )
    .bind(org)
    .bind(now)
    .fetch_all(tenant.conn())
    .await?)
}

pub(crate) async fn export_gone(tenant: &mut Tenant, id: Uuid) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update privacy_export set state = 'gone' where org_id = $1 and export_id = $2")
        .bind(org)
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(())
}
