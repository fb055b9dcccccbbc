//! Queries of the office's inbox.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, JobId, MessageId, SessionId, UserId};
use crate::moment::Moment;
use crate::page::Cursor;
use crate::whatsapp::inbox::{Asked, Filter};

/// A conversation with what stands beside it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::whatsapp) struct Row {
    pub(in crate::whatsapp) conversation_id: Uuid,
    pub(in crate::whatsapp) phone: Option<String>,
    pub(in crate::whatsapp) wa_user_id: Option<String>,
    pub(in crate::whatsapp) profile_name: Option<String>,
    pub(in crate::whatsapp) username: Option<String>,
    pub(in crate::whatsapp) customer_id: Option<CustomerId>,
    pub(in crate::whatsapp) customer_name: Option<String>,
    pub(in crate::whatsapp) customer_address: Option<String>,
    pub(in crate::whatsapp) member_id: Option<UserId>,
    pub(in crate::whatsapp) status: String,
    pub(in crate::whatsapp) assignee_id: Option<UserId>,
    pub(in crate::whatsapp) job_id: Option<JobId>,
    pub(in crate::whatsapp) job_number: Option<String>,
    pub(in crate::whatsapp) job_title: Option<String>,
    pub(in crate::whatsapp) job_status: Option<String>,
    pub(in crate::whatsapp) language: String,
    pub(in crate::whatsapp) unread: i32,
    pub(in crate::whatsapp) last_at: DateTime<Utc>,
    pub(in crate::whatsapp) last_direction: Option<String>,
    pub(in crate::whatsapp) last_kind: Option<String>,
    pub(in crate::whatsapp) last_preview: Option<String>,
    pub(in crate::whatsapp) last_inbound_at: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) window_expires_at: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) quiet_until: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) open_requests: i64,
    pub(in crate::whatsapp) request: Option<Json<Value>>,
    pub(in crate::whatsapp) created_at: Moment,
}

/// A conversation's columns, followed by what stands after them. The job: the one made from it while that is open,
/// else the customer's that is planned or under way.
macro_rules! conversations {
    ($rest:literal) => {
        concat!(
            "select v.*, c.name as customer_name, c.address as customer_address, j.job_id, j.job_number,
                    j.title as job_title, j.status as job_status, r.open_requests, q.request
             from (select org_id, conversation_id, phone, wa_user_id, profile_name, username, customer_id, member_id, status,
                          assignee_id, job_id as made_job, language, unread, last_at, last_direction, last_kind,
                          last_preview, last_inbound_at, window_expires_at, quiet_until, created_at
                   from conversation v where v.org_id = $1 and ",
            $rest,
            ") v
             left join customer c on c.org_id = v.org_id and c.customer_id = v.customer_id
             left join lateral (select job_id, job_number, title, status from job j where j.org_id = v.org_id
                 and (j.job_id = v.made_job and j.status not in ('completed', 'cancelled')
                      or j.customer_id = v.customer_id and j.status in ('scheduled', 'en_camino', 'working'))
                 order by (j.status in ('en_camino', 'working')) desc, (j.job_id = v.made_job) desc nulls last,
                          j.scheduled_start nulls last limit 1) j on true
             left join lateral (select count(*) as open_requests from inbox_request r
                 where r.org_id = v.org_id and r.conversation_id = v.conversation_id and r.state = 'open') r on true
             left join lateral (select json_build_object('id', request_id, 'reason', reason, 'text', text, 'count', count,
                     'created_at', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')) as request
                 from inbox_request r where r.org_id = v.org_id and r.conversation_id = v.conversation_id
                 and r.state = 'open' order by created_at desc, request_id desc limit 1) q on true
             order by v.last_at desc, v.conversation_id desc"
        )
    };
}

/// One conversation.
pub(in crate::whatsapp) async fn get(tenant: &mut Tenant, id: Uuid) -> Result<Option<Row>> {
    let org = tenant.org();
    Ok(sqlx::query_as(conversations!("v.conversation_id = $2"))
        .bind(org)
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

/// The conversation with this id, else the newest of the customer with this id.
pub(in crate::whatsapp) async fn find(tenant: &mut Tenant, id: Uuid) -> Result<Option<Uuid>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select conversation_id from conversation where org_id = $1 and (conversation_id = $2 or customer_id = $2)
         order by (conversation_id = $2) desc, last_at desc limit 1",
    )
    .bind(org)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

/// One more than `limit`, newest first.
pub(in crate::whatsapp) async fn list(
    tenant: &mut Tenant,
    asked: &Asked,
    user: UserId,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Row>> {
    let org = tenant.org();
    let is = |filter: Filter| asked.filter.unwrap_or_default() == filter;
    Ok(sqlx::query_as(conversations!(
        "(not $2 or unread > 0) and (not $3 or window_expires_at > now()) and (not $4 or assignee_id = $5)
         and case when $6::text is null then status in ('open', 'closed') else status = $6 end
         and ($7::text is null or v.phone like $8 or v.profile_name ilike $7 or v.username ilike $7
              or exists (select from customer c where c.org_id = $1 and c.customer_id = v.customer_id
                         and (c.name ilike $7 or c.address ilike $7 or c.phone like $8))
              or exists (select from message m where m.org_id = $1 and m.conversation_id = v.conversation_id
                         and m.text ilike $7))
         and ($9::timestamptz is null or (last_at, conversation_id) < ($9, $10))
         order by last_at desc, conversation_id desc limit $11"
    ))
    .bind(org)
    .bind(is(Filter::Unread))
    .bind(is(Filter::InWindow))
    .bind(is(Filter::Mine))
    .bind(user)
    .bind(&asked.status)
    .bind(asked.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(contains))
    .bind(asked.q.as_deref().and_then(part_of_phone))
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(tenant.conn())
    .await?)
}

/// A pattern that finds the text itself, whatever signs it has.
fn contains(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// A pattern by which a phone is found however it is written; None where the text is no part of a phone.
fn part_of_phone(text: &str) -> Option<String> {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (is_phone && digits.len() >= 3).then(|| format!("%{digits}%"))
}

/// A message with what was done to it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::whatsapp) struct Said {
    pub(in crate::whatsapp) message_id: MessageId,
    pub(in crate::whatsapp) conversation_id: Option<Uuid>,
    pub(in crate::whatsapp) direction: String,
    pub(in crate::whatsapp) kind: String,
    pub(in crate::whatsapp) body: Json<Value>,
    pub(in crate::whatsapp) text: Option<String>,
    pub(in crate::whatsapp) state: String,
    pub(in crate::whatsapp) provider_id: Option<String>,
    pub(in crate::whatsapp) error_code: Option<String>,
    pub(in crate::whatsapp) error_detail: Option<String>,
    pub(in crate::whatsapp) event: Option<String>,
    pub(in crate::whatsapp) created_by: Option<UserId>,
    pub(in crate::whatsapp) created_at: DateTime<Utc>,
    pub(in crate::whatsapp) sent_at: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) delivered_at: Option<DateTime<Utc>>,
    pub(in crate::whatsapp) read_at: Option<DateTime<Utc>>,
    /// `[{"act","direction","value"}]`.
    pub(in crate::whatsapp) marks: Option<Json<Vec<Value>>>,
}

/// What a [`Said`] reads from the messages of the inner query.
macro_rules! said {
    ($inner:literal, $rest:literal) => {
        concat!(
            "select m.message_id, m.conversation_id, m.direction, m.kind, m.body, m.text, m.state, m.provider_id, m.error_code,
                    m.error_detail, m.event, m.created_by, m.created_at, m.sent_at, m.delivered_at, m.read_at,
                    (select json_agg(json_build_object('act', act, 'direction', direction, 'value', value) order by at)
                     from message_mark k where k.org_id = $1 and k.target = m.provider_id) as marks
             from (",
            $inner,
            ") m ",
            $rest
        )
    };
}

/// Messages of a conversation, and what left for its phone before there was one; newest first.
pub(in crate::whatsapp) async fn messages(
    tenant: &mut Tenant,
    conversation: Uuid,
    phone: Option<&str>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Said>> {
    let org = tenant.org();
    Ok(sqlx::query_as(said!(
        "(select * from message where org_id = $1 and conversation_id = $2 and channel = 'whatsapp' and state <> 'suppressed'
              and ($4::timestamptz is null or (created_at, message_id) < ($4, $5))
          order by created_at desc, message_id desc limit $6)
         union all
         (select * from message where org_id = $1 and conversation_id is null and channel = 'whatsapp' and to_phone = $3
              and direction = 'out' and state <> 'suppressed'
              and ($4::timestamptz is null or (created_at, message_id) < ($4, $5))
          order by created_at desc, message_id desc limit $6)",
        "order by m.created_at desc, m.message_id desc limit $6"
    ))
    .bind(org)
    .bind(conversation)
    .bind(phone)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(tenant.conn())
    .await?)
}

/// One message.
pub(in crate::whatsapp) async fn message(tenant: &mut Tenant, id: MessageId) -> Result<Option<Said>> {
    let org = tenant.org();
    Ok(sqlx::query_as(said!(
        "select * from message where org_id = $1 and message_id = $2 and channel = 'whatsapp'",
        ""
    ))
    .bind(org)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Everything was read; answers the newest message of the customer, for the provider to hear it too.
pub(in crate::whatsapp) async fn read(tenant: &mut Tenant, conversation: Uuid) -> Result<Option<String>> {
    let org = tenant.org();
    sqlx::query(
        "update conversation set unread = 0, read_at = now(), updated_at = now() where org_id = $1 and conversation_id = $2",
    )
    .bind(org)
    .bind(conversation)
    .execute(tenant.conn())
    .await?;
    Ok(sqlx::query_scalar(
        "select provider_id from message where org_id = $1 and conversation_id = $2 and direction = 'in' and kind <> 'system'
         order by created_at desc, message_id desc limit 1",
    )
    .bind(org)
    .bind(conversation)
    .fetch_optional(tenant.conn())
    .await?
    .flatten())
}

/// What the office decided of a conversation.
#[derive(Debug, Clone, Default)]
pub(in crate::whatsapp) struct Decided {
    pub(in crate::whatsapp) status: Option<String>,
    pub(in crate::whatsapp) assignee: Option<Option<UserId>>,
    pub(in crate::whatsapp) language: Option<String>,
    pub(in crate::whatsapp) customer: Option<CustomerId>,
}

pub(in crate::whatsapp) async fn decide(tenant: &mut Tenant, id: Uuid, decided: &Decided) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update conversation set status = coalesce($3, status), language = coalesce($4, language),
             assignee_id = case when $5 then $6 else assignee_id end, customer_id = coalesce($7, customer_id),
             -- Who is taken out of spam is heard again.
             quiet_until = case when $3 = 'open' then null else quiet_until end, updated_at = now()
         where org_id = $1 and conversation_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(&decided.status)
    .bind(&decided.language)
    .bind(decided.assignee.is_some())
    .bind(decided.assignee.flatten())
    .bind(decided.customer)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Whether somebody of the office may be given conversations.
pub(in crate::whatsapp) async fn is_office(tenant: &mut Tenant, user: UserId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select exists (select from member where org_id = $1 and user_id = $2 and is_active
             and role in ('owner', 'admin', 'dispatcher'))",
    )
    .bind(org)
    .bind(user)
    .fetch_one(tenant.conn())
    .await?)
}

/// Whether the organization has this customer.
pub(in crate::whatsapp) async fn is_customer(tenant: &mut Tenant, customer: CustomerId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select exists (select from customer where org_id = $1 and customer_id = $2)")
        .bind(org)
        .bind(customer)
        .fetch_one(tenant.conn())
        .await?)
}

/// The phone of a customer.
pub(in crate::whatsapp) async fn phone_of(
    tenant: &mut Tenant,
    customer: CustomerId,
) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select phone from customer where org_id = $1 and customer_id = $2")
        .bind(org)
        .bind(customer)
        .fetch_optional(tenant.conn())
        .await?)
}

/// The journey under way to a customer: job and tracking session.
pub(in crate::whatsapp) async fn journey(
    tenant: &mut Tenant,
    customer: CustomerId,
    job: Option<JobId>,
) -> Result<Option<(JobId, SessionId)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select job_id, session_id from job join tracking_session s using (org_id, job_id)
         where org_id = $1 and customer_id = $2 and job.status = 'en_camino' and s.status = 'active'
           and ($3::uuid is null or job_id = $3) order by s.started_at desc limit 1",
    )
    .bind(org)
    .bind(customer)
    .bind(job)
    .fetch_optional(tenant.conn())
    .await?)
}
