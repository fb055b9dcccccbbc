//! What providers' statuses change of a message.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::sql::{self, News};
use super::state::{State, merge};
use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::OrgId;

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
    let state = merge(row.state, receipt.state);
    if state == row.state {
        return Ok(false);
    }
    let error = receipt.error.as_ref().map(|e| (e.code.as_str(), e.detail.as_str()));
    let news = News { state, provider_id: Some(receipt.provider_id), at: receipt.at, error };
    sql::settle(tx, row.message_id, &news).await?;
    Ok(true)
}

/// The organization of the message that a status names; None where there is no such message.
///
/// For statuses of the installation's own number, which many organizations send from.
pub async fn whose(db: &Db, callback: Uuid) -> Result<Option<OrgId>> {
    let mut tx = db.callback(callback).await?;
    sql::whose(&mut tx, callback).await
}
