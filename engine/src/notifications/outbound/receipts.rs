//! What providers' statuses change of a message.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::sql::{self, News, Row};
use super::state::{State, merge};
use super::{Way, settle};
use crate::Engine;
use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::OrgId;
use crate::notifications::{codes, consent};
use crate::services::{self, Signal};

/// Meta: 24 hours are over (131047).
const TOO_LATE: i64 = 131_047;
/// Meta: they want no marketing (131050).
const NO_MARKETING: i64 = 131_050;
/// Twilio: they answered STOP (21610).
const STOPPED: i64 = 21_610;

/// Why a provider says that a message did not get there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its code, as `131026` or `30006`.
    pub code: String,
    /// Its words.
    pub detail: String,
}

/// A provider's status of a message.
#[derive(Debug, Clone)]
pub struct Receipt<'a> {
    /// The provider's id (`wamid..`, `SM..`).
    pub provider_id: &'a str,
    /// What came back of ours (`biz_opaque_callback_data`): the message's id.
    pub callback: Option<Uuid>,
    /// Sent, delivered, read or failed.
    pub state: State,
    /// When, by the provider's clock.
    pub at: DateTime<Utc>,
    /// Why not.
    pub error: Option<Fault>,
}

/// Merges a status into its message by the provider's id; see [`receive`].
pub async fn receipt(tx: &mut Tenant, provider_id: &str, state: State, error: Option<Fault>) -> Result<bool> {
    receive(tx, Receipt { provider_id, callback: None, state, at: Utc::now(), error }).await
}

/// Merges a status into its message; false where the organization has no such message, or it changes nothing.
///
/// A message in doubt that a status names was sent.
pub async fn receive(tx: &mut Tenant, receipt: Receipt<'_>) -> Result<bool> {
    let Some(row) = sql::lock_named(tx, receipt.provider_id, receipt.callback).await? else {
        return Ok(false);
    };
    let mut state = merge(row.state, receipt.state);
    if state == row.state {
        return Ok(false);
    }
    if state.is_failure() {
        state = failed(tx, &row, state, receipt.error.as_ref()).await?;
    }
    let error = receipt.error.as_ref().map(|e| (e.code.as_str(), e.detail.as_str()));
    let news = News { state, provider_id: Some(receipt.provider_id), at: receipt.at, error };
    sql::settle(tx, row.message_id, &news).await?;
    Ok(true)
}

/// What follows a failure that the provider tells of later: another form, an SMS, a flag.
async fn failed(tx: &mut Tenant, row: &Row, state: State, error: Option<&Fault>) -> Result<State> {
    let code = error.and_then(|e| e.code.parse::<i64>().ok()).unwrap_or_default();
    let is_whatsapp = row.channel == Way::Whatsapp;
    if is_whatsapp && code == TOO_LATE && settle::as_template(tx, row).await? {
        return Ok(State::Failed);
    }
    let wants_none = if is_whatsapp { code == NO_MARKETING } else { code == STOPPED };
    if let (true, Some(phone)) = (wants_none, &row.to_phone) {
        consent::heard_by_provider(tx, phone, &code.to_string()).await?;
    }
    if row.delivered_at.is_none() && settle::stand_in(tx, row).await? {
        return Ok(State::FallbackSms);
    }
    if let Some(origin) = row.fallback_of {
        sql::give_up(tx, origin).await?;
    }
    Ok(state)
}

/// The organization of the message that a status names; None where there is no such message.
///
/// For statuses of the installation's own number, which many organizations send from.
pub async fn whose(db: &Db, callback: Uuid) -> Result<Option<OrgId>> {
    let mut tx = db.callback(callback).await?;
    sql::whose(&mut tx, callback).await
}

/// Merges a status whose organization may not be known: that of the message it names, or a sign-in code's.
///
/// False where nothing of ours is named, or it changes nothing.
pub async fn status(engine: &Engine, org: Option<OrgId>, receipt: Receipt<'_>) -> Result<bool> {
    let found = match (org, receipt.callback) {
        (Some(org), _) => Some(org),
        (None, Some(callback)) => whose(&engine.db, callback).await?,
        (None, None) => None,
    };
    let Some(org) = found else { return codes::receive(engine, &receipt).await };
    let state = receipt.state;
    let mut tx = engine.db.tenant(org).await?;
    let changed = receive(&mut tx, receipt).await?;
    if changed {
        observe(engine, &mut tx, state).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Counts how a WhatsApp message went: what too many failures mean is for the services to say.
pub async fn observe(engine: &Engine, tx: &mut Tenant, state: State) -> Result<()> {
    let is_good = match state {
        State::Delivered => true,
        State::Failed | State::Undeliverable => false,
        _ => return Ok(()),
    };
    // The organization's, also from the installation's number: one bad list of phones stops nobody else.
    services::observe(engine, Some(tx.org()), Signal::Delivery, is_good);
    Ok(())
}
