//! How an attempt to send ends: noted, tried again, stood in for.

use std::time::Duration;

use chrono::Utc;
use tokio::time::sleep;

use super::door::{Outcome, Refusal, Then};
use super::send::{self, Begun, SEND};
use super::sql::{self, News, Row};
use super::state::{State, merge};
use super::{Outgoing, Way, enqueue};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Again, Error, Result, is_outage};
use crate::ids::MessageId;
use crate::notifications::content::Content;
use crate::notifications::{consent, events};
use crate::services::{self, Signal};
use crate::task::kinds;

/// There is no provider for it.
const NO_CHANNEL: &str = "no_channel";

/// How long a provider's yes is kept in hand while the database is away, in milliseconds between tries.
const AGAIN_MS: [u64; 4] = [250, 500, 1_000, 2_000];

/// Notes what became of an attempt, and says what the worker shall do.
///
/// A yes that cannot be noted would make the next attempt doubt, and in the end send again: it is tried for a while.
pub(super) async fn settle(engine: &Engine, begun: &Begun, outcome: Outcome, attempt: i16) -> Result<()> {
    if let Outcome::Taken(provider_id) = &outcome {
        for wait in AGAIN_MS {
            match conclude(engine, begun, Outcome::Taken(provider_id.clone()), attempt).await {
                Err(Error::Database(error)) if is_outage(&error) => {
                    tracing::warn!(%error, message = %begun.row.message_id, "what a provider took cannot be noted yet");
                    sleep(Duration::from_millis(wait)).await;
                }
                noted => return noted,
            }
        }
    }
    conclude(engine, begun, outcome, attempt).await
}

async fn conclude(engine: &Engine, begun: &Begun, outcome: Outcome, attempt: i16) -> Result<()> {
    let is_last = attempt >= kinds::policy(SEND).attempts;
    let mut tx = engine.db.tenant(begun.org).await?;
    let row = &begun.row;
    let verdict = match outcome {
        Outcome::Taken(provider_id) => {
            taken(&mut tx, row.message_id, &provider_id).await?;
            if row.channel == Way::Whatsapp && engine.settings.whatsapp.app_secret.is_none() {
                // No webhook will say whether it arrived.
                services::observe(engine, Some(begun.org), Signal::Delivery, true);
            }
            Ok(())
        }
        Outcome::Failed(service, failure) => {
            let (is_doubtful, said) = (failure.is_doubtful(), failure.to_string());
            let error = failure.into_error(service);
            if is_doubtful {
                sql::note_doubt(&mut tx, row.message_id, &said).await?;
                Err(patient(engine, error))
            } else {
                sql::put_back(&mut tx, row.message_id, code_of(&error), &said).await?;
                Err(error)
            }
        }
        Outcome::Refused(refusal) => refused(engine, &mut tx, row, refusal).await?,
    };
    let verdict = match verdict {
        Err(error) if is_last && counts(&error) => {
            let stands_in =
                fail(engine, &mut tx, row, State::Failed, (code_of(&error), &error.to_string())).await?;
            if stands_in { Ok(()) } else { Err(error) }
        }
        verdict => verdict,
    };
    tx.commit().await?;
    verdict
}

/// The provider took it. A status may have come before its answer: that is not undone.
async fn taken(tx: &mut Tenant, id: MessageId, provider_id: &str) -> Result<()> {
    let present = sql::lock(tx, id).await?.map_or(State::Sending, |r| r.state);
    let state = merge(present, State::Sent);
    sql::settle(tx, id, &News { state, provider_id: Some(provider_id), at: Utc::now(), error: None }).await
}

/// The provider said no. The inner result is the worker's.
async fn refused(engine: &Engine, tx: &mut Tenant, row: &Row, refusal: Refusal) -> Result<Result<()>> {
    let Refusal { code, detail, then } = refusal;
    let service = row.channel.as_str();
    let state = match then {
        Then::Retry(least) => {
            sql::put_back(tx, row.message_id, &code, &detail).await?;
            let again = least.map_or(Again::Soon, Again::After);
            return Ok(Err(Error::Provider { service, again, code, detail }));
        }
        Then::Undeliverable | Then::OptedOut => State::Undeliverable,
        Then::Template | Then::Person => State::Failed,
    };
    if let (Then::OptedOut, Some(phone)) = (then, &row.to_phone) {
        consent::heard_by_provider(tx, phone, &code).await?;
    }
    let stands_in = fail(engine, tx, row, state, (&code, &detail)).await?;
    if stands_in || state == State::Undeliverable {
        // That phone takes none, or an SMS goes: nothing is broken, nobody has to look.
        return Ok(Ok(()));
    }
    Ok(Err(Error::Provider { service, again: Again::Never, code, detail }))
}

/// The message does not get there by this way; true where an SMS stands in for it.
async fn fail(
    engine: &Engine,
    tx: &mut Tenant,
    row: &Row,
    state: State,
    error: (&str, &str),
) -> Result<bool> {
    let present = sql::lock(tx, row.message_id).await?.map_or(State::Sending, |r| r.state);
    if !present.is_open() && present != State::Failed {
        // A status says that it was sent, whatever the answer was.
        return Ok(true);
    }
    if row.channel == Way::Whatsapp && error.0 != NO_CHANNEL {
        services::observe(engine, Some(tx.org()), Signal::Delivery, false);
    }
    if goes_by_sms(engine, tx, row, error).await? {
        return Ok(true);
    }
    sql::settle(tx, row.message_id, &News { state, provider_id: None, at: Utc::now(), error: Some(error) })
        .await?;
    give_up_the_origin(tx, row).await?;
    Ok(false)
}

/// Lets an SMS go at once instead of a critical WhatsApp message, where one may; false where the message has to wait.
pub(super) async fn goes_by_sms(
    engine: &Engine,
    tx: &mut Tenant,
    row: &Row,
    error: (&str, &str),
) -> Result<bool> {
    let has_way = engine.twilio().is_some() || engine.inbox.is_some();
    if !(has_way && stand_in(tx, row).await?) {
        return Ok(false);
    }
    let news = News { state: State::FallbackSms, provider_id: None, at: Utc::now(), error: Some(error) };
    sql::settle(tx, row.message_id, &news).await?;
    Ok(true)
}

/// Writes the SMS that stands for a critical message; false where none may.
pub(super) async fn stand_in(tx: &mut Tenant, row: &Row) -> Result<bool> {
    let event = row.event.as_deref().and_then(events::critical);
    let (Some(event), true, Some(phone), Some(content)) =
        (event, row.channel == Way::Whatsapp && row.is_critical, &row.to_phone, row.content())
    else {
        return Ok(false);
    };
    let sms = Outgoing {
        way: Way::Sms,
        text: row.text.clone(),
        dedupe_key: Some(format!("sms:{}", row.message_id)),
        event: Some(event),
        is_critical: true,
        entity: row.entity_kind.as_deref().zip(row.entity_id).map(|(_, id)| ("job", id)),
        customer: row.customer_id,
        user: row.user_id,
        fallback_of: Some(row.message_id),
        conversation: row.conversation_id,
        ..Outgoing::whatsapp(phone.clone(), content)
    };
    enqueue(tx, sms).await?;
    Ok(true)
}

/// Writes the same again as a template: the provider said later that free words were too late.
pub(super) async fn as_template(tx: &mut Tenant, row: &Row) -> Result<bool> {
    let (Some(Content::Event { mut fact }), Some(phone)) = (row.content(), &row.to_phone) else {
        return Ok(false);
    };
    if fact.get("template").is_some() {
        return Ok(false);
    }
    if let Some(fact) = fact.as_object_mut() {
        fact.insert("template".into(), true.into());
    }
    let again = Outgoing {
        dedupe_key: Some(format!("template:{}", row.message_id)),
        event: row.event.as_deref().and_then(events::named),
        is_critical: row.is_critical,
        entity: row.entity_id.map(|id| ("job", id)),
        customer: row.customer_id,
        user: row.user_id,
        conversation: row.conversation_id,
        ..Outgoing::whatsapp(phone.clone(), Content::Event { fact })
    };
    enqueue(tx, again).await?;
    Ok(true)
}

/// There is no provider for this message. What tells of a fact is kept back, what a person wrote fails.
pub(super) async fn no_way(engine: &Engine, mut tx: Tenant, row: &Row) -> Result<()> {
    if row.event.is_some() && !(row.is_critical && engine.twilio().is_some() && row.channel == Way::Whatsapp)
    {
        send::keep(&mut tx, row, NO_CHANNEL).await?;
        give_up_the_origin(&mut tx, row).await?;
    } else {
        fail(engine, &mut tx, row, State::Failed, (NO_CHANNEL, "no provider is configured")).await?;
    }
    tx.commit().await
}

/// An SMS that may not leave: it and the message that it stood for have failed.
pub(super) async fn hold_back(tx: &mut Tenant, row: &Row, why: &str) -> Result<()> {
    send::keep(tx, row, why).await?;
    give_up_the_origin(tx, row).await
}

async fn give_up_the_origin(tx: &mut Tenant, row: &Row) -> Result<()> {
    match row.fallback_of {
        Some(origin) => sql::give_up(tx, origin).await,
        None => Ok(()),
    }
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
