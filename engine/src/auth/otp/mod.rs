//! Signing in by a one-time code sent to the phone (functional.md section 2).

mod failure;
pub mod guard;
mod rules;
pub mod second;
mod sql;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::session::{self, Device, Tokens};
use super::{factor, invitation};
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::check::Check;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, UserId};
use crate::task::{self, NewTask};
use crate::{organizations, users};
use failure::{fail, refuse_closed};

pub use failure::REFUSED;
pub(crate) use failure::note_refusal;
pub(super) use rules::INVITED_REST_H;

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

/// Who asks for a code.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The phone, in any spelling.
    pub phone: &'a str,
    /// The address that asks.
    pub ip: &'a str,
    /// The id of the browser or device that asks, where it has one: no other may enter the code.
    pub device: Option<Uuid>,
    /// The token of an invitation, where one led here.
    pub invitation: Option<&'a str>,
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
    /// The ids that the browser or device holds: by its cookie, by what it says.
    pub holds: [Option<Uuid>; 2],
}

/// Where a right code leads.
enum Place {
    /// Into an organization, as an active member of it.
    Home(OrgId, UserId),
    /// Nowhere: the person is deactivated.
    Closed,
    /// Into an organization that is still to be made.
    New,
}

/// Sends a code to a phone, known or not: the answer is the same. The one before is void.
///
/// # Errors
/// [`Error::TooMany`] within a minute of the last send and after the third in an hour, or while the invitation rests.
pub async fn send(engine: &Engine, asked: Asked<'_>) -> Result<Sent> {
    let phone = checked(asked.phone)?;
    let now = Utc::now();
    let mut tx = engine.db.identity().await?;
    sql::lock_phone(&mut tx, &phone).await?;
    let invitation = match asked.invitation {
        Some(token) => Some(invitation::present(&mut tx, token, &phone, now).await?.invitation_id),
        None => None,
    };
    let sent = sql::sends_of_last_hour(&mut tx, &phone).await?;
    if let Some(retry_after_s) = rules::wait_s(&sent, now) {
        let detail = "ya enviamos un código, esperá un momento (a code was sent, wait a moment)";
        return Err(Error::TooMany { code: "RATE_001", retry_after_s, detail });
    }
    sql::void(&mut tx, &phone).await?;
    let id = Uuid::now_v7();
    let seal = rules::seal(&engine.keys, id, &phone, &rules::code(&engine.keys, id));
    // Who is invited has the longer time without the link too; the answer does not tell who that is.
    let is_invited = sql::is_invited(&mut tx, &phone).await?;
    let lasts_s = |long: bool| if long { rules::INVITED_LIFETIME_S } else { rules::LIFETIME_S };
    let new = sql::NewChallenge {
        id,
        phone: &phone,
        code_hmac: &seal,
        ip: asked.ip,
        expires_at: now + TimeDelta::seconds(lasts_s(is_invited || invitation.is_some())),
        device: asked.device.map(|id| id.to_string()),
        invitation,
    };
    sql::insert(&mut tx, &new).await?;
    sql::forget_old(&mut tx, &phone).await?;
    task::enqueue(&mut tx, &NewTask::new(SEND, None, SendCode { challenge: id })?).await?;
    let phones = sql::phones_of_address(&mut tx, asked.ip).await?;
    tx.commit().await?;
    engine.task_written.notify_one();
    Ok(Sent {
        challenge: id,
        expires_in_s: lasts_s(invitation.is_some()),
        retry_after_s: rules::COOLDOWN_S,
        is_suspicious: is_suspicious(phones),
    })
}

/// Whether an address asks for too many phones; noted once, when it becomes so.
fn is_suspicious(phones: i64) -> bool {
    if phones == PHONES_PER_ADDRESS + 1 {
        metrics::counter!("campo_otp_alerts_total", "why" => "phones_of_address").increment(1);
        tracing::warn!(phones, "one address asks for codes to many phones: it is slowed");
    }
    phones > PHONES_PER_ADDRESS
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
/// `AUTH_001` wrong code, `AUTH_008` no tries left, or the address is locked, or too many failed everywhere,
/// `AUTH_009` expired, `AUTH_007` deactivated everywhere, [`Error::SecondFactor`] where one is on.
pub async fn verify(engine: &Engine, entered: Entered<'_>, device: &Device) -> Result<Tokens> {
    let phone = checked(entered.phone)?;
    if entered.code.len() != 6 || !entered.code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::invalid("code", "seis dígitos (six digits)"));
    }
    let now = Utc::now();
    let ip = device.ip.as_deref().unwrap_or("unknown");
    let mut tx = engine.db.identity().await?;
    sql::lock_address(&mut tx, ip).await?;
    let challenge = sql::lock_challenge(&mut tx, &phone, entered.challenge).await?;
    // A device that signed in before, or one that holds an invitation and names its code.
    let is_invited = entered.challenge.is_some()
        && challenge.as_ref().is_some_and(|c| c.invitation_id.is_some() && is_asker(c, &entered.holds));
    let is_known = sql::is_known_device(&mut tx, &phone, device.key.as_deref()).await? || is_invited;
    if !is_known {
        refuse_closed(engine, &mut tx, ip, now).await?;
    }
    let verdict = judge(engine, challenge.as_ref(), &phone, &entered, now);
    let Some(challenge) = challenge.filter(|_| verdict.is_ok()) else {
        fail(engine, &mut tx, (ip, &phone), &entered, is_known, now).await?;
        tx.commit().await?;
        return Err(verdict.err().unwrap_or(Error::Unauthorized { code: "AUTH_001", detail: WRONG }));
    };
    sql::use_up(&mut tx, challenge.challenge_id).await?;
    let place = place(&mut tx, &phone, challenge.invitation_id).await?;
    if let Place::Home(_, user) = place
        && factor::is_on(&mut tx, user).await?
    {
        tx.commit().await?;
        return Err(Error::SecondFactor { ticket: second::ticket(&engine.keys, challenge.challenge_id) });
    }
    tx.commit().await?;
    let tokens = enter(engine, place, &phone, device).await?;
    if challenge.invitation_id.is_some() {
        accepted(engine, &tokens).await?;
    }
    Ok(tokens)
}

/// An invitation led somebody in.
async fn accepted(engine: &Engine, tokens: &Tokens) -> Result<()> {
    let (org, user) = (tokens.organization.id, tokens.user.id);
    let entry = Entry::new(Action::InvitationAccepted, By::staff(user), "user").on(user.0);
    session::audit(engine, org, entry).await
}

/// Opens a session where a right code leads.
async fn enter(engine: &Engine, place: Place, phone: &str, device: &Device) -> Result<Tokens> {
    let (org, user) = match place {
        Place::Home(org, user) => (org, user),
        Place::Closed => {
            return Err(Error::Unauthorized { code: "AUTH_007", detail: "this person is deactivated" });
        }
        Place::New => {
            let founded = organizations::create(&engine.db, "", phone).await?;
            (founded.org, founded.user)
        }
    };
    session::open(engine, org, user, device).await
}

/// Where a person signs into: who invited them, their default organization, or a new one of their own.
async fn place(tx: &mut PgConnection, phone: &str, invitation: Option<Uuid>) -> Result<Place> {
    if let Some(id) = invitation
        && let Some((org, user, is_active)) = invitation::accept(tx, id).await?
    {
        return Ok(if is_active { Place::Home(org, user) } else { Place::Closed });
    }
    let found: Vec<(OrgId, UserId, bool)> = users::sql::memberships(tx, phone).await?;
    Ok(match found.first() {
        Some((org, user, true)) => Place::Home(*org, *user),
        Some(_) => Place::Closed,
        None => Place::New,
    })
}

/// Erases what no rule looks at any more; call it now and then.
pub async fn sweep(engine: &Engine) -> Result<()> {
    let mut tx = engine.db.identity().await?;
    sql::sweep(&mut tx).await?;
    Ok(tx.commit().await?)
}

const WRONG: &str = "código incorrecto (wrong code)";

/// Whether a code is entered where it was asked for. Who said nothing then is bound by the challenge alone.
fn is_asker(challenge: &sql::Challenge, holds: &[Option<Uuid>; 2]) -> bool {
    let Some(asked) = &challenge.device else { return true };
    holds.iter().flatten().any(|held| held.to_string() == *asked)
}

/// Whether the code is right; the refusal says no more than the caller may know.
fn judge(
    engine: &Engine,
    challenge: Option<&sql::Challenge>,
    phone: &str,
    entered: &Entered<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let refuse = |code, detail| Err(Error::Unauthorized { code, detail });
    // Elsewhere than where it was asked for there is no such code.
    let mine =
        |c: &&sql::Challenge| c.used_at.is_none() && c.voided_at.is_none() && is_asker(c, &entered.holds);
    let Some(challenge) = challenge.filter(mine) else {
        return refuse("AUTH_001", WRONG);
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
    if !rules::matches(&engine.keys, challenge.challenge_id, phone, entered.code, &challenge.code_hmac) {
        return refuse("AUTH_001", WRONG);
    }
    Ok(())
}

fn checked(phone: &str) -> Result<String> {
    let mut check = Check::default();
    let phone = check.phone("phone", phone);
    check.done()?;
    Ok(phone)
}
