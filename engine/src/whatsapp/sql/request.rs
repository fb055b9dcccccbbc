//! Queries of requests: what is being gathered, what was.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, JobId, MessageId, UserId};
use crate::whatsapp::aggregate::Reason;

/// A request that is being written; locked.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(in crate::whatsapp) struct Buffer {
    pub(in crate::whatsapp) buffer_id: Uuid,
    pub(in crate::whatsapp) begun_at: DateTime<Utc>,
    pub(in crate::whatsapp) flush_at: DateTime<Utc>,
}

pub(in crate::whatsapp) async fn buffer(tenant: &mut Tenant, conversation: Uuid) -> Result<Option<Buffer>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select buffer_id, begun_at, flush_at from message_buffer where org_id = $1 and conversation_id = $2 for update",
    )
    .bind(org)
    .bind(conversation)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Begins a buffer, or moves its end.
pub(in crate::whatsapp) async fn set_buffer(
    tenant: &mut Tenant,
    conversation: Uuid,
    buffer: &Buffer,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into message_buffer (org_id, conversation_id, buffer_id, begun_at, flush_at) values ($1, $2, $3, $4, $5)
         on conflict (org_id, conversation_id) do update set flush_at = $5",
    )
    .bind(org)
    .bind(conversation)
    .bind(buffer.buffer_id)
    .bind(buffer.begun_at)
    .bind(buffer.flush_at)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

pub(in crate::whatsapp) async fn drop_buffer(tenant: &mut Tenant, conversation: Uuid) -> Result<()> {
    let org = tenant.org();
    sqlx::query("delete from message_buffer where org_id = $1 and conversation_id = $2")
        .bind(org)
        .bind(conversation)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// Adds messages to what is being gathered, in this order; a message is in one request alone.
pub(in crate::whatsapp) async fn gather(
    tenant: &mut Tenant,
    conversation: Uuid,
    messages: &[MessageId],
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into request_message (org_id, message_id, conversation_id)
         select $1, id, $2 from unnest($3::uuid[]) with ordinality as t(id, place) order by place on conflict do nothing",
    )
    .bind(org)
    .bind(conversation)
    .bind(messages.iter().map(|m| m.0).collect::<Vec<_>>())
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// What is gathered, in its order: kind and words.
pub(in crate::whatsapp) async fn gathered(
    tenant: &mut Tenant,
    conversation: Uuid,
) -> Result<Vec<(String, Option<String>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select m.kind, m.text from request_message r join message m using (org_id, message_id)
         where r.org_id = $1 and r.conversation_id = $2 and r.request_id is null order by r.place",
    )
    .bind(org)
    .bind(conversation)
    .fetch_all(tenant.conn())
    .await?)
}

/// The context of a request: the last ten messages of a day, the customer, the job under way.
pub(in crate::whatsapp) async fn context(tenant: &mut Tenant, conversation: Uuid) -> Result<Value> {
    let org = tenant.org();
    let context: Json<Value> = sqlx::query_scalar(
        "select json_build_object(
             'messages', coalesce((select json_agg(json_build_object('direction', direction, 'kind', kind, 'text', text,
                     'at', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')) order by created_at, message_id)
                 from (select * from message m where m.org_id = $1 and m.conversation_id = $2
                       and created_at > now() - interval '24 hours' order by created_at desc, message_id desc limit 10) m), '[]'),
             'customer', (select json_build_object('id', customer_id, 'name', name, 'address', address)
                 from customer c where c.org_id = $1 and c.customer_id = v.customer_id),
             'job', (select json_build_object('id', job_id, 'job_number', job_number, 'title', title, 'status', status)
                 from job j where j.org_id = $1 and j.customer_id = v.customer_id
                 and status in ('scheduled', 'en_camino', 'working') order by status_changed_at desc limit 1))
         from conversation v where v.org_id = $1 and v.conversation_id = $2",
    )
    .bind(org)
    .bind(conversation)
    .fetch_one(tenant.conn())
    .await?;
    Ok(context.0)
}

/// Makes a request of what is gathered.
pub(in crate::whatsapp) async fn make(
    tenant: &mut Tenant,
    (conversation, request): (Uuid, Uuid),
    (reason, text, count): (Reason, &str, usize),
    context: &Value,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into inbox_request (org_id, request_id, conversation_id, reason, text, count, context)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(org)
    .bind(request)
    .bind(conversation)
    .bind(reason)
    .bind(text)
    .bind(i32::try_from(count).unwrap_or(i32::MAX))
    .bind(Json(context))
    .execute(tenant.conn())
    .await?;
    sqlx::query(
        "update request_message set request_id = $3 where org_id = $1 and conversation_id = $2 and request_id is null",
    )
    .bind(org)
    .bind(conversation)
    .bind(request)
    .execute(tenant.conn())
    .await?;
    drop_buffer(tenant, conversation).await
}

/// Counts a request on its day; forgets days older than ninety.
pub(in crate::whatsapp) async fn count(
    tenant: &mut Tenant,
    day: NaiveDate,
    messages: usize,
    is_immediate: bool,
) -> Result<()> {
    let org = tenant.org();
    let first: bool = sqlx::query_scalar(
        "insert into request_day as d (org_id, day, requests, messages, immediate, timeouts)
         values ($1, $2, 1, $3, $4::int, 1 - $4::int)
         on conflict (org_id, day) do update set requests = d.requests + 1, messages = d.messages + $3,
             immediate = d.immediate + $4::int, timeouts = d.timeouts + 1 - $4::int
         returning requests = 1",
    )
    .bind(org)
    .bind(day)
    .bind(i32::try_from(messages).unwrap_or(i32::MAX))
    .bind(is_immediate)
    .fetch_one(tenant.conn())
    .await?;
    if first {
        sqlx::query("delete from request_day where org_id = $1 and day < $2 - 90")
            .bind(org)
            .bind(day)
            .execute(tenant.conn())
            .await?;
    }
    Ok(())
}

/// A request as the office sees it.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = InboxRequest)]
pub struct Request {
    /// Its id.
    #[sqlx(rename = "request_id")]
    pub id: Uuid,
    /// Where it was written.
    pub conversation_id: Uuid,
    /// Why it was taken for whole.
    pub reason: Reason,
    /// Its words, one message a line.
    pub text: String,
    /// How many messages it is made of.
    pub count: i32,
    /// The last ten messages, the customer and the job under way, as they were then.
    #[schema(value_type = Object)]
    pub context: Json<Value>,
    /// open, job (one was made of it) or dismissed.
    pub state: String,
    /// The job that was made of it.
    pub job_id: Option<JobId>,
    /// Made at.
    pub created_at: crate::moment::Moment,
}

macro_rules! requests {
    ($rest:literal) => {
        concat!(
            "select request_id, conversation_id, reason, text, count, context, state, job_id, created_at
             from inbox_request where org_id = $1 and ",
            $rest
        )
    };
}

/// A request; locked.
pub(in crate::whatsapp) async fn lock(tenant: &mut Tenant, id: Uuid) -> Result<Option<Request>> {
    let org = tenant.org();
    Ok(sqlx::query_as(requests!("request_id = $2 for update"))
        .bind(org)
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

/// The newest open request of a conversation; locked.
pub(in crate::whatsapp) async fn newest_open(
    tenant: &mut Tenant,
    conversation: Uuid,
) -> Result<Option<Request>> {
    let org = tenant.org();
    Ok(sqlx::query_as(requests!(
        "conversation_id = $2 and state = 'open' order by created_at desc, request_id desc limit 1 for update"
    ))
    .bind(org)
    .bind(conversation)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Requests of a conversation, newest first.
pub(in crate::whatsapp) async fn list(
    tenant: &mut Tenant,
    conversation: Uuid,
    after: Option<crate::page::Cursor>,
    limit: i64,
) -> Result<Vec<Request>> {
    let org = tenant.org();
    Ok(sqlx::query_as(requests!(
        "conversation_id = $2 and ($3::timestamptz is null or (created_at, request_id) < ($3, $4))
         order by created_at desc, request_id desc limit $5"
    ))
    .bind(org)
    .bind(conversation)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(tenant.conn())
    .await?)
}

/// It became a job, or is let go (no job).
pub(in crate::whatsapp) async fn settle(
    tenant: &mut Tenant,
    id: Uuid,
    job: Option<JobId>,
    by: UserId,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update inbox_request set state = case when $3::uuid is null then 'dismissed' else 'job' end, job_id = $3,
             settled_by = $4, settled_at = now() where org_id = $1 and request_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(job)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// The newest place that a request's messages, or the conversation's of the last day, name: degrees and words.
pub(in crate::whatsapp) async fn place(
    tenant: &mut Tenant,
    conversation: Uuid,
) -> Result<Option<(f64, f64, Option<String>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select (body->'content'->>'lat')::float8, (body->'content'->>'lon')::float8, body->'content'->>'address'
         from message where org_id = $1 and conversation_id = $2 and direction = 'in' and kind = 'location'
           and body->'content'->>'lat' is not null and created_at > now() - interval '24 hours'
         order by created_at desc, message_id desc limit 1",
    )
    .bind(org)
    .bind(conversation)
    .fetch_optional(tenant.conn())
    .await?)
}

/// The message that a request begins with.
pub(in crate::whatsapp) async fn first_message(tenant: &mut Tenant, request: Uuid) -> Result<Option<Uuid>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select message_id from request_message where org_id = $1 and request_id = $2 order by place limit 1",
    )
    .bind(org)
    .bind(request)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Notes the job that was made from a conversation.
pub(in crate::whatsapp) async fn note_job(
    tenant: &mut Tenant,
    conversation: Uuid,
    job: JobId,
    customer: CustomerId,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update conversation set job_id = $3, customer_id = coalesce(customer_id, $4), updated_at = now()
         where org_id = $1 and conversation_id = $2",
    )
    .bind(org)
    .bind(conversation)
    .bind(job)
    .bind(customer)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
