//! Queries of push subscriptions.

use uuid::Uuid;

use super::Subscription;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{JobId, UserId};

/// Browsers of one person.
const MOST: i64 = 10;

/// Keeps a browser for a person, whoever had it before; their oldest go when there are more than ten.
pub(super) async fn upsert(
    tenant: &mut Tenant,
    user: UserId,
    subscription: &Subscription,
    hash: &[u8],
    user_agent: Option<&str>,
) -> Result<Uuid> {
    let org = tenant.org();
    let id = sqlx::query_scalar(
        "insert into push_subscription (org_id, subscription_id, user_id, endpoint, endpoint_hash, p256dh, auth, user_agent)
         values ($1, $2, $3, $4, $5, $6, $7, left($8, 300))
         on conflict (org_id, endpoint_hash) do update
         set user_id = $3, p256dh = $6, auth = $7, user_agent = left($8, 300), created_at = now()
         returning subscription_id",
    )
    .bind(org)
    .bind(Uuid::now_v7())
    .bind(user)
    .bind(&subscription.endpoint)
    .bind(hash)
    .bind(&subscription.p256dh)
    .bind(&subscription.auth)
    .bind(user_agent)
    .fetch_one(tenant.conn())
    .await?;
    sqlx::query(
        "delete from push_subscription where org_id = $1 and subscription_id in (
            select subscription_id from push_subscription where org_id = $1 and user_id = $2
            order by created_at desc, subscription_id desc offset $3)",
    )
    .bind(org)
    .bind(user)
    .bind(MOST)
    .execute(tenant.conn())
    .await?;
    Ok(id)
}

/// Forgets a person's browser; it may be gone already.
pub(super) async fn remove(tenant: &mut Tenant, user: UserId, hash: &[u8]) -> Result<()> {
    let org = tenant.org();
    sqlx::query("delete from push_subscription where org_id = $1 and user_id = $2 and endpoint_hash = $3")
        .bind(org)
        .bind(user)
        .bind(hash)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// The browsers of an active member.
pub(super) async fn of_user(tenant: &mut Tenant, user: UserId) -> Result<Vec<Uuid>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select s.subscription_id from push_subscription s join member m using (org_id, user_id)
         where s.org_id = $1 and s.user_id = $2 and m.is_active order by s.subscription_id",
    )
    .bind(org)
    .bind(user)
    .fetch_all(tenant.conn())
    .await?)
}

/// A browser, if it is still that person's.
pub(super) async fn get(tenant: &mut Tenant, id: Uuid, user: UserId) -> Result<Option<Subscription>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select endpoint, p256dh, auth from push_subscription
         where org_id = $1 and subscription_id = $2 and user_id = $3",
    )
    .bind(org)
    .bind(id)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

pub(super) async fn used(tenant: &mut Tenant, id: Uuid) -> Result<()> {
    let org = tenant.org();
    sqlx::query("update push_subscription set used_at = now() where org_id = $1 and subscription_id = $2")
        .bind(org)
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

pub(super) async fn delete(tenant: &mut Tenant, id: Uuid) -> Result<()> {
    let org = tenant.org();
    sqlx::query("delete from push_subscription where org_id = $1 and subscription_id = $2")
        .bind(org)
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// Whether a job still goes on and is still this person's.
pub(super) async fn has_job(tenant: &mut Tenant, user: UserId, job: JobId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select exists (select 1 from job_assignment a join job j using (org_id, job_id)
            where a.org_id = $1 and a.user_id = $2 and a.job_id = $3 and j.status not in ('completed', 'cancelled'))",
    )
    .bind(org)
    .bind(user)
    .bind(job)
    .fetch_one(tenant.conn())
    .await?)
}
