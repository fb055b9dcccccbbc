//! Where everyone is now, and how long they would take to a place.

use std::collections::HashMap;
use std::sync::Arc;

use campo_geo::eta::{Estimator, Question, Vehicle};
use campo_geo::{Coord, Eta};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::rules::NEAR_M;
use crate::Engine;
use crate::db::Tenant;
use crate::directions::{self, Drive};
use crate::error::{Error, Result};
use crate::estimates::traffic::Traffic;
use crate::ids::{OrgId, UserId};
use crate::maps::OpenMap;
use crate::moment;
use crate::tracking::derive::{HEADING_MPS, hour_of_week};
use crate::tracking::overview;
use crate::tracking::sql;
use crate::tracking::technician::Marker;

/// A position older than this says nothing about where somebody is (functional.md section 3.3).
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// Fresh positions of the organization, and what is known of roads.
pub(super) struct Whereabouts {
    markers: Vec<(UserId, Marker)>,
    estimator: Arc<Estimator>,
    map: Option<Arc<OpenMap>>,
    traffic: Option<Arc<Traffic>>,
    hour: u8,
    /// What a company outside says, where the organization's tier has one.
    outside: HashMap<UserId, Drive>,
}

/// A trip from where somebody is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Travel {
    pub marker: Marker,
    pub straight_m: f64,
    /// By road; `None` without a map or a way.
    pub route_m: Option<f64>,
    pub eta: Eta,
    /// Driving by learned speeds; `None` until some were learned.
    pub traffic_s: Option<u32>,
}

impl Travel {
    /// The same trip by what a company outside says: its seconds and metres, our windows around them.
    fn by(self, drive: &Drive) -> Self {
        let factor = drive.seconds() / f64::from(self.eta.p50_s.max(1));
        let by = |seconds: u32| (f64::from(seconds) * factor).round() as u32;
        let Eta { tier, p10_s, p50_s, p90_s } = self.eta;
        let eta = Eta { tier, p10_s: by(p10_s), p50_s: by(p50_s), p90_s: by(p90_s) };
        let traffic_s = drive.traffic_s.map(|s| s.round() as u32).or(self.traffic_s);
        Self { route_m: Some(drive.distance_m), eta, traffic_s, ..self }
    }
}

/// The organization's day: its beginning and the next one's.
pub(super) async fn today(tenant: &mut Tenant) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    Ok(moment::day_of(zone(tenant).await?, Utc::now()))
}

/// The organization's zone.
pub(super) async fn zone(tenant: &mut Tenant) -> Result<Tz> {
    let org = tenant.org();
    let (_, zone, _) = sql::settings_of(tenant.conn(), org).await?.ok_or(Error::NotFound("organization"))?;
    Ok(moment::zone(&zone))
}

impl Whereabouts {
    /// Reads the positions that count.
    pub(super) async fn read(tenant: &mut Tenant, engine: &Engine) -> Result<Self> {
        let (org, now) = (tenant.org(), Utc::now());
        let hour = hour_of_week(now.timestamp_millis(), zone(tenant).await?);
        let fresh = sql::last_positions(tenant.conn(), org).await?.into_iter();
        let markers = fresh
            .filter(|p| p.corrected_at > now - FRESH)
            .filter_map(|p| Some((p.user_id, overview::marker(&p)?)))
            .collect();
        Ok(Self {
            markers,
            estimator: engine.estimates.meet(tenant).await?,
            map: engine.maps.current(),
            traffic: engine.estimates.traffic(),
            hour,
            outside: HashMap::new(),
        })
    }

    /// Asks a company outside about the trips of these people, where the organization's tier has one. Outside of any
    /// transaction: it may take two seconds.
    pub(super) async fn ask_outside(&mut self, engine: &Engine, org: OrgId, users: &[UserId], to: Coord) {
        if !directions::is_on(engine) {
            return;
        }
        let near: Vec<(UserId, Coord)> = self
            .markers
            .iter()
            .filter(|(user, marker)| users.contains(user) && marker.coord.distance_m(to) <= NEAR_M)
            .map(|(user, marker)| (*user, marker.coord))
            .collect();
        let from: Vec<Coord> = near.iter().map(|(_, from)| *from).collect();
        let drives = directions::drives(engine, org, &from, to).await;
        self.outside =
            near.iter().zip(drives).filter_map(|((user, _), drive)| Some((*user, drive?))).collect();
    }

    /// The trip of somebody within 50 km; `None` for all others and without a fresh position.
    pub(super) fn travel(&self, user: UserId, to: Coord) -> Option<Travel> {
        self.travel_any(user, to).filter(|t| t.straight_m <= NEAR_M)
    }

    /// The trip of somebody wherever they are; `None` without a fresh position.
    pub(super) fn travel_any(&self, user: UserId, to: Coord) -> Option<Travel> {
        let marker = self.markers.iter().find(|(id, _)| *id == user)?.1;
        let moves = marker.speed_mps.is_some_and(|speed| speed >= HEADING_MPS);
        let heading_deg = marker.heading_deg.filter(|_| moves).map(f64::from);
        let question =
            Question { from: marker.coord, to, heading_deg, hour_of_week: self.hour, vehicle: Vehicle::Car };
        let straight_m = marker.coord.distance_m(to);
        let eta = self.estimator.estimate(&question);
        let route_m = if straight_m <= NEAR_M { self.route_m(&question) } else { None };
        let traffic = self.traffic.as_ref().filter(|_| straight_m <= NEAR_M);
        let traffic_s = traffic.and_then(|traffic| traffic.seconds(&question));
        let ours = Travel { marker, straight_m, route_m, eta, traffic_s };
        Some(self.outside.get(&user).map_or(ours, |drive| ours.by(drive)))
    }

    /// The estimate of a trip between two places.
    pub(super) fn between(&self, from: Coord, to: Coord) -> Eta {
        self.estimator.estimate(&self.question(from, to))
    }

    /// The way between two places by road: metres, and its line. `None` without a map or a way.
    pub(super) fn route(&self, from: Coord, to: Coord) -> Option<(f64, Vec<Coord>)> {
        let roads = self.map.as_ref()?.roads.as_ref()?;
        let question = self.question(from, to);
        let begin = roads.snap(question.from, None, question.vehicle)?;
        let end = roads.snap(question.to, None, question.vehicle)?;
        let route = roads.route(&begin, &end, roads.free_flow(question.vehicle), true)?;
        Some((f64::from(route.summary.metres), route.line))
    }

    fn question(&self, from: Coord, to: Coord) -> Question {
        Question { from, to, heading_deg: None, hour_of_week: self.hour, vehicle: Vehicle::Car }
    }

    /// Where somebody is, if that is known freshly.
    pub(super) fn place_of(&self, user: UserId) -> Option<Coord> {
        self.seen(user).map(|(coord, _)| coord)
    }

    /// The same, and when that was.
    pub(super) fn seen(&self, user: UserId) -> Option<(Coord, DateTime<Utc>)> {
        let marker = self.markers.iter().find(|(id, _)| *id == user)?.1;
        Some((marker.coord, moment::from_ms(marker.at_ms)?))
    }

    fn route_m(&self, question: &Question) -> Option<f64> {
        let roads = self.map.as_ref()?.roads.as_ref()?;
        let from = roads.snap(question.from, question.heading_deg, question.vehicle)?;
        let to = roads.snap(question.to, None, question.vehicle)?;
        let summary = roads.summary(&from, &to, roads.free_flow(question.vehicle))?;
        Some(f64::from(summary.metres))
    }
}
