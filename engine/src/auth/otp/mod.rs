//! Signing in by a one-time code sent to the phone (functional.md section 2).

mod rules;
mod sql;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::session::{self, Device, Tokens};
use crate::Engine;
use crate::check::Check;
use crate::error::{Error, Result};
use crate::ids::{OrgId, UserId};
use crate::task::{self, NewTask};
use crate::{organizations, users};

/// The task that sends a code.
pub const SEND: &str = "otp.send";

/// Phones that one address may ask for in an hour before it is slowed and noted.
const PHONES_PER_ADDRESS: i64 = 10;

/// A code is on its way.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Sent {
    /// Names the code; goes back with it.
    pub challenge: Uuid,
    /// Seconds that the code is good.
    pub expires_in_s: i64,
    /// Seconds until another one may be asked for.
    pub retry_after_s: i64,
    /// Whether this address asks for suspiciously many phones: it is answered slowly.
    #[serde(skip)]
    pub is_suspicious: bool,
}

/// What the task knows. The code is not in it: it is derived when the message is written.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendCode {
    /// The challenge.
    pub(crate) challenge: Uuid,
}

/// What somebody enters to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Entered<'a> {
    /// The phone, in any spelling.
    pub phone: &'a str,
    /// The six digits.
    pub code: &'a str,
    /// The challenge they belong to; without it the newest of this phone.
    pub challenge: Option<Uuid>,
}

/// Sends a code to a phone, known or not: the answer is the same. The one before is void.
///
/// # Errors
/// [`Error::TooMany`] within a minute of the last send and after the third in an hour.
pub async fn send(engine: &Engine, phone: &str, ip: &str) -> Result<Sent> {
    let phone = checked(phone)?;
    let now = Utc::now();
    let mut tx = engine.db.identity().await?;
    sql::lock_phone(&mut tx, &phone).await?;
    let sent = sql::sends_of_last_hour(&mut tx, &phone).await?;
    if let Some(retry_after_s) = rules::wait_s(&sent, now) {
        let detail = "ya enviamos un código, esperá un momento (a code was sent, wait a moment)";
        return Err(Error::TooMany { code: "RATE_001", retry_after_s, detail });
    }
    sql::void(&mut tx, &phone).await?;
    let challenge = Uuid::now_v7();
    let seal = rules::seal(&engine.keys, challenge, &phone, &rules::code(&engine.keys, challenge));
    let expires_at = now + TimeDelta::seconds(rules::LIFETIME_S);
    sql::insert(&mut tx, challenge, &phone, &seal, ip, expires_at).await?;
    sql::forget_old(&mut tx, &phone).await?;
    task::enqueue(&mut tx, &NewTask::new(SEND, None, SendCode { challenge })?).await?;
    let is_suspicious = sql::phones_of_address(&mut tx, ip).await? > PHONES_PER_ADDRESS;
    tx.commit().await?;
    engine.task_written.notify_one();
    let retry_after_s = rules::COOLDOWN_S;
    Ok(Sent { challenge, expires_in_s: rules::LIFETIME_S, retry_after_s, is_suspicious })
}

/// The code of a challenge, derived; its message is written by [`crate::notifications::codes`].
pub(crate) fn code_of(engine: &Engine, challenge: Uuid) -> String {
    rules::code(&engine.keys, challenge)
}

/// Another task for a challenge whose message did not arrive.
pub(crate) async fn send_again(tx: &mut sqlx::PgConnection, challenge: Uuid) -> Result<()> {
    task::enqueue(tx, &NewTask::new(SEND, None, SendCode { challenge })?).await
}

/// Signs in with a code. The first login of an unknown phone makes the person and an organization they own.
///
/// # Errors
/// `AUTH_001` wrong code, `AUTH_008` no tries left or the address is locked, `AUTH_009` expired,
/// `AUTH_007` deactivated everywhere.
pub async fn verify(engine: &Engine, entered: Entered<'_>, device: &Device) -> Result<Tokens> {
    let phone = checked(entered.phone)?;
    if entered.code.len() != 6 || !entered.code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::invalid("code", "seis dígitos (six digits)"));
    }
    let now = Utc::now();
    let ip = device.ip.as_deref().unwrap_or("unknown");
    let mut tx = engine.db.identity().await?;
    let is_known = sql::is_known_device(&mut tx, &phone, device.key.as_deref()).await?;
    if !is_known {
        refuse_locked(&sql::failures(&mut tx, ip).await?, now)?;
    }
    let challenge = sql::lock_challenge(&mut tx, &phone, entered.challenge).await?;
    let verdict = judge(engine, challenge.as_ref(), &phone, entered.code, now);
    if let Err(refusal) = verdict {
        fail(&mut tx, ip, &phone, challenge.as_ref(), now).await?;
        tx.commit().await?;
        return Err(refusal);
    }
    if let Some(challenge) = &challenge {
        sql::use_up(&mut tx, challenge.challenge_id).await?;
    }
    let found = users::sql::memberships(&mut tx, &phone).await?;
    tx.commit().await?;
    let (org, user) = home(engine, &phone, &found).await?;
    session::open(engine, org, user, device).await
}

/// Erases what no rule looks at any more; call it now and then.
pub async fn sweep(engine: &Engine) -> Result<()> {
    let mut tx = engine.db.identity().await?;
    sql::sweep(&mut tx).await?;
    Ok(tx.commit().await?)
}

fn refuse_locked(failures: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<()> {
    let Some(until) = rules::locked_until(failures, now) else { return Ok(()) };
    let retry_after_s = u64::try_from((until - now).num_seconds() + 1).unwrap_or(1);
    let detail =
        "demasiados intentos fallidos desde esta dirección (too many failed tries from this address)";
    Err(Error::TooMany { code: "AUTH_008", retry_after_s, detail })
}

/// Whether the code is right; the refusal says no more than the caller may know.
fn judge(
    engine: &Engine,
    challenge: Option<&sql::Challenge>,
    phone: &str,
    code: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let refuse = |code, detail| Err(Error::Unauthorized { code, detail });
    let Some(challenge) = challenge.filter(|c| c.used_at.is_none() && c.voided_at.is_none()) else {
        return refuse("AUTH_001", "código incorrecto (wrong code)");
    };
    if now >= challenge.expires_at {
        return refuse("AUTH_009", "el código venció, pedí otro (the code expired, ask for another)");
    }
    if challenge.tries >= rules::TRIES {
        return refuse(
            "AUTH_008",
            "demasiados intentos, pedí otro código (too many tries, ask for another code)",
        );
    }
    if !rules::matches(&engine.keys, challenge.challenge_id, phone, code, &challenge.code_hmac) {
        return refuse("AUTH_001", "código incorrecto (wrong code)");
    }
    Ok(())
}

/// Notes a failure; the one that locks the address voids the codes it was after.
async fn fail(
    tx: &mut sqlx::PgConnection,
    ip: &str,
    phone: &str,
    challenge: Option<&sql::Challenge>,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(challenge) = challenge {
        sql::count_try(tx, challenge.challenge_id).await?;
    }
    sql::insert_failure(tx, ip, phone).await?;
    metrics::counter!("campo_otp_failed_total").increment(1);
    let mut failures = sql::failures(tx, ip).await?;
    failures.truncate(rules::FAILURES);
    if rules::locked_until(&failures, now).is_some() {
        tracing::warn!("an address is locked after failed codes");
        sql::void_of_address(tx, ip).await?;
    }
    Ok(())
}

/// Where a person signs into: their default organization, or a new one of their own.
async fn home(engine: &Engine, phone: &str, found: &[(OrgId, UserId, bool)]) -> Result<(OrgId, UserId)> {
    match found.first() {
        Some((org, user, true)) => Ok((*org, *user)),
        Some(_) => Err(Error::Unauthorized { code: "AUTH_007", detail: "this person is deactivated" }),
        None => {
            let founded = organizations::create(&engine.db, "", phone).await?;
            Ok((founded.org, founded.user))
        }
    }
}

fn checked(phone: &str) -> Result<String> {
    let mut check = Check::default();
    let phone = check.phone("phone", phone);
    check.done()?;
    Ok(phone)
}
