//! People of an organization.

pub(crate) mod sql;

use crate::auth::role::Role;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::ids::{OrgId, UserId};

/// The organization and person that a phone signs into.
///
/// Of several organizations: the one asked for, else the default, else the newest.
pub async fn find(db: &Db, phone: &str, org: Option<OrgId>) -> Result<(OrgId, UserId)> {
    let phone = crate::organizations::normalized(phone)?;
    let mut tx = db.identity().await?;
    let found = sql::memberships(&mut tx, &phone).await?;
    found
        .into_iter()
        .find(|(member_of, _, _)| org.is_none_or(|o| o == *member_of))
        .map(|(org, user, _)| (org, user))
        .ok_or(Error::NotFound("person"))
}

/// The active people of an organization with a role (of all roles without one), by name.
pub async fn active(db: &Db, org: OrgId, role: Option<Role>) -> Result<Vec<UserId>> {
    let mut tenant = db.tenant(org).await?;
    sql::active_of_role(tenant.conn(), org, role).await
}
