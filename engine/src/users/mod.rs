//! People of an organization: members with a role.

pub mod record;
pub mod recover;
pub mod rules;
pub(crate) mod sql;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Engine;
use crate::asker::Asker;
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
pub use record::{Profile, Record, SayRecord};
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
    /// What they are called in the company, as Oficial gasista.
    pub puesto: Option<String>,
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
    /// What they are called in the company.
    #[serde(default)]
    pub puesto: Option<String>,
    /// Their papers.
    #[serde(flatten)]
    pub record: SayRecord,
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
    /// What they are called in the company; null empties.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub puesto: Field<String>,
    /// Their papers: each field once.
    #[serde(flatten)]
    pub record: SayRecord,
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

/// One person with their papers; without them to those who may not see them.
pub async fn get(db: &Db, org: OrgId, asker: Asker, user: UserId) -> Result<Profile> {
    let mut tenant = db.tenant(org).await?;
    let mut profile = sql::profile(tenant.conn(), user).await?.ok_or(Error::NotFound("user"))?;
    if asker.user != user && !matches!(asker.role, Role::Owner | Role::Admin) {
        profile.record = Record::default();
    }
    Ok(profile)
}

/// Adds a person that [`meet`] made known.
///
/// # Errors
/// `USER_001` with the present row where they belong to the organization already.
pub async fn add(tenant: &mut Tenant, by: UserId, user: UserId, new: &NewUser) -> Result<Profile> {
    let mut check = Check::default();
    let name = check.text("name", &new.name, 1, 200);
    let phone = check.phone("phone", &new.phone);
    let specialties = trades(&mut check, &new.specialties);
    let email = address(&mut check, new.email.as_deref());
    let puesto = check.optional("puesto", new.puesto.as_deref(), 100);
    let record = new.record.over(&Record::default(), &mut check);
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
    sql::set_contact(tenant.conn(), user, email.as_deref(), puesto.as_deref()).await?;
    sql::set_record(tenant.conn(), user, &record).await?;
    let row = sql::profile(tenant.conn(), user).await?.ok_or(Error::NotFound("user"))?;
    tenant.record(NewEvent::new("user.created", Utc::now(), By::staff(by)).with("user", &row.user));
    Ok(row)
}

/// Changes a person. Another role or deactivation ends their sessions here, at once.
///
/// # Errors
/// `VERSION_001`, `USER_002` (the last owner), `LOCKED_001` for papers that were said before.
pub async fn edit(engine: &Engine, org: OrgId, by: UserId, user: UserId, edit: EditUser) -> Result<Profile> {
    let mut tenant = engine.db.tenant(org).await?;
    sql::get(tenant.conn(), user, true).await?.ok_or(Error::NotFound("user"))?;
    let before = sql::profile(tenant.conn(), user).await?.ok_or(Error::NotFound("user"))?;
    let seen = edit.version;
    let after = apply(before.clone(), edit)?;
    check::version(seen, before.user.version, &before)?;
    record::locks(&before.record, &after.record)?;
    let ended = allow(&mut tenant, by, &before.user, &after.user).await?;
    sql::set_record(tenant.conn(), user, &after.record).await?;
    let row = sql::update(tenant.conn(), &after.user).await?;
    let row = Profile { user: row, record: after.record };
    note(&mut tenant, by, &before, &row).await?;
    finish(engine, tenant, &ended).await?;
    Ok(row)
}

/// The person as they would be, checked. Pure.
fn apply(mut row: Profile, edit: EditUser) -> Result<Profile> {
    let mut check = Check::default();
    let user = &mut row.user;
    if let Some(name) = &edit.name {
        user.name = check.text("name", name, 1, 200);
    }
    if let Some(list) = &edit.specialties {
        user.specialties = trades(&mut check, list);
    }
    if let Some(email) = &edit.email {
        user.email = address(&mut check, email.as_deref());
    }
    if let Some(puesto) = &edit.puesto {
        user.puesto = check.optional("puesto", puesto.as_deref(), 100);
    }
    user.skill_level = edit.skill_level.unwrap_or(user.skill_level);
    user.role = edit.role.unwrap_or(user.role);
    user.is_active = edit.is_active.unwrap_or(user.is_active);
    row.record = edit.record.over(&row.record, &mut check);
    check.done()?;
    Ok(row)
}

/// Whether a person may become that, and the sessions that end with it.
async fn allow(tenant: &mut Tenant, by: UserId, was: &User, will: &User) -> Result<Vec<LoginId>> {
    let owners = sql::active_owners(tenant.conn()).await?;
    let (role, is_active) = ((was.role, will.role), (was.is_active, will.is_active));
    let change = Change { is_own: by == was.id, role, is_active, owners };
    rules::check(change).map_err(|refusal| refused(refusal, was))?;
    if was.role != will.role || (was.is_active && !will.is_active) {
        return revoke_everywhere(tenant.conn(), was.id, "role_changed").await;
    }
    Ok(Vec::new())
}

/// The event, what the audit log keeps of it, and who is told.
async fn note(tenant: &mut Tenant, by: UserId, was: &Profile, is: &Profile) -> Result<()> {
    let entry = Entry::new(Action::UserChanged, By::staff(by), "user").on(is.user.id.0).about(is.user.id);
    tenant.audit(entry.changed(was, is, &OPEN));
    let (before, now) = ((was.user.role, was.user.is_active), &is.user);
    access_changed(tenant, by, before, now);
    if now.is_active && before.0 != now.role {
        tell::role_changed(tenant, now.id, now.role).await?;
    } else if before.1 && !now.is_active {
        tell::deactivated(tenant, by, &now.name).await?;
    }
    tenant.record(NewEvent::new("user.changed", Utc::now(), By::staff(by)).with("user", now));
    Ok(())
}

/// Fields that stand in the audit log as they are; the others as commitments.
const OPEN: [&str; 4] = ["role", "is_active", "specialties", "skill_level"];

/// Carries out an approved change of `role`, `is_active` or `puesto`, or of a locked field that was just written:
/// the sessions that end with it are told of after the commit ([`session::tell_ended`]).
pub(crate) async fn carry_out(
    tenant: &mut Tenant,
    by: UserId,
    was: &Profile,
    will: &User,
) -> Result<Vec<LoginId>> {
    let ended = allow(tenant, by, &was.user, will).await?;
    let user = sql::update(tenant.conn(), will).await?;
    let record = sql::profile(tenant.conn(), will.id).await?.ok_or(Error::NotFound("user"))?.record;
    note(tenant, by, was, &Profile { user, record }).await?;
    Ok(ended)
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
