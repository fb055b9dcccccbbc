//! An organization's technicians read from SQL: what its actor is rebuilt from, and what a viewer starts with.

use std::time::Duration;

use serde_json::Value;
use tracing::warn;

use super::fleet::{Fleet, UnderWay};
use super::sql::{self, FleetRow, LastPosition};
use super::technician::Marker;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{JobId, OrgId, UserId};
use crate::jobs::state::Status;
use crate::jobs::{self, JobView, Links};

/// Everything an organization's actor is rebuilt from.
#[derive(Debug, Default)]
pub struct Overview {
    seq: i64,
    ping_every_s: i64,
    technicians: Vec<FleetRow>,
    positions: Vec<LastPosition>,
    under_way: Vec<(JobId, Vec<UserId>, UnderWay)>,
}

/// Reads the organization. The event number is read first: what commits meanwhile comes again as an event.
pub async fn load(db: &Db, links: &Links, org: OrgId) -> Result<Overview> {
    let mut tenant = db.tenant(org).await?;
    let seq = sql::head_seq(tenant.conn(), org).await?;
    let (ping_every_s, _, _) =
        sql::settings_of(tenant.conn(), org).await?.ok_or(Error::NotFound("organization"))?;
    let technicians = sql::fleet_of(tenant.conn(), org).await?;
    let positions = sql::last_positions(tenant.conn(), org).await?;
    let jobs = jobs::open_jobs(&mut tenant, links).await?;
    let under_way =
        jobs.iter().filter_map(|job| Some((job.id, job.technician_ids.clone(), under_way(job)?))).collect();
    Ok(Overview { seq, ping_every_s: i64::from(ping_every_s), technicians, positions, under_way })
}

/// As [`load`], however long the database is away: an actor without memory is of no use.
pub async fn load_patiently(db: &Db, links: &Links, org: OrgId) -> Overview {
    let mut wait = Duration::from_millis(50);
    loop {
        match load(db, links, org).await {
            Ok(overview) => return overview,
            Err(Error::NotFound(_)) => return Overview::default(),
            Err(e) => warn!(%org, error = %e, "an organization could not be read; tried again"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(2));
    }
}

impl Overview {
    /// Fills a fleet. A fleet that is not `fresh` keeps its viewers, its newer markers and its event number.
    pub fn apply(self, fleet: &mut Fleet, fresh: bool, now_ms: i64) {
        if fresh {
            *fleet = Fleet::new(self.seq, self.ping_every_s);
        }
        for t in &self.technicians {
            let seen = t.last_seen_at.map(|at| at.timestamp_millis());
            fleet.set_technician(t.user_id, &t.name, t.on_shift, t.is_silent, seen);
            fleet.set_paused(t.user_id, t.paused_since.map(|at| at.timestamp_millis()));
        }
        fleet.retain_technicians(|user| self.technicians.iter().any(|t| t.user_id == user));
        for p in &self.positions {
            if let Some(marker) = marker(p) {
                fleet.on_moved(p.user_id, marker, p.corrected_at.timestamp_millis().min(now_ms));
                fleet.on_battery(p.user_id, p.battery_pct.map(|v| f32::from(v) / 100.0));
            }
        }
        for (job, technicians, under_way) in &self.under_way {
            fleet.on_job(*job, technicians, Some(*under_way));
        }
    }
}

fn under_way(job: &JobView) -> Option<UnderWay> {
    match job.status {
        Status::EnCamino => Some(UnderWay::EnCamino),
        Status::Working => Some(UnderWay::Working),
        _ => None,
    }
}

/// A stored newest position as viewers see it.
pub(crate) fn marker(p: &LastPosition) -> Option<Marker> {
    Some(Marker {
        at_ms: p.corrected_at.timestamp_millis(),
        coord: campo_geo::Coord::from_e7(p.lat_e7, p.lon_e7)?,
        accuracy_m: p.accuracy_dm.map(|v| f32::from(v) / 10.0),
        speed_mps: p.speed_cmps.map(|v| f32::from(v) / 100.0),
        heading_deg: p.heading_ddeg.map(|v| f32::from(v) / 10.0),
    })
}

/// What a viewer's snapshot needs besides the fleet: the event number, then the jobs as a JSON array.
pub async fn snapshot_jobs(db: &Db, links: &Links, org: OrgId) -> Result<(i64, String)> {
    let mut tenant = db.tenant(org).await?;
    let seq = sql::head_seq(tenant.conn(), org).await?;
    let jobs = jobs::open_jobs(&mut tenant, links).await?;
    Ok((seq, super::frames::json_string(&jobs)))
}

/// Events after `after`, oldest first, at most `limit`.
pub async fn events_after(db: &Db, org: OrgId, after: i64, limit: i64) -> Result<Vec<(i64, Value)>> {
    let mut tenant = db.tenant(org).await?;
    sql::events_after(tenant.conn(), org, after, limit).await
}

/// The events a viewer missed, when there are at most `limit` and its cursor is one of ours; else `None`.
pub async fn missed(db: &Db, org: OrgId, after: i64, limit: i64) -> Result<Option<Vec<(i64, Value)>>> {
    let mut tenant = db.tenant(org).await?;
    let head = sql::head_seq(tenant.conn(), org).await?;
    if after > head || head - after > limit {
        return Ok(None);
    }
    let events = sql::events_after(tenant.conn(), org, after, limit + 1).await?;
    // Retention may have taken the oldest: a gap is no answer.
    let is_whole = events.first().map_or(after == head, |(seq, _)| *seq == after + 1);
    Ok(is_whole.then_some(events))
}

/// Commits that a person fell silent or was heard again. Two nodes may find it; one row change wins.
pub async fn say_silent(db: &Db, org: OrgId, user: UserId, silent: bool) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    if sql::set_silent(tenant.conn(), org, user, silent).await? {
        let event = NewEvent::new("technician.status_changed", chrono::Utc::now(), By::SYSTEM)
            .with("technician_id", user)
            .with("silent", silent);
        tenant.record(event);
    }
    tenant.commit().await
}

/// A job as a phone may see it: without what is the office's.
pub fn job_for_phone(job: &Value) -> Value {
    let mut job = job.clone();
    if let Some(job) = job.as_object_mut() {
        for field in ["tracking", "tracking_url"] {
            job.remove(field);
        }
    }
    job
}
