//! Queries of the generations of the signing key, in identity scope.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use crate::auth::ring::Generation;
use crate::error::Result;
use crate::ids::OrgId;

/// All that are not long over.
pub(super) async fn generations(conn: &mut PgConnection) -> Result<Vec<Generation>> {
    let rows: Vec<(i32, DateTime<Utc>, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select generation, signs_from, ends_at from signing_key
         where ends_at is null or ends_at > now() - interval '1 day' order by generation",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(number, signs_from, ends_at)| Generation { number, signs_from, ends_at })
        .collect())
}

/// Two rotations at once happen one after the other.
pub(super) async fn lock(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(20266)").execute(conn).await?;
    Ok(())
}

/// Gives the keys that are there an end, unless they end sooner.
pub(super) async fn end(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<()> {
    sqlx::query("update signing_key set ends_at = least(coalesce(ends_at, $1), $1)")
        .bind(at)
        .execute(conn)
        .await?;
    Ok(())
}

/// All organizations: their tokens are signed by these keys.
pub(super) async fn organizations(conn: &mut PgConnection) -> Result<Vec<OrgId>> {
    Ok(sqlx::query_scalar("select org_id from organization order by org_id").fetch_all(conn).await?)
}

pub(super) async fn insert(conn: &mut PgConnection, number: i32, signs_from: DateTime<Utc>) -> Result<()> {
    sqlx::query("insert into signing_key (generation, signs_from) values ($1, $2)")
        .bind(number)
        .bind(signs_from)
        .execute(conn)
        .await?;
    Ok(())
}
