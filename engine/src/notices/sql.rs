//! Queries of the in-app inbox.

use uuid::Uuid;

use super::Notice;
use super::view::NoticeView;
use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::page::Cursor;

/// The columns of a [`NoticeView`] after what stands before them.
macro_rules! notices {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " notice_id as id, kind, title, body, params, entity_kind, entity_id, created_at, read_at ",
            $after
        )
    };
}

/// Writes a notice to an active member; none where they have it already.
pub(super) async fn insert(tenant: &mut Tenant, user: UserId, notice: &Notice) -> Result<Option<NoticeView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(notices!(
        "insert into notice (org_id, notice_id, user_id, kind, title, body, params, entity_kind, entity_id, dedupe_key)
         select $1, $3, $2, $4, $5, $6, $7, $8, $9, $10
         from member where org_id = $1 and user_id = $2 and is_active
         on conflict (org_id, user_id, dedupe_key) do nothing returning",
        ""
    ))
    .bind(org)
    .bind(user)
    .bind(Uuid::now_v7())
    .bind(notice.kind)
    .bind(&notice.title)
    .bind(&notice.body)
    .bind(&notice.params)
    .bind(notice.entity.map(|e| e.0))
    .bind(notice.entity.map(|e| e.1))
    .bind(&notice.dedupe)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Erases some of a person's notices of half a year ago.
pub(super) async fn forget(tenant: &mut Tenant, user: UserId) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "delete from notice where org_id = $1 and notice_id in (
            select notice_id from notice where org_id = $1 and user_id = $2 and created_at < now() - interval '6 months'
            order by created_at limit 20)",
    )
    .bind(org)
    .bind(user)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Active members with one of these roles.
pub(super) async fn people(tenant: &mut Tenant, roles: &[Role]) -> Result<Vec<UserId>> {
    let roles: Vec<&str> = roles.iter().map(|r| r.as_str()).collect();
    Ok(sqlx::query_scalar("select user_id from member where is_active and role = any($1) order by user_id")
        .bind(roles)
        .fetch_all(tenant.conn())
        .await?)
}

/// One more than `limit`, newest first.
pub(super) async fn list(
    tenant: &mut Tenant,
    user: UserId,
    is_unread: bool,
    (after, limit): (Option<Cursor>, i64),
) -> Result<Vec<NoticeView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(notices!(
        "select",
        "from notice where org_id = $1 and user_id = $2 and (not $3 or read_at is null)
         and ($4::timestamptz is null or (created_at, notice_id) < ($4, $5))
         order by created_at desc, notice_id desc limit $6"
    ))
    .bind(org)
    .bind(user)
    .bind(is_unread)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(tenant.conn())
    .await?)
}

pub(super) async fn unread(tenant: &mut Tenant, user: UserId) -> Result<i64> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select count(*) from notice where org_id = $1 and user_id = $2 and read_at is null",
    )
    .bind(org)
    .bind(user)
    .fetch_one(tenant.conn())
    .await?)
}

/// Marks one as read; says whether that was news.
pub(super) async fn read(tenant: &mut Tenant, user: UserId, id: Uuid) -> Result<Option<(NoticeView, bool)>> {
    let org = tenant.org();
    let fresh = sqlx::query_as(notices!(
        "update notice set read_at = now() where org_id = $1 and user_id = $2 and notice_id = $3 and read_at is null
         returning",
        ""
    ))
    .bind(org)
    .bind(user)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?;
    if let Some(row) = fresh {
        return Ok(Some((row, true)));
    }
    let known: Option<NoticeView> = sqlx::query_as(notices!(
        "select",
        "from notice where org_id = $1 and user_id = $2 and notice_id = $3"
    ))
    .bind(org)
    .bind(user)
    .bind(id)
    .fetch_optional(tenant.conn())
    .await?;
    Ok(known.map(|row| (row, false)))
}

pub(super) async fn read_all(tenant: &mut Tenant, user: UserId) -> Result<u64> {
    let org = tenant.org();
    let done = sqlx::query(
        "update notice set read_at = now() where org_id = $1 and user_id = $2 and read_at is null",
    )
    .bind(org)
    .bind(user)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected())
}

/// How often somebody got a notice of a kind in the last hour.
pub(super) async fn recent(tenant: &mut Tenant, user: UserId, kind: &str) -> Result<i64> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select count(*) from notice where org_id = $1 and user_id = $2 and kind = $3
         and created_at > now() - interval '1 hour'",
    )
    .bind(org)
    .bind(user)
    .bind(kind)
    .fetch_one(tenant.conn())
    .await?)
}

/// A person's phone and e-mail address.
pub(super) async fn reach(tenant: &mut Tenant, user: UserId) -> Result<Option<(String, Option<String>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select phone, email from member where org_id = $1 and user_id = $2")
        .bind(org)
        .bind(user)
        .fetch_optional(tenant.conn())
        .await?)
}
