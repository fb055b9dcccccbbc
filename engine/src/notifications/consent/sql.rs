//! Queries of customers' consent.

use crate::customers::Customer;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::CustomerId;

/// Changes what the customer of a phone gets; None where it is so already, or there is no such customer.
pub(super) async fn set(tx: &mut Tenant, phone: &str, is_out: bool) -> Result<Option<Customer>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "update customer set opted_out_at = case when $3 then now() end, updated_at = now(), version = version + 1
         where org_id = $1 and phone = $2 and (opted_out_at is not null) <> $3 returning *",
    )
    .bind(org)
    .bind(phone)
    .bind(is_out)
    .fetch_optional(tx.conn())
    .await?)
}

pub(super) async fn phone_of(tx: &mut Tenant, customer: CustomerId) -> Result<Option<String>> {
    let org = tx.org();
    Ok(sqlx::query_scalar("select phone from customer where org_id = $1 and customer_id = $2")
        .bind(org)
        .bind(customer)
        .fetch_optional(tx.conn())
        .await?)
}

pub(super) async fn customer(tx: &mut Tenant, customer: CustomerId) -> Result<Option<Customer>> {
    let org = tx.org();
    Ok(sqlx::query_as("select * from customer where org_id = $1 and customer_id = $2")
        .bind(org)
        .bind(customer)
        .fetch_optional(tx.conn())
        .await?)
}
