//! Queries of endpoints and deliveries.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::door::Answered;
use super::form::{WebhookDelivery, WebhookEndpoint};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::page::Cursor;

/// The columns of a [`WebhookEndpoint`], followed by what stands after them.
macro_rules! endpoints {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " endpoint_id as id, url, description, kinds, is_active, disabled_reason, disabled_at, cursor, failing_since,
              case when previous_until > now() then previous_until end as previous_secret_until,
              version, created_at, updated_at ",
            $after
        )
    };
}

/// The secrets of an endpoint, sealed: the present one, and the one before while it signs too.
pub(super) type Sealed = (Vec<u8>, Option<Vec<u8>>);

pub(super) async fn count(tenant: &mut Tenant) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from webhook_endpoint").fetch_one(tenant.conn()).await?)
}

/// A new endpoint: it hears what happens from now on.
pub(super) async fn insert(
    tenant: &mut Tenant,
    (id, by): (Uuid, UserId),
    (url, description, kinds): &(String, Option<String>, Vec<String>),
    secret: &[u8],
) -> Result<WebhookEndpoint> {
    let org = tenant.org();
    Ok(sqlx::query_as(endpoints!(
        "insert into webhook_endpoint (org_id, endpoint_id, url, description, kinds, secret, cursor, created_by)
         values ($1, $2, $3, $4, $5, $6, coalesce((select seq from org_seq where org_id = $1), 0), $7) returning",
        ""
    ))
    .bind(org)
    .bind(id)
    .bind(url)
    .bind(description)
    .bind(kinds)
    .bind(secret)
    .bind(by)
    .fetch_one(tenant.conn())
    .await?)
}

/// One more than `limit`, newest first.
pub(super) async fn list(
    tenant: &mut Tenant,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<WebhookEndpoint>> {
    Ok(sqlx::query_as(endpoints!(
        "select",
        "from webhook_endpoint
         where ($1::timestamptz is null or (created_at, endpoint_id) < ($1, $2))
         order by created_at desc, endpoint_id desc limit $3"
    ))
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(tenant.conn())
    .await?)
}

pub(super) async fn get(tenant: &mut Tenant, id: Uuid) -> Result<Option<WebhookEndpoint>> {
    Ok(sqlx::query_as(endpoints!("select", "from webhook_endpoint where endpoint_id = $1"))
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

/// The same, locked for a change.
pub(super) async fn lock(tenant: &mut Tenant, id: Uuid) -> Result<Option<WebhookEndpoint>> {
    Ok(sqlx::query_as(endpoints!("select", "from webhook_endpoint where endpoint_id = $1 for update"))
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

/// Writes what a person changed; turned off by a person it says so, turned on it begins afresh.
pub(super) async fn update(tenant: &mut Tenant, row: &WebhookEndpoint) -> Result<WebhookEndpoint> {
    Ok(sqlx::query_as(endpoints!(
        "update webhook_endpoint set url = $2, description = $3, kinds = $4,
            disabled_reason = case when $5 then null when is_active then 'manual' else disabled_reason end,
            disabled_at = case when $5 then null when is_active then now() else disabled_at end,
            failing_since = case when $5 and not is_active then null else failing_since end,
            is_active = $5, version = version + 1, updated_at = now()
         where endpoint_id = $1 returning",
        ""
    ))
    .bind(row.id)
    .bind(&row.url)
    .bind(&row.description)
    .bind(&row.kinds)
    .bind(row.is_active)
    .fetch_one(tenant.conn())
    .await?)
}

pub(super) async fn delete(tenant: &mut Tenant, id: Uuid) -> Result<bool> {
    let done = sqlx::query("delete from webhook_endpoint where endpoint_id = $1")
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The secrets that sign now.
pub(super) async fn secrets(tenant: &mut Tenant, id: Uuid) -> Result<Option<Sealed>> {
    Ok(sqlx::query_as(
        "select secret, case when previous_until > now() then previous_secret end
         from webhook_endpoint where endpoint_id = $1",
    )
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Another secret; the present one signs too until `until`.
pub(super) async fn rotate(
    tenant: &mut Tenant,
    id: Uuid,
    secret: &[u8],
    until: DateTime<Utc>,
) -> Result<WebhookEndpoint> {
    Ok(sqlx::query_as(endpoints!(
        "update webhook_endpoint set previous_secret = secret, previous_until = $3, secret = $2,
            version = version + 1, updated_at = now()
         where endpoint_id = $1 returning",
        ""
    ))
    .bind(id)
    .bind(secret)
    .bind(until)
    .fetch_one(tenant.conn())
    .await?)
}

/// Goes back (or on) to an event; says how many events there are beyond.
pub(super) async fn rewind(tenant: &mut Tenant, id: Uuid, after: i64) -> Result<i64> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "with moved as (update webhook_endpoint set cursor = $3 where org_id = $1 and endpoint_id = $2)
         select count(*) from event where org_id = $1 and seq > $3",
    )
    .bind(org)
    .bind(id)
    .bind(after)
    .fetch_one(tenant.conn())
    .await?)
}

/// Endpoints that hear something, locked: one spreader at a time.
pub(super) async fn listening(tenant: &mut Tenant) -> Result<Vec<WebhookEndpoint>> {
    Ok(sqlx::query_as(endpoints!(
        "select",
        "from webhook_endpoint where is_active order by endpoint_id for update"
    ))
    .fetch_all(tenant.conn())
    .await?)
}

/// An event in short: its number, kind, and the job it speaks of.
pub(super) type Fact = (i64, String, Option<String>);

/// The next events of the organization, in order.
pub(super) async fn events(tenant: &mut Tenant, after: i64, most: i64) -> Result<Vec<Fact>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select seq, kind, body -> 'job' ->> 'id' from event where org_id = $1 and seq > $2 order by seq limit $3",
    )
    .bind(org)
    .bind(after)
    .bind(most)
    .fetch_all(tenant.conn())
    .await?)
}

/// Writes deliveries of events to an endpoint; those that were there begin another round. Answers id, number, round.
pub(super) async fn deliver(
    tenant: &mut Tenant,
    endpoint: Uuid,
    (ids, seqs, kinds): (&[Uuid], &[i64], &[String]),
) -> Result<Vec<(Uuid, i64, i32)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "insert into webhook_delivery as d (org_id, delivery_id, endpoint_id, seq, kind, next_at)
         select $1, t.id, $2, t.seq, t.kind, now() from unnest($3::uuid[], $4::bigint[], $5::text[]) as t (id, seq, kind)
         on conflict (org_id, endpoint_id, seq) do update set
            state = 'pending', tries = 0, round = d.round + 1, next_at = now(), delivered_at = null
         returning delivery_id, seq, round",
    )
    .bind(org)
    .bind(endpoint)
    .bind(ids)
    .bind(seqs)
    .bind(kinds)
    .fetch_all(tenant.conn())
    .await?)
}

pub(super) async fn advance(tenant: &mut Tenant, endpoint: Uuid, cursor: i64) -> Result<()> {
    sqlx::query("update webhook_endpoint set cursor = $2 where endpoint_id = $1")
        .bind(endpoint)
        .bind(cursor)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// Everything that one try needs.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Due {
    pub(super) endpoint_id: Uuid,
    pub(super) url: String,
    pub(super) is_active: bool,
    pub(super) failing_since: Option<DateTime<Utc>>,
    pub(super) secret: Vec<u8>,
    pub(super) previous_secret: Option<Vec<u8>>,
    pub(super) seq: i64,
    pub(super) kind: String,
    pub(super) at: DateTime<Utc>,
    pub(super) body: Value,
}

/// A pending delivery at this round and try, with its endpoint and its event.
pub(super) async fn due(tenant: &mut Tenant, id: Uuid, round: i32, tries: i16) -> Result<Option<Due>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select n.endpoint_id, n.url, n.is_active, n.failing_since, n.secret,
                case when n.previous_until > now() then n.previous_secret end as previous_secret,
                e.seq, e.kind, e.at, e.body
         from webhook_delivery d
         join webhook_endpoint n on n.org_id = d.org_id and n.endpoint_id = d.endpoint_id
         join event e on e.org_id = d.org_id and e.seq = d.seq
         where d.org_id = $1 and d.delivery_id = $2 and d.round = $3 and d.tries = $4 and d.state = 'pending'",
    )
    .bind(org)
    .bind(id)
    .bind(round)
    .bind(tries)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Notes a try, and where the delivery stands after it; false where somebody else noted it meanwhile.
pub(super) async fn note(
    tenant: &mut Tenant,
    (id, round, tries): (Uuid, i32, i16),
    answered: &Answered,
    (at, next_at): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<bool> {
    let org = tenant.org();
    let state = match (&answered.error, next_at) {
        (None, _) => "delivered",
        (Some(_), Some(_)) => "pending",
        (Some(_), None) => "failed",
    };
    let status = answered.status.and_then(|s| i16::try_from(s).ok());
    let moved = sqlx::query(
        "update webhook_delivery set state = $5, tries = tries + 1, next_at = $6, last_status = $7, last_error = $8,
                last_at = $9, delivered_at = case when $5 = 'delivered' then $9 end
         where org_id = $1 and delivery_id = $2 and round = $3 and tries = $4 and state = 'pending'",
    )
    .bind(org)
    .bind(id)
    .bind(round)
    .bind(tries)
    .bind(state)
    .bind(next_at)
    .bind(status)
    .bind(&answered.error)
    .bind(at)
    .execute(tenant.conn())
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "insert into webhook_attempt (org_id, delivery_id, attempt_id, at, status, error, answer, took_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(org)
    .bind(id)
    .bind(Uuid::now_v7())
    .bind(at)
    .bind(status)
    .bind(&answered.error)
    .bind(&answered.answer)
    .bind(i32::try_from(answered.took.as_millis()).unwrap_or(i32::MAX))
    .execute(tenant.conn())
    .await?;
    Ok(true)
}

/// The first failure since the last success; a success clears it.
pub(super) async fn set_failing(
    tenant: &mut Tenant,
    endpoint: Uuid,
    since: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query(
        "update webhook_endpoint set failing_since = case when $2::timestamptz is null then null
                else coalesce(failing_since, $2) end where endpoint_id = $1",
    )
    .bind(endpoint)
    .bind(since)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Turns an endpoint off that failed for too long; false where it was off already.
pub(super) async fn give_up(tenant: &mut Tenant, endpoint: Uuid, at: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query(
        "update webhook_endpoint set is_active = false, disabled_reason = 'failing', disabled_at = $2,
                version = version + 1, updated_at = $2
         where endpoint_id = $1 and is_active",
    )
    .bind(endpoint)
    .bind(at)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Deliveries of an endpoint that still wait: id, round, tries.
pub(super) async fn pending(tenant: &mut Tenant, endpoint: Uuid, most: i64) -> Result<Vec<(Uuid, i32, i16)>> {
    Ok(sqlx::query_as(
        "select delivery_id, round, tries from webhook_delivery where endpoint_id = $1 and state = 'pending'
         order by seq limit $2",
    )
    .bind(endpoint)
    .bind(most)
    .fetch_all(tenant.conn())
    .await?)
}

/// A delivery begins another round; answers its round.
pub(super) async fn again(tenant: &mut Tenant, endpoint: Uuid, id: Uuid) -> Result<Option<i32>> {
    Ok(sqlx::query_scalar(
        "update webhook_delivery set state = 'pending', tries = 0, round = round + 1, next_at = now(), delivered_at = null
         where endpoint_id = $1 and delivery_id = $2 returning round",
    )
    .bind(endpoint)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

/// The columns of a [`WebhookDelivery`].
macro_rules! deliveries {
    ($after:literal) => {
        concat!(
            "select delivery_id as id, seq as cursor, kind, state, tries, next_at, last_status, last_error, last_at,
                    delivered_at, created_at,
                    coalesce((select jsonb_agg(to_jsonb(a) order by a.at desc) from (
                        select at, status, error, answer, took_ms from webhook_attempt t
                        where t.org_id = d.org_id and t.delivery_id = d.delivery_id
                        order by at desc limit 20) a), '[]') as attempts
             from webhook_delivery d ",
            $after
        )
    };
}

pub(super) async fn delivery(
    tenant: &mut Tenant,
    endpoint: Uuid,
    id: Uuid,
) -> Result<Option<WebhookDelivery>> {
    Ok(sqlx::query_as(deliveries!("where endpoint_id = $1 and delivery_id = $2"))
        .bind(endpoint)
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

/// One more than `limit`, newest first.
pub(super) async fn log(
    tenant: &mut Tenant,
    endpoint: Uuid,
    state: Option<&str>,
    (after, limit): (Option<Cursor>, i64),
) -> Result<Vec<WebhookDelivery>> {
    Ok(sqlx::query_as(deliveries!(
        "where endpoint_id = $1 and ($2::text is null or state = $2)
         and ($3::timestamptz is null or (created_at, delivery_id) < ($3, $4))
         order by created_at desc, delivery_id desc limit $5"
    ))
    .bind(endpoint)
    .bind(state)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(tenant.conn())
    .await?)
}

/// Erases some of what was settled a month ago.
pub(super) async fn forget(tenant: &mut Tenant) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "delete from webhook_delivery where org_id = $1 and delivery_id in (
            select delivery_id from webhook_delivery
            where org_id = $1 and created_at < now() - interval '30 days' and state <> 'pending'
            order by created_at limit 500)",
    )
    .bind(org)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
