//! Partition upkeep: days are made ahead of time and dropped when their retention ends.

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::postgres::PgConnection;

use crate::error::Result;

/// Days of raw positions that are kept (functional.md section 4: 90 at most).
pub const KEEP_DAYS: u64 = 90;
/// Phones may be a week late and positions a few minutes early; two days ahead survive a weekend without upkeep.
const DAYS_BACK: u64 = 8;
const DAYS_AHEAD: u64 = 2;

/// What one round of upkeep did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Days that were made.
    pub made: Vec<NaiveDate>,
    /// Days whose retention had ended.
    pub dropped: Vec<NaiveDate>,
    /// Rows of wrong clocks whose retention had ended.
    pub erased: u64,
}

/// Makes the days around `now` and drops those older than [`KEEP_DAYS`]. Idempotent.
///
/// `conn` is the owner's ([`super::Db::owner`]).
pub async fn keep_partitions(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Upkeep> {
    keep_partitions_for(conn, now, KEEP_DAYS).await
}

/// The same where the operator keeps fewer days.
pub async fn keep_partitions_for(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    days_kept: u64,
) -> Result<Upkeep> {
    let mut upkeep = Upkeep::default();
    // A backup reads positions for as long as it takes: who waits for it here would hold up everyone behind.
    sqlx::raw_sql("set lock_timeout = '2s'").execute(&mut *conn).await?;
    let today = now.date_naive();
    let mut day = today.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(today);
    for _ in 0..=(DAYS_BACK + DAYS_AHEAD) {
        let made: bool =
            sqlx::query_scalar("select make_position_day($1)").bind(day).fetch_one(&mut *conn).await?;
        if made {
            upkeep.made.push(day);
        }
        day = day.succ_opt().unwrap_or(day);
    }
    let oldest = today.checked_sub_days(Days::new(days_kept.min(KEEP_DAYS))).unwrap_or(today);
    for day in days(conn).await?.into_iter().filter(|d| *d < oldest) {
        // The name is made of a date alone, so there is nothing to escape.
        let statement = format!("drop table position_{}", day.format("%Y%m%d"));
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *conn).await?;
        upkeep.dropped.push(day);
    }
    let erased: i64 =
        sqlx::query_scalar("select erase_stray_positions($1)").bind(oldest).fetch_one(&mut *conn).await?;
    upkeep.erased = u64::try_from(erased).unwrap_or(0);
    Ok(upkeep)
}

/// The days that have a partition.
async fn days(conn: &mut PgConnection) -> Result<Vec<NaiveDate>> {
    let names: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'position'::regclass",
    )
    .fetch_all(conn)
    .await?;
    Ok(names
        .iter()
        .filter_map(|n| NaiveDate::parse_from_str(n.strip_prefix("position_")?, "%Y%m%d").ok())
        .collect())
}
