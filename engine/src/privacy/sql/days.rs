//! Queries of the days' summaries.

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::privacy::day::Day;

/// The organization's time zone.
pub(crate) async fn zone(tenant: &mut Tenant) -> Result<String> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select timezone from organization where org_id = $1")
        .bind(org)
        .fetch_one(tenant.conn())
        .await?)
}

/// People with a shift in a span who keep their history, and have no summary of the day yet unless `anew`.
pub(crate) async fn to_add_up(
    tenant: &mut Tenant,
    day: NaiveDate,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    anew: bool,
) -> Result<Vec<(UserId, i32)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select m.user_id, m.member from member m where m.org_id = $1 and m.keeps_history
         and exists (select from shift s where s.org_id = m.org_id and s.user_id = m.user_id
                     and s.started_at < $4 and (s.ended_at is null or s.ended_at >= $3))
         and ($5 or not exists (select from travel_day d where d.org_id = m.org_id and d.user_id = m.user_id and d.day = $2))
         order by m.member",
    )
    .bind(org)
    .bind(day)
    .bind(from)
    .bind(to)
    .bind(anew)
    .fetch_all(tenant.conn())
    .await?)
}

/// Accepted positions of a person in a span by their corrected time, oldest first: (at, lat, lon) in the table's units.
pub(crate) async fn points(
    tenant: &mut Tenant,
    member: i32,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(DateTime<Utc>, i32, i32)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select corrected_at, lat_e7, lon_e7 from position
         where org_id = $1 and member = $2 and corrected_at >= $3 and corrected_at < $4 and verdict = 0
         and at >= $3 - interval '1 day' and at < $4 + interval '1 day'
         order by corrected_at, source, at",
    )
    .bind(org)
    .bind(member)
    .bind(from)
    .bind(to)
    .fetch_all(tenant.conn())
    .await?)
}

/// Keeps a day.
pub(crate) async fn put(
    tenant: &mut Tenant,
    user: UserId,
    day: NaiveDate,
    sums: &Day,
    (first, last): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into travel_day (org_id, user_id, day, points, distance_m, moving_s, stops, first_at, last_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (org_id, user_id, day) do update set points = excluded.points, distance_m = excluded.distance_m,
             moving_s = excluded.moving_s, stops = excluded.stops, first_at = excluded.first_at, last_at = excluded.last_at",
    )
    .bind(org)
    .bind(user)
    .bind(day)
    .bind(sums.points)
    .bind(sums.distance_m)
    .bind(sums.moving_s)
    .bind(sums.stops)
    .bind(first)
    .bind(last)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
