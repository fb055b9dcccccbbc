//! WhatsApp coming in: webhooks, conversations, requests made of what customers write, the office's inbox.
//!
//! - [`door`]: webhooks are kept before they are answered; [`signature`]: whether they are Meta's.
//! - [`wire`], [`content`]: what a webhook says, whatever its shape; [`inbound`]: what it does.
//! - [`contact`]: whose a number is; [`window`], [`hours`], [`holidays`], [`abuse`], [`aggregate`]: rules.
//! - [`requests`]: messages in a row that are one thing to do; [`job`]: a job made of them.
//! - [`inbox`], [`view`], [`send`], [`desk`]: what the office sees, answers, decides.
//! - [`media`]: what messages bring along.

pub mod abuse;
pub mod aggregate;
pub mod contact;
pub mod content;
pub mod desk;
pub mod door;
pub mod holidays;
pub mod hours;
pub mod inbound;
pub mod inbox;
pub mod job;
pub mod media;
pub mod read;
pub mod requests;
pub mod send;
pub mod signature;
mod sql;
pub mod twilio;
pub mod view;
pub mod window;
pub mod wire;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::db::Tenant;
use crate::error::Result;
use crate::task::{self, NewTask};

/// Writes a task of the present transaction's organization; an open one with the same key stays the only one.
async fn later(
    tenant: &mut Tenant,
    kind: &'static str,
    payload: Value,
    key: String,
    run_at: DateTime<Utc>,
) -> Result<()> {
    let mut new = NewTask::new(kind, Some(tenant.org()), payload)?;
    new.unique_key = Some(key);
    new.run_at = run_at;
    task::enqueue(tenant.conn(), &new).await?;
    tenant.wake_worker();
    Ok(())
}
