//! Queries of one-time codes, in identity scope.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::guard::{Budget, Failures};
use crate::error::Result;

/// A code in flight.
#[derive(sqlx::FromRow)]
pub(super) struct Challenge {
    pub(super) challenge_id: Uuid,
    pub(super) phone: String,
    pub(super) code_hmac: Vec<u8>,
    pub(super) tries: i16,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) used_at: Option<DateTime<Utc>>,
    pub(super) voided_at: Option<DateTime<Utc>>,
    /// The browser or device that asked, where it said which it is.
    pub(super) device: Option<String>,
    pub(super) invitation_id: Option<Uuid>,
    pub(super) second_tries: i16,
    pub(super) second_used_at: Option<DateTime<Utc>>,
}

/// A code about to be sent.
pub(super) struct NewChallenge<'a> {
    pub(super) id: Uuid,
    pub(super) phone: &'a str,
    pub(super) code_hmac: &'a [u8],
    pub(super) ip: &'a str,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) device: Option<String>,
    pub(super) invitation: Option<Uuid>,
}

/// Two sends to one phone at once happen one after the other.
pub(super) async fn lock_phone(conn: &mut PgConnection, phone: &str) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 20261))")
        .bind(phone)
        .execute(conn)
        .await?;
    Ok(())
}

/// Two failures of one address at once are counted one after the other.
pub(super) async fn lock_address(conn: &mut PgConnection, ip: &str) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 20262))").bind(ip).execute(conn).await?;
    Ok(())
}

/// Whether somebody of this phone was invited and has not signed in yet. Asked of every phone, so that the answer
/// takes the same time.
pub(super) async fn is_invited(conn: &mut PgConnection, phone: &str) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from app_user u join member m using (user_id)
                        where u.phone = $1 and m.is_active and m.joined_at is null)",
    )
    .bind(phone)
    .fetch_one(conn)
    .await?)
}

/// When codes were sent to this phone, newest first.
pub(super) async fn sends_of_last_hour(conn: &mut PgConnection, phone: &str) -> Result<Vec<DateTime<Utc>>> {
    Ok(sqlx::query_scalar(
        "select created_at from otp_challenge where phone = $1 and created_at > now() - interval '1 hour'
         order by created_at desc limit 3",
    )
    .bind(phone)
    .fetch_all(conn)
    .await?)
}

pub(super) async fn void(conn: &mut PgConnection, phone: &str) -> Result<()> {
    sqlx::query(
        "update otp_challenge set voided_at = now() where phone = $1 and used_at is null and voided_at is null",
    )
    .bind(phone)
    .execute(conn)
    .await?;
    Ok(())
}

/// Voids the living codes that an address asked for or guessed at; those of devices known to their person stay.
pub(super) async fn void_of_address(conn: &mut PgConnection, ip: &str) -> Result<()> {
    sqlx::query(
        "update otp_challenge set voided_at = now() where used_at is null and voided_at is null
         and (ip = $1 or phone in (select phone from otp_failure where ip = $1 and at > now() - interval '15 minutes'))
         and not exists (select from app_user u join login_session s using (user_id)
                         where u.phone = otp_challenge.phone and s.device_id = otp_challenge.device)",
    )
    .bind(ip)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn insert(conn: &mut PgConnection, new: &NewChallenge<'_>) -> Result<()> {
    sqlx::query(
        "insert into otp_challenge (challenge_id, phone, code_hmac, ip, expires_at, device, invitation_id)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.phone)
    .bind(new.code_hmac)
    .bind(new.ip)
    .bind(new.expires_at)
    .bind(&new.device)
    .bind(new.invitation)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a phone's last five codes.
pub(super) async fn forget_old(conn: &mut PgConnection, phone: &str) -> Result<()> {
    sqlx::query(
        "delete from otp_challenge where challenge_id in
         (select challenge_id from otp_challenge where phone = $1 order by created_at desc offset 5)",
    )
    .bind(phone)
    .execute(conn)
    .await?;
    Ok(())
}

/// How many phones an address asked for in the last hour.
pub(super) async fn phones_of_address(conn: &mut PgConnection, ip: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select count(distinct phone) from otp_challenge where ip = $1 and created_at > now() - interval '1 hour'",
    )
    .bind(ip)
    .fetch_one(conn)
    .await?)
}

/// The challenge that was named, or the phone's newest; locked, so that tries are counted one by one.
pub(super) async fn lock_challenge(
    conn: &mut PgConnection,
    phone: &str,
    challenge: Option<Uuid>,
) -> Result<Option<Challenge>> {
    Ok(sqlx::query_as(
        "select * from otp_challenge
         where phone = $1 and ($2::uuid is null or challenge_id = $2) order by created_at desc limit 1 for update",
    )
    .bind(phone)
    .bind(challenge)
    .fetch_optional(conn)
    .await?)
}

/// The challenge of a second factor's ticket, locked.
pub(super) async fn lock_by_id(conn: &mut PgConnection, challenge: Uuid) -> Result<Option<Challenge>> {
    Ok(sqlx::query_as("select * from otp_challenge where challenge_id = $1 for update")
        .bind(challenge)
        .fetch_optional(conn)
        .await?)
}

/// Counts a try of the second factor.
pub(super) async fn count_second(conn: &mut PgConnection, challenge: Uuid) -> Result<()> {
    sqlx::query(
        "update otp_challenge set second_tries = least(second_tries + 1, 100) where challenge_id = $1",
    )
    .bind(challenge)
    .execute(conn)
    .await?;
    Ok(())
}

/// A ticket is good once.
pub(super) async fn use_second(conn: &mut PgConnection, challenge: Uuid) -> Result<()> {
    sqlx::query("update otp_challenge set second_used_at = now() where challenge_id = $1")
        .bind(challenge)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn count_try(conn: &mut PgConnection, challenge: Uuid) -> Result<()> {
    sqlx::query("update otp_challenge set tries = least(tries + 1, 100) where challenge_id = $1")
        .bind(challenge)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn use_up(conn: &mut PgConnection, challenge: Uuid) -> Result<()> {
    sqlx::query("update otp_challenge set used_at = now() where challenge_id = $1")
        .bind(challenge)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes a failure and says its number.
pub(super) async fn insert_failure(
    conn: &mut PgConnection,
    ip: &str,
    phone: &str,
    is_known: bool,
) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "insert into otp_failure (ip, phone, is_known, at) values ($1, $2, $3, clock_timestamp())
         returning failure_id",
    )
    .bind(ip)
    .bind(phone)
    .bind(is_known)
    .fetch_one(conn)
    .await?)
}

/// Whose phone failed, and from where.
pub(super) async fn failure(conn: &mut PgConnection, id: i64) -> Result<Option<(String, String)>> {
    Ok(sqlx::query_as("select phone, ip from otp_failure where failure_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// Failures of devices that nobody knows: of an address as far back as a lock can reach, and those that used up the
/// budget of everyone.
pub(super) async fn failures(conn: &mut PgConnection, ip: &str, budget: Budget) -> Result<Failures> {
    let address = sqlx::query_scalar(
        "select at from otp_failure where ip = $1 and not is_known and at > now() - interval '45 minutes'
         order by at desc limit 50",
    )
    .bind(ip)
    .fetch_all(&mut *conn)
    .await?;
    let (hour, day): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = sqlx::query_as(
        "select (select at from otp_failure where not is_known and at > now() - interval '1 hour'
                 order by at desc offset $1 limit 1),
                (select at from otp_failure where not is_known and at > now() - interval '1 day'
                 order by at desc offset $2 limit 1)",
    )
    .bind(i64::from(budget.hour.max(1)) - 1)
    .bind(i64::from(budget.day.max(1)) - 1)
    .fetch_one(conn)
    .await?;
    Ok(Failures { address, hour, day })
}

/// Whether the person of this phone signed in on this device before.
pub(super) async fn is_known_device(
    conn: &mut PgConnection,
    phone: &str,
    device: Option<&str>,
) -> Result<bool> {
    let Some(device) = device.filter(|d| Uuid::try_parse(d).is_ok()) else { return Ok(false) };
    Ok(sqlx::query_scalar(
        "select exists (select from login_session s join app_user u using (user_id)
                        where u.phone = $1 and s.device_id = $2)",
    )
    .bind(phone)
    .bind(device)
    .fetch_one(conn)
    .await?)
}

/// Erases codes and failures of yesterday and before: nothing asks for them any more.
pub(super) async fn sweep(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("delete from otp_challenge where created_at < now() - interval '1 day'")
        .execute(&mut *conn)
        .await?;
    sqlx::query("delete from otp_failure where at < now() - interval '1 day'").execute(&mut *conn).await?;
    // Begun and never confirmed: nobody is asked for it.
    sqlx::query(
        "delete from second_factor where confirmed_at is null and created_at < now() - interval '1 day'",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "delete from invitation where coalesce(used_at, revoked_at, expires_at) < now() - interval '30 days'",
    )
    .execute(conn)
    .await?;
    Ok(())
}
