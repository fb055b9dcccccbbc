//! Codes that were refused: what they are counted for, what they close, and where they are noted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::postgres::PgConnection;

use super::guard::{self, Closed};
use super::{Entered, is_asker, rules, sql};
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::auth::{invitation, session};
use crate::error::{Error, Result};
use crate::event::By;
use crate::task::{self, NewTask};
use crate::users;

/// The task that notes a refused code.
pub const REFUSED: &str = "auth.refused";

/// A code that was refused, by its row.
#[derive(Debug, Serialize, Deserialize)]
struct Refusal {
    failure: i64,
    is_locked: bool,
}

/// Refuses a device that nobody knows while its address is locked, or while too many codes failed everywhere.
pub(super) async fn refuse_closed(
    engine: &Engine,
    tx: &mut PgConnection,
    ip: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let failures = sql::failures(tx, ip, engine.settings.otp_failures).await?;
    let (until, detail) = match guard::closed(&failures, now) {
        None => return Ok(()),
        Some(Closed::Address(until)) => (
            until,
            "demasiados intentos fallidos desde esta dirección (too many failed tries from this address)",
        ),
        Some(Closed::Everyone(until)) => {
            metrics::counter!("campo_otp_held_back_total").increment(1);
            let detail = "muchos códigos fallidos: por ahora entran los dispositivos conocidos y los invitados \
                          (many failed codes: for now known devices and invited people are let in)";
            (until, detail)
        }
    };
    let retry_after_s = u64::try_from((until - now).num_seconds() + 1).unwrap_or(1);
    Err(Error::TooMany { code: "AUTH_008", retry_after_s, detail })
}

/// Notes a failure; the one that locks the address voids the codes it was after.
pub(super) async fn fail(
    engine: &Engine,
    tx: &mut PgConnection,
    (ip, phone): (&str, &str),
    entered: &Entered<'_>,
    is_known: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    // A stranger's guess costs the one who asked no try.
    let challenge = sql::lock_challenge(tx, phone, entered.challenge).await?;
    if let Some(challenge) = challenge.filter(|c| is_asker(c, &entered.holds)) {
        sql::count_try(tx, challenge.challenge_id).await?;
        if let (Some(id), true) = (challenge.invitation_id, challenge.tries + 1 == rules::TRIES) {
            invitation::rest(tx, id, now).await?;
        }
    }
    note_failure(engine, tx, (ip, phone), is_known, now).await
}

/// Counts a failure of an address, and what follows from it.
pub(super) async fn note_failure(
    engine: &Engine,
    tx: &mut PgConnection,
    (ip, phone): (&str, &str),
    is_known: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let failure = sql::insert_failure(tx, ip, phone, is_known).await?;
    metrics::counter!("campo_otp_failed_total").increment(1);
    let is_locked = !is_known && follow_failure(engine, tx, ip, now).await?;
    // Whether anybody has this phone is found out later: now the answer would take longer for those who do.
    task::enqueue(tx, &NewTask::new(REFUSED, None, Refusal { failure, is_locked })?).await
}

/// What follows from a failure of a device that nobody knows; whether its address is locked now.
async fn follow_failure(
    engine: &Engine,
    tx: &mut PgConnection,
    ip: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut failures = sql::failures(tx, ip, engine.settings.otp_failures).await?;
    failures.address.truncate(rules::FAILURES);
    match guard::closed(&failures, now) {
        Some(Closed::Address(_)) => {
            tracing::warn!("an address is locked after failed codes");
            metrics::counter!("campo_otp_alerts_total", "why" => "address_locked").increment(1);
            sql::void_of_address(tx, ip).await?;
            Ok(true)
        }
        Some(Closed::Everyone(until)) => {
            tracing::error!(%until, "too many codes fail: devices that nobody knows wait");
            metrics::counter!("campo_otp_alerts_total", "why" => "budget").increment(1);
            Ok(false)
        }
        None => Ok(false),
    }
}

/// A refused code, for the audit log of the organization whose member has the phone: what the worker does for [`REFUSED`].
pub(crate) async fn note_refusal(engine: &Engine, payload: &Value) -> Result<()> {
    let refused = Refusal::deserialize(payload).map_err(|e| Error::Internal(format!("{REFUSED}: {e}")))?;
    let mut tx = engine.db.identity().await?;
    let Some((phone, ip)) = sql::failure(&mut tx, refused.failure).await? else { return Ok(()) };
    let found = users::sql::memberships(&mut tx, &phone).await?;
    drop(tx);
    let Some((org, user, _)) = found.first() else { return Ok(()) };
    let action = if refused.is_locked { Action::LockedOut } else { Action::LoginRefused };
    let entry = Entry::new(action, By::SYSTEM, "user").on(user.0).with("ip", ip);
    session::audit(engine, *org, entry).await
}
