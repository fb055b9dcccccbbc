//! Carrying out an approved change, with everything that follows from it for its entity.

use chrono::Utc;

use super::{ChangeRequest, sql};
use crate::Engine;
use crate::customers::{self, tax};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{CustomerId, LoginId, UserId};
use crate::organizations;
use crate::protect::Entity;
use crate::users;

/// Makes the change; answers the login sessions that end with it, which are told of after the commit.
pub(super) async fn apply(
    engine: &Engine,
    tenant: &mut Tenant,
    by: UserId,
    row: &ChangeRequest,
) -> Result<Vec<LoginId>> {
    match row.entity {
        Entity::Organization => organization(tenant, by, row).await.map(|()| Vec::new()),
        Entity::User => user(tenant, by, row).await,
        Entity::Customer => customer(engine, tenant, by, row).await.map(|()| Vec::new()),
    }
}

async fn organization(tenant: &mut Tenant, by: UserId, row: &ChangeRequest) -> Result<()> {
    let org = tenant.org();
    sql::set_organization(tenant, &row.field, row.requested.as_deref()).await?;
    let changed =
        organizations::sql::get(tenant.conn(), org, false).await?.ok_or(Error::NotFound("organization"))?;
    let event = NewEvent::new("organization.changed", Utc::now(), By::staff(by));
    tenant.record(event.with("organization", changed));
    Ok(())
}

async fn user(tenant: &mut Tenant, by: UserId, row: &ChangeRequest) -> Result<Vec<LoginId>> {
    let id = UserId(row.entity_id);
    users::sql::get(tenant.conn(), id, true).await?.ok_or(Error::NotFound("user"))?;
    let was = users::sql::profile(tenant.conn(), id).await?.ok_or(Error::NotFound("user"))?;
    let mut will = was.user.clone();
    let wrong = || Error::Internal(format!("change request {}: {}", row.id, row.field));
    match (row.field.as_str(), row.requested.as_deref()) {
        ("role", Some(role)) => will.role = role.parse().map_err(|()| wrong())?,
        ("is_active", Some(is_active)) => will.is_active = is_active.parse().map_err(|_| wrong())?,
        ("puesto", puesto) => will.puesto = puesto.map(str::to_owned),
        (field, value) => sql::set_user(tenant, id, field, value).await?,
    }
    users::carry_out(tenant, by, &was, &will).await
}

async fn customer(engine: &Engine, tenant: &mut Tenant, by: UserId, row: &ChangeRequest) -> Result<()> {
    let id = CustomerId(row.entity_id);
    customers::sql::lock(tenant.conn(), id).await?.ok_or(Error::NotFound("customer"))?.is_alive()?;
    if let Some(digits) = super::requested_of(engine, tenant, row).await? {
        let tax = tax::close(engine, tenant, id, &digits).await?;
        sql::set_cuit(tenant, id, &tax).await?;
    } else {
        sql::set_customer(tenant, id, &row.field, row.requested.as_deref()).await?;
    }
    let changed = customers::sql::lock(tenant.conn(), id).await?.ok_or(Error::NotFound("customer"))?;
    tenant.record(NewEvent::new("customer.changed", Utc::now(), By::staff(by)).with("customer", changed));
    Ok(())
}
