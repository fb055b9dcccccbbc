//! What belongs to a person over all organizations: memberships and login sessions.

use serde::Serialize;
use serde_json::json;

use super::agent::{self, DeviceInfo};
use super::role::Role;
use super::session::{self, Company, Device, Person, Tokens};
use super::sql;
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{LoginId, OrgId, UserId};
use crate::moment::Moment;
use crate::users;

/// Who somebody is here, and where else they belong.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// The person.
    pub user: Person,
    /// The organization in which they act.
    pub organization: Company,
    /// All organizations they belong to, the default first.
    pub organizations: Vec<Membership>,
}

/// An organization that somebody belongs to.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Membership {
    /// The organization.
    pub id: OrgId,
    /// Its name.
    pub name: String,
    /// What they are there.
    pub role: Role,
    /// Whether they sign into it.
    pub is_default: bool,
}

/// A living login session.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = LoginSession)]
pub struct Session {
    /// Its id.
    pub id: LoginId,
    /// In which organization.
    pub org_id: OrgId,
    /// The address it was last refreshed from.
    pub ip: Option<String>,
    /// The browser or program, as it says.
    pub user_agent: Option<String>,
    /// The same in words that its owner knows.
    #[sqlx(skip)]
    pub device: DeviceInfo,
    /// Signed in at.
    pub created_at: Moment,
    /// Last refreshed at.
    pub last_used_at: Moment,
    /// Ends by itself at.
    pub expires_at: Moment,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Who somebody is in an organization, and where else they belong.
pub async fn me(db: &Db, org: OrgId, user: UserId) -> Result<Me> {
    let mut tx = db.identity().await?;
    let (user, organization) = session::active_member(&mut tx, org, user).await?;
    let organizations = sql::memberships(&mut tx, user.id).await?;
    Ok(Me { user, organization, organizations })
}

/// One's own living sessions, newest first.
pub async fn sessions(db: &Db, user: UserId, current: LoginId) -> Result<Vec<Session>> {
    let mut tx = db.identity().await?;
    let mut sessions = sql::sessions(&mut tx, user, current).await?;
    for session in &mut sessions {
        session.device = session.user_agent.as_deref().map(agent::read).unwrap_or_default();
    }
    Ok(sessions)
}

/// Ends one of one's own sessions, in whatever organization it is.
pub async fn end(engine: &Engine, (org, user): (OrgId, UserId), login: LoginId) -> Result<()> {
    let mut tx = engine.db.identity().await?;
    if !sql::revoke_own(&mut tx, user, login, "revoked_by_user").await? {
        return Err(Error::NotFound("session"));
    }
    tx.commit().await?;
    session::tell_ended(engine, &[login]);
    let entry = Entry::new(Action::SessionEnded, By::staff(user), "login_session").on(login.0);
    session::audit(engine, org, entry).await
}

/// Ends every session of a person, in every organization.
pub async fn end_all(engine: &Engine, (org, user): (OrgId, UserId)) -> Result<()> {
    let ended = session::end_all(engine, user, "logout_all").await?;
    let entry = Entry::new(Action::SessionsEnded, By::staff(user), "user").on(user.0);
    session::audit(engine, org, entry.is(json!({"sessions": ended}))).await
}

/// Goes on in another of one's organizations, which becomes the default; the session at hand ends.
///
/// # Errors
/// [`Error::NotFound`] where the person is no active member.
pub async fn switch(
    engine: &Engine,
    from: OrgId,
    user: UserId,
    login: LoginId,
    to: OrgId,
    device: &Device,
) -> Result<Tokens> {
    let tokens = session::open(engine, to, user, device).await.map_err(|e| match e {
        Error::Unauthorized { .. } => Error::NotFound("organization"),
        other => other,
    })?;
    let mut tx = engine.db.identity().await?;
    users::sql::prefer(&mut tx, user, to).await?;
    tx.commit().await?;
    session::end(engine, from, user, login, "switched_org").await?;
    for org in [from, to] {
        let entry = Entry::new(Action::OrganizationSwitched, By::staff(user), "user").on(user.0);
        session::audit(engine, org, entry.is(json!({"from": from, "to": to}))).await?;
    }
    tracing::info!(%user, %from, %to, "switched organization");
    Ok(tokens)
}
