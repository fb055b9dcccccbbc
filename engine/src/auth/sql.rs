//! Queries of signing in. Sessions by their id in identity scope, else inside an organization.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::own::{Membership, Session};
use super::refresh::Family;
use super::role::Role;
use super::session::Device;
use crate::error::Result;
use crate::ids::{LoginId, OrgId, UserId};

/// A login session's row, as far as refreshing needs it.
#[derive(sqlx::FromRow)]
pub(super) struct SessionRow {
    pub(super) org_id: OrgId,
    pub(super) user_id: UserId,
    pub(super) device_id: Option<String>,
    pub(super) token_n: i32,
    rotated_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl SessionRow {
    pub(super) fn family(&self) -> Family {
        Family {
            newest: self.token_n,
            rotated_at: self.rotated_at,
            revoked: self.revoked_at.is_some(),
            expires_at: self.expires_at,
        }
    }
}

/// A member with the name of their organization.
#[derive(sqlx::FromRow)]
pub(super) struct MemberRow {
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) role: Role,
    pub(super) is_active: bool,
    pub(super) organization: String,
}

pub(super) async fn member(conn: &mut PgConnection, org: OrgId, user: UserId) -> Result<Option<MemberRow>> {
    Ok(sqlx::query_as(
        "select m.name, m.phone, m.role, m.is_active, o.name as organization
         from member m join organization o using (org_id) where m.org_id = $1 and m.user_id = $2",
    )
    .bind(org)
    .bind(user)
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn insert_session(
    conn: &mut PgConnection,
    login: LoginId,
    org: OrgId,
    user: UserId,
    device: &Device,
    hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into login_session (session_id, org_id, user_id, device_id, token_hash, ip, user_agent, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(login)
    .bind(org)
    .bind(user)
    .bind(&device.key)
    .bind(hash)
    .bind(&device.ip)
    .bind(&device.user_agent)
    .bind(expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// An invited person is a member like any other from their first session on.
pub(super) async fn join(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query("update member set joined_at = now() where user_id = $1 and joined_at is null")
        .bind(user)
        .execute(conn)
        .await?;
    Ok(())
}

/// The session's row, locked until the transaction ends.
pub(super) async fn lock_session(conn: &mut PgConnection, login: LoginId) -> Result<Option<SessionRow>> {
    Ok(sqlx::query_as(
        "select org_id, user_id, device_id, token_n, rotated_at, expires_at, revoked_at
         from login_session where session_id = $1 for update",
    )
    .bind(login)
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn rotate_session(
    conn: &mut PgConnection,
    login: LoginId,
    token_n: i32,
    hash: &[u8],
    device: &Device,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "update login_session set token_n = $2, previous_hash = token_hash, token_hash = $3, rotated_at = $4,
         last_used_at = $4, ip = $5 where session_id = $1",
    )
    .bind(login)
    .bind(token_n)
    .bind(hash)
    .bind(now)
    .bind(&device.ip)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn revoke_session(conn: &mut PgConnection, login: LoginId, reason: &str) -> Result<()> {
    sqlx::query(
        "update login_session set revoked_at = now(), revoke_reason = $2
         where session_id = $1 and revoked_at is null",
    )
    .bind(login)
    .bind(reason)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a session if it is this person's; true if it lived.
pub(super) async fn revoke_own(
    conn: &mut PgConnection,
    user: UserId,
    login: LoginId,
    reason: &str,
) -> Result<bool> {
    let done = sqlx::query(
        "update login_session set revoked_at = now(), revoke_reason = $3
         where session_id = $1 and user_id = $2 and revoked_at is null",
    )
    .bind(login)
    .bind(user)
    .bind(reason)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends every living session of a person that the transaction sees, and names them.
pub(crate) async fn revoke_everywhere(
    conn: &mut PgConnection,
    user: UserId,
    reason: &str,
) -> Result<Vec<LoginId>> {
    Ok(sqlx::query_scalar(
        "update login_session set revoked_at = now(), revoke_reason = $2
         where user_id = $1 and revoked_at is null returning session_id",
    )
    .bind(user)
    .bind(reason)
    .fetch_all(conn)
    .await?)
}

pub(super) async fn ended(conn: &mut PgConnection, logins: &[LoginId]) -> Result<Vec<LoginId>> {
    let ids: Vec<uuid::Uuid> = logins.iter().map(|l| l.0).collect();
    Ok(sqlx::query_scalar(
        "select asked.id from unnest($1::uuid[]) as asked (id)
         where not exists (select from login_session s where s.session_id = asked.id
                           and s.revoked_at is null and s.expires_at > now())",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?)
}

/// Whether the session lives and its person is an active member.
pub(super) async fn is_alive(conn: &mut PgConnection, login: LoginId, user: UserId) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from login_session s join member m using (org_id, user_id)
                        where s.session_id = $1 and s.user_id = $2 and s.revoked_at is null
                        and s.expires_at > now() and m.is_active)",
    )
    .bind(login)
    .bind(user)
    .fetch_one(conn)
    .await?)
}

/// The active memberships of a person, the default first.
pub(super) async fn memberships(conn: &mut PgConnection, user: UserId) -> Result<Vec<Membership>> {
    Ok(sqlx::query_as(
        "select o.org_id as id, o.name, m.role, coalesce(u.default_org = o.org_id, false) as is_default
         from member m join organization o using (org_id) join app_user u using (user_id)
         where m.user_id = $1 and m.is_active order by is_default desc, o.name, o.org_id",
    )
    .bind(user)
    .fetch_all(conn)
    .await?)
}

/// The living sessions of a person, newest first.
pub(super) async fn sessions(
    conn: &mut PgConnection,
    user: UserId,
    current: LoginId,
) -> Result<Vec<Session>> {
    Ok(sqlx::query_as(
        "select session_id as id, org_id, ip, user_agent, created_at, last_used_at, expires_at,
                session_id = $2 as is_current
         from login_session where user_id = $1 and revoked_at is null and expires_at > now()
         order by created_at desc, session_id desc limit 500",
    )
    .bind(user)
    .bind(current)
    .fetch_all(conn)
    .await?)
}
