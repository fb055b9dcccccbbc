//! Queries of people. `app_user` in identity scope, members inside an organization or in identity scope.

use sqlx::postgres::PgConnection;

use crate::auth::role::Role;
use crate::error::Result;
use crate::ids::{OrgId, UserId};

/// The person with this phone, made if there is none (identity scope).
pub(crate) async fn person(conn: &mut PgConnection, phone: &str) -> Result<UserId> {
    // An update that changes nothing returns the row also where it was there before.
    Ok(sqlx::query_scalar(
        "insert into app_user (user_id, phone) values ($1, $2)
         on conflict (phone) do update set phone = excluded.phone returning user_id",
    )
    .bind(UserId::new())
    .bind(phone)
    .fetch_one(conn)
    .await?)
}

pub(crate) async fn insert_member(
    conn: &mut PgConnection,
    org: OrgId,
    user: UserId,
    name: &str,
    phone: &str,
    role: Role,
) -> Result<()> {
    sqlx::query("insert into member (org_id, user_id, role, name, phone) values ($1, $2, $3, $4, $5)")
        .bind(org)
        .bind(user)
        .bind(role)
        .bind(name)
        .bind(phone)
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes the organization the one that the person signs into (identity scope).
pub(crate) async fn prefer(conn: &mut PgConnection, user: UserId, org: OrgId) -> Result<()> {
    sqlx::query("update app_user set default_org = $2 where user_id = $1")
        .bind(user)
        .bind(org)
        .execute(conn)
        .await?;
    Ok(())
}

/// The active memberships of a phone, the default organization first, then the newest (identity scope).
pub(crate) async fn memberships(conn: &mut PgConnection, phone: &str) -> Result<Vec<(OrgId, UserId, bool)>> {
    Ok(sqlx::query_as(
        "select m.org_id, m.user_id, m.is_active from app_user u join member m using (user_id) where u.phone = $1
         order by m.is_active desc, (m.org_id = u.default_org) desc nulls last, m.created_at desc, m.org_id",
    )
    .bind(phone)
    .fetch_all(conn)
    .await?)
}

/// The active members of an organization with a role.
pub(crate) async fn active_of_role(
    conn: &mut PgConnection,
    org: OrgId,
    role: Option<Role>,
) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar(
        "select user_id from member where org_id = $1 and is_active and ($2::text is null or role = $2)
         order by name, user_id",
    )
    .bind(org)
    .bind(role.map(Role::as_str))
    .fetch_all(conn)
    .await?)
}
