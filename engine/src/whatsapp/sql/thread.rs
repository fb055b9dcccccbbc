//! Queries of a conversation while messages come in.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, MessageId, UserId};

/// A conversation, locked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::whatsapp) struct Thread {
    pub(in crate::whatsapp) conversation_id: Uuid,
    pub(in crate::whatsapp) phone: Option<String>,
    pub(in crate::whatsapp) customer_id: Option<CustomerId>,
    pub(in crate::whatsapp) status: String,
    pub(in crate::whatsapp) told_at: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) quiet_until: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) created_at: DateTime<Utc>,
}

macro_rules! threads {
    ($rest:literal) => {
        concat!(
            "select conversation_id, phone, customer_id, status, told_at, quiet_until, created_at from conversation
             where org_id = $1 and ",
            $rest,
            " for update"
        )
    };
}

/// The conversation with a phone, else with a user id; locked.
pub(in crate::whatsapp) async fn lock(
    tenant: &mut Tenant,
    phone: Option<&str>,
    user_id: Option<&str>,
) -> Result<Option<Thread>> {
    let org = tenant.org();
    Ok(sqlx::query_as(threads!(
        "(phone = $2 or wa_user_id = $3) order by (phone = $2) desc nulls last limit 1"
    ))
    .bind(org)
    .bind(phone)
    .bind(user_id)
    .fetch_optional(tenant.conn())
    .await?)
}

/// A conversation by its id; locked.
pub(in crate::whatsapp) async fn lock_by_id(tenant: &mut Tenant, id: Uuid) -> Result<Option<Thread>> {
    let org = tenant.org();
    Ok(sqlx::query_as(threads!("conversation_id = $2"))
        .bind(org)
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

/// Who begins a conversation.
pub(in crate::whatsapp) struct Beginning<'a> {
    pub(in crate::whatsapp) phone: Option<&'a str>,
    pub(in crate::whatsapp) wa_id: Option<&'a str>,
    pub(in crate::whatsapp) user_id: Option<&'a str>,
    pub(in crate::whatsapp) name: Option<&'a str>,
    pub(in crate::whatsapp) username: Option<&'a str>,
    pub(in crate::whatsapp) customer: Option<CustomerId>,
    pub(in crate::whatsapp) member: Option<UserId>,
    pub(in crate::whatsapp) at: DateTime<Utc>,
}

/// Begins a conversation, unless another transaction did.
pub(in crate::whatsapp) async fn begin(tenant: &mut Tenant, new: &Beginning<'_>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into conversation (org_id, conversation_id, phone, wa_id, wa_user_id, profile_name, username,
             customer_id, member_id, last_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
    )
    .bind(org)
    .bind(Uuid::now_v7())
    .bind(new.phone)
    .bind(new.wa_id)
    .bind(new.user_id)
    .bind(new.name)
    .bind(new.username)
    .bind(new.customer)
    .bind(new.member)
    .bind(new.at)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Customers whose phone ends in the same ten digits.
pub(in crate::whatsapp) async fn candidates(
    tenant: &mut Tenant,
    phone: &str,
) -> Result<Vec<(CustomerId, String)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        // Who was merged into another is that one.
        "select coalesce(merged_into, customer_id), phone from customer
         where org_id = $1 and right(phone, 10) = right($2, 10)
         order by is_active desc, created_at limit 50",
    )
    .bind(org)
    .bind(phone)
    .fetch_all(tenant.conn())
    .await?)
}

/// A colleague with this phone, and their name.
pub(in crate::whatsapp) async fn colleague(
    tenant: &mut Tenant,
    phone: &str,
) -> Result<Option<(UserId, String)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select user_id, name from member where org_id = $1 and phone = $2 and is_active limit 1",
    )
    .bind(org)
    .bind(phone)
    .fetch_optional(tenant.conn())
    .await?)
}

/// A message that came in, or that the business wrote from its own phone.
pub(in crate::whatsapp) struct Row<'a> {
    pub(in crate::whatsapp) id: MessageId,
    pub(in crate::whatsapp) provider_id: &'a str,
    pub(in crate::whatsapp) kind: &'a str,
    pub(in crate::whatsapp) text: Option<&'a str>,
    pub(in crate::whatsapp) body: Value,
    pub(in crate::whatsapp) at: DateTime<Utc>,
}

/// Stores messages; answers those that were not stored before.
pub(in crate::whatsapp) async fn store(
    tenant: &mut Tenant,
    thread: &Thread,
    is_ours: bool,
    rows: &[Row<'_>],
) -> Result<Vec<MessageId>> {
    let org = tenant.org();
    let column = |pick: fn(&Row<'_>) -> String| rows.iter().map(pick).collect::<Vec<_>>();
    let bodies: Vec<Json<&Value>> = rows.iter().map(|r| Json(&r.body)).collect();
    Ok(sqlx::query_scalar(
        "insert into message (org_id, message_id, direction, conversation_id, channel, from_phone, to_phone, kind, body,
             text, state, provider_id, customer_id, created_at, due_at, sent_at)
         select $1, id, case when $9 then 'out' else 'in' end, $2, 'whatsapp', case when not $9 then $3 end,
             case when $9 then $3 end, kind, body, words, case when $9 then 'sent' else 'received' end, provider, $4, at, at,
             case when $9 then at end
         from unnest($5::uuid[], $6::text[], $7::text[], $8::jsonb[], $10::text[], $11::timestamptz[])
             with ordinality as t(id, provider, kind, body, words, at, place)
         order by provider
         on conflict (org_id, provider_id) where provider_id is not null do nothing returning message_id",
    )
    .bind(org)
    .bind(thread.conversation_id)
    .bind(&thread.phone)
    .bind(thread.customer_id)
    .bind(rows.iter().map(|r| r.id.0).collect::<Vec<_>>())
    .bind(column(|r| r.provider_id.to_owned()))
    .bind(column(|r| r.kind.to_owned()))
    .bind(bodies)
    .bind(is_ours)
    .bind(rows.iter().map(|r| r.text.map(str::to_owned)).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.at).collect::<Vec<_>>())
    .fetch_all(tenant.conn())
    .await?)
}

/// What new messages make of their conversation.
#[derive(Debug, Clone)]
pub(in crate::whatsapp) struct News<'a> {
    pub(in crate::whatsapp) unread: i32,
    /// The customer's newest message that says something.
    pub(in crate::whatsapp) said_at: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) newest: (DateTime<Utc>, &'a str),
    pub(in crate::whatsapp) direction: &'static str,
    pub(in crate::whatsapp) kind: &'a str,
    pub(in crate::whatsapp) preview: &'a str,
    pub(in crate::whatsapp) name: Option<&'a str>,
    pub(in crate::whatsapp) username: Option<&'a str>,
    pub(in crate::whatsapp) phone: Option<&'a str>,
    pub(in crate::whatsapp) wa_id: Option<&'a str>,
    pub(in crate::whatsapp) user_id: Option<&'a str>,
    pub(in crate::whatsapp) quiet_until: Option<DateTime<Utc>>,
}

/// Notes new messages. Whatever order they come in, the newest is shown, and the window is a day from the newest.
///
/// Who wrote to a closed conversation opens it; spam stays spam.
pub(in crate::whatsapp) async fn note(tenant: &mut Tenant, id: Uuid, news: &News<'_>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update conversation v set unread = unread + $3,
             last_inbound_at = greatest(last_inbound_at, $4),
             window_expires_at = greatest(window_expires_at, $4 + interval '24 hours'),
             last_direction = case when n.is_newer then $7 else last_direction end,
             last_kind = case when n.is_newer then $8 else last_kind end,
             last_preview = case when n.is_newer then $9 else last_preview end,
             profile_name = case when n.is_newer or profile_name is null then coalesce($10, profile_name) else profile_name end,
             username = case when n.is_newer or username is null then coalesce($11, username) else username end,
             last_at = case when n.is_newer then $5 else last_at end,
             last_id = case when n.is_newer then $6 else last_id end,
             phone = coalesce(phone, case when not exists (
                 select from conversation o where o.org_id = $1 and o.phone = $12) then $12 end),
             wa_id = coalesce(wa_id, $13),
             wa_user_id = coalesce(wa_user_id, case when not exists (
                 select from conversation o where o.org_id = $1 and o.wa_user_id = $14) then $14 end),
             quiet_until = greatest(quiet_until, $15),
             status = case when status in ('closed', 'archived') and $3 > 0 then 'open' else status end,
             updated_at = now()
         from (select (last_direction is null or (last_at, last_id) < ($5, $6 collate \"C\")) as is_newer
               from conversation where org_id = $1 and conversation_id = $2) n
         where v.org_id = $1 and v.conversation_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(news.unread)
    .bind(news.said_at)
    .bind(news.newest.0)
    .bind(news.newest.1)
    .bind(news.direction)
    .bind(news.kind)
    .bind(news.preview)
    .bind(news.name)
    .bind(news.username)
    .bind(news.phone)
    .bind(news.wa_id)
    .bind(news.user_id)
    .bind(news.quiet_until)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// It was told that nobody is there.
pub(in crate::whatsapp) async fn told(tenant: &mut Tenant, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update conversation set told_at = $3 where org_id = $1 and conversation_id = $2")
        .bind(org)
        .bind(id)
        .bind(at)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// How much came from a conversation: in the last minute, in the last five, and how often these words in ten; and
/// whether a job of theirs is planned or under way.
pub(in crate::whatsapp) async fn pace(
    tenant: &mut Tenant,
    thread: &Thread,
    words: Option<&str>,
) -> Result<(i64, i64, i64, bool)> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select count(*) filter (where created_at > now() - interval '1 minute'),
                count(*) filter (where created_at > now() - interval '5 minutes'),
                count(*) filter (where text = $3),
                coalesce($4::uuid is not null and exists (select from job where org_id = $1 and customer_id = $4
                    and status in ('scheduled', 'en_camino', 'working')), false)
         from (select created_at, text from message where org_id = $1 and conversation_id = $2 and direction = 'in'
               and created_at > now() - interval '10 minutes' order by created_at desc limit 60) m",
    )
    .bind(org)
    .bind(thread.conversation_id)
    .bind(words)
    .bind(thread.customer_id)
    .fetch_one(tenant.conn())
    .await?)
}

/// What was done to a message: the newest of a kind and side stands, whatever order they come in.
pub(in crate::whatsapp) async fn mark(
    tenant: &mut Tenant,
    (target, act): (&str, &str),
    value: Option<&Value>,
    (at, source): (DateTime<Utc>, &str),
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into message_mark as m (org_id, target, act, direction, value, at, source)
         values ($1, $2, $3, 'in', $4, $5, $6)
         on conflict (org_id, target, act, direction) do update set value = $4, at = $5, source = $6
         where (m.at, m.source) < ($5, $6 collate \"C\")",
    )
    .bind(org)
    .bind(target)
    .bind(act)
    .bind(value.map(Json))
    .bind(at)
    .bind(source)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// The file that a message brought.
pub(in crate::whatsapp) async fn put_file(
    tenant: &mut Tenant,
    message: MessageId,
    patch: &Value,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update message set body = body || $3 where org_id = $1 and message_id = $2")
        .bind(org)
        .bind(message)
        .bind(Json(patch))
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// What a message brought, if it is still to be fetched: its kind and what is known of it.
pub(in crate::whatsapp) async fn to_fetch(
    tenant: &mut Tenant,
    message: MessageId,
) -> Result<Option<(String, Option<Uuid>, Json<Value>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select kind, conversation_id, body->'media' from message where org_id = $1 and message_id = $2 and direction = 'in'
           and body ? 'media' and not body ? 'file_id' for update",
    )
    .bind(org)
    .bind(message)
    .fetch_optional(tenant.conn())
    .await?)
}
