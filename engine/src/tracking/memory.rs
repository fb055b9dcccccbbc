//! What a technician's actor is rebuilt from.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use tracing::warn;

use super::derive::Trip;
use super::fix::{Fix, Stored};
use super::refusal::ShiftSpans;
use super::sql::{self, StoredPosition};
use super::technician::{Arrived, LATE_LIMIT_MS, Settings, Technician, WINDOW_FIXES, WINDOW_MS};
use super::verdict::Verdict;
use super::window::{Promise, Window};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::estimates::leads::Leads;
use crate::ids::{Member, OrgId, UserId};
use crate::{jobs, shifts};

/// Shifts that a point may still fall into: a week, and a day of doubt.
const SHIFT_DAYS: i64 = 8;

/// Everything a technician's actor holds.
#[derive(Debug)]
pub struct Memory {
    /// The person, as positions carry it.
    pub member: Member,
    /// Seconds between positions.
    pub ping_every_s: u32,
    /// The pure core, with its window of recent points.
    pub core: Technician,
    /// Arrivals that the recent points show and nobody has committed yet.
    pub arrivals: Vec<Arrived>,
    /// When the person was on shift.
    pub spans: ShiftSpans,
    /// The journeys under way.
    pub journeys: Vec<Journey>,
}

/// A journey under way, and what its customer was promised.
#[derive(Debug, Clone, Copy)]
pub struct Journey {
    /// Session, job, destination, beginning.
    pub trip: Trip,
    /// The window last told.
    pub promise: Promise,
    /// Which windows were remembered, to be held against the arrival.
    pub leads: Leads,
}

/// What may change while the actor lives.
#[derive(Debug)]
pub struct Present {
    /// When the person was on shift.
    pub spans: ShiftSpans,
    /// The journeys under way.
    pub journeys: Vec<Journey>,
}

/// Reads what may change while the actor lives.
pub async fn present(db: &Db, org: OrgId, user: UserId) -> Result<Present> {
    let mut tenant = db.tenant(org).await?;
    let since = Utc::now() - TimeDelta::days(SHIFT_DAYS);
    let spans = ShiftSpans::new(shifts::spans(&mut tenant, user, since).await?);
    let journeys = jobs::active_trips(&mut tenant, Some(user)).await?.into_iter().map(journey).collect();
    Ok(Present { spans, journeys })
}

fn journey(trip: jobs::Trip) -> Journey {
    let window = trip
        .window
        .map(|(from, to)| Window { from_ms: from.timestamp_millis(), to_ms: to.timestamp_millis() });
    Journey {
        trip: Trip {
            session: trip.session_id.0,
            job: trip.job_id.0,
            destination: trip.destination.and_then(|p| campo_geo::Coord::new(p.lat, p.lon)),
            started_ms: trip.started_at.timestamp_millis(),
        },
        promise: Promise::new(window),
        leads: Leads::default(),
    }
}

/// Reads everything.
pub async fn load(db: &Db, org: OrgId, user: UserId) -> Result<Memory> {
    let Present { spans, journeys } = present(db, org, user).await?;
    let mut tenant = db.tenant(org).await?;
    let now = Utc::now();
    let member = sql::member_of(tenant.conn(), org, user).await?.ok_or(Error::NotFound("user"))?;
    let (ping_every_s, zone, _) =
        sql::settings_of(tenant.conn(), org).await?.ok_or(Error::NotFound("organization"))?;
    let since = now - TimeDelta::milliseconds(LATE_LIMIT_MS);
    let stored = sql::recent_positions(tenant.conn(), org, user, since, WINDOW_FIXES as i64).await?;
    let settings = Settings {
        zone: zone.parse::<Tz>().unwrap_or(Settings::default().zone),
        ping_every_s: u16::try_from(ping_every_s).unwrap_or(30),
        ..Settings::default()
    };
    let trips: Vec<Trip> = journeys.iter().map(|j| j.trip).collect();
    let (core, arrivals) = Technician::rebuild(settings, &newest(stored), &trips, now.timestamp_millis());
    Ok(Memory {
        member: member.member,
        ping_every_s: u32::try_from(ping_every_s).unwrap_or(30),
        core,
        arrivals,
        spans,
        journeys,
    })
}

/// As [`load`], however long the database is away; `None` when there is no such person.
pub async fn load_patiently(db: &Db, org: OrgId, user: UserId) -> Option<Memory> {
    let mut wait = Duration::from_millis(50);
    loop {
        match load(db, org, user).await {
            Ok(memory) => return Some(memory),
            Err(Error::NotFound(_)) => return None,
            Err(e) => warn!(%user, error = %e, "a technician could not be read; tried again"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(2));
    }
}

/// The live window of stored points, oldest first.
fn newest(stored: Vec<StoredPosition>) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = stored.into_iter().filter_map(fix).collect();
    fixes.sort_unstable_by_key(Fix::order);
    let newest_ms = fixes.last().map_or(0, |f| f.corrected_ms);
    let from = fixes.partition_point(|f| f.corrected_ms < newest_ms - WINDOW_MS);
    let from = from.max(fixes.len().saturating_sub(WINDOW_FIXES));
    fixes.split_off(from)
}

/// A stored point as the core sees it.
pub fn fix(p: StoredPosition) -> Option<Fix> {
    let stored = Stored {
        lat_e7: p.lat_e7,
        lon_e7: p.lon_e7,
        accuracy_dm: p.accuracy_dm,
        speed_cmps: p.speed_cmps,
        heading_ddeg: p.heading_ddeg,
        altitude_m: p.altitude_m,
        battery_pct: p.battery_pct,
        flags: p.flags,
    };
    stored.fix(p.source.0, p.seq, p.at.timestamp_millis(), p.corrected_at.timestamp_millis())
}

/// A fix on its way to the table.
#[allow(clippy::too_many_arguments, reason = "a row has that many origins")]
pub fn row(
    fix: &Fix,
    org: OrgId,
    member: Member,
    verdict: Verdict,
    received_ms: i64,
    receipt_of: usize,
    frame: u64,
) -> sql::Row {
    let stored = fix.stored();
    let delay_s = (received_ms - fix.corrected_ms).div_euclid(1_000);
    sql::Row {
        at_ms: fix.at_ms,
        corrected_ms: fix.corrected_ms,
        org,
        member,
        source: crate::ids::Source(fix.source),
        seq: fix.seq,
        lat_e7: stored.lat_e7,
        lon_e7: stored.lon_e7,
        delay_s: i32::try_from(delay_s).unwrap_or(i32::MAX),
        accuracy_dm: stored.accuracy_dm,
        speed_cmps: stored.speed_cmps,
        heading_ddeg: stored.heading_ddeg,
        altitude_m: stored.altitude_m,
        battery_pct: stored.battery_pct,
        flags: stored.flags,
        verdict: verdict.code(),
        receipt_of,
        frame,
    }
}
