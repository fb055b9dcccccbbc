//! Queries of devices.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgConnection;

use super::Counts;
use crate::db::Link;
use crate::error::Result;
use crate::ids::{DeviceId, OrgId, Source, UserId};

/// A device as it stands, with the counts of a day.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct DeviceRow {
    pub(super) device_id: DeviceId,
    pub(super) user_id: UserId,
    pub(super) name: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) last_app: Option<String>,
    pub(super) last_seen_at: Option<DateTime<Utc>>,
    pub(super) stored: i64,
    pub(super) range: i64,
    pub(super) future: i64,
    pub(super) too_old: i64,
    pub(super) off_shift: i64,
    pub(super) unreadable: i64,
}

/// Whom a token names.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct Named {
    pub(super) org_id: OrgId,
    pub(super) device_id: DeviceId,
    pub(super) user_id: UserId,
    pub(super) source: Source,
    pub(super) wanted_at: Option<DateTime<Utc>>,
}

/// The living device of a token's hash.
pub(super) async fn named(link: &mut Link) -> Result<Option<Named>> {
    Ok(sqlx::query_as(
        "select org_id, device_id, user_id, source, wanted_at from device
         where token_hash = current_link_hash() and revoked_at is null",
    )
    .fetch_optional(link.conn())
    .await?)
}

/// The role of an active member, and whether shifts begin by the work schedule there.
pub(super) async fn member(
    conn: &mut PgConnection,
    org: OrgId,
    user: UserId,
) -> Result<Option<(String, bool)>> {
    Ok(sqlx::query_as(
        "select m.role, o.ingest_shift = 'schedule' from member m join organization o on o.org_id = m.org_id
         where m.org_id = $1 and m.user_id = $2 and m.is_active",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(conn)
    .await?)
}

/// The role of an active member, as it is written.
pub(super) async fn active_role(conn: &mut PgConnection, org: OrgId, user: UserId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select role from member where org_id = $1 and user_id = $2 and is_active")
        .bind(org)
        .bind(user)
        .fetch_optional(conn)
        .await?)
}

/// Makes a device and the stream of its positions; says whether it is new.
pub(super) async fn insert(
    conn: &mut PgConnection,
    org: OrgId,
    device: DeviceId,
    (user, by): (UserId, UserId),
    name: &str,
    token_hash: &[u8],
) -> Result<bool> {
    let source: Option<i32> = sqlx::query_scalar(
        "insert into source (org_id, user_id, device, boot, app) values ($1, $2, $3, $3, 'ingest')
         on conflict do nothing returning source",
    )
    .bind(org)
    .bind(user)
    .bind(device)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(source) = source else { return Ok(false) };
    let made = sqlx::query(
        "insert into device (org_id, device_id, user_id, name, token_hash, source, created_by)
         values ($1, $2, $3, $4, $5, $7, $6) on conflict do nothing",
    )
    .bind(org)
    .bind(device)
    .bind(user)
    .bind(name)
    .bind(token_hash)
    .bind(by)
    .bind(source)
    .execute(conn)
    .await?;
    Ok(made.rows_affected() > 0)
}

/// Whose a device is and what it is called.
pub(super) async fn known(
    conn: &mut PgConnection,
    org: OrgId,
    device: DeviceId,
) -> Result<Option<(UserId, String)>> {
    Ok(sqlx::query_as("select user_id, name from device where org_id = $1 and device_id = $2")
        .bind(org)
        .bind(device)
        .fetch_optional(conn)
        .await?)
}

/// Living devices, oldest first, with the counts of `day`.
pub(super) async fn list(
    conn: &mut PgConnection,
    org: OrgId,
    user: Option<UserId>,
    day: NaiveDate,
) -> Result<Vec<DeviceRow>> {
    Ok(sqlx::query_as(
        "select d.device_id, d.user_id, d.name, d.created_at, d.last_app, d.last_seen_at,
                coalesce(c.stored, 0) as stored, coalesce(c.range, 0) as range, coalesce(c.future, 0) as future,
                coalesce(c.too_old, 0) as too_old, coalesce(c.off_shift, 0) as off_shift,
                coalesce(c.unreadable, 0) as unreadable
         from device d left join device_day c on c.org_id = d.org_id and c.device_id = d.device_id and c.day = $3
         where d.org_id = $1 and d.revoked_at is null and ($2::uuid is null or d.user_id = $2)
         order by d.created_at, d.device_id limit 1000",
    )
    .bind(org)
    .bind(user)
    .bind(day)
    .fetch_all(conn)
    .await?)
}

/// Ends a token; says whether there was one of `user`'s (of anybody's when `None`).
pub(super) async fn revoke(
    conn: &mut PgConnection,
    org: OrgId,
    device: DeviceId,
    user: Option<UserId>,
    by: UserId,
) -> Result<bool> {
    let ended = sqlx::query(
        "update device set revoked_at = now(), revoked_by = $4
         where org_id = $1 and device_id = $2 and revoked_at is null and ($3::uuid is null or user_id = $3)",
    )
    .bind(org)
    .bind(device)
    .bind(user)
    .bind(by)
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Asks for a position with the next answer; says whether there is such a device.
pub(super) async fn want(conn: &mut PgConnection, org: OrgId, device: DeviceId) -> Result<bool> {
    let asked = sqlx::query(
        "update device set wanted_at = now() where org_id = $1 and device_id = $2 and revoked_at is null",
    )
    .bind(org)
    .bind(device)
    .execute(conn)
    .await?;
    Ok(asked.rows_affected() > 0)
}

/// Notes what came: the app, the moment, the counts of the day; what was wanted is asked for now.
pub(super) async fn note(
    conn: &mut PgConnection,
    org: OrgId,
    device: DeviceId,
    app: &str,
    day: NaiveDate,
    counts: &Counts,
) -> Result<()> {
    sqlx::query(
        "with seen as (
            update device set last_app = $3, last_seen_at = now(), wanted_at = null where org_id = $1 and device_id = $2)
         insert into device_day as d (org_id, device_id, day, stored, range, future, too_old, off_shift, unreadable)
         values ($1, $2, $4, $5, $6, $7, $8, $9, $10)
         on conflict (org_id, device_id, day) do update set stored = d.stored + $5, range = d.range + $6,
            future = d.future + $7, too_old = d.too_old + $8, off_shift = d.off_shift + $9, unreadable = d.unreadable + $10",
    )
    .bind(org)
    .bind(device)
    .bind(app)
    .bind(day)
    .bind(counts.stored)
    .bind(counts.range)
    .bind(counts.future)
    .bind(counts.too_old)
    .bind(counts.off_shift)
    .bind(counts.unreadable)
    .execute(conn)
    .await?;
    Ok(())
}
