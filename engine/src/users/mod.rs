//! People of an organization: members with a role.

pub mod recover;
pub mod rules;
pub(crate) mod sql;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Engine;
use crate::audit::{Action, Entry};
use crate::auth::role::Role;
use crate::auth::{revoke_everywhere, session, tell};
use crate::check::{self, Check};
use crate::db::{Db, Tenant};
use crate::dispatch::rules::SkillLevel;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::field::{self, Field};
use crate::ids::{LoginId, OrgId, UserId};
use crate::jobs::form::JOB_TYPES;
use crate::mail;
use crate::moment::Moment;
use crate::page::{Cursor, Page, Paging};
use rules::{Change, Refusal};

/// A person of an organization.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct User {
    /// Their id, the same in every organization.
    #[sqlx(rename = "user_id")]
    pub id: UserId,
    /// Their name here.
    pub name: String,
    /// Their phone, with which they sign in.
    pub phone: String,
    /// What they are here.
    pub role: Role,
    /// Where e-mail reaches them.
    pub email: Option<String>,
    /// Whether they may sign in and be assigned.
    pub is_active: bool,
    /// The kinds of work they know, as jobs name them (`job_type`).
    pub specialties: Vec<String>,
    /// How well they know them, if somebody said.
    pub skill_level: Option<SkillLevel>,
    /// When they first signed in here; until then they are invited.
    pub joined_at: Option<Moment>,
    /// Rises with every change.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
}

/// A person to add.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
pub struct NewUser {
    /// Their name.
    pub name: String,
    /// Their phone, in any usual spelling.
    pub phone: String,
    /// What they will be; never owner.
    pub role: Role,
    /// The kinds of work they know.
    #[serde(default)]
    pub specialties: Vec<String>,
    /// How well they know them: junior, regular or senior.
    pub skill_level: Option<SkillLevel>,
    /// Where e-mail reaches them.
    #[serde(default)]
    pub email: Option<String>,
}

/// What may change of a person.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub struct EditUser {
    /// The version that the editor saw.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// A new role; ends their sessions.
    pub role: Option<Role>,
    /// Whether they may sign in; false ends their sessions.
    pub is_active: Option<bool>,
    /// The kinds of work they know.
    pub specialties: Option<Vec<String>>,
    /// How well they know them; null empties.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<SkillLevel>)]
    pub skill_level: Field<SkillLevel>,
    /// Where e-mail reaches them; null empties.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub email: Field<String>,
}

/// Which people a list shows.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only this role.
    pub role: Option<Role>,
    /// Only active or only deactivated ones.
    pub is_active: Option<bool>,
}

/// The people of an organization, newest first.
pub async fn list(db: &Db, org: OrgId, filter: &Filter, paging: &Paging) -> Result<Page<User>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let mut tenant = db.tenant(org).await?;
    let rows = sql::list(tenant.conn(), filter, after, limit).await?;
    Ok(Page::cut(rows, limit, |u| Cursor { at: u.created_at.0, id: u.id.0 }))
}

/// Makes the person known who will be added by [`add`]: a phone belongs to one person, whatever organizations.
///
/// Identity rows are out of an organization's sight, so this is a transaction of its own; a person without
/// membership is nobody yet.
pub async fn meet(db: &Db, new: &NewUser) -> Result<UserId> {
    let mut check = Check::default();
    check.text("name", &new.name, 1, 200);
    let phone = check.phone("phone", &new.phone);
    trades(&mut check, &new.specialties);
    check.done()?;
    if new.role == Role::Owner {
        return Err(Error::Forbidden);
    }
    let mut tx = db.identity().await?;
    let user = sql::person(&mut tx, &phone).await?;
    tx.commit().await?;
    Ok(user)
}

/// Adds a person that [`meet`] made known.
///
/// # Errors
/// `USER_001` with the present row where they belong to the organization already.
pub async fn add(tenant: &mut Tenant, by: UserId, user: UserId, new: &NewUser) -> Result<User> {
    let mut check = Check::default();
    let name = check.text("name", &new.name, 1, 200);
    let phone = check.phone("phone", &new.phone);
    let specialties = trades(&mut check, &new.specialties);
    let email = address(&mut check, new.email.as_deref());
    check.done()?;
    let org = tenant.org();
    if !sql::insert_member(tenant.conn(), org, user, &name, &phone, new.role).await? {
        let current = sql::get(tenant.conn(), user, false).await?;
        return Err(Error::Conflict {
            code: "USER_001",
            detail: "esta persona ya está en el equipo (this person belongs to the team already)".into(),
            current: current.and_then(|c| serde_json::to_value(c).ok()),
        });
    }
    sql::set_skills(tenant.conn(), user, &specialties, new.skill_level).await?;
    if email.is_some() {
        sql::set_email(tenant.conn(), user, email.as_deref()).await?;
    }
    let row = sql::get(tenant.conn(), user, false).await?.ok_or(Error::NotFound("user"))?;
    tenant.record(NewEvent::new("user.created", Utc::now(), By::staff(by)).with("user", &row));
    Ok(row)
}

/// Changes a person. Another role or deactivation ends their sessions here, at once.
pub async fn edit(engine: &Engine, org: OrgId, by: UserId, user: UserId, edit: EditUser) -> Result<User> {
    let mut check = Check::default();
    let name = edit.name.as_deref().map(|n| check.text("name", n, 1, 200));
    let specialties = edit.specialties.as_deref().map(|list| trades(&mut check, list));
    let email = edit.email.as_ref().map(|e| address(&mut check, e.as_deref()));
    check.done()?;
    let mut tenant = engine.db.tenant(org).await?;
    let mut row = sql::get(tenant.conn(), user, true).await?.ok_or(Error::NotFound("user"))?;
    check::version(edit.version, row.version, &row)?;
    let (role, is_active) = (edit.role.unwrap_or(row.role), edit.is_active.unwrap_or(row.is_active));
    let owners = sql::active_owners(tenant.conn()).await?;
    let change =
        Change { is_own: by == user, role: (row.role, role), is_active: (row.is_active, is_active), owners };
    rules::check(change).map_err(|refusal| refused(refusal, &row))?;
    let ends = role != row.role || (row.is_active && !is_active);
    let before = (row.role, row.is_active);
    let was = row.clone();
    row.name = name.unwrap_or(row.name);
    row.specialties = specialties.unwrap_or(row.specialties);
    row.skill_level = edit.skill_level.unwrap_or(row.skill_level);
    row.email = email.unwrap_or(row.email);
    (row.role, row.is_active) = (role, is_active);
    let row = sql::update(tenant.conn(), &row).await?;
    let ended = if ends { revoke_everywhere(tenant.conn(), user, "role_changed").await? } else { Vec::new() };
    access_changed(&mut tenant, by, before, &row);
    if is_active && before.0 != role {
        tell::role_changed(&mut tenant, user, role).await?;
    } else if before.1 && !is_active {
        tell::deactivated(&mut tenant, by, &row.name).await?;
    }
    tenant.record(NewEvent::new("user.changed", Utc::now(), By::staff(by)).with("user", &row));
    let changed = Entry::new(Action::UserChanged, By::staff(by), "user").on(user.0);
    tenant.audit(changed.changed(&was, &row, &["role", "is_active", "specialties", "skill_level"]));
    finish(engine, tenant, &ended).await?;
    Ok(row)
}

/// Deactivates a person: they sign in no more and keep their history. Twice is once.
pub async fn deactivate(engine: &Engine, org: OrgId, by: UserId, user: UserId) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    let mut row = sql::get(tenant.conn(), user, true).await?.ok_or(Error::NotFound("user"))?;
    if !row.is_active {
        return Ok(());
    }
    let owners = sql::active_owners(tenant.conn()).await?;
    let change = Change { is_own: by == user, role: (row.role, row.role), is_active: (true, false), owners };
    rules::check(change).map_err(|refusal| refused(refusal, &row))?;
    row.is_active = false;
    let row = sql::update(tenant.conn(), &row).await?;
    let ended = revoke_everywhere(tenant.conn(), user, "deactivated").await?;
    tell::deactivated(&mut tenant, by, &row.name).await?;
    tenant.record(NewEvent::new("user.deactivated", Utc::now(), By::staff(by)).with("user", &row));
    finish(engine, tenant, &ended).await
}

/// Another role, leaving and coming back stand in the audit log by their own names.
fn access_changed(tenant: &mut Tenant, by: UserId, (role, is_active): (Role, bool), now: &User) {
    let entry = |action| Entry::new(action, By::staff(by), "user").on(now.id.0);
    if role != now.role {
        let (was, is) = (json!({"role": role}), json!({"role": now.role}));
        tenant.audit(entry(Action::RoleChanged).was(was).is(is));
    }
    if is_active && !now.is_active {
        tenant.audit(entry(Action::UserDeactivated));
    } else if !is_active && now.is_active {
        tenant.audit(entry(Action::UserReactivated));
    }
}

/// An address of e-mail; an empty one is none.
fn address(check: &mut Check, text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|t| !t.is_empty())?;
    if !mail::is_address(text) {
        check.wrong("email", "no es una dirección de correo (not an e-mail address)");
    }
    Some(text.to_owned())
}

/// Kinds of work as jobs name them, each once.
fn trades(check: &mut Check, list: &[String]) -> Vec<String> {
    let known = |name: &&String| JOB_TYPES.contains(&name.as_str());
    if list.iter().any(|name| !known(&name)) {
        check.wrong("specialties", format!("de {} (of these)", JOB_TYPES.join(", ")));
    }
    let mut trades: Vec<String> = list.iter().filter(known).cloned().collect();
    trades.sort_unstable();
    trades.dedup();
    trades
}

async fn finish(engine: &Engine, tenant: Tenant, ended: &[LoginId]) -> Result<()> {
    tenant.commit().await?;
    session::tell_ended(engine, ended);
    Ok(())
}

fn refused(refusal: Refusal, row: &User) -> Error {
    match refusal {
        Refusal::Promotion | Refusal::Own => Error::Forbidden,
        Refusal::LastOwner => Error::Conflict {
            code: "USER_002",
            detail: "la organización necesita un dueño activo (an organization keeps one active owner)"
                .into(),
            current: serde_json::to_value(row).ok(),
        },
    }
}

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
