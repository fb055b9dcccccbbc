//! Queries of customers, inside an organization.

use sqlx::postgres::PgConnection;

use super::{Customer, Filter, Sight};
use crate::error::Result;
use crate::ids::{CustomerId, OrgId};
use crate::location::Location;
use crate::page::Cursor;

/// A customer's fields, checked.
pub(crate) struct New<'a> {
    pub(crate) name: &'a str,
    pub(crate) phone: &'a str,
    pub(crate) address: Option<&'a str>,
    pub(crate) location: Location,
    pub(crate) notes: Option<&'a str>,
}

/// Inserts; None where the phone is a customer already.
pub(crate) async fn insert(conn: &mut PgConnection, org: OrgId, new: &New<'_>) -> Result<Option<Customer>> {
    Ok(sqlx::query_as(
        "insert into customer (org_id, customer_id, name, phone, address, lat, lon, notes, location_source,
             location_confidence)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (org_id, phone) do nothing returning *",
    )
    .bind(org)
    .bind(CustomerId::new())
    .bind(new.name)
    .bind(new.phone)
    .bind(new.address)
    .bind(new.location.place.map(|p| p.0))
    .bind(new.location.place.map(|p| p.1))
    .bind(new.notes)
    .bind(new.location.source)
    .bind(new.location.confidence)
    .fetch_optional(conn)
    .await?)
}

/// One more than `limit`, newest first.
pub(super) async fn list(
    conn: &mut PgConnection,
    Sight(technician): Sight,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Customer>> {
    let phone = filter.q.as_deref().and_then(part_of_phone);
    Ok(sqlx::query_as(
        "select c.* from customer c
         where ($1::text is null or c.name ilike $1 or c.address ilike $1 or c.phone like $2)
         and ($3::bool is null or c.is_active = $3)
         and ($4::uuid is null or exists (
            select from job j join job_assignment a using (org_id, job_id)
            where j.customer_id = c.customer_id and a.user_id = $4))
         and ($5::timestamptz is null or (c.created_at, c.customer_id) < ($5, $6))
         order by c.created_at desc, c.customer_id desc limit $7",
    )
    .bind(filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(contains))
    .bind(phone)
    .bind(filter.is_active)
    .bind(technician)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(conn)
    .await?)
}

/// A pattern by which a phone is found however it is written; None where the text is no part of a phone.
fn part_of_phone(text: &str) -> Option<String> {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (is_phone && digits.len() >= 3).then(|| format!("%{digits}%"))
}

/// A pattern that finds the text itself, whatever signs it has.
fn contains(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
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

pub(super) async fn lock(conn: &mut PgConnection, customer: CustomerId) -> Result<Option<Customer>> {
    Ok(sqlx::query_as("select * from customer where customer_id = $1 for update")
        .bind(customer)
        .fetch_optional(conn)
        .await?)
}

pub(super) async fn by_phone(conn: &mut PgConnection, phone: &str) -> Result<Option<Customer>> {
    Ok(sqlx::query_as("select * from customer where phone = $1").bind(phone).fetch_optional(conn).await?)
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

pub(super) async fn update(conn: &mut PgConnection, row: &Customer) -> Result<Customer> {
    Ok(sqlx::query_as(
        // Another phone is another person's wish.
        "update customer set name = $2, phone = $3, opted_out_at = case when phone = $3 then opted_out_at end, address = $4, lat = $5, lon = $6, notes = $7, is_active = $8,
         location_source = $9, location_confidence = $10, version = version + 1, updated_at = now() where customer_id = $1 returning *",
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
    .fetch_one(conn)
    .await?)
}
