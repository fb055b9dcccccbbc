//! The queries of estimates.

use chrono::{DateTime, Utc};

use super::coverage::Said;
use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::{JobId, Member, OrgId, SessionId, UserId};

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

/// Organizations whose journeys teach the installation, with their zones.
pub(super) async fn sharing(db: &Db) -> Result<Vec<(OrgId, String)>> {
    let mut tx = db.identity().await?;
    Ok(sqlx::query_as("select org_id, timezone from organization where share_speeds order by org_id")
        .fetch_all(&mut *tx)
        .await?)
}

/// A journey that arrived and was not gathered yet.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct ArrivedRow {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub member: Member,
    pub started_at: DateTime<Utc>,
    pub arrived_at: DateTime<Utc>,
    pub arrived_lat: Option<f64>,
    pub arrived_lon: Option<f64>,
    pub dest_lat: Option<f64>,
    pub dest_lon: Option<f64>,
}

/// The oldest journeys that arrived before a moment and were not gathered yet, at most so many.
///
/// The office's word says when somebody remembered, not when somebody arrived: those are left out.
pub(super) async fn not_gathered(
    tenant: &mut Tenant,
    before: DateTime<Utc>,
    most: i64,
) -> Result<Vec<ArrivedRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select t.session_id, t.user_id, m.member, t.started_at, t.arrived_at, t.arrived_lat, t.arrived_lon,
                t.dest_lat, t.dest_lon
         from tracking_session t
         join member m on m.org_id = t.org_id and m.user_id = t.user_id
         where t.org_id = $1 and t.arrived_at < $2 and t.arrived_by in ('fence', 'technician')
           and t.arrived_at > now() - interval '90 days'
           and not exists (select 1 from finished_trip f where f.org_id = $1 and f.session_id = t.session_id)
         order by t.arrived_at limit $3",
    )
    .bind(org)
    .bind(before)
    .bind(most)
    .fetch_all(tenant.conn())
    .await?)
}

/// A journey as travel times need it; the places are null where it says nothing.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct TripRow {
    pub from_lat: Option<f64>,
    pub from_lon: Option<f64>,
    pub to_lat: Option<f64>,
    pub to_lon: Option<f64>,
    pub started_at: DateTime<Utc>,
    pub utc_offset_s: i32,
    pub duration_s: Option<f64>,
}

/// Keeps a gathered journey, once; false where another process was faster.
pub(super) async fn keep_trip(tenant: &mut Tenant, session: SessionId, trip: &TripRow) -> Result<bool> {
    let org = tenant.org();
    let done = sqlx::query(
        "insert into finished_trip (org_id, session_id, from_lat, from_lon, to_lat, to_lon, started_at, utc_offset_s,
             duration_s)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(org)
    .bind(session)
    .bind(trip.from_lat)
    .bind(trip.from_lon)
    .bind(trip.to_lat)
    .bind(trip.to_lon)
    .bind(trip.started_at)
    .bind(trip.utc_offset_s)
    .bind(trip.duration_s)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An organization's gathered journeys that say something, of the last year, the newest first.
pub(super) async fn trips(tenant: &mut Tenant, most: i64) -> Result<Vec<TripRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select from_lat, from_lon, to_lat, to_lon, started_at, utc_offset_s, duration_s from finished_trip
         where org_id = $1 and from_lat is not null and started_at > now() - interval '1 year'
         order by started_at desc limit $2",
    )
    .bind(org)
    .bind(most)
    .fetch_all(tenant.conn())
    .await?)
}

/// An organization's sums of speeds, and since when they have not faded.
pub(super) async fn pace_sums(tenant: &mut Tenant) -> Result<Option<(Vec<u8>, DateTime<Utc>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select blob, faded_at from pace_sums where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}

/// Keeps an organization's sums of speeds.
pub(super) async fn keep_pace_sums(tenant: &mut Tenant, blob: &[u8], faded_at: DateTime<Utc>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into pace_sums (org_id, blob, faded_at) values ($1, $2, $3)
         on conflict (org_id) do update set blob = $2, faded_at = $3",
    )
    .bind(org)
    .bind(blob)
    .bind(faded_at)
    .execute(tenant.conn())
    .await?;
    Ok(())
}

/// What the installation learned: models or sums of speeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Eta,
    Pace,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Eta => "eta",
            Self::Pace => "pace",
        }
    }
}

/// Generations that are kept as the way back.
const KEPT: i32 = 7;

/// The generations that serve: of the models, and of the sums.
pub(super) async fn current_generations(db: &Db) -> Result<(Option<i32>, Option<i32>)> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_as(
        "select max(generation) filter (where kind = 'eta'), max(generation) filter (where kind = 'pace')
         from learned where is_current",
    )
    .fetch_one(&mut *tx)
    .await?)
}

/// The one of a kind that serves: generation and blob.
pub(super) async fn current(db: &Db, kind: Kind) -> Result<Option<(i32, Vec<u8>)>> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_as("select generation, blob from learned where kind = $1 and is_current")
        .bind(kind.as_str())
        .fetch_optional(&mut *tx)
        .await?)
}

/// Puts a new generation into service; those before it stay, the last few of them. Answers its number.
pub(super) async fn promote(db: &Db, kind: Kind, blob: &[u8], said: &serde_json::Value) -> Result<i32> {
    let mut tx = db.worker().await?;
    sqlx::query("update learned set is_current = false where kind = $1 and is_current")
        .bind(kind.as_str())
        .execute(&mut *tx)
        .await?;
    let generation: i32 = sqlx::query_scalar(
        "insert into learned (kind, generation, is_current, blob, said)
         select $1, coalesce(max(generation), 0) + 1, true, $2, $3 from learned where kind = $1
         returning generation",
    )
    .bind(kind.as_str())
    .bind(blob)
    .bind(said)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query("delete from learned where kind = $1 and generation <= $2")
        .bind(kind.as_str())
        .bind(generation - KEPT)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(generation)
}

/// Puts the generation before the one that serves back into service; `None` where there is none.
pub(super) async fn roll_back(db: &Db, kind: Kind) -> Result<Option<i32>> {
    let mut tx = db.worker().await?;
    let back: Option<i32> = sqlx::query_scalar(
        "select max(generation) from learned
         where kind = $1 and generation < (select generation from learned where kind = $1 and is_current)",
    )
    .bind(kind.as_str())
    .fetch_one(&mut *tx)
    .await?;
    let Some(back) = back else { return Ok(None) };
    for (is_current, which) in [(false, None), (true, Some(back))] {
        sqlx::query(
            "update learned set is_current = $2
             where kind = $1 and case when $3::int4 is null then is_current else generation = $3 end",
        )
        .bind(kind.as_str())
        .bind(is_current)
        .bind(which)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(Some(back))
}
