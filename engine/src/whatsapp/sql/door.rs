//! Queries of `webhook_in`, in identity scope: whose a webhook is is not known yet.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::error::Result;
use crate::ids::{CustomerId, OrgId};
use crate::whatsapp::door::Letter;

/// A webhook as it came.
#[derive(Debug, sqlx::FromRow)]
pub(in crate::whatsapp) struct Kept {
    pub(in crate::whatsapp) webhook_id: i64,
    pub(in crate::whatsapp) body: Vec<u8>,
}

/// Keeps webhooks; says how many were not kept before.
pub(in crate::whatsapp) async fn keep(
    conn: &mut PgConnection,
    batch: Uuid,
    letters: &[Letter],
) -> Result<u64> {
    let sources: Vec<&str> = letters.iter().map(|l| l.source).collect();
    let bodies: Vec<&[u8]> = letters.iter().map(|l| l.body.as_ref()).collect();
    let hashes: Vec<&[u8]> = letters.iter().map(|l| l.hash.as_slice()).collect();
    let kept = sqlx::query(
        "insert into webhook_in (source, batch, body, hash)
         select s, $1, b, h from unnest($2::text[], $3::bytea[], $4::bytea[]) as t(s, b, h)
         on conflict (source, hash) do nothing",
    )
    .bind(batch)
    .bind(sources)
    .bind(bodies)
    .bind(hashes)
    .execute(conn)
    .await?;
    Ok(kept.rows_affected())
}

/// What of a batch is still to be processed.
pub(in crate::whatsapp) async fn fresh(conn: &mut PgConnection, batch: Uuid) -> Result<Vec<Kept>> {
    Ok(sqlx::query_as(
        "select webhook_id, body from webhook_in where batch = $1 and state = 'new' order by webhook_id",
    )
    .bind(batch)
    .fetch_all(conn)
    .await?)
}

/// They are processed.
pub(in crate::whatsapp) async fn done(conn: &mut PgConnection, ids: &[i64]) -> Result<()> {
    sqlx::query("update webhook_in set state = 'done', error = null where webhook_id = any($1)")
        .bind(ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// It waits for its numbers to be connected.
pub(in crate::whatsapp) async fn hold(conn: &mut PgConnection, id: i64, numbers: &[String]) -> Result<()> {
    sqlx::query("update webhook_in set state = 'held', held_for = $2 where webhook_id = $1")
        .bind(id)
        .bind(numbers)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes why it cannot be processed; for good where it is no JSON.
pub(in crate::whatsapp) async fn note(
    conn: &mut PgConnection,
    id: i64,
    error: &str,
    for_good: bool,
) -> Result<()> {
    sqlx::query(
        "update webhook_in set error = left($2, 1000), state = case when $3 then 'dead' else state end where webhook_id = $1",
    )
    .bind(id)
    .bind(error)
    .bind(for_good)
    .execute(conn)
    .await?;
    Ok(())
}

/// What waited for a number that is known by now goes on in a batch of its own; says how many there are.
///
/// `own`: the installation's number, where it serves somebody.
pub(in crate::whatsapp) async fn release(
    conn: &mut PgConnection,
    batch: Uuid,
    own: Option<&str>,
) -> Result<u64> {
    let released = sqlx::query(
        "update webhook_in set state = 'new', batch = $1, held_for = null where webhook_id in (
            select webhook_id from webhook_in where state = 'held' and held_for && (
                select coalesce(array_agg(phone_number_id), '{}') from (
                    select phone_number_id from whatsapp_account union all select $2 where $2 is not null) n)
            order by webhook_id limit 1000 for update skip locked)",
    )
    .bind(batch)
    .bind(own)
    .execute(conn)
    .await?;
    Ok(released.rows_affected())
}

/// Erases a few thousand that are a week old.
pub(in crate::whatsapp) async fn forget(conn: &mut PgConnection) -> Result<u64> {
    let gone = sqlx::query(
        "delete from webhook_in where webhook_id in (
            select webhook_id from webhook_in where received_at < now() - interval '7 days'
            order by received_at limit 5000)",
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// How many wait for a number.
pub(in crate::whatsapp) async fn held(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from webhook_in where state = 'held'").fetch_one(conn).await?)
}

/// Whose the numbers are that organizations connected.
pub(in crate::whatsapp) async fn owners(
    conn: &mut PgConnection,
    numbers: &[String],
) -> Result<Vec<(String, OrgId)>> {
    Ok(sqlx::query_as("select phone_number_id, org_id from whatsapp_account where phone_number_id = any($1)")
        .bind(numbers)
        .fetch_all(conn)
        .await?)
}

/// Which organizations have customers with these phones.
pub(in crate::whatsapp) async fn who_knows(
    conn: &mut PgConnection,
    phones: &[String],
) -> Result<Vec<(String, OrgId, CustomerId)>> {
    Ok(sqlx::query_as(
        "select phone, org_id, coalesce(merged_into, customer_id) from customer
         where phone = any($1) and (is_active or merged_into is not null)",
    )
    .bind(phones)
    .fetch_all(conn)
    .await?)
}

/// The organization that is there where there is one alone, else the demonstration where that is asked for.
pub(in crate::whatsapp) async fn only_org(conn: &mut PgConnection, with_demo: bool) -> Result<Option<OrgId>> {
    Ok(sqlx::query_scalar(
        "select org_id from organization where not is_demo or $1 order by is_demo desc, created_at limit 2",
    )
    .bind(with_demo)
    .fetch_all(conn)
    .await
    .map(|all: Vec<OrgId>| match all.as_slice() {
        [first, ..] if with_demo => Some(*first),
        [only] => Some(*only),
        _ => None,
    })?)
}

/// Whose an SMS is, by the provider's id.
pub(in crate::whatsapp) async fn whose_sms(
    conn: &mut PgConnection,
    provider_id: &str,
) -> Result<Option<OrgId>> {
    Ok(sqlx::query_scalar("select org_id from message where provider_id = $1 and channel = 'sms' limit 1")
        .bind(provider_id)
        .fetch_optional(conn)
        .await?)
}
