//! Fields that the owner alone sees (functional.md section 1, "restricted"): sealed in their rows, and in no event, log,
//! audit entry or other answer.

pub mod rules;
mod sql;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Engine;
use crate::audit::{Action, Entry};
use crate::check::{self, Check};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, UserId};
use crate::moment::Moment;

/// What sealed values are bound to.
const CBU: &str = "organization.cbu";
const ALIAS: &str = "organization.cbu_alias";
const REMUNERACION: &str = "user.remuneracion";
const CBU_EMPLEADO: &str = "user.cbu_empleado";
/// What audit entries name: never a value.
const BANK: [&str; 2] = ["cbu", "cbu_alias"];
const PAYROLL: [&str; 2] = ["remuneracion", "cbu_empleado"];

/// Where the company's money goes. The owner's to see.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Bank {
    /// The account (CBU or CVU), 22 digits.
    pub cbu: Option<String>,
    /// Its alias.
    pub cbu_alias: Option<String>,
    /// Rises with every change; 0 before the first.
    pub version: i32,
    /// Last changed at.
    pub updated_at: Option<Moment>,
}

/// `PUT /api/organization/bank`: what is absent or null is erased.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct PutBank {
    /// The account (CBU or CVU), 22 digits with their two check digits; blanks and dashes do not count.
    pub cbu: Option<String>,
    /// Its alias: 6 to 20 letters, digits, dots and dashes.
    pub cbu_alias: Option<String>,
    /// The version that the editor saw.
    pub version: Option<i32>,
}

/// What somebody earns and where it goes. The owner's to see.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Payroll {
    /// Whose.
    pub user_id: UserId,
    /// What they earn, in pesos, as `850000.00`.
    #[schema(value_type = Option<String>)]
    pub remuneracion: Option<Decimal>,
    /// Their account (CBU or CVU), 22 digits.
    pub cbu_empleado: Option<String>,
    /// Rises with every change; 0 before the first.
    pub version: i32,
    /// Last changed at.
    pub updated_at: Option<Moment>,
}

/// `PUT /api/users/{id}/payroll`: what is absent or null is erased.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct PutPayroll {
    /// What they earn, in pesos, as `850000.00`: at most two decimals.
    #[schema(value_type = Option<String>)]
    pub remuneracion: Option<Decimal>,
    /// Their account (CBU or CVU), 22 digits with their two check digits.
    pub cbu_empleado: Option<String>,
    /// The version that the editor saw.
    pub version: Option<i32>,
}

/// The company's account; empty where nobody entered one. That somebody looked is in the audit log.
pub async fn bank(engine: &Engine, org: OrgId, by: UserId) -> Result<Bank> {
    let mut tenant = engine.db.tenant(org).await?;
    let row = sql::bank(&mut tenant).await?;
    let Some(row) = row else {
        return Ok(Bank { cbu: None, cbu_alias: None, version: 0, updated_at: None });
    };
    let vault = &engine.vault;
    let bank = Bank {
        cbu: vault.open_text(&mut tenant, CBU, org.0, row.first.as_deref()).await?,
        cbu_alias: vault.open_text(&mut tenant, ALIAS, org.0, row.second.as_deref()).await?,
        version: row.version,
        updated_at: Some(row.updated_at),
    };
    tenant.audit(
        Entry::new(Action::RestrictedRead, By::staff(by), "organization").on(org.0).with("fields", BANK),
    );
    tenant.commit().await?;
    Ok(bank)
}

/// The owner enters the company's account, or changes it.
pub async fn put_bank(engine: &Engine, org: OrgId, by: UserId, put: &PutBank) -> Result<Bank> {
    let mut check = Check::default();
    let cbu = rules::checked_cbu(&mut check, "cbu", put.cbu.as_deref());
    let alias = rules::checked_alias(&mut check, "cbu_alias", put.cbu_alias.as_deref());
    check.done()?;
    let mut tenant = engine.db.tenant(org).await?;
    sql::lock(&mut tenant).await?;
    let present = sql::bank(&mut tenant).await?.map_or(0, |r| r.version);
    check::version(put.version.unwrap_or(present), present, &present)?;
    let first = engine.vault.seal_text(&mut tenant, CBU, org.0, cbu.as_deref()).await?;
    let second = engine.vault.seal_text(&mut tenant, ALIAS, org.0, alias.as_deref()).await?;
    let stands = sql::put_bank(&mut tenant, by, first.as_deref(), second.as_deref()).await?;
    tenant.audit(
        Entry::new(Action::RestrictedChanged, By::staff(by), "organization").on(org.0).with("fields", BANK),
    );
    tenant.commit().await?;
    Ok(Bank { cbu, cbu_alias: alias, version: stands.version, updated_at: Some(stands.updated_at) })
}

/// What somebody earns; empty where nobody entered it. That somebody looked is in the audit log.
///
/// # Errors
/// [`Error::NotFound`] where there is no such person in the organization.
pub async fn payroll(engine: &Engine, org: OrgId, (by, user): (UserId, UserId)) -> Result<Payroll> {
    let mut tenant = engine.db.tenant(org).await?;
    if !sql::is_member(&mut tenant, user).await? {
        return Err(Error::NotFound("user"));
    }
    let Some(row) = sql::payroll(&mut tenant, user).await? else {
        let none =
            Payroll { user_id: user, remuneracion: None, cbu_empleado: None, version: 0, updated_at: None };
        return Ok(none);
    };
    let vault = &engine.vault;
    let earns = vault.open_text(&mut tenant, REMUNERACION, user.0, row.first.as_deref()).await?;
    let earns = earns.map(|text| text.parse());
    let payroll = Payroll {
        user_id: user,
        remuneracion: earns.transpose().map_err(|_| Error::Internal(format!("{REMUNERACION}: no number")))?,
        cbu_empleado: vault.open_text(&mut tenant, CBU_EMPLEADO, user.0, row.second.as_deref()).await?,
        version: row.version,
        updated_at: Some(row.updated_at),
    };
    let read = Entry::new(Action::RestrictedRead, By::staff(by), "user").on(user.0).about(user);
    tenant.audit(read.with("fields", PAYROLL));
    tenant.commit().await?;
    Ok(payroll)
}

/// The owner enters what somebody earns, or changes it.
///
/// # Errors
/// [`Error::NotFound`] where there is no such person in the organization.
pub async fn put_payroll(
    engine: &Engine,
    org: OrgId,
    (by, user): (UserId, UserId),
    put: &PutPayroll,
) -> Result<Payroll> {
    let mut check = Check::default();
    let earns = rules::checked_amount(&mut check, "remuneracion", put.remuneracion);
    let cbu = rules::checked_cbu(&mut check, "cbu_empleado", put.cbu_empleado.as_deref());
    check.done()?;
    let mut tenant = engine.db.tenant(org).await?;
    if !sql::is_member(&mut tenant, user).await? {
        return Err(Error::NotFound("user"));
    }
    sql::lock(&mut tenant).await?;
    let present = sql::payroll(&mut tenant, user).await?.map_or(0, |r| r.version);
    check::version(put.version.unwrap_or(present), present, &present)?;
    let text = earns.map(|e| e.to_string());
    let first = engine.vault.seal_text(&mut tenant, REMUNERACION, user.0, text.as_deref()).await?;
    let second = engine.vault.seal_text(&mut tenant, CBU_EMPLEADO, user.0, cbu.as_deref()).await?;
    let stands = sql::put_payroll(&mut tenant, (by, user), first.as_deref(), second.as_deref()).await?;
    let changed = Entry::new(Action::RestrictedChanged, By::staff(by), "user").on(user.0).about(user);
    tenant.audit(changed.with("fields", PAYROLL));
    tenant.commit().await?;
    Ok(Payroll {
        user_id: user,
        remuneracion: earns,
        cbu_empleado: cbu,
        version: stands.version,
        updated_at: Some(stands.updated_at),
    })
}
