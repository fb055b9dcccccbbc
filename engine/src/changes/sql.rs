//! Queries of change requests, and the updates that carry them out.

use uuid::Uuid;

use super::{ChangeRequest, Filter, Status};
use crate::customers::tax::Tax;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, FileId, UserId};
use crate::page::Cursor;
use crate::protect::Entity;

/// The one select; `$1` is the organization, the rest is the caller's.
macro_rules! select_requests {
    ($rest:literal) => {
        concat!(
            "select r.*, m.name as requested_by_name,
                    case r.entity
                        when 'organization' then (select o.name from organization o where o.org_id = r.org_id)
                        when 'user' then (select u.name from member u where u.org_id = r.org_id and u.user_id = r.entity_id)
                        else (select c.name from customer c where c.org_id = r.org_id and c.customer_id = r.entity_id)
                    end as entity_name,
                    array(select d.file_id from change_request_document d
                          where d.org_id = r.org_id and d.request_id = r.request_id order by d.file_id) as documents
             from change_request r join member m on m.org_id = r.org_id and m.user_id = r.requested_by
             where r.org_id = $1 and ",
            $rest
        )
    };
}

/// One more than `limit`, newest first.
pub(super) async fn list(
    tenant: &mut Tenant,
    all: bool,
    filter: &Filter,
    (after, limit): (Option<Cursor>, i64),
) -> Result<Vec<ChangeRequest>> {
    let org = tenant.org();
    Ok(sqlx::query_as(select_requests!(
        "($2::text is null or r.status = $2) and ($3::text is null or r.entity = $3)
         and ($4::uuid is null or r.entity_id = $4)
         and ($5::timestamptz is null or (r.created_at, r.request_id) < ($5, $6))
         and ($8 or r.entity = 'customer')
         order by r.created_at desc, r.request_id desc limit $7"
    ))
    .bind(org)
    .bind(filter.status)
    .bind(filter.entity)
    .bind(filter.entity_id)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .bind(all)
    .fetch_all(tenant.conn())
    .await?)
}

/// One request; its row locked until the transaction ends where that is asked for.
pub(super) async fn get(tenant: &mut Tenant, id: Uuid, for_update: bool) -> Result<Option<ChangeRequest>> {
    let org = tenant.org();
    if for_update {
        sqlx::query("select 1 from change_request where org_id = $1 and request_id = $2 for update")
            .bind(org)
            .bind(id)
            .fetch_optional(tenant.conn())
            .await?;
    }
    Ok(sqlx::query_as(select_requests!("r.request_id = $2"))
        .bind(org)
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

pub(super) async fn decide(
    tenant: &mut Tenant,
    id: Uuid,
    status: Status,
    by: UserId,
    reason: Option<&str>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update change_request set status = $3, decided_by = $4, decided_at = now(), decision_reason = $5
         where org_id = $1 and request_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(status)
    .bind(by)
    .bind(reason)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// How many active owners there are.
pub(super) async fn owners(tenant: &mut Tenant) -> Result<usize> {
    crate::users::sql::active_owners(tenant.conn()).await
}

/// How many of these files are there as documents.
pub(super) async fn count_documents(tenant: &mut Tenant, files: &[FileId]) -> Result<usize> {
    let org = tenant.org();
    let n: i64 = sqlx::query_scalar(
        "select count(*) from file where org_id = $1 and file_id = any($2) and purpose = 'document'",
    )
    .bind(org)
    .bind(files)
    .fetch_one(tenant.conn())
    .await?;
    Ok(usize::try_from(n).unwrap_or(0))
}

/// A field's value as text; None where the row is not there. `field` is of the fixed list.
pub(super) async fn current(
    tenant: &mut Tenant,
    entity: Entity,
    id: Uuid,
    field: &str,
) -> Result<Option<Option<String>>> {
    let org = tenant.org();
    let query = match entity {
        Entity::Organization => {
            "select to_jsonb(t) ->> $3 from organization t where org_id = $1 and org_id = $2"
        }
        Entity::User => "select to_jsonb(t) ->> $3 from member t where org_id = $1 and user_id = $2",
        Entity::Customer => {
            "select to_jsonb(t) ->> $3 from customer t
             where org_id = $1 and customer_id = $2 and merged_into is null"
        }
    };
    Ok(sqlx::query_scalar(query).bind(org).bind(id).bind(field).fetch_optional(tenant.conn()).await?)
}

/// Sets one field of the organization.
pub(super) async fn set_organization(tenant: &mut Tenant, field: &str, value: Option<&str>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update organization set
             cuit = case $2 when 'cuit' then $3 else cuit end,
             razon_social = case $2 when 'razon_social' then $3 else razon_social end,
             tipo_sociedad = case $2 when 'tipo_sociedad' then $3 else tipo_sociedad end,
             iva_condition = case $2 when 'iva_condition' then $3 else iva_condition end,
             punto_venta_afip = case $2 when 'punto_venta_afip' then $3::text::integer else punto_venta_afip end,
             fecha_inscripcion_afip =
                 case $2 when 'fecha_inscripcion_afip' then $3::text::date else fecha_inscripcion_afip end,
             ingresos_brutos = case $2 when 'ingresos_brutos' then $3 else ingresos_brutos end,
             domicilio_fiscal = case $2 when 'domicilio_fiscal' then $3 else domicilio_fiscal end,
             version = version + 1, updated_at = now()
         where org_id = $1",
    )
    .bind(org)
    .bind(field)
    .bind(value)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Sets one locked field of a person.
pub(super) async fn set_user(
    tenant: &mut Tenant,
    id: UserId,
    field: &str,
    value: Option<&str>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update member set
             cuil = case $3 when 'cuil' then $4 else cuil end,
             dni = case $3 when 'dni' then $4 else dni end,
             legal_name = case $3 when 'legal_name' then $4 else legal_name end,
             fecha_nacimiento = case $3 when 'fecha_nacimiento' then $4::text::date else fecha_nacimiento end,
             nacionalidad = case $3 when 'nacionalidad' then $4 else nacionalidad end,
             sexo = case $3 when 'sexo' then $4 else sexo end,
             fecha_ingreso = case $3 when 'fecha_ingreso' then $4::text::date else fecha_ingreso end,
             modalidad_contrato = case $3 when 'modalidad_contrato' then $4 else modalidad_contrato end,
             obra_social = case $3 when 'obra_social' then $4 else obra_social end,
             art = case $3 when 'art' then $4 else art end,
             convenio_colectivo = case $3 when 'convenio_colectivo' then $4 else convenio_colectivo end
         where org_id = $1 and user_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(field)
    .bind(value)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Sets one field of a customer.
pub(super) async fn set_customer(
    tenant: &mut Tenant,
    id: CustomerId,
    field: &str,
    value: Option<&str>,
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update customer set
             razon_social = case $3 when 'razon_social' then $4 else razon_social end,
             condicion_iva = case $3 when 'condicion_iva' then $4 else condicion_iva end,
             dni = case $3 when 'dni' then $4 else dni end,
             direccion_fiscal = case $3 when 'direccion_fiscal' then $4 else direccion_fiscal end,
             version = version + 1, updated_at = now()
         where org_id = $1 and customer_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(field)
    .bind(value)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Sets a customer's tax number.
pub(super) async fn set_cuit(tenant: &mut Tenant, id: CustomerId, tax: &Tax) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update customer set cuit_sealed = $3, cuit_blind = $4, version = version + 1, updated_at = now()
         where org_id = $1 and customer_id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(&tax.sealed)
    .bind(&tax.blind)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
