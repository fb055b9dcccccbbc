//! Queries of `message` and of the pace at which an organization's messages leave.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::pace::Pace;
use super::state::State;
use super::{Outgoing, Way};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, MessageId, OrgId, UserId};
use crate::notifications::content::Content;

/// A message that is to leave.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) message_id: MessageId,
    pub(super) channel: Way,
    pub(super) to_phone: Option<String>,
    body: Value,
    pub(super) text: Option<String>,
    pub(super) state: State,
    pub(super) event: Option<String>,
    pub(super) is_critical: bool,
    pub(super) entity_kind: Option<String>,
    pub(super) entity_id: Option<Uuid>,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) user_id: Option<UserId>,
    pub(super) conversation_id: Option<Uuid>,
    pub(super) fallback_of: Option<MessageId>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) sending_at: Option<DateTime<Utc>>,
    pub(super) delivered_at: Option<DateTime<Utc>>,
}

impl Row {
    /// What it says; None where the row was not written by this room (an echo of another device).
    pub(super) fn content(&self) -> Option<Content> {
        Content::deserialize(&self.body).ok()
    }
}

/// Writes a message; false where its key was written before.
pub(super) async fn insert(tx: &mut Tenant, id: MessageId, message: &Outgoing) -> Result<bool> {
    let org = tx.org();
    let done = sqlx::query(
        "insert into message (org_id, message_id, direction, conversation_id, channel, to_phone, kind, body, text,
             state, dedupe_key, event, is_critical, entity_kind, entity_id, customer_id, user_id, fallback_of,
             created_by, due_at)
         values ($1, $2, 'out', $3, $4, $5, $6, $7, $8, 'queued', $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict do nothing",
    )
    .bind(org)
    .bind(id)
    .bind(message.conversation)
    .bind(message.way)
    .bind(&message.to_phone)
    .bind(message.content.kind())
    .bind(Json(&message.content))
    .bind(&message.text)
    .bind(&message.dedupe_key)
    .bind(message.event)
    .bind(message.is_critical)
    .bind(message.entity.map(|e| e.0))
    .bind(message.entity.map(|e| e.1))
    .bind(message.customer)
    .bind(message.user)
    .bind(message.fallback_of)
    .bind(message.by)
    .bind(message.due_at)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes messages that wait for their time; what was taken back waits again. Those that wait now, with their time.
pub(super) async fn insert_later(
    tx: &mut Tenant,
    messages: &[Outgoing],
) -> Result<Vec<(MessageId, DateTime<Utc>)>> {
    let org = tx.org();
    let bodies: Vec<_> = messages.iter().map(|m| Json(&m.content)).collect();
    Ok(sqlx::query_as(
        "insert into message as m (org_id, message_id, direction, state, channel, to_phone, kind, body, dedupe_key, event,
             is_critical, entity_kind, entity_id, customer_id, user_id, due_at)
         select $1, n.id, 'out', 'queued', n.channel, n.to_phone, n.kind, n.body, n.dedupe_key, n.event, n.is_critical,
             n.entity_kind, n.entity_id, n.customer_id, n.user_id, n.due_at from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[],
             $7::text[], $8::text[], $9::boolean[], $10::text[], $11::uuid[], $12::uuid[], $13::uuid[], $14::timestamptz[])
             as n (id, channel, to_phone, kind, body, dedupe_key, event, is_critical, entity_kind, entity_id, customer_id,
                   user_id, due_at)
         on conflict (org_id, dedupe_key) where dedupe_key is not null do update
             set state = 'queued', due_at = excluded.due_at, error_code = null, failed_at = null
             where m.state = 'suppressed' and m.error_code = 'taken_back'
         returning message_id, due_at",
    )
    .bind(org)
    .bind(messages.iter().map(|_| MessageId::new().0).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.way.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.to_phone.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.content.kind()).collect::<Vec<_>>())
    .bind(bodies)
    .bind(messages.iter().map(|m| m.dedupe_key.as_deref()).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.event).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.is_critical).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.entity.map(|e| e.0)).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.entity.map(|e| e.1)).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.customer.map(|c| c.0)).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.user.map(|u| u.0)).collect::<Vec<_>>())
    .bind(messages.iter().map(|m| m.due_at).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?)
}

/// The message of a key.
pub(super) async fn by_key(tx: &mut Tenant, key: &str) -> Result<Option<MessageId>> {
    let org = tx.org();
    Ok(sqlx::query_scalar("select message_id from message where org_id = $1 and dedupe_key = $2")
        .bind(org)
        .bind(key)
        .fetch_optional(tx.conn())
        .await?)
}

/// What a [`Row`] reads, followed by what stands after it.
macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "select message_id, channel, to_phone, body, text, state, event, is_critical, entity_kind, entity_id,
                    customer_id, user_id, conversation_id, fallback_of, created_at, sending_at, delivered_at
             from message where org_id = $1 and direction = 'out' and ",
            $rest
        )
    };
}

/// A message, locked until the transaction ends.
pub(super) async fn lock(tx: &mut Tenant, message: MessageId) -> Result<Option<Row>> {
    let org = tx.org();
    Ok(sqlx::query_as(rows!("message_id = $2 for update"))
        .bind(org)
        .bind(message)
        .fetch_optional(tx.conn())
        .await?)
}

/// The message that a status is about, by its callback or the provider's id; locked.
pub(super) async fn lock_named(
    tx: &mut Tenant,
    provider_id: &str,
    callback: Option<Uuid>,
) -> Result<Option<Row>> {
    let org = tx.org();
    Ok(sqlx::query_as(rows!(
        "(provider_id = $2 or message_id = $3) order by (provider_id = $2) desc nulls last limit 1 for update"
    ))
    .bind(org)
    .bind(provider_id)
    .bind(callback)
    .fetch_optional(tx.conn())
    .await?)
}

/// Notes, before the provider is asked, that it is asked now, and with what.
pub(super) async fn begin(
    tx: &mut Tenant,
    message: MessageId,
    content: &Content,
    text: Option<&str>,
) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message set state = 'sending', sending_at = clock_timestamp(), attempts = attempts + 1, kind = $3, text = $4,
             failed_at = null
         where org_id = $1 and message_id = $2",
    )
    .bind(org)
    .bind(message)
    .bind(content.kind())
    .bind(text)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Nothing was sent: it waits again.
pub(super) async fn put_back(tx: &mut Tenant, message: MessageId, code: &str, detail: &str) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message set state = 'queued', error_code = $3, error_detail = left($4, 500)
         where org_id = $1 and message_id = $2 and state in ('queued', 'sending')",
    )
    .bind(org)
    .bind(message)
    .bind(code)
    .bind(detail)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// It is not clear whether it was sent: it stays `sending`.
pub(super) async fn note_doubt(tx: &mut Tenant, message: MessageId, detail: &str) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message set error_code = 'doubtful', error_detail = left($3, 500)
         where org_id = $1 and message_id = $2 and state = 'sending'",
    )
    .bind(org)
    .bind(message)
    .bind(detail)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Moves a message that waits to later.
pub(super) async fn defer(tx: &mut Tenant, message: MessageId, due_at: DateTime<Utc>) -> Result<()> {
    let org = tx.org();
    sqlx::query("update message set due_at = $3 where org_id = $1 and message_id = $2 and state = 'queued'")
        .bind(org)
        .bind(message)
        .bind(due_at)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The SMS that stood for a message does not leave: it has failed for good.
pub(super) async fn give_up(tx: &mut Tenant, origin: MessageId) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message set state = 'failed' where org_id = $1 and message_id = $2 and state = 'fallback_sms'",
    )
    .bind(org)
    .bind(origin)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What is known of a message now.
pub(super) struct News<'a> {
    pub(super) state: State,
    pub(super) provider_id: Option<&'a str>,
    pub(super) at: DateTime<Utc>,
    pub(super) error: Option<(&'a str, &'a str)>,
}

/// Writes where a message stands; what was known of it stays.
///
/// A provider's id that another message has already is left out: one answer given twice must not fail the second.
pub(super) async fn settle(tx: &mut Tenant, message: MessageId, news: &News<'_>) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update message m set state = $3,
             provider_id = coalesce(m.provider_id, case when exists (
                 select from message o where o.org_id = $1 and o.provider_id = $4 and o.message_id <> $2)
                 then null else $4 end),
             sent_at = case when $3 in ('sent', 'delivered', 'read') then coalesce(sent_at, $5) else sent_at end,
             delivered_at = case when $3 in ('delivered', 'read') then coalesce(delivered_at, $5) else delivered_at end,
             read_at = case when $3 = 'read' then coalesce(read_at, $5) else read_at end,
             failed_at = case when $3 in ('failed', 'fallback_sms', 'undeliverable', 'suppressed')
                 then coalesce(failed_at, $5) else failed_at end,
             error_code = case when $3 in ('sent', 'delivered', 'read') then null else coalesce($6, error_code) end,
             error_detail = case when $3 in ('sent', 'delivered', 'read') then null
                 else coalesce(left($7, 500), error_detail) end
         where m.org_id = $1 and m.message_id = $2",
    )
    .bind(org)
    .bind(message)
    .bind(news.state)
    .bind(news.provider_id)
    .bind(news.at)
    .bind(news.error.map(|e| e.0))
    .bind(news.error.map(|e| e.1))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The organization's pace, locked until the attempt is noted (two at once take two places), and the database's clock in
/// seconds since 1970.
pub(super) async fn pace(tx: &mut Tenant) -> Result<(Pace, f64)> {
    let org = tx.org();
    for _ in 0..2 {
        let row: Option<(i64, Vec<i32>, f64)> = sqlx::query_as(
            "select newest, counts, extract(epoch from clock_timestamp())::float8
             from message_pace where org_id = $1 for update",
        )
        .bind(org)
        .fetch_optional(tx.conn())
        .await?;
        if let Some((newest, counts, now)) = row {
            return Ok((Pace { newest, counts }, now));
        }
        sqlx::query("insert into message_pace (org_id) values ($1) on conflict do nothing")
            .bind(org)
            .execute(tx.conn())
            .await?;
    }
    Err(Error::Internal("the row of an organization's pace vanished".into()))
}

/// Notes the organization's pace.
pub(super) async fn set_pace(tx: &mut Tenant, pace: &Pace) -> Result<()> {
    let org = tx.org();
    sqlx::query("update message_pace set newest = $2, counts = $3 where org_id = $1")
        .bind(org)
        .bind(pace.newest)
        .bind(&pace.counts)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The organization of the message that a status names.
pub(super) async fn whose(conn: &mut PgConnection, message: Uuid) -> Result<Option<OrgId>> {
    Ok(sqlx::query_scalar("select org_id from message where message_id = $1")
        .bind(message)
        .fetch_optional(conn)
        .await?)
}
