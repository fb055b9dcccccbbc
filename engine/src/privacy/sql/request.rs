//! Queries of requests, and of one's own erasure.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::{CustomerId, OrgId, UserId};
use crate::page::Cursor;
use crate::privacy::request::{Kind, RequestView};

/// A request as it is shown.
const SHOWN: &str =
    "request_id, kind, user_id, customer_id, detail, state, asked_by, asked_at, due_at, erase_at, decided_by,
    decided_at, answer, (state in ('open', 'waiting') and due_at < now()) as is_overdue";

macro_rules! shown {
    ($($rest:literal),+) => { sqlx::AssertSqlSafe(format!(concat!($($rest),+), shown = SHOWN)) };
}

pub(crate) async fn insert(
    tenant: &mut Tenant,
    (id, kind, state): (Uuid, Kind, &str),
    (user, customer): (Option<UserId>, Option<CustomerId>),
    detail: Option<&str>,
    (by, at, due): (UserId, DateTime<Utc>, DateTime<Utc>),
) -> Result<RequestView> {
    let org = tenant.org();
    Ok(sqlx::query_as(shown!(
        "insert into privacy_request (org_id, request_id, kind, state, user_id, customer_id, detail, asked_by, asked_at, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning {shown}"
    ))
    .bind(org)
    .bind(id)
    .bind(kind)
    .bind(state)
    .bind(user)
    .bind(customer)
    .bind(detail)
    .bind(by)
    .bind(at)
    .bind(due)
    .fetch_one(tenant.conn())
    .await?)
}

pub(crate) async fn has_customer(tenant: &mut Tenant, customer: CustomerId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select exists (select from customer where org_id = $1 and customer_id = $2)")
        .bind(org)
        .bind(customer)
        .fetch_one(tenant.conn())
        .await?)
}

pub(crate) async fn list(tenant: &mut Tenant, after: Option<Cursor>, limit: i64) -> Result<Vec<RequestView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(shown!(
        "select {shown} from privacy_request where org_id = $1 and state <> 'confirming'
         and ($2::timestamptz is null or (asked_at, request_id) < ($2, $3))
         order by asked_at desc, request_id desc limit $4"
    ))
    .bind(org)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit)
    .fetch_all(tenant.conn())
    .await?)
}

pub(crate) async fn of(tenant: &mut Tenant, user: UserId) -> Result<Vec<RequestView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(shown!(
        "select {shown} from privacy_request where org_id = $1 and user_id = $2
         order by asked_at desc, request_id desc limit 50"
    ))
    .bind(org)
    .bind(user)
    .fetch_all(tenant.conn())
    .await?)
}

pub(crate) async fn lock(tenant: &mut Tenant, id: Uuid) -> Result<Option<RequestView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(shown!(
        "select {shown} from privacy_request where org_id = $1 and request_id = $2 for update"
    ))
    .bind(org)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

pub(crate) async fn decide(
    tenant: &mut Tenant,
    id: Uuid,
    state: &str,
    (by, answer): (UserId, Option<&str>),
) -> Result<RequestView> {
    let org = tenant.org();
    Ok(sqlx::query_as(shown!(
        "update privacy_request set state = $3, decided_by = $4, decided_at = now(), answer = $5
         where org_id = $1 and request_id = $2 returning {shown}"
    ))
    .bind(org)
    .bind(id)
    .bind(state)
    .bind(by)
    .bind(answer)
    .fetch_one(tenant.conn())
    .await?)
}

/// Where a request has come: `done`, `withdrawn`, ..
pub(crate) async fn set_state(tenant: &mut Tenant, id: Uuid, state: &str) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update privacy_request set state = $3, token_hash = null where org_id = $1 and request_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(state)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Organizations with requests that are due before a moment and that nobody was told of.
pub(crate) async fn orgs_with_due(db: &Db, before: DateTime<Utc>) -> Result<Vec<OrgId>> {
    let mut tx = db.identity().await?;
    Ok(sqlx::query_scalar(
        "select distinct org_id from privacy_request
         where state in ('open', 'waiting') and due_at < $1 and alarmed_at is null order by org_id",
    )
    .bind(before)
    .fetch_all(&mut *tx)
    .await?)
}

/// Those of one organization; noted as told.
pub(crate) async fn alarm(tenant: &mut Tenant, before: DateTime<Utc>) -> Result<Vec<RequestView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(shown!(
        "update privacy_request set alarmed_at = now()
         where org_id = $1 and state in ('open', 'waiting') and due_at < $2 and alarmed_at is null returning {shown}"
    ))
    .bind(org)
    .bind(before)
    .fetch_all(tenant.conn())
    .await?)
}

/// One's own erasure that is not over yet: the request, the hash of its code, until when that is good, failed tries.
pub(crate) async fn leaving(
    tenant: &mut Tenant,
    user: UserId,
) -> Result<Option<(RequestView, Option<Vec<u8>>, Option<DateTime<Utc>>, i16)>> {
    let org = tenant.org();
    let row = sqlx::query(shown!(
        "select {shown}, token_hash, token_until, tries from privacy_request
         where org_id = $1 and user_id = $2 and kind = 'erase' and state in ('confirming', 'open', 'waiting') for update"
    ))
    .bind(org)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let get = |e: sqlx::Error| crate::error::Error::Database(e);
    Ok(Some((
        sqlx::FromRow::from_row(&row).map_err(get)?,
        sqlx::Row::try_get(&row, "token_hash").map_err(get)?,
        sqlx::Row::try_get(&row, "token_until").map_err(get)?,
        sqlx::Row::try_get(&row, "tries").map_err(get)?,
    )))
}

/// A code goes out for one's own erasure.
pub(crate) async fn set_code(tenant: &mut Tenant, id: Uuid, hash: &[u8], until: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update privacy_request set token_hash = $3, token_until = $4, tries = 0 where org_id = $1 and request_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(hash)
    .bind(until)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// A wrong code.
pub(crate) async fn count_try(tenant: &mut Tenant, id: Uuid) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update privacy_request set tries = tries + 1 where org_id = $1 and request_id = $2")
        .bind(org)
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// The code was right: the wait begins.
pub(crate) async fn confirm(tenant: &mut Tenant, id: Uuid, erase_at: DateTime<Utc>) -> Result<RequestView> {
    let org = tenant.org();
    Ok(sqlx::query_as(shown!(
        "update privacy_request set state = 'waiting', token_hash = null, token_until = null, erase_at = $3, due_at = greatest(due_at, $3)
         where org_id = $1 and request_id = $2 returning {shown}"
    ))
    .bind(org)
    .bind(id)
    .bind(erase_at)
    .fetch_one(tenant.conn())
    .await?)
}

/// The phone of a person; none where they are not here.
pub(crate) async fn phone_of(tenant: &mut Tenant, user: UserId) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select phone from member where org_id = $1 and user_id = $2")
        .bind(org)
        .bind(user)
        .fetch_optional(tenant.conn())
        .await?)
}

/// What stands against an erasure now: open jobs of customers, journeys of people, being the last owner.
pub(crate) async fn hindrances(
    tenant: &mut Tenant,
    users: &[Uuid],
    customers: &[Uuid],
) -> Result<(i64, i64, bool)> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select (select count(*) from job where org_id = $1 and customer_id = any ($3) and status not in ('completed', 'cancelled')),
                (select count(*) from job j join job_assignment a using (org_id, job_id)
                 where j.org_id = $1 and a.user_id = any ($2) and j.status in ('en_camino', 'working')),
                exists (select from member where org_id = $1 and user_id = any ($2) and role = 'owner' and is_active)
                and not exists (select from member where org_id = $1 and user_id <> all ($2) and role = 'owner' and is_active)",
    )
    .bind(org)
    .bind(users)
    .bind(customers)
    .fetch_one(tenant.conn())
    .await?)
}
