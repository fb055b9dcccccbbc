//! When the only owner's phone is lost: the operator, who knows who they are, gives the organization to another phone.
//!
//! No route does it. The person of the lost phone keeps their history and is deactivated; the person of the new phone
//! becomes owner. Where the number was kept (a new SIM), sessions and second factor go all the same.

use chrono::Utc;
use serde::Serialize;
use serde_json::json;

use super::{User, sql};
use crate::Engine;
use crate::alert;
use crate::audit::{Action, Entry};
use crate::auth::role::Role;
use crate::auth::{factor, session};
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{OrgId, UserId};
use crate::notices::Notice;
use crate::notifications::alerts;

/// What an operator orders.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// Which organization.
    pub org: OrgId,
    /// The phone that becomes the owner's.
    pub phone: String,
    /// Whose place it takes, where there are several owners.
    pub from: Option<String>,
    /// Why, for the record.
    pub reason: String,
    /// Although another owner could do it.
    pub force: bool,
}

/// What was done.
#[derive(Debug, Clone, Serialize)]
pub struct Recovered {
    /// In which organization.
    pub org: OrgId,
    /// Who owns it now.
    pub user: UserId,
    /// Whose phone was lost.
    pub was: UserId,
    /// Login sessions that ended.
    pub sessions_ended: usize,
    /// Whether a second factor was taken away.
    pub second_factor_reset: bool,
}

/// Gives an organization whose owner's phone is lost to another phone.
///
/// # Errors
/// [`Error::NotFound`] without such an organization or owner, `USER_003` where another active owner is there (and
/// nobody insists), or where it is not said which of several.
pub async fn recover(engine: &Engine, order: &Recovery) -> Result<Recovered> {
    let mut check = Check::default();
    let phone = check.phone("phone", &order.phone);
    let from = order.from.as_deref().map(|from| check.phone("from", from));
    let reason = check.text("reason", &order.reason, 3, 500);
    check.done()?;
    let mut tx = engine.db.identity().await?;
    let new = sql::person(&mut tx, &phone).await?;
    tx.commit().await?;
    let mut tenant = engine.db.tenant(order.org).await?;
    let owners = sql::owners(tenant.conn()).await?;
    let old = lost(&owners, from.as_deref(), order.force)?.clone();
    let owner = if new == old.id { old.clone() } else { hand_over(&mut tenant, &old, new, &phone).await? };
    let notice = told(&old.phone, &phone, &reason);
    alert::bosses(engine, &mut tenant, &notice).await?;
    alerts::to_phone(&engine.templates, &mut tenant, &old.phone, &notice).await?;
    tenant.record(NewEvent::new("user.changed", Utc::now(), By::SYSTEM).with("user", &owner));
    let entry = Entry::new(Action::OwnerRecovered, By::SYSTEM, "user").on(new.0);
    let entry = entry.was(json!({"owner": old.id})).is(json!({"owner": new, "forced": order.force}));
    tenant.audit(entry.with("reason", &reason));
    tenant.wake_worker();
    tenant.commit().await?;
    let sessions_ended = session::end_all(engine, old.id, "phone_lost").await?
        + if new == old.id { 0 } else { session::end_all(engine, new, "ownership_recovered").await? };
    let mut tx = engine.db.identity().await?;
    let resets = [factor::reset(&mut tx, old.id).await?, factor::reset(&mut tx, new).await?];
    sql::prefer(&mut tx, new, order.org).await?;
    tx.commit().await?;
    tracing::warn!(org = %order.org, user = %new, was = %old.id, "an organization was given to another phone");
    Ok(Recovered {
        org: order.org,
        user: new,
        was: old.id,
        sessions_ended,
        second_factor_reset: resets.contains(&true),
    })
}

/// Whose phone was lost. Pure.
fn lost<'a>(owners: &'a [User], from: Option<&str>, force: bool) -> Result<&'a User> {
    if owners.len() > 1 && !force {
        return Err(several("another active owner is there and can do it: --force does it all the same"));
    }
    match from {
        Some(from) => owners.iter().find(|o| o.phone == from).ok_or(Error::NotFound("owner of that phone")),
        None if owners.len() > 1 => Err(several("say whose phone was lost: --from PHONE")),
        None => owners.first().ok_or(Error::NotFound("organization with an active owner")),
    }
}

fn several(detail: &str) -> Error {
    Error::Conflict { code: "USER_003", detail: detail.into(), current: None }
}

/// The new person becomes owner under the old one's name; the old one keeps their history.
async fn hand_over(tenant: &mut Tenant, old: &User, new: UserId, phone: &str) -> Result<User> {
    let org = tenant.org();
    sql::insert_member(tenant.conn(), org, new, &old.name, phone, Role::Owner).await?;
    let mut owner = sql::get(tenant.conn(), new, true).await?.ok_or(Error::NotFound("user"))?;
    (owner.role, owner.is_active) = (Role::Owner, true);
    let owner = sql::update(tenant.conn(), &owner).await?;
    let gone = sql::update(tenant.conn(), &User { is_active: false, ..old.clone() }).await?;
    tenant.record(NewEvent::new("user.deactivated", Utc::now(), By::SYSTEM).with("user", &gone));
    Ok(owner)
}

fn told(old: &str, new: &str, reason: &str) -> Notice {
    let body = format!(
        "El soporte de la instalación pasó la titularidad del teléfono {} al {}. Motivo: {reason}. Si no lo pidieron, \
         avisen enseguida.",
        ending(old),
        ending(new)
    );
    Notice {
        kind: "owner_recovered",
        title: "Cambió el teléfono del dueño de la cuenta".into(),
        body,
        params: json!({}),
        entity: None,
        dedupe: format!("owner_recovered/{}", uuid::Uuid::now_v7()),
    }
}

/// A phone as others may see it: its last four digits.
fn ending(phone: &str) -> String {
    format!("terminado en {}", phone.get(phone.len().saturating_sub(4)..).unwrap_or_default())
}
