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
use super::sql::{self, News, Row};
use super::state::{State, merge};
use super::{Named, dispatch};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Again, Error, Result};
use crate::ids::{MessageId, OrgId};
use crate::notifications::content::Content;
use crate::task::kinds;

/// The task that sends a message.
pub const SEND: &str = "message.send";
/// The task that brings a message into its lane when its time has come.
pub const DUE: &str = "message.due";

/// A message that is begun.
struct Begun {
    org: OrgId,
    row: Row,
    door: Door,
    to: String,
    content: Content,
    text: String,
    /// Since when an earlier attempt is in doubt.
    doubt_since: Option<DateTime<Utc>>,
}

/// Brings a message into its lane: its time has come.
pub async fn due(engine: &Engine, payload: &Value) -> Result<()> {
    let Named { org, message } = named(DUE, payload)?;
    let mut tx = engine.db.tenant(org).await?;
    let Some(row) = sql::lock(&mut tx, message).await?.filter(|r| r.state.is_open()) else { return Ok(()) };
    dispatch(&mut tx, message, row.to_phone.as_deref().unwrap_or_default(), row.channel, row.due_at).await?;
    tx.commit().await
}

/// Sends a message, if it still has to be sent. `attempt` counts from 1.
pub async fn send(engine: &Engine, payload: &Value, attempt: i16) -> Result<()> {
    let Named { org, message } = named(SEND, payload)?;
    let Some(begun) = begin(engine, org, message, attempt).await? else { return Ok(()) };
    let outcome = door::go(
        engine,
        &begun.door,
        &begun.to,
        (&begun.content, &begun.text),
        begun.row.message_id,
        begun.doubt_since,
    )
    .await;
    settle(engine, &begun, outcome, attempt).await
}

fn named(kind: &str, payload: &Value) -> Result<Named> {
    Named::deserialize(payload).map_err(|e| Error::Internal(format!("task {kind}: {e}")))
}

/// Judges a message and notes that it is begun; None where there is nothing to send any more.
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
    // Any attempt of it may have been the one.
    let doubt_since = is_in_doubt.then_some(row.created_at);
    let Some(to) = row.to_phone.clone() else {
        return Err(Error::Internal(format!("message {message} goes to nobody")));
    };
    let door = door::of(engine, &mut tx, row.channel).await?;
    let content = row.body.0.clone();
    let text = row.text.clone().unwrap_or_default();
    if matches!(door, Door::WhatsApp(_)) {
        keep_pace(engine, &mut tx).await?;
    }
    sql::begin(&mut tx, message, &content, Some(&text)).await?;
    tx.commit().await?;
    Ok(Some(Begun { org, row, door, to, content, text, doubt_since }))
}

/// An organization has so many messages a minute; who comes later waits, in order.
async fn keep_pace(engine: &Engine, tx: &mut Tenant) -> Result<()> {
    let most = i32::try_from(engine.settings.whatsapp.per_minute).unwrap_or(i32::MAX);
    let Some(wait_s) = sql::pace(tx, most).await? else { return Ok(()) };
    Err(Error::Provider {
        service: "whatsapp",
        again: Again::Postponed(Duration::from_secs_f64(wait_s.max(0.1))),
        code: "pace".into(),
        detail: "the organization's messages of this minute have left".into(),
    })
}

/// A status may still come: it says more than sending again would.
fn wait_for_a_status(engine: &Engine, since: DateTime<Utc>) -> Result<()> {
    let patience = TimeDelta::from_std(engine.settings.whatsapp.doubt).unwrap_or(TimeDelta::seconds(10));
    match (since + patience - Utc::now()).to_std() {
        Ok(rest) if !rest.is_zero() => Err(Error::Provider {
            service: "whatsapp",
            again: Again::Postponed(rest),
            code: "doubtful".into(),
            detail: "an earlier attempt may have taken effect; its status is waited for".into(),
        }),
        _ => Ok(()),
    }
}

/// Notes what became of an attempt, and says what the worker shall do.
async fn settle(engine: &Engine, begun: &Begun, outcome: Outcome, attempt: i16) -> Result<()> {
    let is_last = attempt >= kinds::policy(SEND).attempts;
    let mut tx = engine.db.tenant(begun.org).await?;
    let id = begun.row.message_id;
    let verdict = match outcome {
        Outcome::Taken(provider_id) => {
            let news = News {
                state: taken_state(&mut tx, id).await?,
                provider_id: Some(&provider_id),
                at: Utc::now(),
                error: None,
            };
            sql::settle(&mut tx, id, &news).await?;
            Ok(())
        }
        Outcome::Failed(service, failure) => {
            let (is_doubtful, said) = (failure.is_doubtful(), failure.to_string());
            let error = failure.into_error(service);
            if is_doubtful {
                sql::note_doubt(&mut tx, id, &said).await?;
                Err(patient(engine, error))
            } else {
                sql::put_back(&mut tx, id, code_of(&error), &said).await?;
                Err(error)
            }
        }
        Outcome::Refused(Refusal { code, detail, then }) => {
            let again = match then {
                Then::Retry(Some(least)) => Again::After(least),
                Then::Retry(None) => Again::Soon,
                _ => Again::Never,
            };
            if again == Again::Never {
                let state = if matches!(then, Then::Undeliverable | Then::OptedOut) {
                    State::Undeliverable
                } else {
                    State::Failed
                };
                fail(&mut tx, begun, state, (&code, &detail)).await?;
            } else {
                sql::put_back(&mut tx, id, &code, &detail).await?;
            }
            match then {
                // That phone takes no messages: nothing is broken, nobody has to look.
                Then::Undeliverable | Then::OptedOut => Ok(()),
                _ => Err(Error::Provider { service: begun.row.channel.as_str(), again, code, detail }),
            }
        }
    };
    if let Err(error) = &verdict
        && is_last
        && counts(error)
    {
        fail(&mut tx, begun, State::Failed, (code_of(error), &error.to_string())).await?;
    }
    tx.commit().await?;
    verdict
}

/// A status may have come before the answer: it is not undone.
async fn taken_state(tx: &mut Tenant, id: MessageId) -> Result<State> {
    let present = sql::lock(tx, id).await?.map_or(State::Sending, |r| r.state);
    Ok(merge(present, State::Sent))
}

/// The message does not get there.
async fn fail(tx: &mut Tenant, begun: &Begun, state: State, error: (&str, &str)) -> Result<()> {
    let present = sql::lock(tx, begun.row.message_id).await?.map_or(State::Sending, |r| r.state);
    if !present.is_open() {
        // A status says that it was sent, whatever the answer was.
        return Ok(());
    }
    let news = News { state, provider_id: None, at: Utc::now(), error: Some(error) };
    sql::settle(tx, begun.row.message_id, &news).await
}

/// Whether an error uses up an attempt.
fn counts(error: &Error) -> bool {
    !matches!(error, Error::Provider { again: Again::Postponed(_) | Again::Never, .. })
}

fn code_of(error: &Error) -> &str {
    match error {
        Error::Provider { code, .. } => code,
        _ => "error",
    }
}

/// The next attempt comes after the time in which a status is waited for.
fn patient(engine: &Engine, error: Error) -> Error {
    let least = engine.settings.whatsapp.doubt;
    match error {
        Error::Provider { service, again, code, detail } => {
            let again = match again {
                Again::After(asked) => Again::After(asked.max(least)),
                _ => Again::After(least),
            };
            Error::Provider { service, again, code, detail }
        }
        other => other,
    }
}
