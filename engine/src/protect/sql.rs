//! Queries of change requests as they are asked.

use uuid::Uuid;

use super::{Entity, Wish};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{FileId, UserId};

/// Inserts a request; false where the field has an open one.
pub(super) async fn insert(tenant: &mut Tenant, by: UserId, wish: &Wish) -> Result<bool> {
    let org = tenant.org();
    let sealed = wish.sealed.clone().unwrap_or_default();
    let done = sqlx::query(
        "insert into change_request (org_id, request_id, entity, entity_id, field, current, requested,
             current_sealed, requested_sealed, reason, requested_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (org_id, entity, entity_id, field) where status = 'pending' do nothing",
    )
    .bind(org)
    .bind(wish.id)
    .bind(wish.entity)
    .bind(wish.entity_id)
    .bind(wish.field)
    .bind(&wish.current)
    .bind(&wish.requested)
    .bind(sealed.current)
    .bind(sealed.requested)
    .bind(&wish.reason)
    .bind(by)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The open request of a field.
pub(super) async fn open(
    tenant: &mut Tenant,
    entity: Entity,
    entity_id: Uuid,
    field: &str,
) -> Result<Option<Uuid>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select request_id from change_request
         where org_id = $1 and entity = $2 and entity_id = $3 and field = $4 and status = 'pending'",
    )
    .bind(org)
    .bind(entity)
    .bind(entity_id)
    .bind(field)
    .fetch_optional(tenant.conn())
    .await?)
}

pub(super) async fn add_document(tenant: &mut Tenant, id: Uuid, file: FileId) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into change_request_document (org_id, request_id, file_id) values ($1, $2, $3)
         on conflict do nothing",
    )
    .bind(org)
    .bind(id)
    .bind(file)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Opens the locked fields of one row for one approved request, in this transaction alone.
pub(crate) async fn unlock(tenant: &mut Tenant, request: Uuid) -> Result<()> {
    set_door(tenant, &request.to_string()).await
}

/// Closes them again: what follows in the same transaction is an ordinary change.
pub(crate) async fn lock_again(tenant: &mut Tenant) -> Result<()> {
    set_door(tenant, "").await
}

async fn set_door(tenant: &mut Tenant, request: &str) -> Result<()> {
    sqlx::query("select set_config('app.change_request', $1, true)")
        .bind(request)
        .execute(tenant.conn())
        .await?;
    Ok(())
}
