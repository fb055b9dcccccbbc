//! Queries of e-mails: rows of `message`, and addresses that were refused.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Mail;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::MessageId;

/// Writes the row; false where its key is taken.
pub(super) async fn insert(tenant: &mut Tenant, id: MessageId, mail: &Mail, body: &Value) -> Result<bool> {
    let org = tenant.org();
    let done = sqlx::query(
        "insert into message (org_id, message_id, direction, channel, kind, body, text, state, dedupe_key, entity_kind,
             entity_id, customer_id, user_id)
         values ($1, $2, 'out', 'email', 'email', $3, $4, 'queued', $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(org)
    .bind(id)
    .bind(body)
    .bind(format!("{}\n{}", mail.subject, mail.text))
    .bind(&mail.dedupe_key)
    .bind(mail.entity.map(|e| e.0))
    .bind(mail.entity.map(|e| e.1))
    .bind(mail.customer)
    .bind(mail.user)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn by_key(tenant: &mut Tenant, key: &str) -> Result<Option<MessageId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select message_id from message where org_id = $1 and dedupe_key = $2")
        .bind(org)
        .bind(key)
        .fetch_optional(tenant.conn())
        .await?)
}

/// An e-mail on its way.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) body: Value,
    pub(super) created_at: DateTime<Utc>,
}

/// Begins an attempt; none where it is settled.
pub(super) async fn begin(tenant: &mut Tenant, id: MessageId) -> Result<Option<Row>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "update message set state = 'sending', attempts = attempts + 1, sending_at = now()
         where org_id = $1 and message_id = $2 and channel = 'email'
           -- failed with gave_up: somebody wants it tried again.
           and (state in ('queued', 'sending') or state = 'failed' and error_code = 'gave_up')
         returning body, created_at",
    )
    .bind(org)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?)
}

/// How it ended.
pub(super) async fn settle(
    tenant: &mut Tenant,
    id: MessageId,
    state: &str,
    error: Option<(&str, &str)>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update message set state = $3, error_code = $4, error_detail = $5,
             sent_at = case when $3 = 'sent' then now() end, failed_at = case when $3 <> 'sent' then now() end
         where org_id = $1 and message_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(state)
    .bind(error.map(|e| e.0))
    .bind(error.map(|e| e.1))
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Nobody has this address: nothing is sent there for a month.
pub(super) async fn refuse(tenant: &mut Tenant, address: &str, reason: &str) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into mail_refused (org_id, address, reason) values ($1, lower($2), left($3, 500))
         on conflict (org_id, address) do update set reason = excluded.reason, refused_at = now()",
    )
    .bind(org)
    .bind(address)
    .bind(reason)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Why nothing is sent to an address at present.
pub(super) async fn refusal(tenant: &mut Tenant, address: &str) -> Result<Option<String>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select reason from mail_refused
         where org_id = $1 and address = lower($2) and refused_at > now() - interval '30 days'",
    )
    .bind(org)
    .bind(address)
    .fetch_optional(tenant.conn())
    .await?)
}
