//! The second factor: codes of an authenticator app (RFC 6238), for owners and admins who want it.
//!
//! It belongs to the person, in whatever organization. Where it is on, the code of the phone alone signs nobody in: it
//! brings a ticket, which with the app's code (or a recovery code) opens the session ([`super::otp::second`]).

pub(super) mod rules;
mod sql;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::keys::{Keys, random};
use super::tell;
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, UserId};
use crate::moment::Moment;

/// The column that a secret is sealed for.
const PURPOSE: &str = "second_factor.secret";
/// A person belongs to no one organization.
const NOBODYS: OrgId = OrgId(Uuid::nil());

/// Whether somebody has a second factor.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[schema(as = SecondFactor)]
pub struct State {
    /// Whether signing in asks for it.
    pub is_on: bool,
    /// Since when.
    pub since: Option<Moment>,
    /// Recovery codes that are left.
    pub recovery_left: i64,
}

/// What an authenticator app is set up with. Shown this once.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// What the QR code holds.
    pub url: String,
    /// The same secret to type in, base 32.
    pub secret: String,
}

/// Codes for the day on which the phone is gone, each good once. Shown this once.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RecoveryCodes {
    /// As `abcde-fgh23`.
    pub codes: Vec<String>,
}

/// A code as somebody entered it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct GivenCode {
    /// Six digits of the app, or a recovery code.
    pub code: String,
}

/// A person's factor as the table has it.
#[derive(sqlx::FromRow)]
struct Row {
    secret: Vec<u8>,
    confirmed_at: Option<DateTime<Utc>>,
    last_step: i64,
    recovery: Vec<Vec<u8>>,
    failures: i32,
    failed_at: Option<DateTime<Utc>>,
}

/// Why a code is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is wrong, over, or was taken before.
    Wrong,
    /// Too many were wrong; seconds to wait.
    Rests(u64),
}

/// Whether a person has a second factor.
pub async fn state(db: &Db, user: UserId) -> Result<State> {
    let mut tx = db.identity().await?;
    let row = sql::get(&mut tx, user, false).await?.filter(|row| row.confirmed_at.is_some());
    Ok(State {
        is_on: row.is_some(),
        since: row.as_ref().and_then(|row| row.confirmed_at).map(Moment),
        recovery_left: row.map_or(0, |row| row.recovery.len() as i64),
    })
}

/// Begins: a new secret, which asks nobody for anything until a code of it was shown ([`confirm`]).
///
/// # Errors
/// `AUTH_013` where one is on.
pub async fn enrol(engine: &Engine, user: UserId) -> Result<Enrolment> {
    let mut tx = engine.db.identity().await?;
    let phone = sql::phone(&mut tx, user).await?.ok_or(Error::NotFound("person"))?;
    if sql::get(&mut tx, user, true).await?.is_some_and(|row| row.confirmed_at.is_some()) {
        return Err(standing("el segundo factor ya está activado (the second factor is on)"));
    }
    let secret = random::<{ rules::SECRET }>()?;
    let sealed = engine.keys.seal(NOBODYS, PURPOSE, user.0, &secret)?;
    sql::begin(&mut tx, user, &sealed).await?;
    tx.commit().await?;
    Ok(Enrolment { url: rules::url(&secret, &phone), secret: rules::base32(&secret) })
}

/// Turns it on with a first code of the app.
pub async fn confirm(engine: &Engine, (org, user): (OrgId, UserId), code: &str) -> Result<RecoveryCodes> {
    let mut tx = engine.db.identity().await?;
    let row = sql::get(&mut tx, user, true).await?.ok_or_else(nothing_begun)?;
    if row.confirmed_at.is_some() {
        return Err(standing("el segundo factor ya está activado (the second factor is on)"));
    }
    if let Err(refused) = judge(&mut tx, &engine.keys, user, &row, code).await? {
        tx.commit().await?;
        return Err(in_form(refused));
    }
    let codes = fresh_codes(&mut tx, &engine.keys, user).await?;
    sql::confirm(&mut tx, user).await?;
    tx.commit().await?;
    let entry = Entry::new(Action::SecondFactorEnrolled, By::staff(user), "user").on(user.0);
    told(engine, (org, user), true, entry).await?;
    tracing::info!(%user, "a second factor was turned on");
    Ok(codes)
}

/// New recovery codes; the old ones are void.
pub async fn renew(engine: &Engine, user: UserId, code: &str) -> Result<RecoveryCodes> {
    let mut tx = proven(engine, user, code).await?;
    let codes = fresh_codes(&mut tx, &engine.keys, user).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns it off with a code.
pub async fn turn_off(engine: &Engine, (org, user): (OrgId, UserId), code: &str) -> Result<()> {
    let mut tx = proven(engine, user, code).await?;
    sql::remove(&mut tx, user).await?;
    tx.commit().await?;
    let entry = Entry::new(Action::SecondFactorRemoved, By::staff(user), "user").on(user.0);
    told(engine, (org, user), false, entry).await?;
    tracing::warn!(%user, "a second factor was turned off");
    Ok(())
}

/// The person is told, and the log of the organization in which they are.
async fn told(engine: &Engine, (org, user): (OrgId, UserId), is_on: bool, entry: Entry) -> Result<()> {
    engine
        .db
        .within(org, async |tenant| {
            tenant.audit(entry);
            tell::factor_changed(tenant, user, is_on).await
        })
        .await
}

/// Takes a factor away without a code: the operator's doing, when the phone is lost.
pub(crate) async fn reset(tx: &mut PgConnection, user: UserId) -> Result<bool> {
    sql::remove(tx, user).await
}

/// Whether signing in asks this person for a second factor.
pub(super) async fn is_on(tx: &mut PgConnection, user: UserId) -> Result<bool> {
    Ok(sql::get(tx, user, false).await?.is_some_and(|row| row.confirmed_at.is_some()))
}

/// Judges a code of a person whose factor is on; what is taken is used up, what is not is counted. The caller commits.
pub(super) async fn take(
    tx: &mut PgConnection,
    keys: &Keys,
    user: UserId,
    code: &str,
) -> Result<Result<(), Refused>> {
    match sql::get(tx, user, true).await?.filter(|row| row.confirmed_at.is_some()) {
        Some(row) => judge(tx, keys, user, &row, code).await,
        // Turned off meanwhile: nothing is asked any more.
        None => Ok(Ok(())),
    }
}

/// A transaction in which a code of the person's own factor was taken.
async fn proven(
    engine: &Engine,
    user: UserId,
    code: &str,
) -> Result<sqlx::Transaction<'static, sqlx::Postgres>> {
    let mut tx = engine.db.identity().await?;
    let row = sql::get(&mut tx, user, true).await?.filter(|row| row.confirmed_at.is_some());
    let row = row.ok_or_else(|| standing("el segundo factor no está activado (the second factor is off)"))?;
    if let Err(refused) = judge(&mut tx, &engine.keys, user, &row, code).await? {
        tx.commit().await?;
        return Err(in_form(refused));
    }
    Ok(tx)
}

async fn judge(
    tx: &mut PgConnection,
    keys: &Keys,
    user: UserId,
    row: &Row,
    code: &str,
) -> Result<Result<(), Refused>> {
    let now = Utc::now();
    if let Some(wait) = rules::rests(row.failures, row.failed_at.map(|at| (now - at).num_seconds())) {
        return Ok(Err(Refused::Rests(wait)));
    }
    if rules::is_recovery(code) {
        let seal = rules::recovery_seal(keys, user, code);
        if row.recovery.contains(&seal) {
            sql::use_recovery(tx, user, &seal).await?;
            return Ok(Ok(()));
        }
    } else {
        let secret = keys.open(NOBODYS, PURPOSE, user.0, &row.secret)?;
        if let Some(step) = rules::matching(&secret, code.trim(), row.last_step, now.timestamp()) {
            sql::use_step(tx, user, step).await?;
            return Ok(Ok(()));
        }
    }
    sql::fail(tx, user).await?;
    Ok(Err(Refused::Wrong))
}

async fn fresh_codes(tx: &mut PgConnection, keys: &Keys, user: UserId) -> Result<RecoveryCodes> {
    let codes = rules::recovery_codes()?;
    let seals: Vec<Vec<u8>> = codes.iter().map(|code| rules::recovery_seal(keys, user, code)).collect();
    sql::set_recovery(tx, user, &seals).await?;
    Ok(RecoveryCodes { codes })
}

/// The refusal of a form of somebody who is signed in: no 401, which would send their page to sign in again.
fn in_form(refused: Refused) -> Error {
    match refused {
        Refused::Wrong => Error::invalid("code", "código incorrecto (wrong code)"),
        Refused::Rests(retry_after_s) => too_many(retry_after_s),
    }
}

/// Too many wrong codes.
pub(super) fn too_many(retry_after_s: u64) -> Error {
    let detail = "demasiados códigos incorrectos (too many wrong codes)";
    Error::TooMany { code: "AUTH_008", retry_after_s, detail }
}

fn standing(detail: &str) -> Error {
    Error::Conflict { code: "AUTH_013", detail: detail.into(), current: None }
}

fn nothing_begun() -> Error {
    standing("primero pedí un código QR nuevo (ask for a new QR code first)")
}
