//! Sign-in codes: WhatsApp first, an SMS where it does not take them (functional.md section 2).
//!
//! They belong to no organization yet, so they go from the installation's own number. The code is nowhere stored: it is
//! derived when its message leaves. What is in doubt waits for its status, as every message does.

pub(crate) mod once;
mod sql;

use chrono::{TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::outbound::door::{self, Door, Outcome, Refusal, Then};
use super::outbound::{Receipt, State, Way};
use super::sms::{self, Leave};
use super::templates::Language;
use crate::Engine;
use crate::auth::otp;
use crate::error::{Again, Error, Result};
use crate::providers::Service;
use crate::services;

/// How long a code in doubt waits for its status: somebody waits at the sign-in page.
const DOUBT: TimeDelta = TimeDelta::seconds(5);
/// SMS codes in an hour from which it is asked how many of them were used.
const PUMPING_FROM: i64 = 50;
/// Where fewer than this share were used, somebody earns by them: unknown numbers get none.
const LEAST_USED: f64 = 0.2;

impl Engine {
    /// Whether codes have a way out.
    pub fn can_send_codes(&self) -> bool {
        [Way::Whatsapp, Way::Sms].into_iter().any(|way| !matches!(door::own(self, way), Door::Closed))
    }
}

/// Sends the code of a challenge: what the worker does for [`otp::SEND`].
pub async fn deliver(engine: &Engine, payload: &Value) -> Result<()> {
    let otp::SendCode { challenge } =
        otp::SendCode::deserialize(payload).map_err(|e| Error::Internal(format!("{}: {e}", otp::SEND)))?;
    let mut tx = engine.db.identity().await?;
    // Voided, used or expired meanwhile: there is nothing to send any more.
    let Some(living) = sql::living(&mut tx, challenge).await? else { return Ok(()) };
    drop(tx);
    if matches!(living.delivery.as_deref(), Some("sent" | "delivered" | "read")) {
        return Ok(());
    }
    let in_doubt = living.sending_at.filter(|_| living.delivery.as_deref() == Some("sending"));
    if let Some(rest) =
        in_doubt.and_then(|at| (at + DOUBT - Utc::now()).to_std().ok()).filter(|r| !r.is_zero())
    {
        return Err(again(
            Again::Postponed(rest),
            "doubtful",
            "the code may have arrived; its status is waited for",
        ));
    }
    // Twilio tells what it sent; WhatsApp had its time, and the other channel is still there.
    let sms_in_doubt = in_doubt.filter(|_| living.channel == Some(Way::Sms));
    let mut last = Err(Error::Unavailable("a message channel (none is configured)"));
    for way in ways(engine, &living) {
        last = by(engine, &living, way, sms_in_doubt).await;
        match &last {
            // By the other channel at once.
            Err(Error::Provider { code, .. }) if code != "doubtful" => {}
            _ => return last,
        }
    }
    last
}

/// The channels to try, in order. What has failed once comes last.
fn ways(engine: &Engine, living: &sql::Living) -> Vec<Way> {
    let mut ways: Vec<Way> = [Way::Whatsapp, Way::Sms]
        .into_iter()
        .filter(|way| match door::own(engine, *way) {
            // In panic or switched off, the other channel is there.
            Door::WhatsApp(_) => {
                services::leave(engine, None, Service::WhatsApp).is_ok() || engine.twilio().is_none()
            }
            Door::Sms(_) => true,
            Door::Demo(_) | Door::Closed => false,
        })
        .collect();
    if ways.is_empty() && engine.inbox.is_some() {
        return vec![Way::Whatsapp];
    }
    if living.channel == Some(Way::Whatsapp) && living.delivery.is_some() {
        ways.reverse();
    } else if living.channel == Some(Way::Sms) && living.delivery.as_deref() == Some("sending") {
        ways.retain(|way| *way == Way::Sms);
    }
    ways
}

/// One attempt by one channel.
async fn by(
    engine: &Engine,
    living: &sql::Living,
    way: Way,
    in_doubt: Option<chrono::DateTime<Utc>>,
) -> Result<()> {
    let door = door::own(engine, way);
    if matches!(door, Door::Sms(_)) && in_doubt.is_none() {
        ask_leave(engine, living).await?;
    }
    note(engine, living.challenge_id, way, "sending", None).await?;
    let code = otp::code_of(engine, living.challenge_id);
    let filled = engine.templates.fill(
        "login_code",
        Language::Es,
        std::slice::from_ref(&code),
        std::slice::from_ref(&code),
    )?;
    let content = if way == Way::Whatsapp { &filled.template } else { &filled.free };
    let text = match way {
        Way::Whatsapp => filled.text.clone(),
        Way::Sms => super::words::plain_sms(&filled.text),
    };
    match door::go(engine, &door, &living.phone, (content, &text), living.challenge_id, in_doubt).await {
        Outcome::Taken(id) => note(engine, living.challenge_id, way, "sent", Some(&id)).await,
        Outcome::Failed(service, failure) if failure.is_doubtful() => {
            let error = failure.into_error(service);
            Err(again(Again::After(DOUBT.to_std().unwrap_or_default()), "doubtful", &error.to_string()))
        }
        Outcome::Failed(service, failure) => {
            note(engine, living.challenge_id, way, "failed", None).await?;
            Err(failure.into_error(service))
        }
        Outcome::Refused(Refusal { code, detail, then }) => {
            note(engine, living.challenge_id, way, "failed", None).await?;
            let when = match then {
                Then::Retry(Some(least)) => Again::After(least),
                Then::Retry(None) => Again::Soon,
                _ => Again::Never,
            };
            Err(again(when, &code, &detail))
        }
    }
}

/// SMS cost money: caps, and a breaker on codes that nobody uses.
async fn ask_leave(engine: &Engine, living: &sql::Living) -> Result<()> {
    let mut tx = engine.db.identity().await?;
    let is_known = sql::is_known(&mut tx, &living.phone).await?;
    let (sent, used) = sql::sms_codes_of_the_hour(&mut tx).await?;
    drop(tx);
    if !is_known && is_pumping(sent, used) {
        tracing::warn!(sent, used, "codes by SMS are hardly used: unknown numbers get none");
        return Err(again(Again::Never, "sms_pumping", "codes by SMS are hardly used in this hour"));
    }
    match sms::take(engine, &living.phone, is_known).await? {
        Leave::Go => Ok(()),
        Leave::Wait(wait) => {
            Err(again(Again::Postponed(wait), "cooldown", "an SMS to that number left just now"))
        }
        Leave::No(why) => {
            tracing::warn!(why, "a code by SMS is held back");
            Err(again(Again::Never, why, "SMS are capped"))
        }
    }
}

/// Whether codes by SMS are asked for without being used. Pure.
fn is_pumping(sent: i64, used: i64) -> bool {
    sent >= PUMPING_FROM && (used as f64) < LEAST_USED * sent as f64
}

async fn note(engine: &Engine, challenge: Uuid, way: Way, delivery: &str, id: Option<&str>) -> Result<()> {
    let mut tx = engine.db.identity().await?;
    sql::note(&mut tx, challenge, way, delivery, id).await?;
    Ok(tx.commit().await?)
}

/// Merges a provider's status into the code's delivery; false where it names none.
pub(super) async fn receive(engine: &Engine, receipt: &Receipt<'_>) -> Result<bool> {
    let delivery = match receipt.state {
        State::Sent => "sent",
        State::Delivered => "delivered",
        State::Read => "read",
        State::Failed | State::Undeliverable => "failed",
        _ => return Ok(false),
    };
    let mut tx = engine.db.identity().await?;
    let changed = sql::receive(&mut tx, receipt.callback, receipt.provider_id, delivery).await?;
    // It will not arrive: the task of before is done, so another one goes by the other channel.
    if let (true, State::Failed, Some(challenge)) = (changed, receipt.state, receipt.callback) {
        otp::send_again(&mut tx, challenge).await?;
    }
    tx.commit().await?;
    engine.task_written.notify_one();
    Ok(changed)
}

fn again(again: Again, code: &str, detail: &str) -> Error {
    Error::Provider { service: "codes", again, code: code.into(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_codes_say_nothing_and_unused_ones_close_the_door() {
        assert!(!is_pumping(49, 0) && is_pumping(50, 9) && !is_pumping(50, 10) && !is_pumping(1_000, 900));
    }
}
