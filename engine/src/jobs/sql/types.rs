//! The queries of kinds of work.

use sqlx::FromRow;

use crate::db::Tenant;
use crate::error::Result;

/// A kind of work as an organization has it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::jobs) struct TypeRow {
    pub code: String,
    pub name: String,
    pub colour: String,
    pub icon: String,
    pub sort: i32,
    pub is_active: bool,
    pub version: i32,
}

/// The organization's rows. `lock` keeps others from changing them until the transaction ends.
pub(in crate::jobs) async fn type_rows(tenant: &mut Tenant, lock: bool) -> Result<Vec<TypeRow>> {
    let org = tenant.org();
    if lock {
        sqlx::query("select 1 from organization where org_id = $1 for no key update")
            .bind(org)
            .execute(tenant.conn())
            .await?;
    }
    Ok(sqlx::query_as(
        "select code, name, colour, icon, sort, is_active, version from service_type
         where org_id = $1 order by sort, code",
    )
    .bind(org)
    .fetch_all(tenant.conn())
    .await?)
}

/// Writes a kind of work, new or not; its version is the row's.
pub(in crate::jobs) async fn put_type(tenant: &mut Tenant, row: &TypeRow) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into service_type (org_id, code, name, colour, icon, sort, is_active, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (org_id, code) do update set name = excluded.name, colour = excluded.colour,
             icon = excluded.icon, sort = excluded.sort, is_active = excluded.is_active,
             version = excluded.version, updated_at = now()",
    )
    .bind(org)
    .bind(&row.code)
    .bind(&row.name)
    .bind(&row.colour)
    .bind(&row.icon)
    .bind(row.sort)
    .bind(row.is_active)
    .bind(row.version)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
