//! Requests: messages in a row that are one thing to do, gathered durably (functional.md section 6, "Aggregation").
//!
//! The messages are kept by the inbox; a buffer is only a timer, a row beside them. Its end is a task of its own name:
//! a message that comes in between moves the end, and the task that finds it moved writes the next one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::aggregate::{self, Next, Reason};
use super::content::{Read, preview};
pub use super::sql::request::Request;
use super::sql::request::{self as sql, Buffer};
use super::sql::{desk, thread};
use super::{inbox, later};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{MessageId, OrgId, UserId};
use crate::moment;
use crate::page::{Cursor, Page, Paging};
use crate::services::{self, Capability};

/// The task that ends a request after its silence.
pub const FLUSH: &str = "whatsapp.flush";

#[derive(Debug, Serialize, Deserialize)]
struct Flush {
    org: OrgId,
    conversation: Uuid,
    buffer: Uuid,
}

/// Adds messages to what their sender is writing, and makes a request of it where it is whole.
///
/// The caller holds the conversation's row.
pub(super) async fn gather(
    engine: &Engine,
    tenant: &mut Tenant,
    conversation: Uuid,
    messages: &[(MessageId, &Read)],
    is_slowed: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut buffer = sql::buffer(tenant, conversation).await?;
    let had_buffer = buffer.is_some();
    let mut count = if had_buffer { sql::gathered(tenant, conversation).await?.len() } else { 0 };
    let is_off = !services::allows(engine, Some(tenant.org()), Capability::WhatsAppAggregation);
    let mut rest = Vec::new();
    for (id, read) in messages {
        rest.push(*id);
        count += 1;
        let begun = buffer.map_or(now, |b| b.begun_at);
        let text = read.text.as_deref().unwrap_or_default();
        let next = aggregate::judge(read.is_audio(), text, count, begun, now, is_slowed);
        match if is_off { Next::Flush(Reason::Immediate) } else { next } {
            Next::Flush(reason) => {
                sql::gather(tenant, conversation, &std::mem::take(&mut rest)).await?;
                make(tenant, conversation, reason, now).await?;
                (buffer, count) = (None, 0);
            }
            Next::Wait(until) => {
                let buffer_id = buffer.map_or_else(Uuid::now_v7, |b| b.buffer_id);
                buffer = Some(Buffer { buffer_id, begun_at: begun, flush_at: until });
            }
        }
    }
    sql::gather(tenant, conversation, &rest).await?;
    let Some(buffer) = buffer else { return Ok(()) };
    sql::set_buffer(tenant, conversation, &buffer).await?;
    // One that stood before has its task already.
    let flush = Flush { org: tenant.org(), conversation, buffer: buffer.buffer_id };
    ending(tenant, &flush, buffer.flush_at, 0).await
}

/// Writes the task that ends a buffer. The end is part of its key: the same end is one task.
async fn ending(tenant: &mut Tenant, flush: &Flush, at: DateTime<Utc>, round: u32) -> Result<()> {
    let key = if round == 0 {
        flush.buffer.to_string()
    } else {
        format!("{}/{}", flush.buffer, at.timestamp_millis())
    };
    let payload = serde_json::to_value(flush).map_err(|e| Error::Internal(format!("task {FLUSH}: {e}")))?;
    later(tenant, FLUSH, payload, key, at).await
}

/// Ends a buffer whose silence is over; looks again later where a message moved its end.
pub async fn flush(engine: &Engine, payload: &Value) -> Result<()> {
    let flush = Flush::deserialize(payload).map_err(|e| Error::Internal(format!("task {FLUSH}: {e}")))?;
    let mut tenant = engine.db.tenant(flush.org).await?;
    // Everybody takes the conversation first, then its buffer.
    if thread::lock_by_id(&mut tenant, flush.conversation).await?.is_none() {
        return Ok(());
    }
    let buffer = sql::buffer(&mut tenant, flush.conversation).await?;
    let Some(buffer) = buffer.filter(|b| b.buffer_id == flush.buffer) else { return Ok(()) };
    let now = moment::now();
    if buffer.flush_at > now {
        ending(&mut tenant, &flush, buffer.flush_at, 1).await?;
    } else {
        make(&mut tenant, flush.conversation, Reason::Timeout, now).await?;
        if let Some(view) = inbox::view(&mut tenant, flush.conversation).await? {
            tenant.record(NewEvent::new("conversation.changed", now, By::SYSTEM).with("conversation", &view));
        }
    }
    tenant.commit().await
}

/// Makes a request of what is gathered.
async fn make(tenant: &mut Tenant, conversation: Uuid, reason: Reason, now: DateTime<Utc>) -> Result<()> {
    let gathered = sql::gathered(tenant, conversation).await?;
    if gathered.is_empty() {
        return sql::drop_buffer(tenant, conversation).await;
    }
    let lines: Vec<String> = gathered
        .iter()
        .map(|(kind, text)| match text {
            Some(text) if matches!(kind.as_str(), "text" | "button" | "interactive") => text.clone(),
            text => preview(kind, text.as_deref()),
        })
        .collect();
    let context = sql::context(tenant, conversation).await?;
    let request = Uuid::now_v7();
    let made = (reason, lines.join("\n"), gathered.len());
    sql::make(tenant, (conversation, request), (made.0, &made.1, made.2), &context).await?;
    let (_, zone) = desk::house(tenant).await?;
    let day = now.with_timezone(&moment::zone(&zone)).date_naive();
    sql::count(tenant, day, gathered.len(), reason.is_immediate()).await
}

/// Requests of a conversation, newest first.
pub async fn list(tenant: &mut Tenant, conversation: Uuid, paging: &Paging) -> Result<Page<Request>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let id = inbox::find(tenant, conversation).await?;
    let rows = sql::list(tenant, id, after, limit).await?;
    Ok(Page::cut(rows, limit, |r| Cursor { at: r.created_at.0, id: r.id }))
}

/// Lets a request go: nothing is to be done. Twice is once.
///
/// # Errors
/// [`Error::Conflict`] (`WHATSAPP_003`) where a job was made of it.
pub async fn dismiss(tenant: &mut Tenant, id: Uuid, by: UserId) -> Result<Request> {
    let request = sql::lock(tenant, id).await?.ok_or(Error::NotFound("request"))?;
    match request.state.as_str() {
        "dismissed" => return Ok(request),
        "job" => {
            return Err(Error::Conflict {
                code: "WHATSAPP_003",
                detail: "ya es un trabajo (it is a job already)".into(),
                current: serde_json::to_value(&request).ok(),
            });
        }
        _ => {}
    }
    sql::settle(tenant, id, None, by).await?;
    inbox::tell(tenant, request.conversation_id, By::staff(by)).await?;
    Ok(Request { state: "dismissed".into(), ..request })
}
