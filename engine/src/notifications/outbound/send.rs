//! What the worker does with a message: judged, begun, sent, noted.
//!
//! An attempt is noted as begun before the provider is asked. Whoever finds one begun and not ended does not know
//! whether it took effect: WhatsApp tells by a status that names the message, so a while is waited for it; Twilio is
//! asked what it sent. Only then it is sent again, under the same id.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::door::{self, Door, Outcome, Refusal, Then};
use super::pace::share_of_a_second;
use super::sql::{self, News, Row};
use super::state::State;
use super::{Named, Way, dispatch, settle};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Again, Error, Result};
use crate::files;
use crate::ids::{MessageId, OrgId};
use crate::notifications::compose::{self, Leaving, Words};
use crate::notifications::content::{Content, MediaSource};
use crate::notifications::sms::{self, Leave};
use crate::notifications::{sql as facts, words};
use crate::providers::Service;
use crate::services::{self, Capability};

/// The task that sends a message.
pub const SEND: &str = "message.send";
/// The task that brings a message into its lane when its time has come.
pub const DUE: &str = "message.due";

/// How long a message waits whose queue is switched off.
const HELD: Duration = Duration::from_secs(30);

/// A message that is begun.
pub(super) struct Begun {
    pub(super) org: OrgId,
    pub(super) row: Row,
    door: Door,
    to: String,
    said: Said,
    /// Since when an attempt may have taken effect that nobody knows of.
    doubt_since: Option<DateTime<Utc>>,
}

/// What a message says.
struct Said {
    content: Content,
    /// The template to use where the provider says that 24 hours are over.
    template: Option<Content>,
    /// Its words with `{link}`, as they are stored.
    text: String,
    link: Option<String>,
}

/// Brings a message into its lane: its time has come.
pub async fn due(engine: &Engine, payload: &Value) -> Result<()> {
    let Named { org, message } = named(DUE, payload)?;
    let mut tx = engine.db.tenant(org).await?;
    let Some(row) = sql::lock(&mut tx, message).await?.filter(|r| r.state.is_open()) else { return Ok(()) };
    dispatch(&mut tx, message, row.to_phone.as_deref().unwrap_or_default(), row.channel, None).await?;
    tx.commit().await
}

/// Sends a message, if it still has to be sent. `attempt` counts from 1.
pub async fn send(engine: &Engine, payload: &Value, attempt: i16) -> Result<()> {
    let Named { org, message } = named(SEND, payload)?;
    let Some(begun) = begin(engine, org, message, attempt).await? else { return Ok(()) };
    let mut outcome = begun.go(engine, &begun.said.content).await;
    if let (Outcome::Refused(Refusal { then: Then::Template, .. }), Some(template)) =
        (&outcome, &begun.said.template)
    {
        outcome = begun.go(engine, template).await;
    }
    settle::settle(engine, &begun, outcome, attempt).await
}

impl Begun {
    async fn go(&self, engine: &Engine, content: &Content) -> Outcome {
        let link = self.said.link.as_deref();
        let content = with_file(engine, self.org, compose::with_link(content.clone(), link));
        let text = self.said.text.replace("{link}", link.unwrap_or_default());
        door::go(engine, &self.door, &self.to, (&content, &text), self.row.message_id.0, self.doubt_since)
            .await
    }
}

/// A file of ours as an address that the provider can fetch it from; made now, because it is good for an hour.
fn with_file(engine: &Engine, org: OrgId, content: Content) -> Content {
    match content {
        Content::Media { media, source: MediaSource::File(file), caption, filename } => {
            let source = MediaSource::Link(files::link(engine, org, file.into()));
            Content::Media { media, source, caption, filename }
        }
        other => other,
    }
}

fn named(kind: &str, payload: &Value) -> Result<Named> {
    Named::deserialize(payload).map_err(|e| Error::Internal(format!("task {kind}: {e}")))
}

/// Judges a message and notes that it is begun; None where there is nothing to send now.
async fn begin(engine: &Engine, org: OrgId, message: MessageId, attempt: i16) -> Result<Option<Begun>> {
    let mut tx = engine.db.tenant(org).await?;
    let Some(row) = sql::lock(&mut tx, message).await? else { return Ok(None) };
    // A person who retries a dead task finds its message failed.
    let is_revived = row.state == State::Failed && attempt == 1 && row.delivered_at.is_none();
    if !row.state.is_open() && !is_revived {
        return Ok(None);
    }
    let is_in_doubt = row.state == State::Sending;
    if let Some(since) = row.sending_at.filter(|_| is_in_doubt) {
        wait_for_a_status(engine, since)?;
    }
    let Some(to) = row.to_phone.clone() else {
        return Err(Error::Internal(format!("message {message} goes to nobody")));
    };
    let door = door::of(engine, &mut tx, row.channel).await?;
    let Some(said) = find_words(engine, &mut tx, &row, &door, is_in_doubt).await? else {
        tx.commit().await?;
        return Ok(None);
    };
    if matches!(door, Door::Closed) {
        settle::no_way(engine, tx, &row).await?;
        return Ok(None);
    }
    if !is_in_doubt {
        if !is_served(engine, &mut tx, &row, &door).await? {
            tx.commit().await?;
            return Ok(None);
        }
        match has_leave(engine, tx, &row, &door, &to).await? {
            Some(open) => tx = open,
            None => return Ok(None),
        }
    }
    sql::begin(&mut tx, message, &said.content, Some(&said.text)).await?;
    tx.commit().await?;
    // Any attempt of it may have been the one.
    let doubt_since = is_in_doubt.then_some(row.created_at);
    Ok(Some(Begun { org, row, door, to, said, doubt_since }))
}

/// What a message says now; None where it does not leave now, which is noted.
async fn find_words(
    engine: &Engine,
    tx: &mut Tenant,
    row: &Row,
    door: &Door,
    is_in_doubt: bool,
) -> Result<Option<Said>> {
    let content = row
        .content()
        .ok_or_else(|| Error::Internal(format!("message {} has no form that is known", row.message_id)))?;
    let Content::Event { fact } = &content else {
        let text = row.text.clone().unwrap_or_default();
        return Ok(Some(Said { content, template: None, text, link: None }));
    };
    let (Some(event), Some(job)) = (row.event.as_deref(), row.entity_id) else {
        return Err(Error::Internal(format!("message {} tells of nothing", row.message_id)));
    };
    let leaving = Leaving { event, fact, job, user: row.user_id, is_critical: row.is_critical };
    match compose::of_job(engine, tx, &leaving).await? {
        Words::Keep(why) => {
            keep(tx, row, why).await?;
            Ok(None)
        }
        Words::Wait(until) => {
            sql::defer(tx, row.message_id, until).await?;
            dispatch(tx, row.message_id, "", row.channel, Some(until)).await?;
            Ok(None)
        }
        Words::Leave { filled, link } if row.channel == Way::Sms => {
            // Twilio is asked for the very words of the attempt in doubt.
            let before = row.text.clone().filter(|_| is_in_doubt);
            let text = before.unwrap_or_else(|| words::plain_sms(&filled.text));
            Ok(Some(Said { content: Content::text(text.clone()), template: None, text, link }))
        }
        Words::Leave { filled, link } => {
            let must_be_template = fact.get("template").is_some();
            let phone = row.to_phone.as_deref().unwrap_or_default();
            let is_free = matches!(door, Door::Demo(_))
                || (!must_be_template && facts::is_in_window(tx, phone).await?);
            let (content, template) =
                if is_free { (filled.free, Some(filled.template)) } else { (filled.template, None) };
            Ok(Some(Said { content, template, text: filled.text, link }))
        }
    }
}

/// Whether the service may be used now; else an SMS stands in for what is critical, and the rest waits beside its lane, so
/// that what is critical is not held up by it.
async fn is_served(engine: &Engine, tx: &mut Tenant, row: &Row, door: &Door) -> Result<bool> {
    let service = match door {
        Door::WhatsApp(_) => Service::WhatsApp,
        Door::Sms(_) => Service::Twilio,
        Door::Demo(_) | Door::Closed => return Ok(true),
    };
    let is_held = |queue| !services::allows(engine, Some(tx.org()), queue);
    if (service == Service::WhatsApp && is_held(Capability::WhatsAppQueue))
        || (row.event.is_some() && is_held(Capability::NotificationQueue))
    {
        wait_beside(tx, row, HELD, ("queue_held", "its queue is switched off")).await?;
        return Ok(false);
    }
    let Err(Error::Provider { again: Again::Postponed(wait), code, detail, .. }) =
        services::leave(engine, Some(tx.org()), service)
    else {
        return Ok(true);
    };
    if !settle::goes_by_sms(engine, tx, row, (&code, &detail)).await? {
        wait_beside(tx, row, wait, (&code, &detail)).await?;
    }
    Ok(false)
}

/// A message waits beside its lane.
async fn wait_beside(tx: &mut Tenant, row: &Row, wait: Duration, (code, detail): (&str, &str)) -> Result<()> {
    sql::put_back(tx, row.message_id, code, detail).await?;
    dispatch(tx, row.message_id, "", row.channel, Some(Utc::now() + wait)).await
}

/// Keeps a message back for good.
pub(super) async fn keep(tx: &mut Tenant, row: &Row, why: &str) -> Result<()> {
    let news = News { state: State::Suppressed, provider_id: None, at: Utc::now(), error: Some((why, "")) };
    sql::settle(tx, row.message_id, &news).await
}

/// Whether a message may leave now: the organization's pace, the caps of SMS. None where it may not, which is noted; else
/// the transaction in which it is begun.
async fn has_leave(
    engine: &Engine,
    mut tx: Tenant,
    row: &Row,
    door: &Door,
    to: &str,
) -> Result<Option<Tenant>> {
    match door {
        Door::WhatsApp(_) => keep_pace(engine, &mut tx).await?,
        Door::Sms(_) => {
            let org = tx.org();
            // Caps are counted on a connection of their own: who holds one and waits for another may wait for ever.
            drop(tx);
            let leave = sms::take(engine, to, true).await?;
            tx = engine.db.tenant(org).await?;
            match leave {
                Leave::Go => {}
                Leave::Wait(wait) => {
                    let said = "an SMS to that number left just now";
                    return Err(postponed("twilio", wait, "cooldown", said));
                }
                Leave::No(why) => {
                    tracing::warn!(why, "an SMS is held back");
                    settle::hold_back(&mut tx, row, why).await?;
                    tx.commit().await?;
                    return Ok(None);
                }
            }
            let present = sql::lock(&mut tx, row.message_id).await?;
            if present.is_none_or(|p| p.state != row.state) {
                return Ok(None);
            }
        }
        Door::Demo(_) | Door::Closed => {}
    }
    Ok(Some(tx))
}

/// An organization has so many messages a minute; who comes later waits, in order.
async fn keep_pace(engine: &Engine, tx: &mut Tenant) -> Result<()> {
    let most = i32::try_from(engine.settings.whatsapp.per_minute).unwrap_or(i32::MAX);
    let org = tx.org();
    if engine.places.use_one(org) {
        return Ok(());
    }
    let (mut pace, now) = sql::pace(tx).await?;
    // Whoever had the row before may have left places.
    if engine.places.use_one(org) {
        return Ok(());
    }
    match pace.take(now, most, share_of_a_second(most)) {
        Ok(taken) => {
            sql::set_pace(tx, &pace).await?;
            // Should this not be committed, a second's places were not counted: its limit is no law of nature.
            engine.places.keep(org, taken - 1);
            Ok(())
        }
        Err(wait_s) => {
            let wait = Duration::from_secs_f64(wait_s.max(0.1));
            Err(postponed("whatsapp", wait, "pace", "the organization's messages of this minute have left"))
        }
    }
}

/// A status may still come: it says more than sending again would.
fn wait_for_a_status(engine: &Engine, since: DateTime<Utc>) -> Result<()> {
    let patience = TimeDelta::from_std(engine.settings.whatsapp.doubt).unwrap_or(TimeDelta::seconds(10));
    match (since + patience - Utc::now()).to_std() {
        Ok(rest) if !rest.is_zero() => {
            let said = "an earlier attempt may have taken effect; its status is waited for";
            Err(postponed("whatsapp", rest, "doubtful", said))
        }
        _ => Ok(()),
    }
}

fn postponed(service: &'static str, wait: Duration, code: &str, detail: &str) -> Error {
    Error::Provider { service, again: Again::Postponed(wait), code: code.into(), detail: detail.into() }
}
