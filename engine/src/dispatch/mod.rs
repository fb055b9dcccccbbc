//! Dispatch: who is nearest, and whom the house would send.
//!
//! [`rules`] gives points (pure), [`words`] says why, [`whereabouts`] knows where everyone is and how long they
//! would take, [`board`] and [`itinerary`] show it. Positions are those that count, at most five minutes old, of people on shift.

pub mod board;
pub mod itinerary;
pub mod rules;
mod sql;
mod whereabouts;
pub mod words;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use crate::Engine;
use crate::asker::Asker;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{JobId, OrgId, UserId};
use crate::jobs::view::Priority;
use crate::jobs::{self, JobView, Links};
use crate::page::Page;
use crate::tracking::window::Language;
use campo_geo::{Coord, Eta};
use rules::{Confidence, Doing, Facts, Part};
use sql::PersonRow;
use whereabouts::{Travel, Whereabouts};
use words::ReasonView;

/// Technicians when nobody says how many.
const NEAREST: usize = 5;
/// Technicians of one answer at most: an organization has no more.
const MOST: usize = 50;
/// The kind of work that asks for no trade.
const NO_TRADE: &str = "general";

/// `GET /api/tracking/nearest`: a place or a job.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NearestQuery {
    /// Degrees north; with `lon`, instead of `job_id`.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// The place of this job, else its customer's.
    pub job_id: Option<JobId>,
    /// How many, 1 to 50; 5 when absent.
    #[param(minimum = 1, maximum = 50)]
    pub limit: Option<usize>,
    /// Those under way or at work too; false when absent.
    pub include_busy: Option<bool>,
}

/// A technician near a place.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = NearTechnician)]
pub struct Near {
    /// Who.
    pub technician_id: UserId,
    /// Their name.
    pub name: String,
    /// available, en_camino or working.
    pub status: &'static str,
    /// Metres to drive; as the crow flies where the map knows no way.
    pub distance_m: f64,
    /// Metres as the crow flies.
    pub straight_m: f64,
    /// Seconds that the trip is expected to take: the median, by which the list is ordered.
    pub duration_s: u32,
    /// Seconds that one trip in ten stays under.
    pub p10_s: u32,
    /// Seconds that nine trips of ten stay under.
    pub p90_s: u32,
    /// Which model answered.
    pub tier: u8,
    /// Seconds to drive at this hour by learned speeds; null until some were learned.
    pub duration_traffic_s: Option<u32>,
    /// Where they are.
    pub lat: f64,
    /// Where they are.
    pub lon: f64,
    /// When that was, Unix milliseconds.
    pub at: i64,
}

/// Who can be there soonest: positions under five minutes old, within 50 km, ordered by travel time.
pub async fn nearest(
    engine: &Engine,
    org: OrgId,
    links: &Links,
    asker: Asker,
    query: NearestQuery,
) -> Result<Page<Near>> {
    asker.office()?;
    let limit = query.limit.unwrap_or(NEAREST);
    if !(1..=MOST).contains(&limit) {
        return Err(Error::invalid("limit", "entre 1 y 50 (1 to 50)"));
    }
    let mut tenant = engine.db.tenant(org).await?;
    let to = place(&mut tenant, links, asker, &query).await?;
    let day = whereabouts::today(&mut tenant).await?;
    let people = sql::people(&mut tenant, query.job_id, day).await?;
    let mut whereabouts = Whereabouts::read(&mut tenant, engine).await?;
    drop(tenant);
    let with_busy = query.include_busy.unwrap_or(false);
    let free = |p: &&PersonRow| p.on_shift && (with_busy || !(p.is_en_camino || p.is_working));
    let asked: Vec<UserId> = people.iter().filter(free).map(|p| p.user_id).collect();
    whereabouts.ask_outside(engine, org, &asked, to).await;
    let mut near: Vec<Near> = people
        .iter()
        .filter(free)
        .filter_map(|p| Some(near(p, whereabouts.travel(p.user_id, to)?)))
        .collect();
    near.sort_by(|a, b| {
        let key = |n: &Near| (n.duration_s, n.distance_m as u64, n.technician_id);
        key(a).cmp(&key(b))
    });
    near.truncate(limit);
    Ok(Page { items: near, next: None })
}

async fn place(tenant: &mut Tenant, links: &Links, asker: Asker, query: &NearestQuery) -> Result<Coord> {
    match (query.lat, query.lon, query.job_id) {
        (Some(lat), Some(lon), None) => Coord::new(lat, lon)
            .ok_or_else(|| Error::invalid("lat", "lat entre -90 y 90, lon entre -180 y 180 (out of range)")),
        (None, None, Some(job)) => {
            destination(&jobs::get(tenant, links, asker, job).await?).ok_or_else(|| {
                Error::invalid(
                    "job_id",
                    "el trabajo no tiene lugar: ubicalo en el mapa (the job has no place)",
                )
            })
        }
        _ => Err(Error::invalid("lat", "lat y lon, o job_id (lat and lon, or job_id)")),
    }
}

fn destination(job: &JobView) -> Option<Coord> {
    job.destination.and_then(|p| Coord::new(p.lat, p.lon))
}

fn near(person: &PersonRow, travel: Travel) -> Near {
    let status = match (person.is_working, person.is_en_camino) {
        (true, _) => "working",
        (_, true) => "en_camino",
        _ => "available",
    };
    let Travel { marker, straight_m, route_m, eta, traffic_s } = travel;
    let Eta { tier, p10_s, p50_s, p90_s } = eta;
    Near {
        technician_id: person.user_id,
        name: person.name.clone(),
        status,
        distance_m: route_m.unwrap_or(straight_m).round(),
        straight_m: straight_m.round(),
        duration_s: p50_s,
        p10_s,
        p90_s,
        tier,
        duration_traffic_s: traffic_s,
        lat: marker.coord.lat(),
        lon: marker.coord.lon(),
        at: marker.at_ms,
    }
}

/// How well a technician fits a job.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Recommendation {
    /// Who.
    pub technician_id: UserId,
    /// Their name.
    pub name: String,
    /// 0 to 100.
    pub score: f64,
    /// high from 70, medium from 50, else low.
    pub confidence: Confidence,
    /// Whether the job is theirs already.
    pub is_assigned: bool,
    /// Metres to drive, as in `/api/tracking/nearest`; null without a fresh position.
    pub distance_m: Option<f64>,
    /// The estimate of the trip; null without a fresh position.
    pub eta: Option<Eta>,
    /// What the score is made of.
    pub parts: Vec<PartView>,
}

/// A part of a score.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = ScorePart)]
pub struct PartView {
    /// Which.
    pub part: Part,
    /// Its share of the score.
    pub weight: f64,
    /// 0 to 100.
    pub points: f64,
    /// Why.
    pub reason: ReasonView,
}

/// Whom the house would send, the best first: every active technician with parts, points and reasons.
pub async fn recommend(
    engine: &Engine,
    org: OrgId,
    links: &Links,
    asker: Asker,
    job: JobId,
    language: Language,
) -> Result<Page<Recommendation>> {
    asker.office()?;
    let mut tenant = engine.db.tenant(org).await?;
    let job = jobs::get(&mut tenant, links, asker, job).await?;
    let day = whereabouts::today(&mut tenant).await?;
    let people = sql::people(&mut tenant, Some(job.id), day).await?;
    let mut whereabouts = Whereabouts::read(&mut tenant, engine).await?;
    drop(tenant);
    let to = destination(&job);
    if let Some(to) = to {
        let asked: Vec<UserId> = people.iter().filter(|p| p.on_shift).map(|p| p.user_id).collect();
        whereabouts.ask_outside(engine, org, &asked, to).await;
    }
    let mut items: Vec<Recommendation> = people
        .iter()
        .map(|person| {
            let travel =
                to.filter(|_| person.on_shift).and_then(|to| whereabouts.travel_any(person.user_id, to));
            judge(person, &job, travel, language)
        })
        .collect();
    items.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (&a.name, a.technician_id).cmp(&(&b.name, b.technician_id)))
    });
    Ok(Page { items, next: None })
}

fn judge(person: &PersonRow, job: &JobView, travel: Option<Travel>, language: Language) -> Recommendation {
    let parts = rules::parts(&facts(person, job, travel.as_ref()));
    let score = tenths(rules::score(&parts));
    Recommendation {
        technician_id: person.user_id,
        name: person.name.clone(),
        score,
        confidence: Confidence::of(score),
        is_assigned: person.is_assigned,
        distance_m: travel.as_ref().map(|t| t.route_m.unwrap_or(t.straight_m).round()),
        eta: travel.map(|t| t.eta),
        parts: parts
            .iter()
            .map(|p| PartView {
                part: p.part,
                weight: p.part.weight(),
                points: tenths(p.points),
                reason: p.reason.view(language),
            })
            .collect(),
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn facts(person: &PersonRow, job: &JobView, travel: Option<&Travel>) -> Facts {
    let doing = match person {
        _ if person.is_working => {
            Doing::Working(person.working_since.map(|since| (Utc::now() - since).num_minutes().max(0)))
        }
        _ if person.is_en_camino => Doing::EnCamino,
        _ if person.paused_since.is_some() => Doing::Paused,
        _ if !person.on_shift => Doing::OffShift,
        _ if person.is_silent => Doing::Silent,
        _ => Doing::Free,
    };
    Facts {
        straight_m: travel.map(|t| t.straight_m),
        eta_s: travel.map(|t| t.eta.p50_s),
        is_urgent: job.priority == Priority::Urgent,
        doing,
        remaining: person.remaining,
        needs_trade: job.job_type != NO_TRADE,
        has_trade: person.specialties.contains(&job.job_type),
        level: person.skill_level,
        // Customers cannot rate yet; the reason says so.
        rating: None,
        jobs_a_month: person.jobs_a_month,
    }
}
