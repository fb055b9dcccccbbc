//! Events become deliveries: each endpoint has a cursor in the gapless event table.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::form::WebhookEndpoint;
use super::{deliver, of, rules, sql};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::moment;
use crate::task;

/// The kind of the task. [`crate::db::Tenant::commit`] writes it too, by this name.
pub const SPREAD: &str = "webhook.spread";
/// Events of one transaction and endpoint.
const BATCH: i64 = 200;
/// Lanes of one endpoint: so many first tries at once, those of one job in order.
const LANES: u8 = 4;

#[derive(Debug, Serialize, Deserialize)]
struct Spread {
    org: OrgId,
}

/// Events wait for some endpoint of this organization.
pub(super) async fn enqueue(tenant: &mut Tenant) -> Result<()> {
    let org = tenant.org();
    tenant.wake_worker();
    task::enqueue(tenant.conn(), &of(org, SPREAD, Spread { org })?).await
}

/// Makes deliveries of the events that each endpoint has not had; what is too much for once follows.
pub async fn spread(engine: &Engine, payload: &Value) -> Result<()> {
    let Spread { org } =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{SPREAD}: {e}")))?;
    let mut tenant = engine.db.tenant(org).await?;
    let mut is_more = false;
    for endpoint in sql::listening(&mut tenant).await? {
        is_more |= to(&mut tenant, &endpoint).await?;
    }
    if is_more {
        enqueue(&mut tenant).await?;
    }
    sql::forget(&mut tenant).await?;
    tenant.commit().await
}

/// The next events to one endpoint. Says whether there may be more.
async fn to(tenant: &mut Tenant, endpoint: &WebhookEndpoint) -> Result<bool> {
    let events = sql::events(tenant, endpoint.cursor, BATCH).await?;
    let Some((last, _, _)) = events.last() else { return Ok(false) };
    let heard: Vec<&sql::Fact> =
        events.iter().filter(|(_, kind, _)| rules::hears(&endpoint.kinds, kind)).collect();
    let ids: Vec<Uuid> = heard.iter().map(|_| Uuid::now_v7()).collect();
    let seqs: Vec<i64> = heard.iter().map(|(seq, _, _)| *seq).collect();
    let kinds: Vec<String> = heard.iter().map(|(_, kind, _)| kind.clone()).collect();
    let rows = sql::deliver(tenant, endpoint.id, (&ids, &seqs, &kinds)).await?;
    let mut tasks: Vec<(u8, i64, Uuid, i32)> = rows
        .into_iter()
        .map(|(id, seq, round)| {
            let job = heard.iter().find(|(s, _, _)| *s == seq).and_then(|(_, _, job)| job.as_deref());
            (lane(job, seq), seq, id, round)
        })
        .collect();
    // In the order of their lanes, as the queue asks, and of the events within.
    tasks.sort_unstable();
    for (lane, _, id, round) in tasks {
        let lane = format!("webhook/{}/{lane}", endpoint.id);
        deliver::enqueue(tenant, (id, round, 0), Some(lane), moment::now()).await?;
    }
    sql::advance(tenant, endpoint.id, *last).await?;
    Ok(events.len() as i64 == BATCH)
}

/// First tries of one job follow each other; others are spread evenly.
fn lane(job: Option<&str>, seq: i64) -> u8 {
    let job = job.and_then(|j| j.parse::<Uuid>().ok());
    match job {
        // The last byte of a version 7 id is random.
        Some(job) => job.as_bytes().last().copied().unwrap_or(0) % LANES,
        None => u8::try_from(seq.rem_euclid(i64::from(LANES))).unwrap_or(0),
    }
}
