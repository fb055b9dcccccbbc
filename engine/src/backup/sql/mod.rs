//! Queries of backups: over the owner's own connection, because they take everything.

pub(super) mod dump;
pub(super) mod load;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;

/// The installation's one row.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Installation {
    /// Which life of the data this is.
    pub incarnation: Uuid,
    /// The moment that the last backup holds.
    pub backup_of: Option<DateTime<Utc>>,
    /// The moment that it was restored to, if it was.
    pub restored_of: Option<DateTime<Utc>>,
}

/// The installation's one row.
pub async fn installation(db: &Db) -> Result<Installation> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_as("select incarnation, backup_of, restored_of from installation")
        .fetch_one(&mut *tx)
        .await?)
}

/// Notes a backup that was finished.
pub(super) async fn note(db: &Db, of: DateTime<Utc>, bytes: u64) -> Result<()> {
    let mut tx = db.worker().await?;
    sqlx::query("update installation set backup_of = greatest(backup_of, $1), backup_bytes = $2")
        .bind(of)
        .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}
