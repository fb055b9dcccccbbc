//! The queries of estimates: windows and what came of them here, [`journeys`] that are learned from, what was
//! learned in [`models`] (one organization each) and [`speeds`] (the installation's).

pub(super) mod journeys;
pub(super) mod models;
pub(super) mod speeds;

use chrono::{DateTime, Utc};

use super::coverage::Said;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::JobId;

/// Remembers a window that was given; the first of a lead counts.
pub(super) async fn remember(tenant: &mut Tenant, said: &Said) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into eta_outcome (org_id, session_id, lead_min, tier, hour_of_week, p10_s, p50_s, p90_s, at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9
         where exists (select 1 from tracking_session where org_id = $1 and session_id = $2 and status = 'active')
         on conflict do nothing",
    )
    .bind(org)
    .bind(said.session)
    .bind(i16::from(said.lead_min))
    .bind(i16::from(said.eta.tier))
    .bind(i16::from(said.hour_of_week))
    .bind(i32::try_from(said.eta.p10_s).unwrap_or(i32::MAX))
    .bind(i32::try_from(said.eta.p50_s).unwrap_or(i32::MAX))
    .bind(i32::try_from(said.eta.p90_s).unwrap_or(i32::MAX))
    .bind(said.at)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Holds the windows of a job's journey that has just arrived against the truth.
pub(crate) async fn arrived(tenant: &mut Tenant, job: JobId) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update eta_outcome o set took_s = extract(epoch from t.arrived_at - o.at)::float8
         from tracking_session t
         where t.org_id = $1 and t.job_id = $2 and t.status = 'arrived'
           and o.org_id = t.org_id and o.session_id = t.session_id and o.took_s is null and o.at <= t.arrived_at",
    )
    .bind(org)
    .bind(job)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// A job's journey goes elsewhere: what was said of the other place is no measure.
pub(crate) async fn redirected(tenant: &mut Tenant, job: JobId) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "delete from eta_outcome o using tracking_session t
         where t.org_id = $1 and t.job_id = $2 and t.status = 'active'
           and o.org_id = t.org_id and o.session_id = t.session_id and o.took_s is null",
    )
    .bind(org)
    .bind(job)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// Windows of one tier, hour of the week and lead, and how many held.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct CountRow {
    pub tier: i16,
    pub hour_of_week: i16,
    pub lead_min: i16,
    pub arrivals: i64,
    pub inside: i64,
    pub early: i64,
    pub late: i64,
    pub error_s: f64,
}

/// Windows given from `from` on and before `to` whose journeys arrived.
pub(super) async fn counts(
    tenant: &mut Tenant,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<CountRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select tier, hour_of_week, lead_min, count(*) as arrivals,
                count(*) filter (where took_s between p10_s and p90_s) as inside,
                count(*) filter (where took_s < p10_s) as early, count(*) filter (where took_s > p90_s) as late,
                coalesce(sum(abs(took_s - p50_s)), 0)::float8 as error_s
         from eta_outcome where org_id = $1 and took_s is not null and at >= $2 and at < $3
         group by tier, hour_of_week, lead_min order by tier, hour_of_week, lead_min",
    )
    .bind(org)
    .bind(from)
    .bind(to)
    .fetch_all(tenant.conn())
    .await?)
}
