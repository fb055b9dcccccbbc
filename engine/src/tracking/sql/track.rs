//! The queries of the track and of where everyone was last seen.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{Member, UserId};

/// A clock wrong by more than this is looked for by its source instead of by its day.
const SKEW: TimeDelta = TimeDelta::days(1);

/// A stored point, in the table's units.
#[derive(FromRow)]
pub(crate) struct PointRow {
    pub at: DateTime<Utc>,
    pub corrected_at: DateTime<Utc>,
    pub source: i32,
    pub seq: i32,
    pub lat_e7: i32,
    pub lon_e7: i32,
    pub delay_s: i32,
    pub accuracy_dm: Option<i16>,
    pub speed_cmps: Option<i16>,
    pub heading_ddeg: Option<i16>,
    pub altitude_m: Option<i16>,
    pub battery_pct: Option<i16>,
    pub flags: i16,
    pub verdict: i16,
    pub device: Uuid,
    pub boot: Uuid,
}

/// A person's surrogate.
pub(crate) async fn member(tenant: &mut Tenant, user: UserId) -> Result<Option<Member>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select member from member where org_id = $1 and user_id = $2")
        .bind(org)
        .bind(user)
        .fetch_optional(tenant.conn())
        .await?)
}

/// A person's points by server time, from each of their sources through the index (member, source, at).
pub(crate) async fn points(
    tenant: &mut Tenant,
    user: UserId,
    member: Member,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<PointRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select p.at, p.corrected_at, p.source, p.seq, p.lat_e7, p.lon_e7, p.delay_s, p.accuracy_dm,
                p.speed_cmps, p.heading_ddeg, p.altitude_m, p.battery_pct, p.flags, p.verdict, s.device, s.boot
         from source s
         join position p on p.org_id = $1 and p.member = $3 and p.source = s.source
         where s.org_id = $1 and s.user_id = $2 and p.at >= $4 - $6 and p.at < $5 + $6
           and p.corrected_at >= $4 and p.corrected_at < $5
         union all
         select p.at, p.corrected_at, p.source, p.seq, p.lat_e7, p.lon_e7, p.delay_s, p.accuracy_dm,
                p.speed_cmps, p.heading_ddeg, p.altitude_m, p.battery_pct, p.flags, p.verdict, s.device, s.boot
         from source s
         join position p on p.org_id = $1 and p.member = $3 and p.source = s.source
         where s.org_id = $1 and s.user_id = $2 and abs(coalesce(s.correction_ms, 0)) > 86400000
           and not (p.at >= $4 - $6 and p.at < $5 + $6) and p.corrected_at >= $4 and p.corrected_at < $5",
    )
    .bind(org)
    .bind(user)
    .bind(member)
    .bind(from)
    .bind(to)
    .bind(SKEW)
    .fetch_all(tenant.conn())
    .await?)
}

/// Where somebody was last seen, in the table's units.
#[derive(FromRow)]
pub(crate) struct LocationRow {
    pub user_id: UserId,
    pub name: String,
    pub corrected_at: DateTime<Utc>,
    pub lat_e7: i32,
    pub lon_e7: i32,
    pub accuracy_dm: Option<i16>,
    pub speed_cmps: Option<i16>,
    pub heading_ddeg: Option<i16>,
    pub battery_pct: Option<i16>,
}

/// The newest point of each active member that counted at receipt, of the last two days.
pub(crate) async fn locations(tenant: &mut Tenant) -> Result<Vec<LocationRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select m.user_id, m.name, p.corrected_at, p.lat_e7, p.lon_e7, p.accuracy_dm, p.speed_cmps,
                p.heading_ddeg, p.battery_pct
         from member m
         join lateral (
             select n.* from source s
             join lateral (
                 select q.* from position q
                 where q.org_id = $1 and q.member = m.member and q.source = s.source and q.verdict = 0
                   and q.at > now() - interval '2 days'
                 order by q.at desc limit 1) n on true
             where s.org_id = $1 and s.user_id = m.user_id
             order by n.corrected_at desc limit 1) p on true
         where m.org_id = $1 and m.is_active
         order by m.name, m.user_id",
    )
    .bind(org)
    .fetch_all(tenant.conn())
    .await?)
}
