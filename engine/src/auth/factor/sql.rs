//! Queries of second factors, in identity scope.

use sqlx::postgres::PgConnection;

use super::Row;
use crate::error::Result;
use crate::ids::UserId;

/// A person's factor; locked for a change, so that of two uses of one code one is the first.
pub(super) async fn get(conn: &mut PgConnection, user: UserId, for_update: bool) -> Result<Option<Row>> {
    let query = if for_update {
        "select * from second_factor where user_id = $1 for update"
    } else {
        "select * from second_factor where user_id = $1"
    };
    Ok(sqlx::query_as(query).bind(user).fetch_optional(conn).await?)
}

/// The phone, which names the account in an authenticator app.
pub(super) async fn phone(conn: &mut PgConnection, user: UserId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select phone from app_user where user_id = $1")
        .bind(user)
        .fetch_optional(conn)
        .await?)
}

/// A new secret in the place of one that was never confirmed. Its failures stay: beginning anew gives no more tries.
pub(super) async fn begin(conn: &mut PgConnection, user: UserId, secret: &[u8]) -> Result<()> {
    sqlx::query(
        "insert into second_factor (user_id, secret) values ($1, $2)
         on conflict (user_id) do update set secret = excluded.secret, created_at = now(), last_step = 0, recovery = '{}'
         where second_factor.confirmed_at is null",
    )
    .bind(user)
    .bind(secret)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn confirm(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query("update second_factor set confirmed_at = now() where user_id = $1")
        .bind(user)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes it away; true if it was on.
pub(super) async fn remove(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    let was_on: Option<bool> =
        sqlx::query_scalar("delete from second_factor where user_id = $1 returning confirmed_at is not null")
            .bind(user)
            .fetch_optional(conn)
            .await?;
    Ok(was_on.unwrap_or(false))
}

pub(super) async fn use_step(conn: &mut PgConnection, user: UserId, step: i64) -> Result<()> {
    sqlx::query(
        "update second_factor set last_step = greatest(last_step, $2), failures = 0, failed_at = null
         where user_id = $1",
    )
    .bind(user)
    .bind(step)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn use_recovery(conn: &mut PgConnection, user: UserId, seal: &[u8]) -> Result<()> {
    sqlx::query(
        "update second_factor set recovery = array_remove(recovery, $2), failures = 0, failed_at = null
         where user_id = $1",
    )
    .bind(user)
    .bind(seal)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_recovery(conn: &mut PgConnection, user: UserId, seals: &[Vec<u8>]) -> Result<()> {
    sqlx::query("update second_factor set recovery = $2 where user_id = $1")
        .bind(user)
        .bind(seals)
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts a failure; those of before the last rest are forgotten.
pub(super) async fn fail(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query(
        "update second_factor set failed_at = clock_timestamp(),
             failures = case when failed_at > now() - interval '15 minutes' then failures + 1 else 1 end
         where user_id = $1",
    )
    .bind(user)
    .execute(conn)
    .await?;
    Ok(())
}
