//! Everyone hears: a decision for the installation becomes an event of every organization.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;

use super::capability::Capability;
use super::rules::{Cause, Mode};
use super::sql;
use crate::Engine;
use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::OrgId;
use crate::moment::from_ms;
use crate::notices::{self, Notice};
use crate::providers::Service;
use crate::task::{self, NewTask};

/// The kind of the task.
pub const TELL: &str = "services.tell";
/// A service stands differently.
pub const MODE_CHANGED: &str = "service.mode_changed";
/// Something was switched on or off.
pub const CAPABILITY_CHANGED: &str = "capability.changed";
/// Organizations that one task tells; the next one goes on behind them.
const PAGE: i64 = 200;

/// A decision as events carry it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum News {
    Mode(Value),
    Capability(Value),
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    news: News,
    at_ms: i64,
    after: Option<OrgId>,
}

impl News {
    pub(super) fn mode(service: Service, mode: Mode, cause: Cause, reason: &str, is_own: bool) -> Self {
        Self::Mode(json!({
            "service": service.as_str(), "mode": mode, "cause": cause, "reason": reason, "scope": scope(is_own),
        }))
    }

    pub(super) fn capability(capability: Capability, enabled: bool, reason: &str, is_own: bool) -> Self {
        Self::Capability(json!({
            "capability": capability, "enabled": enabled, "reason": reason, "scope": scope(is_own),
        }))
    }

    pub(super) fn event(&self, at: DateTime<Utc>, by: By) -> NewEvent {
        match self {
            Self::Mode(told) => NewEvent::new(MODE_CHANGED, at, by).with("service", told),
            Self::Capability(told) => NewEvent::new(CAPABILITY_CHANGED, at, by).with("capability", told),
        }
    }
}

/// Owners and admins find it in their inbox too.
pub(super) async fn admins(t: &mut Tenant, news: &News, at: DateTime<Utc>) -> Result<()> {
    let word =
        |told: &Value, name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (what, state, told) = match news {
        News::Mode(told) => {
            let state = match word(told, "mode").as_str() {
                "panic" => "en pánico: lo que sale por ahí espera",
                "degraded" => "con problemas",
                _ => "funciona de nuevo",
            };
            (word(told, "service"), state, told)
        }
        News::Capability(told) => {
            let is_on = told.get("enabled").and_then(Value::as_bool).unwrap_or(false);
            (word(told, "capability"), if is_on { "encendido de nuevo" } else { "apagado" }, told)
        }
    };
    let notice = Notice {
        kind: "system_alert",
        title: format!("{what}: {state}"),
        body: word(told, "reason"),
        params: told.clone(),
        entity: None,
        dedupe: format!("system_alert/{what}/{}", at.timestamp_millis()),
    };
    notices::add_for_roles(t, &[Role::Owner, Role::Admin], &notice).await
}

fn scope(is_own: bool) -> &'static str {
    if is_own { "organization" } else { "installation" }
}

/// Writes the task that tells every organization, in the transaction of the decision.
pub(super) async fn everyone(conn: &mut PgConnection, news: &News) -> Result<()> {
    let payload = Payload { news: news.clone(), at_ms: Utc::now().timestamp_millis(), after: None };
    task::enqueue(conn, &NewTask::new(TELL, None, payload)?).await
}

/// Tells the organizations of one page. One that is told twice, because a worker died, hears the same twice.
///
/// # Errors
/// When the database is away: tried again.
pub async fn tell(engine: &Engine, payload: &Value) -> Result<()> {
    let mut told: Payload =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{TELL}: {e}")))?;
    let at = from_ms(told.at_ms).unwrap_or_else(Utc::now);
    let page = sql::organizations(&engine.db, told.after, PAGE).await?;
    for org in &page {
        let event = told.news.event(at, By::SYSTEM);
        let work = async |t: &mut Tenant| {
            t.record(event);
            admins(t, &told.news, at).await?;
            Ok(())
        };
        engine.db.within(*org, work).await?;
    }
    if page.len() < PAGE as usize {
        return Ok(());
    }
    told.after = page.last().copied();
    let mut tx = engine.db.worker().await?;
    task::enqueue(&mut tx, &NewTask::new(TELL, None, told)?).await?;
    tx.commit().await?;
    engine.task_written.notify_one();
    Ok(())
}
