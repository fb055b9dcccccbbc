//! Two entries of one customer become one: everything of the other's goes to the one that stays, in one transaction.
//!
//! The other stays as a tombstone that leads to the one who lives: its id and its phone go on being found. What was
//! moved is in the audit log and in the event; there is no way back.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Customer, sql, tax};
use crate::Engine;
use crate::asker::Asker;
use crate::check;
use crate::error::{Error, Result};
use crate::event::NewEvent;
use crate::ids::{CustomerId, OrgId};

/// `POST /api/customers/{id}/merge`: the one named in the path stays.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct Merge {
    /// The one who goes.
    pub other_id: CustomerId,
    /// The version of the one who stays, as it was seen.
    pub version: i32,
    /// The version of the one who goes, if it was seen.
    #[serde(default)]
    pub other_version: Option<i32>,
    /// What the one who stays takes from the one who goes. Empty fields are filled anyway.
    #[serde(default)]
    pub take: Vec<Taken>,
}

/// A field that is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MergeField)]
pub enum Taken {
    /// The name.
    Name,
    /// The phone; the other's is kept at the tombstone.
    Phone,
    /// The address and where it is.
    Address,
    /// The notes.
    Notes,
    /// The e-mail address.
    Email,
    /// The name of the company.
    RazonSocial,
    /// Where invoices are addressed to.
    DireccionFiscal,
    /// Tax number, IVA condition and document: locked where the one who stays has them.
    Identity,
}

/// Merges `other_id` into `customer`. Asked again it answers the same.
///
/// # Errors
/// 404 for either, `VERSION_001`, `CUSTOMER_003` where one of them was merged elsewhere, `LOCKED_001` where a locked
/// field would change, 422 for a customer with itself.
pub async fn merge(
    engine: &Engine,
    org: OrgId,
    asker: Asker,
    customer: CustomerId,
    body: &Merge,
) -> Result<Customer> {
    if customer == body.other_id {
        return Err(Error::invalid("other_id", "es el mismo cliente (the same customer)"));
    }
    let mut tenant = engine.db.tenant(org).await?;
    let (stays, goes) = sql::lock_two(tenant.conn(), customer, body.other_id).await?;
    let (Some(mut stays), Some(mut goes)) = (stays, goes) else { return Err(Error::NotFound("customer")) };
    tax::open(engine, &mut tenant, &mut stays).await?;
    if goes.merged_into == Some(stays.id) {
        return Ok(stays);
    }
    stays.is_alive()?;
    goes.is_alive()?;
    check::version(body.version, stays.version, &stays)?;
    check::version(body.other_version.unwrap_or(goes.version), goes.version, &goes)?;
    tax::open(engine, &mut tenant, &mut goes).await?;
    let takes_phone = body.take.contains(&Taken::Phone);
    let mut row = united(&stays, &goes, &body.take)?;
    if takes_phone {
        sql::swap_phones(tenant.conn(), &stays, &goes).await?;
        row.phone.clone_from(&goes.phone);
    }
    if let Some(digits) = row.cuit.clone().filter(|_| stays.cuit.is_none()) {
        row.close(tax::close(engine, &mut tenant, row.id, &digits).await?);
    }
    sql::bury(tenant.conn(), goes.id, row.id).await?;
    let moved = sql::move_all(tenant.conn(), org, goes.id, row.id).await?;
    sql::follow(tenant.conn(), org, goes.id, row.id).await?;
    let cuit = row.cuit.take();
    let mut row = sql::update(tenant.conn(), &row).await?;
    tenant.record(
        NewEvent::new("customer.merged", Utc::now(), asker.by())
            .with("customer", &row)
            .with("merged", json!({ "id": goes.id, "moved": moved, "taken": body.take })),
    );
    tenant.commit().await?;
    row.cuit = cuit;
    Ok(row)
}

/// The one who stays, with what is taken over and what was empty. Pure.
fn united(stays: &Customer, goes: &Customer, take: &[Taken]) -> Result<Customer> {
    let mut row = stays.clone();
    let takes = |field: Taken| take.contains(&field);
    if takes(Taken::Name) {
        row.name.clone_from(&goes.name);
    }
    if (takes(Taken::Address) || row.address.is_none()) && goes.address.is_some() {
        row.address.clone_from(&goes.address);
        row.take(goes.location());
    }
    let fill = |mine: &mut Option<String>, theirs: &Option<String>, field: Taken| {
        if (takes(field) || mine.is_none()) && theirs.is_some() {
            mine.clone_from(theirs);
        }
    };
    fill(&mut row.notes, &goes.notes, Taken::Notes);
    fill(&mut row.email, &goes.email, Taken::Email);
    fill(&mut row.direccion_fiscal, &goes.direccion_fiscal, Taken::DireccionFiscal);
    fill(&mut row.razon_social, &goes.razon_social, Taken::RazonSocial);
    fill(&mut row.cuit, &goes.cuit, Taken::Identity);
    fill(&mut row.condicion_iva, &goes.condicion_iva, Taken::Identity);
    fill(&mut row.dni, &goes.dni, Taken::Identity);
    row.is_active |= goes.is_active;
    super::form::locks(stays, &row)?;
    Ok(row)
}
