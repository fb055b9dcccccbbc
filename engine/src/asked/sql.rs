//! The queries of `command_result`.

use sqlx::types::Json;
use uuid::Uuid;

use super::CommandResult;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;

/// Claims a command's id for this transaction, or finds the answer that it already has.
pub(crate) async fn claim(tenant: &mut Tenant, user: UserId, id: Uuid) -> Result<Option<CommandResult>> {
    let org = tenant.org();
    let claimed = sqlx::query(
        "insert into command_result (org_id, user_id, command_id, result) values ($1, $2, $3, 'null')
         on conflict do nothing",
    )
    .bind(org)
    .bind(user)
    .bind(id)
    .execute(tenant.conn())
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let stored: Json<CommandResult> = sqlx::query_scalar(
        "select result from command_result where org_id = $1 and user_id = $2 and command_id = $3",
    )
    .bind(org)
    .bind(user)
    .bind(id)
    .fetch_one(tenant.conn())
    .await?;
    Ok(Some(stored.0))
}

/// Stores the answer to a command that this transaction claimed.
pub(crate) async fn settle(tenant: &mut Tenant, user: UserId, result: &CommandResult) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update command_result set result = $4 where org_id = $1 and user_id = $2 and command_id = $3",
    )
    .bind(org)
    .bind(user)
    .bind(result.id)
    .bind(Json(result))
    .execute(tenant.conn())
    .await?;
    Ok(())
}
