//! One try to bring an event to an endpoint, and what follows from it.

use chrono::{DateTime, Utc};
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::door::Answered;
use super::{PURPOSE, of, rules, sql};
use crate::Engine;
use crate::alert;
use crate::auth::keys::random;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::moment::{self, Moment};
use crate::notices::Notice;
use crate::providers::Service;
use crate::services;
use crate::task;

/// The kind of the task.
pub const DELIVER: &str = "webhook.deliver";

/// Which try of which round: a task that comes late or twice finds another number and does nothing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Try {
    org: OrgId,
    delivery: Uuid,
    round: i32,
    tries: i16,
}

/// Writes the task of one try. Only first tries have a lane: one that fails must not hold back the next event.
pub(super) async fn enqueue(
    tenant: &mut Tenant,
    (delivery, round, tries): (Uuid, i32, i16),
    lane: Option<String>,
    run_at: DateTime<Utc>,
) -> Result<()> {
    let org = tenant.org();
    let mut new = of(org, DELIVER, Try { org, delivery, round, tries })?;
    new.unique_key = Some(format!("{delivery}/{round}/{tries}"));
    new.lane = lane;
    new.run_at = run_at;
    tenant.wake_worker();
    task::enqueue(tenant.conn(), &new).await
}

/// Tries once. Its own schedule follows from the answer; an error of ours is the worker's to repeat.
pub async fn deliver(engine: &Engine, payload: &Value) -> Result<()> {
    let this: Try =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{DELIVER}: {e}")))?;
    let mut tenant = engine.db.tenant(this.org).await?;
    let due = sql::due(&mut tenant, this.delivery, this.round, this.tries).await?;
    // Turned off, it waits in its row until a person turns the endpoint on again.
    let Some(due) = due.filter(|d| d.is_active) else { return Ok(()) };
    let secrets = secrets(engine, &mut tenant, &due).await?;
    tenant.commit().await?;
    services::leave(engine, Some(this.org), Service::Webhooks)?;
    let answered = post(engine, this, &due, &secrets).await;
    let outcome = if answered.error.is_none() { "delivered" } else { "failed" };
    counter!("campo_webhook_tries_total", "outcome" => outcome).increment(1);
    settle(engine, this, &due, &answered).await
}

/// What signs: the present secret, and the one before while it signs too.
async fn secrets(engine: &Engine, tenant: &mut Tenant, due: &sql::Due) -> Result<Vec<Vec<u8>>> {
    let mut secrets = Vec::with_capacity(2);
    for sealed in std::iter::once(&due.secret).chain(&due.previous_secret) {
        secrets.push(engine.vault.open(tenant, PURPOSE, due.endpoint_id, sealed).await?);
    }
    Ok(secrets)
}

/// Signs and posts. The body is made anew from the event: the same bytes each time.
async fn post(engine: &Engine, this: Try, due: &sql::Due, secrets: &[Vec<u8>]) -> Answered {
    let body = body(this.org, due).to_string().into_bytes();
    let (id, timestamp) = (format!("msg_{}", this.delivery.simple()), Utc::now().timestamp());
    let signature = rules::sign(secrets, &id, timestamp, &body);
    let headers =
        [("webhook-id", id), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)];
    engine.door.post(&due.url, headers, body).await
}

/// `{"type","timestamp","cursor","organization_id","data"}`; `data` is the event as viewers get it.
fn body(org: OrgId, due: &sql::Due) -> Value {
    json!({
        "type": due.kind,
        "timestamp": Moment(due.at),
        "cursor": due.seq,
        "organization_id": org,
        "data": due.body,
    })
}

/// Notes the try, plans the next one, and turns off an endpoint that nobody answers at any more.
async fn settle(engine: &Engine, this: Try, due: &sql::Due, answered: &Answered) -> Result<()> {
    let (at, tries) = (moment::now(), this.tries.saturating_add(1));
    let next_at = if answered.error.is_some() { rules::next_try(tries, at, jitter()) } else { None };
    let mut tenant = engine.db.tenant(this.org).await?;
    let which = (this.delivery, this.round, this.tries);
    if !sql::note(&mut tenant, which, answered, (at, next_at)).await? {
        return Ok(());
    }
    if let Some(next_at) = next_at {
        enqueue(&mut tenant, (this.delivery, this.round, tries), None, next_at).await?;
    }
    match (&answered.error, due.failing_since) {
        (None, Some(_)) => sql::set_failing(&mut tenant, due.endpoint_id, None).await?,
        (Some(_), None) => sql::set_failing(&mut tenant, due.endpoint_id, Some(at)).await?,
        (Some(_), since @ Some(_)) if rules::is_given_up(since, at) => {
            give_up(engine, &mut tenant, due, answered, at).await?;
        }
        _ => {}
    }
    tenant.commit().await
}

/// Turns the endpoint off and tells owners and admins, once.
async fn give_up(
    engine: &Engine,
    tenant: &mut Tenant,
    due: &sql::Due,
    answered: &Answered,
    at: DateTime<Utc>,
) -> Result<()> {
    if !sql::give_up(tenant, due.endpoint_id, at).await? {
        return Ok(());
    }
    tracing::warn!(org = %tenant.org(), endpoint = %due.endpoint_id, "a webhook endpoint is turned off: five days without a success");
    let host =
        url::Url::parse(&due.url).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default();
    let notice = Notice {
        kind: "webhook_disabled",
        title: "Un webhook quedó apagado".into(),
        body: format!(
            "{host} no respondió bien en cinco días ({}). Revisalo y volvé a encenderlo: lo que pasó mientras tanto se envía entonces.",
            answered.error.as_deref().unwrap_or("sin respuesta")
        ),
        params: json!({ "host": host }),
        entity: Some(("webhook_endpoint", due.endpoint_id)),
        dedupe: format!("webhook_disabled/{}/{}", due.endpoint_id, at.timestamp()),
    };
    alert::bosses(engine, tenant, &notice).await
}

fn jitter() -> f64 {
    random::<1>().map_or(0.5, |[b]| f64::from(b) / 255.0)
}
