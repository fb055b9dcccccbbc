//! Queries of corrections.

use uuid::Uuid;

use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::privacy::rectify::Fields;

pub(crate) async fn people(tenant: &mut Tenant, users: &[Uuid], fields: &Fields) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update member set name = coalesce($3, name), phone = coalesce($4, phone), email = coalesce($5, email),
             version = version + 1, updated_at = now()
         where org_id = $1 and user_id = any ($2)",
    )
    .bind(org)
    .bind(users)
    .bind(&fields.name)
    .bind(&fields.phone)
    .bind(&fields.email)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

pub(crate) async fn customers(tenant: &mut Tenant, customers: &[Uuid], fields: &Fields) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update customer set name = coalesce($3, name), phone = coalesce($4, phone), address = coalesce($5, address),
             version = version + 1, updated_at = now()
         where org_id = $1 and customer_id = any ($2)",
    )
    .bind(org)
    .bind(customers)
    .bind(&fields.name)
    .bind(&fields.phone)
    .bind(&fields.address)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// The number with which people sign in.
pub(crate) async fn sign_in_phone(db: &Db, users: &[Uuid], phone: &str) -> Result<()> {
    let mut tx = db.identity().await?;
    sqlx::query("update app_user set phone = $2 where user_id = any ($1)")
        .bind(users)
        .bind(phone)
        .execute(&mut *tx)
        .await?;
    Ok(tx.commit().await?)
}
