//! Queries of invitations: inside an organization for the owner, in identity scope for who signs in.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{Invited, Living};
use crate::error::Result;
use crate::ids::{OrgId, UserId};

/// Locks an active member, so that two owners make one invitation; false where there is none.
pub(super) async fn lock_member(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    let found: Option<UserId> =
        sqlx::query_scalar("select user_id from member where user_id = $1 and is_active for update")
            .bind(user)
            .fetch_optional(conn)
            .await?;
    Ok(found.is_some())
}

pub(super) async fn living_of(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<Option<(Uuid, DateTime<Utc>)>> {
    Ok(sqlx::query_as(
        "select invitation_id, expires_at from invitation
         where user_id = $1 and used_at is null and revoked_at is null and expires_at > now()
         order by created_at desc limit 1",
    )
    .bind(user)
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    org: OrgId,
    (id, user, by): (Uuid, UserId, UserId),
    hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into invitation (org_id, invitation_id, user_id, token_hash, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(org)
    .bind(id)
    .bind(user)
    .bind(hash)
    .bind(by)
    .bind(expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a member's links that nobody used; how many there were.
pub(super) async fn revoke_all(conn: &mut PgConnection, user: UserId) -> Result<u64> {
    let done = sqlx::query(
        "update invitation set revoked_at = now() where user_id = $1 and used_at is null and revoked_at is null",
    )
    .bind(user)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn invited(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<Invited>> {
    Ok(sqlx::query_as(
        "select m.name, m.phone, m.role, o.name as organization, i.expires_at
         from invitation i join member m using (org_id, user_id) join organization o using (org_id)
         where i.token_hash = $1 and i.used_at is null and i.revoked_at is null and i.expires_at > now() and m.is_active",
    )
    .bind(hash)
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn lock_living(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<Living>> {
    Ok(sqlx::query_as(
        "select i.invitation_id, u.phone, i.cooling_until
         from invitation i join app_user u using (user_id) join member m using (org_id, user_id)
         where i.token_hash = $1 and i.used_at is null and i.revoked_at is null and i.expires_at > now() and m.is_active
         for update of i",
    )
    .bind(hash)
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn cool(conn: &mut PgConnection, id: Uuid, until: DateTime<Utc>) -> Result<()> {
    sqlx::query("update invitation set cooling_until = $2 where invitation_id = $1")
        .bind(id)
        .bind(until)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks it as used and says whom it names, and whether they are active.
pub(super) async fn accept(conn: &mut PgConnection, id: Uuid) -> Result<Option<(OrgId, UserId, bool)>> {
    Ok(sqlx::query_as(
        "update invitation i set used_at = coalesce(used_at, now()) from member m
         where i.invitation_id = $1 and i.revoked_at is null and m.org_id = i.org_id and m.user_id = i.user_id
         returning i.org_id, i.user_id, m.is_active",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}
