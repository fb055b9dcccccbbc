//! Queries of organizations.

use sqlx::postgres::PgConnection;

use super::Organization;
use crate::error::Result;
use crate::ids::{FileId, OrgId};

pub(super) async fn insert(conn: &mut PgConnection, org: OrgId, name: &str) -> Result<()> {
    sqlx::query("insert into organization (org_id, name) values ($1, $2)")
        .bind(org)
        .bind(name)
        .execute(conn)
        .await?;
    Ok(())
}

/// The row; locked for a change.
pub(crate) async fn get(
    conn: &mut PgConnection,
    org: OrgId,
    for_update: bool,
) -> Result<Option<Organization>> {
    let query = if for_update {
        "select * from organization where org_id = $1 for update"
    } else {
        "select * from organization where org_id = $1"
    };
    Ok(sqlx::query_as(query).bind(org).fetch_optional(conn).await?)
}

/// Whether a file is there to be the organization's picture.
pub(super) async fn is_logo(conn: &mut PgConnection, org: OrgId, file: FileId) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select 1 from file where org_id = $1 and file_id = $2 and purpose = 'logo')",
    )
    .bind(org)
    .bind(file)
    .fetch_one(conn)
    .await?)
}

pub(crate) async fn update(conn: &mut PgConnection, row: &Organization) -> Result<Organization> {
    Ok(sqlx::query_as(
        "update organization set name = $2, cuit = $3, phone = $4, ping_every_s = $5, share_speeds = $6,
         completion_requires = $7, razon_social = $8, tipo_sociedad = $9, iva_condition = $10,
         punto_venta_afip = $11, fecha_inscripcion_afip = $12, ingresos_brutos = $13, domicilio_fiscal = $14,
         email = $15, website = $16, address = $17, logo_file_id = $18, ingest_shift = $19,
         version = version + 1,
         updated_at = now() where org_id = $1 returning *",
    )
    .bind(row.id)
    .bind(&row.name)
    .bind(&row.cuit)
    .bind(&row.phone)
    .bind(row.ping_every_s)
    .bind(row.share_speeds)
    .bind(&row.completion_requires)
    .bind(&row.razon_social)
    .bind(&row.tipo_sociedad)
    .bind(&row.iva_condition)
    .bind(row.punto_venta_afip)
    .bind(row.fecha_inscripcion_afip)
    .bind(&row.ingresos_brutos)
    .bind(&row.domicilio_fiscal)
    .bind(&row.email)
    .bind(&row.website)
    .bind(&row.address)
    .bind(row.logo_file_id)
    .bind(row.ingest_shift)
    .fetch_one(conn)
    .await?)
}

/// Sets the tier; none where there is no such organization.
pub(super) async fn set_tier(conn: &mut PgConnection, org: OrgId, tier: Option<&str>) -> Result<Option<()>> {
    let set = sqlx::query("update organization set tier = $2, updated_at = now() where org_id = $1")
        .bind(org)
        .bind(tier)
        .execute(conn)
        .await?;
    Ok((set.rows_affected() == 1).then_some(()))
}

/// Marks the demonstration: phones send every five seconds, and the owner has a name.
pub(crate) async fn make_demo(conn: &mut PgConnection, org: OrgId) -> Result<()> {
    sqlx::query("update organization set is_demo = true, ping_every_s = 5 where org_id = $1")
        .bind(org)
        .execute(&mut *conn)
        .await?;
    sqlx::query("update member set name = 'Graciela Suárez' where org_id = $1 and role = 'owner'")
        .bind(org)
        .execute(conn)
        .await?;
    Ok(())
}
