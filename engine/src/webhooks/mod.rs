//! Outgoing webhooks: an organization's own systems hear its events, signed (Standard Webhooks), at least once.
//!
//! - [`rules`]: the schedule, the patterns of kinds, the signature. [`address`]: which addresses may be called.
//! - [`door`]: the client that connects to checked addresses alone.
//! - [`spread`]: events become deliveries, by a cursor for each endpoint over the gapless event table.
//! - [`deliver`]: one try, and what follows from it.
//!
//! A commit that records events writes a [`spread::SPREAD`] task in its own transaction where an endpoint listens
//! ([`crate::db::Tenant::commit`]), so that none is lost. One delivery that fails holds back no other.

pub mod address;
pub mod deliver;
pub mod door;
pub mod form;
pub mod rules;
pub mod spread;
mod sql;

use serde_json::json;
use uuid::Uuid;

use crate::Engine;
use crate::audit::{Action, Entry};
use crate::auth::keys::random;
use crate::check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{OrgId, UserId};
use crate::moment;
use crate::page::{Cursor, Page, Paging};
use crate::task::{self, NewTask};
use form::{
    DeliveryFilter, EditEndpoint, EndpointWithSecret, NewEndpoint, Replay, Replayed, WebhookDelivery,
    WebhookEndpoint,
};

/// Endpoints of one organization.
const MOST: i64 = 20;
/// Deliveries that wait and are sent when an endpoint is turned on again; more come by a replay.
const WAITING: i64 = 5_000;
/// What sealed secrets are bound to.
const PURPOSE: &str = "webhook_endpoint.secret";

/// The endpoints of the organization, newest first.
pub async fn list(tenant: &mut Tenant, paging: &Paging) -> Result<Page<WebhookEndpoint>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = sql::list(tenant, after, limit).await?;
    Ok(Page::cut(rows, limit, |e| Cursor { at: e.created_at.0, id: e.id }))
}

/// One endpoint.
pub async fn get(tenant: &mut Tenant, id: Uuid) -> Result<WebhookEndpoint> {
    sql::get(tenant, id).await?.ok_or(MISSING)
}

/// Makes an endpoint; it hears what happens from now on. Its secret is told by [`with_secret`].
pub async fn create(
    tenant: &mut Tenant,
    engine: &Engine,
    by: UserId,
    new: &NewEndpoint,
) -> Result<WebhookEndpoint> {
    let content = new.check(&engine.door)?;
    if sql::count(tenant).await? >= MOST {
        return Err(Error::Conflict {
            code: "WEBHOOK_002",
            detail: format!("hasta {MOST} direcciones (up to {MOST} endpoints)"),
            current: None,
        });
    }
    let id = Uuid::now_v7();
    let secret = engine.vault.seal(tenant, PURPOSE, id, &random::<{ rules::SECRET_BYTES }>()?).await?;
    let row = sql::insert(tenant, (id, by), &content, &secret).await?;
    tenant.audit(
        Entry::asked(Action::WebhookCreated, "webhook")
            .on(id)
            .is(json!({"url": row.url, "kinds": row.kinds})),
    );
    Ok(row)
}

/// An endpoint with its present secret, for the answer that makes it: answers that are stored hold no secret.
pub async fn with_secret(
    tenant: &mut Tenant,
    engine: &Engine,
    endpoint: WebhookEndpoint,
) -> Result<EndpointWithSecret> {
    let (secret, _) = sql::secrets(tenant, endpoint.id).await?.ok_or(MISSING)?;
    let secret = engine.vault.open(tenant, PURPOSE, endpoint.id, &secret).await?;
    Ok(EndpointWithSecret { endpoint, secret: rules::show_secret(&secret) })
}

/// Changes an endpoint. Turned on again it hears what happened meanwhile, and what was still on its way.
pub async fn edit(
    tenant: &mut Tenant,
    engine: &Engine,
    id: Uuid,
    edit: EditEndpoint,
) -> Result<WebhookEndpoint> {
    let row = sql::lock(tenant, id).await?.ok_or(MISSING)?;
    check::version(edit.version, row.version, &row)?;
    let (was_active, before) = (row.is_active, row.clone());
    let row = edit.apply(&engine.door, row)?;
    let row = sql::update(tenant, &row).await?;
    let open = ["url", "kinds", "description", "is_active", "disabled_reason"];
    tenant.audit(Entry::asked(Action::WebhookChanged, "webhook").on(id).changed(&before, &row, &open));
    if row.is_active && !was_active {
        for (delivery, round, tries) in sql::pending(tenant, id, WAITING).await? {
            deliver::enqueue(tenant, (delivery, round, tries), None, moment::now()).await?;
        }
        spread::enqueue(tenant).await?;
    }
    Ok(row)
}

/// Removes an endpoint and what was on its way to it.
pub async fn remove(tenant: &mut Tenant, id: Uuid) -> Result<()> {
    if !sql::delete(tenant, id).await? {
        return Err(MISSING);
    }
    tenant.audit(Entry::asked(Action::WebhookDeleted, "webhook").on(id));
    Ok(())
}

/// Gives an endpoint another secret; both sign for a day.
pub async fn rotate(tenant: &mut Tenant, engine: &Engine, id: Uuid) -> Result<EndpointWithSecret> {
    sql::lock(tenant, id).await?.ok_or(MISSING)?;
    let secret = engine.vault.seal(tenant, PURPOSE, id, &random::<{ rules::SECRET_BYTES }>()?).await?;
    tenant.audit(Entry::asked(Action::WebhookSecretRotated, "webhook").on(id));
    let endpoint = sql::rotate(tenant, id, &secret, moment::now() + rules::BOTH_SECRETS).await?;
    with_secret(tenant, engine, endpoint).await
}

/// Sends every event after a number again, with the ids they had.
pub async fn replay(tenant: &mut Tenant, id: Uuid, replay: Replay) -> Result<Replayed> {
    let row = sql::lock(tenant, id).await?.ok_or(MISSING)?;
    active(&row)?;
    if replay.after < 0 || replay.after > row.cursor {
        let reason = format!("de 0 a {} (0 to {}, the last event that was sent)", row.cursor, row.cursor);
        return Err(Error::invalid("after", reason));
    }
    let events = sql::rewind(tenant, id, replay.after).await?;
    spread::enqueue(tenant).await?;
    Ok(Replayed { after: replay.after, events })
}

/// What was sent to an endpoint, the newest first, with every try.
pub async fn deliveries(
    tenant: &mut Tenant,
    id: Uuid,
    filter: &DeliveryFilter,
    paging: &Paging,
) -> Result<Page<WebhookDelivery>> {
    filter.check()?;
    let (limit, after) = (paging.limit()?, paging.after()?);
    get(tenant, id).await?;
    let rows = sql::log(tenant, id, filter.state.as_deref(), (after, limit)).await?;
    Ok(Page::cut(rows, limit, |d| Cursor { at: d.created_at.0, id: d.id }))
}

/// Sends one event again, from the beginning of the schedule.
pub async fn resend(tenant: &mut Tenant, id: Uuid, delivery: Uuid) -> Result<WebhookDelivery> {
    let row = sql::lock(tenant, id).await?.ok_or(MISSING)?;
    let round = sql::again(tenant, id, delivery).await?.ok_or(Error::NotFound("delivery"))?;
    active(&row)?;
    deliver::enqueue(tenant, (delivery, round, 0), None, moment::now()).await?;
    sql::delivery(tenant, id, delivery).await?.ok_or(Error::NotFound("delivery"))
}

fn active(row: &WebhookEndpoint) -> Result<()> {
    if row.is_active {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "WEBHOOK_001",
        detail: "la dirección está apagada (the endpoint is turned off)".into(),
        current: serde_json::to_value(row).ok(),
    })
}

const MISSING: Error = Error::NotFound("webhook endpoint");

/// A task of this room: it names its organization.
fn of(org: OrgId, kind: &'static str, payload: impl serde::Serialize) -> Result<NewTask> {
    task::NewTask::new(kind, Some(org), payload)
}
