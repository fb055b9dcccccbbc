//! What a kept webhook does: read, given to its organization, carried out; however often and in whatever order.
//!
//! - [`route`]: whose it is.
//! - [`thread`]: what messages do to their conversation.
//!
//! Nothing counts twice: everything that follows from a message follows in the transaction that stored it first.

mod route;
mod thread;

use std::collections::{BTreeMap, BTreeSet};

use metrics::counter;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::contact;
use super::door::{Batch, INBOUND};
use super::sql::door as sql;
use super::wire::{self, Inbound, Item, Preference, Status, What};
use crate::Engine;
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::moment;
use crate::notifications::consent;
use crate::notifications::outbound::{self, Fault, Receipt, State};
use crate::task::{self, NewTask};
use route::Whose;

/// The task that looks for what waited for a number, and erases what is a week old.
pub const UPKEEP: &str = "whatsapp.upkeep";

/// A webhook of the batch.
struct Letter {
    id: i64,
    items: Vec<Item>,
    /// Numbers that nobody connected.
    unknown: BTreeSet<String>,
    failed: Option<String>,
}

/// Processes what was committed together. What fails alone holds back nothing else.
pub async fn process(engine: &Engine, payload: &Value) -> Result<()> {
    let Batch { batch } =
        Batch::deserialize(payload).map_err(|e| Error::Internal(format!("task {INBOUND}: {e}")))?;
    let mut letters = read(engine, batch).await?;
    let mut by_org: BTreeMap<OrgId, Vec<(usize, What)>> = BTreeMap::new();
    let whose = route::of(engine, letters.iter().flat_map(|l| &l.items)).await?;
    for (place, letter) in letters.iter_mut().enumerate() {
        for item in std::mem::take(&mut letter.items) {
            match whose.get(&item) {
                Whose::Org(org) => by_org.entry(org).or_default().push((place, item.what)),
                Whose::Unknown(number) => {
                    counter!("campo_webhooks_unknown_number_total").increment(1);
                    letter.unknown.insert(number);
                }
                Whose::Nobody(what) => {
                    // A sign-in code belongs to no organization.
                    if let What::Status(status) = &item.what
                        && let Some(receipt) = receipt_of(status)
                        && outbound::status(engine, None, receipt).await?
                    {
                        continue;
                    }
                    counter!("campo_webhooks_ignored_total", "what" => what).increment(1);
                }
            }
        }
    }
    for (org, whats) in by_org {
        for (place, error) in deliver(engine, org, whats).await? {
            if let Some(letter) = letters.get_mut(place) {
                letter.failed = Some(error);
            }
        }
    }
    settle(engine, &letters).await
}

/// Reads a batch; what is no JSON is set aside for good.
async fn read(engine: &Engine, batch: Uuid) -> Result<Vec<Letter>> {
    let mut tx = engine.db.identity().await?;
    let mut letters = Vec::new();
    for kept in sql::fresh(&mut tx, batch).await? {
        match wire::read(&kept.body) {
            Ok(items) => {
                letters.push(Letter { id: kept.webhook_id, items, unknown: BTreeSet::new(), failed: None });
            }
            Err(error) => {
                counter!("campo_webhooks_ignored_total", "what" => "no_json").increment(1);
                sql::note(&mut tx, kept.webhook_id, &error.to_string(), true).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(letters)
}

/// Notes what became of each webhook; an error where some must be tried again.
async fn settle(engine: &Engine, letters: &[Letter]) -> Result<()> {
    let mut tx = engine.db.identity().await?;
    let is_done = |l: &&Letter| l.failed.is_none() && l.unknown.is_empty();
    let done: Vec<i64> = letters.iter().filter(is_done).map(|l| l.id).collect();
    sql::done(&mut tx, &done).await?;
    for letter in letters {
        if let Some(error) = &letter.failed {
            sql::note(&mut tx, letter.id, error, false).await?;
        } else if !letter.unknown.is_empty() {
            let numbers: Vec<String> = letter.unknown.iter().cloned().collect();
            tracing::warn!(
                ?numbers,
                "a webhook is for a number that no organization connected: kept for a week"
            );
            sql::hold(&mut tx, letter.id, &numbers).await?;
        }
    }
    tx.commit().await?;
    match letters.iter().find_map(|l| l.failed.as_ref()) {
        Some(error) => Err(Error::Internal(format!("a webhook cannot be processed: {error}"))),
        None => Ok(()),
    }
}

/// Carries out what is one organization's: all in one transaction, or one by one where something in it fails.
///
/// Answers which webhooks failed, and why.
async fn deliver(engine: &Engine, org: OrgId, whats: Vec<(usize, What)>) -> Result<Vec<(usize, String)>> {
    let all: Vec<&What> = whats.iter().map(|(_, what)| what).collect();
    match carry_out(engine, org, &all).await {
        Ok(()) => return Ok(Vec::new()),
        Err(error) if error.is_outage() => return Err(error),
        Err(error) => tracing::warn!(%error, items = all.len(), "a batch of webhooks failed: one by one"),
    }
    let mut failed = Vec::new();
    for (place, what) in &whats {
        match carry_out(engine, org, &[what]).await {
            Ok(()) => {}
            Err(error) if error.is_outage() => return Err(error),
            Err(error) => failed.push((*place, error.to_string())),
        }
    }
    Ok(failed)
}

/// By sender: everybody takes conversations in the same order, so that nobody waits for each other in a circle.
type Senders<'a> = BTreeMap<(Option<String>, Option<&'a str>), Vec<&'a Inbound>>;

async fn carry_out(engine: &Engine, org: OrgId, whats: &[&What]) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    let (mut said, mut echoes) = (Senders::new(), Senders::new());
    let (mut statuses, mut preferences) = (Vec::<&Status>::new(), Vec::<&Preference>::new());
    for what in whats {
        let (senders, message) = match what {
            What::Message(message) => (&mut said, message),
            What::Echo(message) => (&mut echoes, message),
            What::Status(status) => {
                statuses.push(status);
                continue;
            }
            What::Preference(preference) => {
                preferences.push(preference);
                continue;
            }
            What::Other(_) => continue,
        };
        let phone = message.wa_id.as_deref().and_then(contact::phone_of);
        senders.entry((phone, message.user_id.as_deref())).or_default().push(message);
    }
    for ((phone, _), messages) in &said {
        thread::take(engine, &mut tenant, phone.as_deref(), messages).await?;
    }
    for ((phone, _), messages) in &echoes {
        thread::take_echoes(&mut tenant, phone.as_deref(), messages).await?;
    }
    for preference in preferences {
        if let Some(phone) = contact::phone_of(&preference.wa_id) {
            let word = if preference.is_stop { "baja" } else { "alta" };
            consent::heard(&mut tenant, &phone, word).await?;
        }
    }
    statuses.sort_by(|a, b| (&a.id, a.at).cmp(&(&b.id, b.at)));
    for status in statuses {
        take_status(engine, &mut tenant, status).await?;
    }
    tenant.commit().await
}

async fn take_status(engine: &Engine, tenant: &mut crate::db::Tenant, status: &Status) -> Result<()> {
    let Some(receipt) = receipt_of(status) else { return Ok(()) };
    let state = receipt.state;
    let is_news = outbound::receive(tenant, receipt).await?;
    if is_news {
        outbound::observe(engine, tenant, state).await?;
    }
    counter!("campo_message_statuses_total", "news" => if is_news { "yes" } else { "no" }).increment(1);
    Ok(())
}

/// A status as messages know it; None for what says nothing of whether it got there.
fn receipt_of(status: &Status) -> Option<Receipt<'_>> {
    let state = match status.status.as_str() {
        "sent" => State::Sent,
        "delivered" => State::Delivered,
        "read" | "played" => State::Read,
        "failed" | "undeliverable" => State::Failed,
        // deleted, warning ..
        _ => return None,
    };
    let error = status.error.clone().map(|(code, detail)| Fault { code, detail });
    let callback = status.callback.as_deref().and_then(|c| Uuid::try_parse(c).ok());
    let at = status.at.unwrap_or_else(moment::now);
    Some(Receipt { provider_id: &status.id, callback, state, at, error })
}

/// Looks for what waited for a number that somebody connected meanwhile, and erases what is a week old.
pub async fn upkeep(engine: &Engine) -> Result<()> {
    release(engine).await?;
    let mut tx = engine.db.identity().await?;
    sql::forget(&mut tx).await?;
    let held = sql::held(&mut tx).await?;
    tx.commit().await?;
    metrics::gauge!("campo_webhooks_held").set(held as f64);
    Ok(())
}

/// What waited for a number that is connected now is processed.
pub async fn release(engine: &Engine) -> Result<()> {
    let batch = Uuid::now_v7();
    let own = route::own_number(engine).await?;
    let mut tx = engine.db.identity().await?;
    if sql::release(&mut tx, batch, own.as_deref()).await? > 0 {
        task::enqueue(&mut tx, &NewTask::new(INBOUND, None, Batch { batch })?).await?;
        tx.commit().await?;
        engine.task_written.notify_one();
    }
    Ok(())
}
