//! Bringing a database to the present form: forward only, from empty or from any earlier form.

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::error::{Error, Result};

/// The migrations inside the executable.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// The oldest PostgreSQL that works (`unique nulls not distinct`, SQL-body functions).
const OLDEST: i32 = 15_00_00;

/// Brings the database to the present form and returns how many migrations it took.
///
/// Safe to run twice and from two processes at once: sqlx holds an advisory lock.
pub async fn migrate(options: &PgConnectOptions) -> Result<usize> {
    let mut conn = PgConnection::connect_with(options).await?;
    let version: i32 =
        sqlx::query_scalar("select current_setting('server_version_num')::int4").fetch_one(&mut conn).await?;
    if version < OLDEST {
        return Err(Error::Internal(format!(
            "PostgreSQL {}.{} is too old: 15 or newer is needed",
            version / 10_000,
            version % 10_000
        )));
    }
    let before = applied(&mut conn).await;
    MIGRATOR.run(&mut conn).await.map_err(|e| Error::Internal(format!("migration failed: {e}")))?;
    // Tables that came since: what nobody may erase from is kept for ever.
    sqlx::query("select open_to_eraser()").execute(&mut conn).await?;
    let after = applied(&mut conn).await;
    conn.close().await?;
    Ok(after.saturating_sub(before))
}

async fn applied(conn: &mut PgConnection) -> usize {
    sqlx::query_scalar::<_, i64>("select count(*) from _sqlx_migrations where success")
        .fetch_one(conn)
        .await
        .map_or(0, |n| usize::try_from(n).unwrap_or(0))
}
