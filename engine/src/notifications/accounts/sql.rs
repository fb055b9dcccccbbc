//! Queries of `whatsapp_account`.

use sqlx::postgres::PgConnection;

use super::Account;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::OrgId;

/// What an account shows of itself.
macro_rules! shown {
    () => {
        "phone_number_id, waba_id, display_phone, is_sandbox, version, created_at, updated_at"
    };
}

pub(super) struct New<'a> {
    pub(super) id: &'a str,
    pub(super) waba: Option<&'a str>,
    pub(super) display: Option<&'a str>,
    pub(super) is_sandbox: bool,
}

pub(super) async fn get(tenant: &mut Tenant) -> Result<Option<Account>> {
    let org = tenant.org();
    Ok(sqlx::query_as(concat!("select ", shown!(), " from whatsapp_account where org_id = $1"))
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}

/// The number's id, its sealed token, and whether it is a test number.
pub(super) async fn sealed(tenant: &mut Tenant) -> Result<Option<(String, Vec<u8>, bool)>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select phone_number_id, token, is_sandbox from whatsapp_account where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}

/// Writes the account; without a token the present one stays.
pub(super) async fn put(tenant: &mut Tenant, new: &New<'_>, sealed: Option<&[u8]>) -> Result<Account> {
    let org = tenant.org();
    let put = sqlx::query_as(concat!(
        "insert into whatsapp_account as a (org_id, phone_number_id, waba_id, display_phone, token, is_sandbox)
         values ($1, $2, $3, $4, coalesce($5, (select token from whatsapp_account where org_id = $1), ''), $6)
         on conflict (org_id) do update set phone_number_id = $2, waba_id = $3, display_phone = $4,
             token = coalesce($5, a.token), is_sandbox = $6, version = a.version + 1, updated_at = now()
         returning ",
        shown!()
    ))
    .bind(org)
    .bind(new.id)
    .bind(new.waba)
    .bind(new.display)
    .bind(sealed)
    .bind(new.is_sandbox)
    .fetch_one(tenant.conn())
    .await;
    put.map_err(|error| match &error {
        sqlx::Error::Database(e) if e.constraint() == Some("whatsapp_account_number") => Error::Conflict {
            code: "WHATSAPP_001",
            detail: "otra organización ya usa ese número (another organization has that number)".into(),
            current: None,
        },
        _ => error.into(),
    })
}

pub(super) async fn delete(tenant: &mut Tenant) -> Result<()> {
    let org = tenant.org();
    sqlx::query("delete from whatsapp_account where org_id = $1").bind(org).execute(tenant.conn()).await?;
    Ok(())
}

/// Whose number it is (identity scope).
pub(super) async fn org_of(conn: &mut PgConnection, id: &str) -> Result<Option<OrgId>> {
    Ok(sqlx::query_scalar("select org_id from whatsapp_account where phone_number_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?)
}
