//! What an operator wants to know of a database (`campo doctor`).

use chrono::{DateTime, Utc};

use super::{Db, MIGRATOR};
use crate::error::Result;

/// The state of a database, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub struct Examined {
    /// PostgreSQL's major version.
    pub version: i32,
    /// Whether the role may make the serving roles, or they are there.
    pub may_make_roles: bool,
    /// Migrations that are still to take.
    pub missing_migrations: usize,
    /// Its clock minus ours, in seconds.
    pub clock_off_s: f64,
}

impl Db {
    /// Looks at the database without changing it.
    pub async fn examine(&self) -> Result<Examined> {
        let mut owner = self.owner().await?;
        let (version, may_make_roles, clock): (i32, bool, DateTime<Utc>) = sqlx::query_as(
            "select current_setting('server_version_num')::int4 / 10000,
                    r.rolsuper or r.rolcreaterole
                    or (select count(*) = 4 from pg_roles
                        where rolname in ('campo_app', 'campo_ingest', 'campo_worker', 'campo_privacy')),
                    clock_timestamp()
             from pg_roles r where r.rolname = current_user",
        )
        .fetch_one(&mut owner)
        .await?;
        let clock_off_s = (clock - Utc::now()).as_seconds_f64();
        let taken: Option<i64> = if sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
            .fetch_one(&mut owner)
            .await?
        {
            sqlx::query_scalar("select count(*) from _sqlx_migrations where success")
                .fetch_one(&mut owner)
                .await?
        } else {
            None
        };
        let taken = usize::try_from(taken.unwrap_or(0)).unwrap_or(0);
        let missing_migrations = MIGRATOR.iter().count().saturating_sub(taken);
        Ok(Examined { version, may_make_roles, missing_migrations, clock_off_s })
    }
}
