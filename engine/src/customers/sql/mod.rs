//! Queries of customers, inside an organization.

mod find;
mod merge;

pub(super) use find::{Found, candidates, list, pairs, search};
pub(super) use merge::{bury, follow, lock_two, move_all, swap_phones};

use sqlx::postgres::PgConnection;

use super::form::Fiscal;
use super::tax::Tax;
use super::{Customer, Sight};
use crate::error::Result;
use crate::ids::{CustomerId, OrgId};
use crate::location::Location;

/// A customer's fields, checked.
#[derive(Default)]
pub(crate) struct New<'a> {
    pub(crate) id: CustomerId,
    pub(crate) name: &'a str,
    pub(crate) phone: &'a str,
    pub(crate) address: Option<&'a str>,
    pub(crate) location: Location,
    pub(crate) notes: Option<&'a str>,
    pub(crate) fiscal: Fiscal,
    pub(crate) tax: Option<Tax>,
}

/// Inserts; None where the phone is a customer already.
pub(crate) async fn insert(conn: &mut PgConnection, org: OrgId, new: &New<'_>) -> Result<Option<Customer>> {
    Ok(sqlx::query_as(
        "insert into customer (org_id, customer_id, name, phone, address, lat, lon, notes, location_source,
             location_confidence, email, razon_social, condicion_iva, dni, direccion_fiscal, cuit_sealed, cuit_blind)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict (org_id, phone) do nothing returning *",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.name)
    .bind(new.phone)
    .bind(new.address)
    .bind(new.location.place.map(|p| p.0))
    .bind(new.location.place.map(|p| p.1))
    .bind(new.notes)
    .bind(new.location.source)
    .bind(new.location.confidence)
    .bind(&new.fiscal.email)
    .bind(&new.fiscal.razon_social)
    .bind(&new.fiscal.condicion_iva)
    .bind(&new.fiscal.dni)
    .bind(&new.fiscal.direccion_fiscal)
    .bind(new.tax.as_ref().map(|t| &t.sealed))
    .bind(new.tax.as_ref().map(|t| &t.blind))
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn get(
    conn: &mut PgConnection,
    Sight(technician): Sight,
    customer: CustomerId,
) -> Result<Option<Customer>> {
    Ok(sqlx::query_as(
        "select c.* from customer c where c.customer_id = $1
         and ($2::uuid is null or exists (
            select from job j join job_assignment a using (org_id, job_id)
            where j.customer_id = c.customer_id and a.user_id = $2))",
    )
    .bind(customer)
    .bind(technician)
    .fetch_optional(conn)
    .await?)
}

/// Some customers by their ids.
pub(super) async fn many(conn: &mut PgConnection, org: OrgId, ids: &[CustomerId]) -> Result<Vec<Customer>> {
    Ok(sqlx::query_as("select * from customer where org_id = $1 and customer_id = any($2)")
        .bind(org)
        .bind(ids)
        .fetch_all(conn)
        .await?)
}

pub(crate) async fn lock(conn: &mut PgConnection, customer: CustomerId) -> Result<Option<Customer>> {
    Ok(sqlx::query_as("select * from customer where customer_id = $1 for update")
        .bind(customer)
        .fetch_optional(conn)
        .await?)
}

/// Whose phone it is: they, or whom they turned out to be.
pub(super) async fn by_phone(conn: &mut PgConnection, phone: &str) -> Result<Option<Customer>> {
    Ok(sqlx::query_as(
        "select w.* from customer c join customer w
             on w.org_id = c.org_id and w.customer_id = coalesce(c.merged_into, c.customer_id)
         where c.phone = $1",
    )
    .bind(phone)
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn phone_of_other(
    conn: &mut PgConnection,
    customer: CustomerId,
    phone: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar("select exists (select from customer where phone = $1 and customer_id <> $2)")
        .bind(phone)
        .bind(customer)
        .fetch_one(conn)
        .await?)
}

pub(crate) async fn update(conn: &mut PgConnection, row: &Customer) -> Result<Customer> {
    Ok(sqlx::query_as(
        // Another phone is another person's wish.
        "update customer set name = $2, phone = $3, opted_out_at = case when phone = $3 then opted_out_at end,
             address = $4, lat = $5, lon = $6, notes = $7, is_active = $8, location_source = $9,
             location_confidence = $10, email = $11, razon_social = $12, condicion_iva = $13, dni = $14,
             direccion_fiscal = $15, cuit_sealed = $16, cuit_blind = $17, version = version + 1, updated_at = now()
         where customer_id = $1 returning *",
    )
    .bind(row.id)
    .bind(&row.name)
    .bind(&row.phone)
    .bind(&row.address)
    .bind(row.lat)
    .bind(row.lon)
    .bind(&row.notes)
    .bind(row.is_active)
    .bind(row.location_source)
    .bind(row.location_confidence)
    .bind(&row.email)
    .bind(&row.razon_social)
    .bind(&row.condicion_iva)
    .bind(&row.dni)
    .bind(&row.direccion_fiscal)
    .bind(&row.cuit_sealed)
    .bind(&row.cuit_blind)
    .fetch_one(conn)
    .await?)
}
