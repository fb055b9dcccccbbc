//! Queries of codes on their way, in identity scope.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::error::Result;
use crate::notifications::outbound::Way;

/// A code that may still be entered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Living {
    pub(super) challenge_id: Uuid,
    pub(super) phone: String,
    pub(super) channel: Option<Way>,
    pub(super) delivery: Option<String>,
    pub(super) sending_at: Option<DateTime<Utc>>,
}

pub(super) async fn living(conn: &mut PgConnection, challenge: Uuid) -> Result<Option<Living>> {
    Ok(sqlx::query_as(
        "select challenge_id, phone, channel, delivery, sending_at from otp_challenge
         where challenge_id = $1 and used_at is null and voided_at is null and expires_at > now()",
    )
    .bind(challenge)
    .fetch_optional(conn)
    .await?)
}

/// Notes how a code's message stands. A status that came before the answer is not undone.
pub(super) async fn note(
    conn: &mut PgConnection,
    challenge: Uuid,
    way: Way,
    delivery: &str,
    provider_id: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "update otp_challenge set channel = $2,
             delivery = case when $3 = 'sent' and delivery in ('delivered', 'read') and channel = $2 then delivery else $3 end,
             provider_id = coalesce($4, provider_id),
             sending_at = case when $3 = 'sending' then clock_timestamp() else sending_at end
         where challenge_id = $1",
    )
    .bind(challenge)
    .bind(way)
    .bind(delivery)
    .bind(provider_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Merges a status: never a step back.
pub(super) async fn receive(
    conn: &mut PgConnection,
    challenge: Option<Uuid>,
    provider_id: &str,
    delivery: &str,
) -> Result<bool> {
    let done = sqlx::query(
        "update otp_challenge set delivery = $3, provider_id = coalesce(provider_id, $2)
         where (challenge_id = $1 or provider_id = $2) and (provider_id is null or provider_id = $2)
           and array_position(array['sending', 'sent', 'delivered', 'read', 'failed'], $3)
             > array_position(array['sending', 'sent', 'delivered', 'read', 'failed'], coalesce(delivery, 'sending'))",
    )
    .bind(challenge)
    .bind(provider_id)
    .bind(delivery)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether somebody of the installation has this phone.
pub(super) async fn is_known(conn: &mut PgConnection, phone: &str) -> Result<bool> {
    Ok(sqlx::query_scalar("select exists (select from app_user where phone = $1)")
        .bind(phone)
        .fetch_one(conn)
        .await?)
}

/// Codes that left by SMS in the last hour, and how many of them were used. Those of the last minutes still may be.
pub(super) async fn sms_codes_of_the_hour(conn: &mut PgConnection) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "select count(*), count(*) filter (where used_at is not null) from otp_challenge
         where channel = 'sms' and created_at > now() - interval '1 hour'
           and (used_at is not null or created_at < now() - interval '2 minutes')",
    )
    .fetch_one(conn)
    .await?)
}
