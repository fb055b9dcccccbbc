//! Who may be sent now, what a map shows at once, and the way between two places.

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::sql::{self, PersonRow};
use super::whereabouts::{self, Whereabouts};
use crate::Engine;
use crate::error::{Error, Result};
use crate::ids::{JobId, OrgId, UserId};
use crate::jobs::state::Status;
use crate::jobs::view::{Place, Priority};
use crate::jobs::{self, Links};
use crate::moment::Moment;
use crate::page::Page;
use campo_geo::{Coord, Eta};

/// Whether somebody may be sent now.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Availability {
    /// Who.
    pub technician_id: UserId,
    /// Their name.
    pub name: String,
    /// off_shift, paused, available, en_camino, working or offline.
    pub status: &'static str,
    /// On shift, free, heard of, and seen within five minutes.
    pub is_available: bool,
    /// Since when they pause; null while they do not.
    pub paused_since: Option<Moment>,
    /// Since when they are at work; null while they are not.
    pub working_since: Option<Moment>,
    /// Jobs of today still to do.
    pub remaining: i64,
    /// Where they are, if that was seen within five minutes.
    pub place: Option<Place>,
    /// When that was.
    pub seen_at: Option<Moment>,
}

/// Everybody who could be sent, by name.
pub async fn availability(engine: &Engine, org: OrgId) -> Result<Page<Availability>> {
    let mut tenant = engine.db.tenant(org).await?;
    let day = whereabouts::today(&mut tenant).await?;
    let people = sql::people(&mut tenant, None, day).await?;
    let whereabouts = Whereabouts::read(&mut tenant, engine).await?;
    let items = people.into_iter().map(|person| of(person, &whereabouts)).collect();
    Ok(Page { items, next: None })
}

fn of(person: PersonRow, whereabouts: &Whereabouts) -> Availability {
    let status = match &person {
        p if p.is_working => "working",
        p if p.is_en_camino => "en_camino",
        p if p.paused_since.is_some() => "paused",
        p if !p.on_shift => "off_shift",
        p if p.is_silent => "offline",
        _ => "available",
    };
    let seen = whereabouts.seen(person.user_id);
    Availability {
        is_available: status == "available" && seen.is_some(),
        technician_id: person.user_id,
        name: person.name,
        status,
        paused_since: person.paused_since.map(Moment),
        working_since: person.working_since.map(Moment),
        remaining: person.remaining,
        place: seen.map(|(coord, _)| Place { lat: coord.lat(), lon: coord.lon() }),
        seen_at: seen.map(|(_, at)| Moment(at)),
    }
}

/// What a map shows at once: people where they were seen, open jobs where they are.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MapData {
    /// When that was.
    pub at: Moment,
    /// Everybody, with their places where they are fresh.
    pub technicians: Vec<Availability>,
    /// Open jobs that have a place.
    pub jobs: Vec<MapJob>,
}

/// A job on a map.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MapJob {
    /// The job.
    pub id: JobId,
    /// Its number.
    pub job_number: String,
    /// What it is about.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// How soon it should be done.
    pub priority: Priority,
    /// Who does it, the lead first.
    pub technician_ids: Vec<UserId>,
    /// When it should begin.
    pub scheduled_start: Option<Moment>,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// What a map shows at once.
pub async fn map_data(engine: &Engine, org: OrgId, links: &Links) -> Result<MapData> {
    let technicians = availability(engine, org).await?.items;
    let mut tenant = engine.db.tenant(org).await?;
    let open = jobs::open_jobs(&mut tenant, links).await?;
    let jobs = open.into_iter().filter(|job| !job.status.is_terminal()).filter_map(|job| {
        let place = job.destination?;
        Some(MapJob {
            id: job.id,
            job_number: job.job_number,
            title: job.title,
            status: job.status,
            priority: job.priority,
            technician_ids: job.technician_ids,
            scheduled_start: job.scheduled_start,
            lat: place.lat,
            lon: place.lon,
        })
    });
    Ok(MapData { at: Moment(Utc::now()), technicians, jobs: jobs.collect() })
}

/// `GET /api/tracking/map/route`: from where to where.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WayQuery {
    /// Degrees north of the beginning.
    pub from_lat: f64,
    /// Degrees east of the beginning.
    pub from_lon: f64,
    /// Degrees north of the end.
    pub to_lat: f64,
    /// Degrees east of the end.
    pub to_lon: f64,
}

/// The way between two places.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = MapRoute)]
pub struct Way {
    /// Metres by road; as the crow flies where the map knows no way.
    pub distance_m: f64,
    /// How long it takes now.
    pub eta: Eta,
    /// Whether `line` follows roads; else it is straight.
    pub by_road: bool,
    /// Longitude and latitude of its points.
    pub line: Vec<[f64; 2]>,
}

/// The way between two places by our own map; a straight line without one.
///
/// # Errors
/// [`Error::Invalid`] for what is no place.
pub async fn way(engine: &Engine, org: OrgId, query: WayQuery) -> Result<Way> {
    let place = |lat, lon, name| {
        Coord::new(lat, lon)
            .ok_or_else(|| Error::invalid(name, "lat entre -90 y 90, lon entre -180 y 180 (out of range)"))
    };
    let from = place(query.from_lat, query.from_lon, "from_lat")?;
    let to = place(query.to_lat, query.to_lon, "to_lat")?;
    let mut tenant = engine.db.tenant(org).await?;
    let whereabouts = Whereabouts::read(&mut tenant, engine).await?;
    drop(tenant);
    let eta = whereabouts.between(from, to);
    let line = |coords: &[Coord]| coords.iter().map(|c| [c.lon(), c.lat()]).collect();
    Ok(match whereabouts.route(from, to) {
        Some((metres, coords)) => Way { distance_m: metres.round(), eta, by_road: true, line: line(&coords) },
        None => {
            let distance_m = from.distance_m(to).round();
            Way { distance_m, eta, by_road: false, line: line(&[from, to]) }
        }
    })
}
