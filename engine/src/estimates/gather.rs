//! Finished journeys become what can be learned from: where from, where to, how long, and how fast on which road.

use campo_geo::Coord;
use campo_geo::eta::{Trip, Vehicle, hour_of_week};
use campo_geo::matching::{self, Search, Settings, Streets};
use campo_geo::pace::{Drive, Observations, Period};
use campo_geo::roads::Roads;
use chrono::{DateTime, Offset, TimeDelta, Utc};
use chrono_tz::Tz;

use super::sql::journeys::{self, ArrivedRow, Learner, TripRow};
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::moment;
use crate::tracking::sql::track::{self, PointRow};

/// Journeys of one round: a transaction that waits for longer than five seconds is ended.
const ROUND: i64 = 20;
/// Positions before the start still tell where it began.
const LEAD: TimeDelta = TimeDelta::minutes(2);
/// A first position later than this does not tell where a journey began.
const LATEST_START: TimeDelta = TimeDelta::minutes(3);

/// What a round of gathering found.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Gathered {
    /// Journeys that were new.
    pub journeys: usize,
    /// Those of them that were laid onto roads.
    pub matched: usize,
}

/// One journey in so many judges the installation's speeds and never teaches them.
const JUDGES: u64 = 5;

/// Gathers an organization's journeys that arrived before a moment. Its sums of speeds grow where there are roads,
/// by what was gathered while it shares: what it keeps for itself never leaves, also when it shares later.
pub(super) async fn organization(
    db: &Db,
    learner: &Learner,
    before: DateTime<Utc>,
    roads: Option<&Roads>,
) -> Result<Gathered> {
    let (org, zone) = (learner.org_id, moment::zone(&learner.timezone));
    let roads = roads.filter(|_| learner.share_speeds);
    let mut all = Gathered::default();
    loop {
        let mut tenant = db.tenant(org).await?;
        let arrived = journeys::not_gathered(&mut tenant, before, ROUND).await?;
        if arrived.is_empty() {
            return Ok(all);
        }
        let mut traces = Vec::with_capacity(arrived.len());
        for journey in &arrived {
            let span = (journey.started_at - LEAD, journey.arrived_at + TimeDelta::seconds(1));
            let mut points = track::points(&mut tenant, journey.user_id, journey.member, span).await?;
            points.retain(|p| p.verdict == 0);
            points.sort_by_key(|p| p.corrected_at);
            let row = trip(journey, &points, zone);
            let is_judge = learner.share_speeds && judges(journey.session_id);
            if journeys::keep_trip(&mut tenant, journey.session_id, &row, is_judge).await? {
                all.journeys += 1;
                if !is_judge {
                    traces.push((journey.member.0, points));
                }
            }
        }
        if let Some(roads) = roads {
            let seen = observe(roads.clone(), traces, zone).await?;
            all.matched += seen.1;
            grow(&mut tenant, &seen.0).await?;
        }
        // In one transaction with the sums: no journey counts twice, and none is lost.
        tenant.commit().await?;
    }
}

/// Is this one of the journeys that judge? By its name alone, so that nobody can choose them.
fn judges(session: SessionId) -> bool {
    // The last bytes of a UUID v7 are random.
    session.0.as_u64_pair().1.is_multiple_of(JUDGES)
}

/// A journey in numbers; its places stay empty where the track does not say where it began.
fn trip(journey: &ArrivedRow, points: &[PointRow], zone: Tz) -> TripRow {
    let utc_offset_s = journey.started_at.with_timezone(&zone).offset().fix().local_minus_utc();
    let empty = TripRow {
        from_lat: None,
        from_lon: None,
        to_lat: None,
        to_lon: None,
        started_at: journey.started_at,
        utc_offset_s,
        duration_s: None,
    };
    let before = points.iter().rfind(|p| p.corrected_at <= journey.started_at);
    let Some(first) = before.or_else(|| points.first()) else { return empty };
    let started_at = first.corrected_at.max(journey.started_at);
    let to = journey.arrived_lat.zip(journey.arrived_lon).or(journey.dest_lat.zip(journey.dest_lon));
    let (Some(from), Some((to_lat, to_lon))) = (Coord::from_e7(first.lat_e7, first.lon_e7), to) else {
        return empty;
    };
    if started_at - journey.started_at > LATEST_START {
        return empty;
    }
    TripRow {
        from_lat: Some(from.lat()),
        from_lon: Some(from.lon()),
        to_lat: Some(to_lat),
        to_lon: Some(to_lon),
        started_at,
        duration_s: Some((journey.arrived_at - started_at).as_seconds_f64()),
        ..empty
    }
}

/// A kept journey as models learn from it.
pub(super) fn learnable(row: &TripRow) -> Option<Trip> {
    Some(Trip {
        from: Coord::new(row.from_lat?, row.from_lon?)?,
        to: Coord::new(row.to_lat?, row.to_lon?)?,
        started_at: row.started_at.timestamp(),
        utc_offset_s: row.utc_offset_s,
        duration_s: row.duration_s?,
        vehicle: Vehicle::Car,
    })
}

/// Lays traces onto roads and sums their speeds; answers how many there were with anything on a road.
async fn observe(roads: Roads, traces: Vec<(i32, Vec<PointRow>)>, zone: Tz) -> Result<(Observations, usize)> {
    let work = move || {
        let (mut seen, mut matched) = (Observations::default(), 0);
        let (streets, mut search) = (Streets::new(&roads, roads.free_flow(Vehicle::Car)), Search::default());
        for (member, points) in &traces {
            let fixes: Vec<matching::Fix> = points.iter().filter_map(fix).collect();
            let found = matching::trace(&streets, &mut search, &fixes, &Settings::default());
            let visits: Vec<_> = found.visits().copied().collect();
            if visits.is_empty() {
                continue;
            }
            matched += 1;
            let period = |ms: i64| {
                let at = DateTime::from_timestamp_millis(ms).unwrap_or_default();
                let offset_s = at.with_timezone(&zone).offset().fix().local_minus_utc();
                Period::of(hour_of_week(at.timestamp(), offset_s))
            };
            seen.add(&roads, Vehicle::Car, Drive { visits: &visits, source: anonymous(*member) }, period);
        }
        (seen, matched)
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(format!("matching: {e}")))
}

/// Tells people apart and says nothing else of them: only how many different ones there were is kept.
fn anonymous(member: i32) -> u64 {
    // The finalizer of splitmix64.
    let mut x = u64::from(member.unsigned_abs()).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn fix(p: &PointRow) -> Option<matching::Fix> {
    Some(matching::Fix {
        at: Coord::from_e7(p.lat_e7, p.lon_e7)?,
        time_ms: p.corrected_at.timestamp_millis(),
        accuracy_m: p.accuracy_dm.map(|v| f32::from(v) / 10.0),
        heading_deg: p.heading_ddeg.map(|v| f32::from(v) / 10.0),
        speed_mps: p.speed_cmps.map(|v| f32::from(v) / 100.0),
    })
}

/// Adds to the organization's sums, which fade meanwhile.
async fn grow(tenant: &mut Tenant, seen: &Observations) -> Result<()> {
    let now = Utc::now();
    let mut sums = match journeys::pace_sums(tenant).await? {
        Some((blob, faded_at)) => {
            let mut sums: Observations =
                serde_json::from_slice(&blob).map_err(|e| Error::Internal(format!("sums of speeds: {e}")))?;
            sums.fade((now - faded_at).as_seconds_f64() / 86_400.0);
            sums
        }
        None => Observations::default(),
    };
    sums.merge(seen);
    let blob = serde_json::to_vec(&sums).map_err(|e| Error::Internal(format!("sums of speeds: {e}")))?;
    journeys::keep_pace_sums(tenant, &blob, now).await
}

/// What of an organization's sums may be shared.
pub(super) async fn shared(tenant: &mut Tenant) -> Result<Option<Observations>> {
    let Some((blob, _)) = journeys::pace_sums(tenant).await? else { return Ok(None) };
    let sums: Observations =
        serde_json::from_slice(&blob).map_err(|e| Error::Internal(format!("sums of speeds: {e}")))?;
    Ok(Some(sums.shared()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Member, SessionId, UserId};

    fn point(at: DateTime<Utc>, lat_e7: i32) -> PointRow {
        PointRow {
            at,
            corrected_at: at,
            source: 1,
            seq: 1,
            lat_e7,
            lon_e7: -584_000_000,
            delay_s: 0,
            accuracy_dm: None,
            speed_cmps: None,
            heading_ddeg: None,
            altitude_m: None,
            battery_pct: None,
            flags: 0,
            verdict: 0,
            device: uuid::Uuid::nil(),
            boot: uuid::Uuid::nil(),
        }
    }

    /// A journey begins where the phone was when it began, or shortly after; else it says nothing.
    #[test]
    fn a_journey_begins_where_the_phone_was() {
        let start: DateTime<Utc> = "2026-11-24T15:00:00Z".parse().unwrap();
        let journey = ArrivedRow {
            session_id: SessionId::new(),
            user_id: UserId::new(),
            member: Member(1),
            started_at: start,
            arrived_at: start + TimeDelta::seconds(600),
            arrived_lat: Some(-34.61),
            arrived_lon: Some(-58.4),
            dest_lat: None,
            dest_lon: None,
        };
        let zone = chrono_tz::America::Argentina::Buenos_Aires;
        let at = |seconds: i64, lat_e7| point(start + TimeDelta::seconds(seconds), lat_e7);
        let row = trip(&journey, &[at(-90, -345_000_000), at(-20, -346_000_000), at(10, -347_000_000)], zone);
        assert_eq!((row.from_lat, row.duration_s, row.utc_offset_s), (Some(-34.6), Some(600.0), -10_800));
        let row = trip(&journey, &[at(100, -346_000_000)], zone);
        assert_eq!((row.from_lat, row.duration_s), (Some(-34.6), Some(500.0)));
        assert!(learnable(&row).is_some_and(|t| t.hour_of_week() == 24 + 12));
        assert!(learnable(&trip(&journey, &[at(200, -346_000_000)], zone)).is_none());
        assert!(learnable(&trip(&journey, &[], zone)).is_none());
        assert_ne!(anonymous(1), anonymous(2));
    }

    /// Neither few nor many journeys judge.
    #[test]
    fn one_journey_in_five_judges() {
        let sessions: Vec<SessionId> = (0..2_000).map(|_| SessionId::new()).collect();
        let count = sessions.iter().filter(|s| judges(**s)).count();
        assert!((300..500).contains(&count), "{count} of 2000");
    }
}
