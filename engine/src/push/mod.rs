//! Web Push: messages that wake a person's browsers, also while no page is open (RFC 8030, 8291, 8292).
//!
//! - [`vapid`]: who we are to push services. [`rules`]: which services there are, what a message carries.
//!
//! [`send_to`] writes one task for each browser in the transaction of its cause; a subscription that its service
//! calls gone is deleted.

pub mod rules;
mod sql;
pub mod vapid;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use web_push_native::{Auth, p256};

use crate::Engine;
use crate::auth::keys::sha256;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Again, Error, Result};
use crate::ids::{OrgId, UserId};
use crate::providers::{Budget, Service};
use crate::services;
use crate::task::{self, NewTask};
use rules::{Meaning, Push};
use vapid::Vapid;

/// The kind of the task.
pub const SEND: &str = "push.send";
/// From request to answer.
const BUDGET: Budget = Budget::seconds(15);

/// A browser that may be woken, as its page tells it (`PushSubscription.toJSON()`).
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
pub struct PushToken {
    /// The push service's address for it.
    pub endpoint: String,
    /// What messages are encrypted for.
    pub keys: PushKeys,
}

/// The keys of a subscription, base64url.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
pub struct PushKeys {
    /// The browser's public key: an uncompressed point of P-256.
    pub p256dh: String,
    /// 16 bytes.
    pub auth: String,
}

/// A browser to forget.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
pub struct PushEndpoint {
    /// As it was told.
    pub endpoint: String,
}

/// A browser that is kept.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PushKept {
    /// Its id.
    pub id: Uuid,
}

/// What pages subscribe with.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PushKey {
    /// `applicationServerKey`: base64url of an uncompressed point of P-256.
    pub public_key: String,
}

/// A browser that is kept, checked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Subscription {
    endpoint: String,
    p256dh: Vec<u8>,
    auth: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Send {
    org: OrgId,
    user: UserId,
    subscription: Uuid,
    push: Push,
}

/// The installation's public key.
pub fn key(engine: &Engine) -> Result<PushKey> {
    Ok(PushKey { public_key: Vapid::of(&engine.keys)?.public_key() })
}

/// Keeps a browser for a person. Told again it is kept once; another person at the same browser takes it over.
pub async fn subscribe(
    tenant: &mut Tenant,
    engine: &Engine,
    user: UserId,
    token: &PushToken,
    user_agent: Option<&str>,
) -> Result<PushKept> {
    let subscription = check(token, &engine.settings.push.services)?;
    let hash = sha256(subscription.endpoint.as_bytes());
    Ok(PushKept { id: sql::upsert(tenant, user, &subscription, &hash, user_agent).await? })
}

/// Forgets a person's browser.
pub async fn unsubscribe(tenant: &mut Tenant, user: UserId, endpoint: &str) -> Result<()> {
    sql::remove(tenant, user, &sha256(endpoint.as_bytes())).await
}

/// Sends a message to every browser of a person; says to how many.
///
/// `not_before`: the end of the person's quiet hours.
pub async fn send_to(
    tenant: &mut Tenant,
    user: UserId,
    push: &Push,
    not_before: DateTime<Utc>,
) -> Result<usize> {
    let (org, browsers) = (tenant.org(), sql::of_user(tenant, user).await?);
    for subscription in &browsers {
        let send = Send { org, user, subscription: *subscription, push: push.clone() };
        let task = NewTask { run_at: not_before, ..NewTask::new(SEND, Some(org), send)? };
        task::enqueue(tenant.conn(), &task).await?;
    }
    if !browsers.is_empty() {
        tenant.wake_worker();
    }
    Ok(browsers.len())
}

/// Carries one message to one browser's push service.
pub async fn deliver(engine: &Engine, payload: &Value) -> Result<()> {
    let send: Send =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{SEND}: {e}")))?;
    let mut tenant = engine.db.tenant(send.org).await?;
    let mut browser = sql::get(&mut tenant, send.subscription, send.user).await?;
    if let Some(job) = send.push.job.filter(|_| rules::needs_its_job(&send.push.kind))
        && !sql::has_job(&mut tenant, send.user, job).await?
    {
        browser = None;
    }
    tenant.commit().await?;
    // Gone, or somebody else's by now.
    let Some(browser) = browser else { return Ok(()) };
    services::leave(engine, Some(send.org), Service::WebPush)?;
    let request = request(engine, &browser, &send.push)?;
    let answer = engine
        .calls
        .send(Service::WebPush, None, request, BUDGET)
        .await
        .map_err(|failure| failure.into_error(Service::WebPush))?;
    settle(engine, &send, answer.status, &answer.body).await
}

async fn settle(engine: &Engine, send: &Send, status: u16, body: &[u8]) -> Result<()> {
    let mut tenant = engine.db.tenant(send.org).await?;
    match rules::meaning(status) {
        Meaning::Taken => sql::used(&mut tenant, send.subscription).await?,
        Meaning::Gone => {
            counter!("campo_push_gone_total").increment(1);
            sql::delete(&mut tenant, send.subscription).await?;
        }
        Meaning::Refused => {
            let detail = String::from_utf8_lossy(body).chars().take(200).collect();
            let service = Service::WebPush.as_str();
            return Err(Error::Provider { service, again: Again::Never, code: status.to_string(), detail });
        }
    }
    tenant.commit().await
}

/// Encrypted for the browser (RFC 8291), signed by us (RFC 8292).
fn request(engine: &Engine, browser: &Subscription, push: &Push) -> Result<reqwest::RequestBuilder> {
    let settings = &engine.settings;
    // Judged again: an address of an older row by the list of today.
    let audience = Some(&browser.endpoint)
        .filter(|endpoint| rules::is_service(endpoint, &settings.push.services))
        .and_then(|endpoint| rules::origin(endpoint))
        .ok_or_else(|| unusable("not a push service"))?;
    let public = p256::PublicKey::from_sec1_bytes(&browser.p256dh).map_err(|_| unusable("its key"))?;
    let auth: [u8; 16] = browser.auth.as_slice().try_into().map_err(|_| unusable("its secret"))?;
    let text = rules::text(push, settings.public_url.as_deref().unwrap_or_default());
    let body = web_push_native::encrypt(text.into_bytes(), &public, &Auth::from(auth))
        .map_err(|e| unusable(&e.to_string()))?;
    let vapid = Vapid::of(&engine.keys)?.authorize(&audience, &settings.push.contact(), Utc::now())?;
    Ok(engine
        .calls
        .client()
        .post(&browser.endpoint)
        .header("authorization", vapid)
        .header("ttl", push.ttl_s.to_string())
        .header("urgency", push.urgency.as_str())
        .header("topic", rules::topic(&push.tag))
        .header("content-encoding", "aes128gcm")
        .header("content-type", "application/octet-stream")
        .body(body))
}

fn unusable(detail: &str) -> Error {
    let service = Service::WebPush.as_str();
    Error::Provider { service, again: Again::Never, code: "subscription".into(), detail: detail.to_owned() }
}

fn check(token: &PushToken, services: &[String]) -> Result<Subscription> {
    let mut check = Check::default();
    if token.endpoint.len() > 2_000 || !rules::is_service(&token.endpoint, services) {
        check.wrong("endpoint", "no es un servicio de avisos conocido (not a known push service)");
    }
    let p256dh =
        bytes(&token.keys.p256dh).filter(|b| b.len() == 65 && p256::PublicKey::from_sec1_bytes(b).is_ok());
    let auth = bytes(&token.keys.auth).filter(|b| b.len() == 16);
    if p256dh.is_none() || auth.is_none() {
        check.wrong("keys", "p256dh y auth en base64url (p256dh and auth in base64url)");
    }
    check.done()?;
    let (p256dh, auth) = (p256dh.unwrap_or_default(), auth.unwrap_or_default());
    Ok(Subscription { endpoint: token.endpoint.clone(), p256dh, auth })
}

/// Browsers write base64url without signs at the end; older libraries the other alphabet with them.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    URL_SAFE_NO_PAD.decode(text).ok().or_else(|| {
        let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
        STANDARD.decode(padded).ok()
    })
}

#[cfg(test)]
mod tests;
