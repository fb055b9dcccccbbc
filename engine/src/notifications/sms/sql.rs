//! Queries of `sms_sent`, in identity scope: caps count over all organizations.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::Counts;
use crate::error::Result;

pub(super) async fn lock(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(20264)").execute(conn).await?;
    Ok(())
}

pub(super) async fn counts(conn: &mut PgConnection, phone: &str, block: &str) -> Result<Counts> {
    Ok(sqlx::query_as(
        "select floor(extract(epoch from clock_timestamp() - max(at) filter (where phone = $1)))::bigint as newest_s,
                count(*) filter (where phone = $1) as number,
                count(*) filter (where block = $2) as block,
                count(*) filter (where not is_known) as unknown,
                count(*) as in_all
         from sms_sent where at > now() - interval '1 hour'",
    )
    .bind(phone)
    .bind(block)
    .fetch_one(conn)
    .await?)
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    phone: &str,
    block: &str,
    is_known: bool,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("insert into sms_sent (phone, block, is_known, at) values ($1, $2, $3, $4)")
        .bind(phone)
        .bind(block)
        .bind(is_known)
        .bind(at)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn sweep(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("delete from sms_sent where at < now() - interval '1 day'").execute(conn).await?;
    Ok(())
}
