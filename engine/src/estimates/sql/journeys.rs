//! Finished journeys, and an organization's sums of speeds.

use chrono::{DateTime, Utc};

use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::ids::{Member, OrgId, SessionId, UserId};

/// An organization that learns.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(in crate::estimates) struct Learner {
    pub org_id: OrgId,
    pub timezone: String,
    /// Whether its speeds go into the installation's.
    pub share_speeds: bool,
}

/// The organizations after `after`, in order, at most so many: thousands are read page by page.
pub(in crate::estimates) async fn learners(db: &Db, after: Option<OrgId>, most: i64) -> Result<Vec<Learner>> {
    let mut tx = db.identity().await?;
    Ok(sqlx::query_as(
        "select org_id, timezone, share_speeds from organization where $1::uuid is null or org_id > $1
         order by org_id limit $2",
    )
    .bind(after)
    .bind(most)
    .fetch_all(&mut *tx)
    .await?)
}

/// The organization of a transaction, as one that learns.
pub(in crate::estimates) async fn learner(tenant: &mut Tenant) -> Result<Option<Learner>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select org_id, timezone, share_speeds from organization where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}

/// A journey that arrived and was not gathered yet.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(in crate::estimates) struct ArrivedRow {
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
pub(in crate::estimates) async fn not_gathered(
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
pub(in crate::estimates) struct TripRow {
    pub from_lat: Option<f64>,
    pub from_lon: Option<f64>,
    pub to_lat: Option<f64>,
    pub to_lon: Option<f64>,
    pub started_at: DateTime<Utc>,
    pub utc_offset_s: i32,
    pub duration_s: Option<f64>,
}

/// Keeps a gathered journey, once; false where another process was faster.
///
/// A judge of speeds (`is_judge`) must never be in any sums.
pub(in crate::estimates) async fn keep_trip(
    tenant: &mut Tenant,
    session: SessionId,
    trip: &TripRow,
    is_judge: bool,
) -> Result<bool> {
    let org = tenant.org();
    let done = sqlx::query(
        "insert into finished_trip (org_id, session_id, from_lat, from_lon, to_lat, to_lon, started_at, utc_offset_s,
             duration_s, is_judge)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
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
    .bind(is_judge)
    .execute(tenant.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An organization's gathered journeys that say something, of the last year, the newest first.
pub(in crate::estimates) async fn trips(tenant: &mut Tenant, most: i64) -> Result<Vec<TripRow>> {
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

/// The newest journeys of the last three months that no sums of speeds have seen.
pub(in crate::estimates) async fn judges(tenant: &mut Tenant, most: i64) -> Result<Vec<TripRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select from_lat, from_lon, to_lat, to_lon, started_at, utc_offset_s, duration_s from finished_trip
         where org_id = $1 and is_judge and started_at > now() - interval '90 days'
         order by started_at desc limit $2",
    )
    .bind(org)
    .bind(most)
    .fetch_all(tenant.conn())
    .await?)
}

/// An organization's sums of speeds, and since when they have not faded.
pub(in crate::estimates) async fn pace_sums(tenant: &mut Tenant) -> Result<Option<(Vec<u8>, DateTime<Utc>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select blob, faded_at from pace_sums where org_id = $1")
        .bind(org)
        .fetch_optional(tenant.conn())
        .await?)
}

/// Keeps an organization's sums of speeds.
pub(in crate::estimates) async fn keep_pace_sums(
    tenant: &mut Tenant,
    blob: &[u8],
    faded_at: DateTime<Utc>,
) -> Result<()> {
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
