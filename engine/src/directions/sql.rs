//! Queries over tiers and what was used.

use chrono::NaiveDate;

use crate::db::Tenant;
use crate::error::Result;

/// The tier that the operator set, if any.
pub(super) async fn tier(tenant: &mut Tenant) -> Result<Option<String>> {
    let org = tenant.org();
    let found: Option<Option<String>> = sqlx::query_scalar("select tier from organization where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?;
    Ok(found.flatten())
}

pub(super) async fn add(tenant: &mut Tenant, service: &str, requests: i32, trips: i32) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into directions_usage as u (org_id, month, service, requests, trips)
         values ($1, date_trunc('month', now() at time zone 'UTC')::date, $2, $3, $4)
         on conflict (org_id, month, service) do update set requests = u.requests + $3, trips = u.trips + $4",
    )
    .bind(org)
    .bind(service)
    .bind(requests)
    .bind(trips)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Service, requests and trips.
pub(super) async fn of_month(tenant: &mut Tenant, month: NaiveDate) -> Result<Vec<(String, i64, i64)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select service, requests, trips from directions_usage where org_id = $1 and month = $2 order by service",
    )
    .bind(org)
    .bind(month)
    .fetch_all(tenant.conn())
    .await?)
}

/// Journeys that began between two days.
pub(super) async fn sessions(tenant: &mut Tenant, from: NaiveDate, to: NaiveDate) -> Result<i64> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select count(*) from tracking_session
         where org_id = $1 and started_at >= $2::date::timestamp at time zone 'UTC'
         and started_at < $3::date::timestamp at time zone 'UTC'",
    )
    .bind(org)
    .bind(from)
    .bind(to)
    .fetch_one(tenant.conn())
    .await?)
}
