//! Queries of answers.

use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;

/// Who answers has read what was there; a closed conversation is open again.
pub(in crate::whatsapp) async fn answered(tenant: &mut Tenant, conversation: Uuid) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update conversation set unread = 0, read_at = now(), status = case when status in ('closed', 'archived') then 'open'
             else status end, updated_at = now() where org_id = $1 and conversation_id = $2",
    )
    .bind(org)
    .bind(conversation)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Whether the organization has this file.
pub(in crate::whatsapp) async fn has_file(tenant: &mut Tenant, file: Uuid) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select exists (select from file where org_id = $1 and file_id = $2)")
        .bind(org)
        .bind(file)
        .fetch_one(tenant.conn())
        .await?)
}
