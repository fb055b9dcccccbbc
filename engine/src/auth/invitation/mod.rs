//! Invitations: a link, shown as a QR code, with which a member signs in for the first time (functional.md section 2).
//!
//! The link alone opens nothing: it leads to the sign-in page with the phone filled in, and the code still goes to that
//! phone. It is good once and for three days; the code it asks for is good 15 minutes and has three tries, after which
//! the link rests for an hour. Whoever knows the phone alone can bring none of that about.

mod sql;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::keys::{Keys, sha256};
use super::otp::INVITED_REST_H;
use super::role::Role;
use crate::audit::{Action, Entry};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, UserId};
use crate::moment::Moment;

/// Hours that a link is good.
const LIFETIME_H: i64 = 72;

/// An invitation as the owner shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Invitation {
    /// Its id.
    pub id: Uuid,
    /// Who is invited.
    pub user_id: UserId,
    /// What the QR code holds; opens the sign-in page. A secret: for the invited person alone.
    pub url: String,
    /// Good until.
    pub expires_at: Moment,
}

/// What the invited person sees before they sign in.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Invited {
    /// Their name, as the owner wrote it.
    pub name: String,
    /// The phone that the code goes to.
    pub phone: String,
    /// What they will be.
    pub role: Role,
    /// Who invites.
    pub organization: String,
    /// The link is good until.
    pub expires_at: Moment,
}

/// The token of a link, as a page sends it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Presented {
    /// What stands behind the `#` of the link.
    pub token: String,
}

/// A living invitation, for signing in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Living {
    pub(super) invitation_id: Uuid,
    pub(super) phone: String,
    pub(super) cooling_until: Option<DateTime<Utc>>,
}

/// The living invitation of a member, or a new one: asked twice it is the same link.
///
/// # Errors
/// [`Error::NotFound`] where nobody active of the organization is meant.
pub async fn invite(
    db: &Db,
    keys: &Keys,
    public_url: &str,
    (org, by): (OrgId, UserId),
    user: UserId,
) -> Result<Invitation> {
    let mut tenant = db.tenant(org).await?;
    if !sql::lock_member(tenant.conn(), user).await? {
        return Err(Error::NotFound("user"));
    }
    let found = sql::living_of(tenant.conn(), user).await?;
    let (id, expires_at) = match found {
        Some(living) => living,
        None => {
            let (id, until) = (Uuid::now_v7(), Utc::now() + TimeDelta::hours(LIFETIME_H));
            let hash = sha256(keys.invitation_token(id).as_bytes());
            sql::insert(tenant.conn(), org, (id, user, by), &hash, until).await?;
            let entry = Entry::new(Action::UserInvited, By::staff(by), "user").on(user.0);
            tenant.audit(entry.is(json!({"invitation": id, "expires_at": Moment(until)})));
            (id, until)
        }
    };
    tenant.commit().await?;
    // Behind the # it never leaves the browser in an address: no log or referrer has it.
    let url = format!("{}/invitar#{}", public_url.trim_end_matches('/'), keys.invitation_token(id));
    Ok(Invitation { id, user_id: user, url, expires_at: Moment(expires_at) })
}

/// Ends the links of a member that nobody used. Twice is once.
pub async fn revoke(db: &Db, (org, by): (OrgId, UserId), user: UserId) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    if !sql::lock_member(tenant.conn(), user).await? {
        return Err(Error::NotFound("user"));
    }
    if sql::revoke_all(tenant.conn(), user).await? > 0 {
        tenant.audit(Entry::new(Action::InvitationRevoked, By::staff(by), "user").on(user.0));
    }
    tenant.commit().await
}

/// What a link is for. Unknown, used, revoked and over are the same: [`Error::NotFound`].
pub async fn look(db: &Db, token: &str) -> Result<Invited> {
    let mut tx = db.identity().await?;
    sql::invited(&mut tx, &sha256(token.as_bytes())).await?.ok_or(Error::NotFound("invitation"))
}

/// The living invitation of a token for this phone; locked. `now` decides whether it rests.
pub(super) async fn present(
    tx: &mut PgConnection,
    token: &str,
    phone: &str,
    now: DateTime<Utc>,
) -> Result<Living> {
    let living = sql::lock_living(tx, &sha256(token.as_bytes())).await?;
    let living = living.filter(|l| l.phone == phone).ok_or(Error::NotFound("invitation"))?;
    if let Some(wait) = rests(living.cooling_until, now) {
        let detail =
            "tres códigos fallidos: la invitación descansa (three wrong codes: the invitation rests)";
        return Err(Error::TooMany { code: "RATE_001", retry_after_s: wait, detail });
    }
    Ok(living)
}

/// Seconds that a link still rests.
fn rests(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<u64> {
    let left_ms = (until? - now).num_milliseconds();
    (left_ms > 0).then(|| u64::try_from(left_ms).unwrap_or(0).div_ceil(1000))
}

/// The code of a link was guessed wrong three times.
pub(super) async fn rest(tx: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    sql::cool(tx, id, now + TimeDelta::hours(INVITED_REST_H)).await
}

/// Whom an invitation names; marks it as used.
pub(super) async fn accept(tx: &mut PgConnection, id: Uuid) -> Result<Option<(OrgId, UserId, bool)>> {
    sql::accept(tx, id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_as_told_is_let_in() {
        let now = Utc::now();
        assert_eq!(rests(None, now), None);
        assert_eq!(rests(Some(now), now), None);
        assert_eq!(rests(Some(now + TimeDelta::milliseconds(1)), now), Some(1));
        assert_eq!(rests(Some(now + TimeDelta::hours(1)), now), Some(3600));
    }
}
