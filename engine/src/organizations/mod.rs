//! Organizations: the companies that live in one installation.

pub(crate) mod sql;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Entry};
use crate::auth::phone;
use crate::auth::role::Role;
use crate::check::Check;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{OrgId, UserId};
use crate::jobs::evidence::Evidence;
use crate::moment::Moment;
use crate::users;

/// A company.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Organization {
    /// Its id.
    #[sqlx(rename = "org_id")]
    pub id: OrgId,
    /// Its name; empty until the owner finishes signing up.
    pub name: String,
    /// Its tax number, 11 digits; fixed once it is set.
    pub cuit: Option<String>,
    /// Its phone.
    pub phone: Option<String>,
    /// Its days are days there.
    pub timezone: String,
    /// Seconds between positions, as phones are told.
    pub ping_every_s: i32,
    /// Whether its finished journeys teach the installation's speeds: anonymous sums over public roads alone.
    pub share_speeds: bool,
    /// What must be there before a job may be completed: any of notes, photo, signature.
    pub completion_requires: Vec<String>,
    /// Whether it is the demonstration.
    pub is_demo: bool,
    /// Rises with every change.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
}

/// What an owner may change.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = EditOrganization)]
pub struct Edit {
    /// The version that the editor saw; the first form after signing up saw none.
    pub version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// The tax number, once.
    pub cuit: Option<String>,
    /// A new phone.
    pub phone: Option<String>,
    /// Seconds between positions, 5 to 300.
    pub ping_every_s: Option<i32>,
    /// Whether finished journeys teach the installation's speeds.
    pub share_speeds: Option<bool>,
    /// What must be there before a job may be completed: any of notes, photo, signature.
    pub completion_requires: Option<Vec<Evidence>>,
}

/// A new organization and its owner.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Founded {
    /// The organization.
    pub org: OrgId,
    /// Its owner.
    pub user: UserId,
}

/// Makes an organization with one owner. The owner's phone may belong to other organizations already.
pub async fn create(db: &Db, name: &str, owner_phone: &str) -> Result<Founded> {
    let mut check = Check::default();
    let name = check.text("name", name, 0, 200);
    let phone = check.phone("owner_phone", owner_phone);
    check.done()?;
    let mut tx = db.identity().await?;
    let user = users::sql::person(&mut tx, &phone).await?;
    let org = OrgId::new();
    sql::insert(&mut tx, org, &name).await?;
    users::sql::insert_member(&mut tx, org, user, &phone, &phone, Role::Owner).await?;
    users::sql::prefer(&mut tx, user, org).await?;
    let made = Entry::new(Action::OrganizationCreated, By::staff(user), "organization").on(org.0);
    db.audit(&mut tx, org, vec![made]).await?;
    tx.commit().await?;
    Ok(Founded { org, user })
}

/// The organization itself.
pub async fn get(db: &Db, org: OrgId) -> Result<Organization> {
    let mut tenant = db.tenant(org).await?;
    sql::get(tenant.conn(), org, false).await?.ok_or(Error::NotFound("organization"))
}

/// Changes what an owner may change.
pub async fn edit(db: &Db, org: OrgId, by: UserId, edit: Edit) -> Result<Organization> {
    let mut check = Check::default();
    let name = edit.name.as_deref().map(|n| check.text("name", n, 1, 200));
    let cuit = edit.cuit.as_deref().map(|c| check.cuit("cuit", c));
    let phone = edit.phone.as_deref().map(|p| check.phone("phone", p));
    if edit.ping_every_s.is_some_and(|s| !(5..=300).contains(&s)) {
        check.wrong("ping_every_s", "entre 5 y 300 (5 to 300)");
    }
    check.done()?;
    let mut tenant = db.tenant(org).await?;
    let mut row = sql::get(tenant.conn(), org, true).await?.ok_or(Error::NotFound("organization"))?;
    crate::check::version(edit.version.unwrap_or(row.version), row.version, &row)?;
    if cuit.is_some() && row.cuit.is_some() && cuit != row.cuit {
        return Err(Error::invalid("cuit", "el CUIT ya no se puede cambiar (fixed once it is set)"));
    }
    let before = row.clone();
    row.name = name.unwrap_or(row.name);
    row.cuit = cuit.or(row.cuit);
    row.phone = phone.or(row.phone);
    row.ping_every_s = edit.ping_every_s.unwrap_or(row.ping_every_s);
    if let Some(wanted) = edit.completion_requires {
        let wanted = Evidence::ALL.into_iter().filter(|e| wanted.contains(e));
        row.completion_requires = wanted.map(|e| e.as_str().to_owned()).collect();
    }
    row.share_speeds = edit.share_speeds.unwrap_or(row.share_speeds);
    let row = sql::update(tenant.conn(), &row).await?;
    tenant
        .record(NewEvent::new("organization.changed", Utc::now(), By::staff(by)).with("organization", &row));
    let open = ["name", "ping_every_s", "share_speeds", "completion_requires"];
    let entry = Entry::new(Action::OrganizationChanged, By::staff(by), "organization").on(org.0);
    tenant.audit(entry.changed(&before, &row, &open));
    tenant.commit().await?;
    Ok(row)
}

/// Binds an organization to a tier's limits, or to none. The operator's doing: no route does it.
pub async fn set_tier(db: &Db, org: OrgId, tier: Option<&str>) -> Result<()> {
    let set = db.within(org, async |tenant| {
        let set = sql::set_tier(tenant.conn(), org, tier).await?;
        if set.is_some() {
            tenant.audit(Entry::new(Action::TierSet, By::SYSTEM, "organization").on(org.0).is(tier));
        }
        Ok(set)
    });
    let set = set.await?;
    set.ok_or(Error::NotFound("organization"))
}

/// A phone in its stored form, or what is wrong with it.
pub(crate) fn normalized(phone: &str) -> Result<String> {
    phone::normalize(phone).ok_or_else(|| Error::invalid("phone", crate::check::PHONE))
}
