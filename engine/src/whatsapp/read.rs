//! Customers see that they were read: told to the provider after the office read.

use serde::Deserialize;
use serde_json::Value;

use super::inbox::READ;
use crate::Engine;
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::notifications::accounts;
use crate::providers::Service;
use crate::providers::meta::{Meta, Trouble};

#[derive(Debug, Deserialize)]
struct Read {
    org: OrgId,
    provider_id: String,
}

/// Tells the provider; a no is nothing to try again.
pub async fn tell(engine: &Engine, payload: &Value) -> Result<()> {
    let read = Read::deserialize(payload).map_err(|e| Error::Internal(format!("task {READ}: {e}")))?;
    let Some(number) = accounts::number_of(engine, read.org).await? else { return Ok(()) };
    let settings = &engine.settings.whatsapp;
    let meta = Meta { base_url: settings.base_url.clone(), version: settings.api_version.clone() };
    match meta.mark_read(&engine.calls, &number, &read.provider_id).await {
        Ok(()) => Ok(()),
        Err(Trouble::Way(failure)) => Err(failure.into_error(Service::WhatsApp)),
        Err(Trouble::Refused { code, detail, .. }) => {
            tracing::info!(code, detail, "a message cannot be marked as read");
            Ok(())
        }
    }
}
