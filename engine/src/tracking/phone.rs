//! What is kept of a phone while it is connected.

use crate::db::Db;
use crate::error::Result;
use crate::ids::{OrgId, Source, UserId};

use super::sql;

/// Keeps the clock correction of a boot.
pub async fn keep_correction(db: &Db, org: OrgId, source: Source, correction_ms: i64) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    sql::set_correction(tenant.conn(), org, source, correction_ms).await?;
    tenant.commit().await
}

/// Keeps that sources of a person were heard of.
pub async fn keep_seen(db: &Db, org: OrgId, user: UserId, sources: &[i32]) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    sql::touch_sources(tenant.conn(), org, user, sources).await?;
    tenant.commit().await
}
