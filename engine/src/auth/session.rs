//! Login sessions: one signing-in of one device, the family of its refresh tokens.
//!
//! The row in PostgreSQL decides. Requests ask [`LoginCache`], which believes itself for five seconds; sockets
//! hear of an end at once in this process ([`crate::Engine::sessions_ended`]) and ask [`ended`] for the rest.

use chrono::{TimeDelta, Utc};
use serde::Serialize;

use super::keys::sha256;
use super::refresh::{self, Verdict};
use super::role::Role;
use super::{sql, tell, token};
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{LoginId, OrgId, UserId};

pub use super::cache::LoginCache;

/// Why a session ended that its person ended.
pub const LOGOUT: &str = "logout";

/// The device that signs in, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// What the device calls itself: a UUID it keeps, else what its browser says.
    pub key: Option<String>,
    /// Its address.
    pub ip: Option<String>,
    /// What its browser says of itself.
    pub user_agent: Option<String>,
}

/// The person of an answer to signing in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Person {
    /// Their id, the same in every organization.
    pub id: UserId,
    /// Their name in this organization.
    pub name: String,
    /// Their phone, as +5491155550001.
    pub phone: String,
    /// Their role in this organization.
    pub role: Role,
}

/// The organization of an answer to signing in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Company {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: String,
}

/// What a device gets when it signs in or refreshes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Tokens {
    /// Goes into `Authorization: Bearer`.
    pub access_token: String,
    /// Gives the next pair, once. Missing where a cookie carries it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub refresh_token: String,
    /// Seconds that the access token lasts.
    pub expires_in_s: i64,
    /// Who signed in.
    pub user: Person,
    /// Where.
    pub organization: Company,
    /// The login session.
    #[serde(skip)]
    pub login: LoginId,
}

/// Opens a login session for an active member.
///
/// # Errors
/// `AUTH_006` where the person is no member, `AUTH_007` where they are deactivated.
pub async fn open(engine: &Engine, org: OrgId, user: UserId, device: &Device) -> Result<Tokens> {
    let mut tenant = engine.db.tenant(org).await?;
    let (person, company) = active_member(tenant.conn(), org, user).await?;
    let login = LoginId::new();
    let first = refresh::token(&engine.keys, login, 1);
    let until = Utc::now() + TimeDelta::days(refresh::FAMILY_DAYS);
    sql::insert_session(tenant.conn(), login, org, user, device, &sha256(first.as_bytes()), until).await?;
    sql::join(tenant.conn(), user).await?;
    tenant.audit(Entry::new(Action::LoggedIn, by(&person), "login_session").on(login.0));
    tenant.commit().await?;
    tokens(engine, login, 1, person, company)
}

/// Takes a refresh token and gives the next pair.
///
/// The row is locked, so of many requests with one token the first rotates and the others get the same
/// successor. Reuse ends the family and its sockets.
pub async fn refresh(engine: &Engine, given: &str, device: &Device) -> Result<Tokens> {
    let invalid = || Error::Unauthorized { code: "AUTH_011", detail: "this refresh token is not valid" };
    let (login, seal) = refresh::read(&engine.keys, given).ok_or_else(invalid)?;
    let mut tx = engine.db.identity().await?;
    let row = sql::lock_session(&mut tx, login).await?.ok_or_else(invalid)?;
    let n = refresh::number(&engine.keys, login, seal, row.token_n).ok_or_else(invalid)?;
    let now = Utc::now();
    let newest = match refresh::decide(row.family(), n, row.device_id == device.key, now) {
        Verdict::Rotate => {
            let next = n + 1;
            let hash = sha256(refresh::token(&engine.keys, login, next).as_bytes());
            sql::rotate_session(&mut tx, login, next, &hash, device, now).await?;
            next
        }
        Verdict::Repeat => row.token_n,
        Verdict::Reuse => {
            sql::revoke_session(&mut tx, login, "token_reuse").await?;
            tx.commit().await?;
            tell_ended(engine, &[login]);
            tell_of_reuse(engine, row.org_id, row.user_id).await;
            tracing::warn!(%login, "a refresh token was used again: its session ended");
            return Err(Error::Unauthorized {
                code: "AUTH_011",
                detail: "this token was used before: sign in again",
            });
        }
        Verdict::Over => {
            return Err(Error::Unauthorized { code: "AUTH_010", detail: "the session was ended" });
        }
        Verdict::Expired => {
            return Err(Error::Unauthorized { code: "AUTH_002", detail: "the session expired" });
        }
    };
    let (person, company) = active_member(&mut tx, row.org_id, row.user_id).await?;
    tx.commit().await?;
    tokens(engine, login, newest, person, company)
}

/// The session is over whether or not its person can be told.
async fn tell_of_reuse(engine: &Engine, org: OrgId, user: UserId) {
    let told = engine.db.within(org, async |tenant| {
        tenant.audit(Entry::new(Action::TokenReused, By::SYSTEM, "user").on(user.0));
        tell::session_ended(tenant, user).await
    });
    let told = told.await;
    if let Err(error) = told {
        tracing::warn!(%error, "a person could not be told of an ended session");
    }
}

/// Ends one session of a person; true if it lived.
pub async fn end(engine: &Engine, org: OrgId, user: UserId, login: LoginId, reason: &str) -> Result<bool> {
    let mut tenant = engine.db.tenant(org).await?;
    let ended = sql::revoke_own(tenant.conn(), user, login, reason).await?;
    if ended && reason == LOGOUT {
        tenant.audit(Entry::new(Action::LoggedOut, By::staff(user), "login_session").on(login.0));
    }
    tenant.commit().await?;
    tell_ended(engine, &[login]);
    Ok(ended)
}

/// Ends the session of a refresh token, for a browser that signs out with its cookie alone.
pub async fn end_by_token(engine: &Engine, given: &str) -> Result<()> {
    let Some((login, seal)) = refresh::read(&engine.keys, given) else { return Ok(()) };
    let mut tx = engine.db.identity().await?;
    let Some(row) = sql::lock_session(&mut tx, login).await? else { return Ok(()) };
    if refresh::number(&engine.keys, login, seal, row.token_n).is_some() {
        sql::revoke_session(&mut tx, login, LOGOUT).await?;
        tx.commit().await?;
        tell_ended(engine, &[login]);
        let entry = Entry::new(Action::LoggedOut, By::staff(row.user_id), "login_session").on(login.0);
        audit(engine, row.org_id, entry).await?;
    }
    Ok(())
}

/// Ends every session of a person, in every organization.
pub async fn end_all(engine: &Engine, user: UserId, reason: &str) -> Result<usize> {
    let mut tx = engine.db.identity().await?;
    let ended = sql::revoke_everywhere(&mut tx, user, reason).await?;
    tx.commit().await?;
    tell_ended(engine, &ended);
    Ok(ended.len())
}

/// Writes an entry about access in a transaction of its own: what it tells is committed, in identity scope.
pub(crate) async fn audit(engine: &Engine, org: OrgId, entry: Entry) -> Result<()> {
    engine
        .db
        .within(org, async |tenant| {
            tenant.audit(entry);
            Ok(())
        })
        .await
}

fn by(person: &Person) -> By {
    if person.role == Role::Technician { By::technician(person.id) } else { By::staff(person.id) }
}

/// Which of these sessions no longer live: revoked, expired or unknown. For sockets to poll.
pub async fn ended(engine: &Engine, logins: &[LoginId]) -> Result<Vec<LoginId>> {
    if logins.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = engine.db.identity().await?;
    sql::ended(&mut tx, logins).await
}

/// Whether a login session of this person lives, inside the organization's door.
pub async fn is_alive(conn: &mut sqlx::PgConnection, login: LoginId, user: UserId) -> Result<bool> {
    sql::is_alive(conn, login, user).await
}

/// Tells this process, after the commit: caches forget and sockets close.
pub fn tell_ended(engine: &Engine, logins: &[LoginId]) {
    for login in logins {
        engine.logins.forget(*login);
        // Nobody listening is no error: there are no sockets then.
        let _ = engine.sessions_ended.send(*login);
    }
}

/// A member with their organization, refused unless active.
pub(super) async fn active_member(
    conn: &mut sqlx::PgConnection,
    org: OrgId,
    user: UserId,
) -> Result<(Person, Company)> {
    let Some(member) = sql::member(conn, org, user).await? else {
        return Err(Error::Unauthorized {
            code: "AUTH_006",
            detail: "this person does not belong to the organization",
        });
    };
    if !member.is_active {
        return Err(Error::Unauthorized { code: "AUTH_007", detail: "this person is deactivated" });
    }
    let person = Person { id: user, name: member.name, phone: member.phone, role: member.role };
    Ok((person, Company { id: org, name: member.organization }))
}

fn tokens(engine: &Engine, login: LoginId, n: i32, user: Person, organization: Company) -> Result<Tokens> {
    Ok(Tokens {
        access_token: token::sign(&engine.keys, user.id, organization.id, user.role, login, Utc::now())?,
        refresh_token: refresh::token(&engine.keys, login, n),
        expires_in_s: token::LIFETIME_S,
        user,
        organization,
        login,
    })
}
