//! A person of an organization decides for it, the operator for the installation. Every decision is an event with who and
//! why.

use std::time::Duration;

use chrono::Utc;
use serde::Deserialize;

use super::capability::Capability;
use super::rules::{Cause, Change, Mode, counted_anew};
use super::sql::{self, NewMode};
use super::tell::{self, News};
use crate::Engine;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, UserId};
use crate::providers::Service;

/// A decision about a service.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct SetMode {
    /// How it is to stand.
    pub mode: Mode,
    /// Why, 10 to 500 characters.
    pub reason: String,
}

/// A decision about a capability.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct Switch {
    /// Whether it is to be on.
    pub enabled: bool,
    /// Why, 10 to 500 characters.
    pub reason: String,
}

/// The service that people mean by a name: its own, or the channel's.
///
/// # Errors
/// `NotFound`.
pub fn service_named(name: &str) -> Result<Service> {
    let name = match name {
        "voice" => "openai",
        "sms" => "twilio",
        "push" | "push_notifications" => "web_push",
        other => other,
    };
    Service::named(name).ok_or(Error::NotFound("service"))
}

/// Somebody sets how a service stands for their own organization.
///
/// # Errors
/// `Invalid` for a reason that is too short or too long.
pub async fn set_own(engine: &Engine, org: OrgId, by: UserId, service: Service, set: &SetMode) -> Result<()> {
    let reason = reason(&set.reason)?;
    let new = NewMode { service, mode: set.mode, cause: Cause::Person, reason: &reason, replaces: None };
    let work = async |t: &mut Tenant| {
        sql::set_own(t, &new, Some(by)).await?;
        sql::recount(t.conn(), counted_anew(service, set.mode, Cause::Person)).await?;
        sql::bump(t.conn()).await?;
        let news = News::mode(service, set.mode, Cause::Person, &reason, true);
        t.record(news.event(Utc::now(), By::staff(by)));
        tell::admins(t, &news, Utc::now()).await?;
        Ok(())
    };
    engine.db.within(org, work).await?;
    heard(engine, service, set.mode, &reason).await;
    Ok(())
}

/// The operator sets how a service stands for everybody, or for one organization.
///
/// # Errors
/// `Invalid` for a reason that is too short or too long, `NotFound` for an organization that does not exist.
pub async fn set_as_operator(
    engine: &Engine,
    org: Option<OrgId>,
    service: Service,
    set: &SetMode,
) -> Result<()> {
    let reason = reason(&set.reason)?;
    if let Some(org) = org {
        crate::organizations::get(&engine.db, org).await?;
    }
    let change = Change { org, service, mode: set.mode, cause: Cause::Person, reason, replaces: None };
    apply(engine, &change, false).await.map(|_| ())
}

/// What was measured decides. Says whether it did: another node may have been first.
pub(super) async fn follow(engine: &Engine, change: &Change) -> Result<bool> {
    apply(engine, change, true).await
}

async fn apply(engine: &Engine, change: &Change, is_guarded: bool) -> Result<bool> {
    let Change { org, service, mode, cause, reason, .. } = change;
    let replaces = is_guarded.then_some(change.replaces);
    let new = NewMode { service: *service, mode: *mode, cause: *cause, reason, replaces };
    let news = News::mode(*service, *mode, *cause, reason, org.is_some());
    let is_done = match org {
        Some(org) => {
            let work = async |t: &mut Tenant| {
                if !sql::set_own(t, &new, None).await? {
                    return Ok(false);
                }
                sql::recount(t.conn(), counted_anew(*service, *mode, *cause)).await?;
                sql::bump(t.conn()).await?;
                t.record(news.event(Utc::now(), By::SYSTEM));
                tell::admins(t, &news, Utc::now()).await?;
                Ok(true)
            };
            engine.db.within(*org, work).await?
        }
        None => {
            let mut tx = engine.db.worker().await?;
            if !sql::set_installation(&mut tx, &new).await? {
                return Ok(false);
            }
            sql::recount(&mut tx, counted_anew(*service, *mode, *cause)).await?;
            sql::bump(&mut tx).await?;
            tell::everyone(&mut tx, &news).await?;
            tx.commit().await?;
            engine.task_written.notify_one();
            true
        }
    };
    if is_done {
        heard(engine, *service, *mode, reason).await;
    }
    Ok(is_done)
}

/// Somebody switches a capability for their own organization.
///
/// # Errors
/// `Invalid` for a reason that is too short or too long.
pub async fn switch_own(
    engine: &Engine,
    org: OrgId,
    by: Option<UserId>,
    capability: Capability,
    switch: &Switch,
) -> Result<()> {
    let reason = reason(&switch.reason)?;
    let work = async |t: &mut Tenant| {
        if sql::switch_own(t, capability, switch.enabled, &reason, by).await? {
            sql::bump(t.conn()).await?;
            let news = News::capability(capability, switch.enabled, &reason, true);
            t.record(news.event(Utc::now(), by.map_or(By::SYSTEM, By::staff)));
            tell::admins(t, &news, Utc::now()).await?;
        }
        Ok(())
    };
    engine.db.within(org, work).await?;
    tracing::warn!(
        capability = capability.as_str(),
        enabled = switch.enabled,
        reason,
        "a capability was switched"
    );
    refresh(engine).await;
    Ok(())
}

/// The operator switches a capability for everybody, or for one organization.
///
/// # Errors
/// `Invalid` for a reason that is too short or too long, `NotFound` for an organization that does not exist.
pub async fn switch_as_operator(
    engine: &Engine,
    org: Option<OrgId>,
    capability: Capability,
    switch: &Switch,
) -> Result<()> {
    if let Some(org) = org {
        crate::organizations::get(&engine.db, org).await?;
        return switch_own(engine, org, None, capability, switch).await;
    }
    let reason = reason(&switch.reason)?;
    let mut tx = engine.db.worker().await?;
    if sql::switch_installation(&mut tx, capability, switch.enabled, &reason).await? {
        sql::bump(&mut tx).await?;
        tell::everyone(&mut tx, &News::capability(capability, switch.enabled, &reason, false)).await?;
        tx.commit().await?;
        engine.task_written.notify_one();
        tracing::warn!(
            capability = capability.as_str(),
            enabled = switch.enabled,
            reason,
            "a capability was switched"
        );
        refresh(engine).await;
    }
    Ok(())
}

async fn heard(engine: &Engine, service: Service, mode: Mode, reason: &str) {
    tracing::warn!(service = service.as_str(), ?mode, reason, "a service stands differently");
    refresh(engine).await;
}

/// This node knows at once. It is committed: where the read fails it is read again within a second.
async fn refresh(engine: &Engine) {
    let read = engine.services.refresh(&engine.db);
    match tokio::time::timeout(Duration::from_secs(2), read).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "decisions could not be read again; tried in a second"),
        Err(_) => tracing::warn!("decisions could not be read again in time; tried in a second"),
    }
}

fn reason(text: &str) -> Result<String> {
    let mut check = Check::default();
    let reason = check.text("reason", text, 10, 500);
    check.done()?;
    Ok(reason)
}
