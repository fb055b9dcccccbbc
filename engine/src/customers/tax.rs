//! A customer's tax number at rest: sealed for its row, and blinded so that equal numbers are found.

use super::Customer;
use crate::Engine;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, OrgId};

/// The column, as seals are bound to it.
const PURPOSE: &str = "customer.cuit";

/// A tax number as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tax {
    pub(crate) sealed: Vec<u8>,
    pub(crate) blind: Vec<u8>,
}

/// Closes a number of eleven digits for its row.
pub(crate) async fn close(
    engine: &Engine,
    tenant: &mut Tenant,
    row: CustomerId,
    digits: &str,
) -> Result<Tax> {
    let sealed = engine.vault.seal(tenant, PURPOSE, row.0, digits.as_bytes()).await?;
    Ok(Tax { sealed, blind: blind(engine, tenant.org(), digits) })
}

/// The same for every equal number of an organization, and nothing to anybody without the keys.
pub(crate) fn blind(engine: &Engine, org: OrgId, digits: &str) -> Vec<u8> {
    engine.vault.blind(org, PURPOSE, digits).to_vec()
}

/// Opens a row's number into `row.cuit`. Where the organization's keys were destroyed there is none any more.
pub(crate) async fn open(engine: &Engine, tenant: &mut Tenant, row: &mut Customer) -> Result<()> {
    if row.cuit_blind.is_some() {
        let sealed = row.cuit_sealed.as_deref();
        row.cuit = engine.vault.open_text(tenant, PURPOSE, row.id.0, sealed).await?;
    }
    Ok(())
}
