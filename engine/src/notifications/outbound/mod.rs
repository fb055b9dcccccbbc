//! The one way out for messages: a row of `message` and a task, written in the transaction of their cause.
//!
//! - [`state`]: where a message stands, and how news of it are merged.
//! - [`send`]: what the worker does, exact about doubt.
//! - [`receipt`]: what providers' statuses change.
//!
//! Messages to one phone leave one at a time, in the order in which they were written.

pub(super) mod door;
mod pace;
mod receipts;
pub mod send;
mod settle;
mod sql;
pub mod state;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use pace::Places;
pub use receipts::{Fault, Receipt, observe, receipt, receive, status, whose};
pub use send::{DUE, SEND};
pub use state::State;

use super::content::Content;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, MessageId, OrgId, UserId};
use crate::task::{self, NewTask};

/// The channels of messages that leave by this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Way {
    /// WhatsApp.
    Whatsapp,
    /// SMS.
    Sms,
}

impl Way {
    /// The column form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Sms => "sms",
        }
    }
}

/// A message to write.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// To which phone, in the stored form.
    pub to_phone: String,
    /// Which way.
    pub way: Way,
    /// What it says.
    pub content: Content,
    /// As it reads; what an event says is found when it leaves.
    pub text: Option<String>,
    /// The conversation that it belongs to.
    pub conversation: Option<Uuid>,
    /// The fact that it tells of: one message a key and organization, for ever.
    pub dedupe_key: Option<String>,
    /// What it tells of, as `tech_en_route`; none for what a person wrote.
    pub event: Option<&'static str>,
    /// Whether an SMS stands for it when WhatsApp does not take it.
    pub is_critical: bool,
    /// What it is about: `("job", id)`.
    pub entity: Option<(&'static str, Uuid)>,
    /// To which customer.
    pub customer: Option<CustomerId>,
    /// To which person of the organization.
    pub user: Option<UserId>,
    /// Which WhatsApp message this SMS stands for.
    pub fallback_of: Option<MessageId>,
    /// Who wrote it.
    pub by: Option<UserId>,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

impl Outgoing {
    /// A WhatsApp message for now.
    pub fn whatsapp(to_phone: impl Into<String>, content: Content) -> Self {
        Self {
            to_phone: to_phone.into(),
            way: Way::Whatsapp,
            content,
            text: None,
            conversation: None,
            dedupe_key: None,
            event: None,
            is_critical: false,
            entity: None,
            customer: None,
            user: None,
            fallback_of: None,
            by: None,
            due_at: Utc::now(),
        }
    }

    /// An SMS for now.
    pub fn sms(to_phone: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { way: Way::Sms, text: Some(text.clone()), ..Self::whatsapp(to_phone, Content::text(text)) }
    }
}

/// Names a message in tasks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Named {
    org: OrgId,
    message: MessageId,
}

/// Writes a message and the task that sends it. Who writes the same `dedupe_key` again gets the first one's id.
///
/// Several messages in one transaction: in the order of their phones ([`task::enqueue`] says why).
pub async fn enqueue(tx: &mut Tenant, message: Outgoing) -> Result<MessageId> {
    let id = MessageId::new();
    if !sql::insert(tx, id, &message).await? {
        let key = message.dedupe_key.as_deref().unwrap_or_default();
        return Ok(sql::by_key(tx, key).await?.unwrap_or(id));
    }
    let due_at = Some(message.due_at).filter(|at| *at > Utc::now());
    dispatch(tx, id, &message.to_phone, message.way, due_at).await?;
    Ok(id)
}

/// Writes messages of events that are due later, all with two statements; each has a `dedupe_key`. What was taken back under
/// its key waits again.
pub(super) async fn enqueue_later(tx: &mut Tenant, messages: &[Outgoing]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let waiting = sql::insert_later(tx, messages).await?;
    let org = tx.org();
    let mut tasks = Vec::with_capacity(waiting.len());
    for (message, due_at) in waiting {
        let mut task = NewTask::new(DUE, Some(org), Named { org, message })?;
        (task.run_at, task.unique_key) = (due_at, Some(message.to_string()));
        tasks.push(task);
    }
    task::enqueue_all(tx.conn(), org, DUE, &tasks).await
}

/// Writes the task of a message: on its phone's lane for now, beside it for later.
///
/// Who waits for an hour must not hold up what comes after: it joins its lane when its time has come.
async fn dispatch(
    tx: &mut Tenant,
    message: MessageId,
    phone: &str,
    way: Way,
    due_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let org = tx.org();
    let mut task =
        NewTask::new(if due_at.is_some() { DUE } else { SEND }, Some(org), Named { org, message })?;
    match due_at {
        Some(at) => {
            task.run_at = at;
            task.unique_key = Some(message.to_string());
        }
        None => {
            task.lane = Some(lane(way, phone));
            tx.wake_worker();
        }
    }
    task::enqueue(tx.conn(), &task).await
}

/// The order that messages to a phone keep.
fn lane(way: Way, phone: &str) -> String {
    match way {
        Way::Whatsapp => format!("wa:{phone}"),
        Way::Sms => format!("sms:{phone}"),
    }
}
