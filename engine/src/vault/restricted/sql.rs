//! Queries of `organization_bank` and `member_payroll`.

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::moment::Moment;

/// A row with two sealed values.
#[derive(sqlx::FromRow)]
pub(super) struct Sealed {
    pub(super) first: Option<Vec<u8>>,
    pub(super) second: Option<Vec<u8>>,
    pub(super) version: i32,
    pub(super) updated_at: Moment,
}

/// What a change leaves.
#[derive(sqlx::FromRow)]
pub(super) struct Stands {
    pub(super) version: i32,
    pub(super) updated_at: Moment,
}

/// Who changes the fields of an organization waits here for others who do.
pub(super) async fn lock(tenant: &mut Tenant) -> Result<()> {
    let org = tenant.org();
    sqlx::query("select from organization where org_id = $1 for no key update")
        .bind(org)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

pub(super) async fn bank(tenant: &mut Tenant) -> Result<Option<Sealed>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select cbu_sealed as first, cbu_alias_sealed as second, version, updated_at
         from organization_bank where org_id = $1",
    )
    .bind(org)
    .fetch_optional(tenant.conn())
    .await?)
}

pub(super) async fn put_bank(
    tenant: &mut Tenant,
    by: UserId,
    cbu: Option<&[u8]>,
    alias: Option<&[u8]>,
) -> Result<Stands> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "insert into organization_bank as b (org_id, cbu_sealed, cbu_alias_sealed, updated_by)
         values ($1, $2, $3, $4)
         on conflict (org_id) do update set cbu_sealed = $2, cbu_alias_sealed = $3, updated_by = $4,
             updated_at = now(), version = b.version + 1
         returning version, updated_at",
    )
    .bind(org)
    .bind(cbu)
    .bind(alias)
    .bind(by)
    .fetch_one(tenant.conn())
    .await?)
}

pub(super) async fn is_member(tenant: &mut Tenant, user: UserId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select exists (select from member where org_id = $1 and user_id = $2)")
        .bind(org)
        .bind(user)
        .fetch_one(tenant.conn())
        .await?)
}

pub(super) async fn payroll(tenant: &mut Tenant, user: UserId) -> Result<Option<Sealed>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select remuneracion_sealed as first, cbu_empleado_sealed as second, version, updated_at
         from member_payroll where org_id = $1 and user_id = $2",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

pub(super) async fn put_payroll(
    tenant: &mut Tenant,
    (by, user): (UserId, UserId),
    earns: Option<&[u8]>,
    cbu: Option<&[u8]>,
) -> Result<Stands> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "insert into member_payroll as p (org_id, user_id, remuneracion_sealed, cbu_empleado_sealed, updated_by)
         values ($1, $2, $3, $4, $5)
         on conflict (org_id, user_id) do update set remuneracion_sealed = $3, cbu_empleado_sealed = $4,
             updated_by = $5, updated_at = now(), version = p.version + 1
         returning version, updated_at",
    )
    .bind(org)
    .bind(user)
    .bind(earns)
    .bind(cbu)
    .bind(by)
    .fetch_one(tenant.conn())
    .await?)
}
