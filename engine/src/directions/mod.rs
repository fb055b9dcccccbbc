//! Directions of companies outside, by tier, behind one small interface; off unless the operator names some.
//!
//! - [`plan`]: which provider answers for which tier (pure).
//! - [`cache`]: what was asked a moment ago (pure).
//! - [`usage`]: what each organization used, by month.
//!
//! Two seconds, a breaker, no second try: where nothing comes, our own estimate stands, silently and counted.

pub mod cache;
pub mod plan;
mod sql;
pub mod usage;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use campo_geo::Coord;
use metrics::counter;

use crate::Engine;
use crate::ids::OrgId;
use crate::providers::google_routes::GoogleRoutes;
use crate::providers::mapbox::Mapbox;
use crate::providers::osrm::Osrm;
use crate::providers::valhalla::Valhalla;
use crate::providers::{Budget, Failure, Service};
use crate::services;
use cache::Cache;
pub use plan::{DirectionsSettings, Kind, Plan};
use usage::Used;

/// What one question may take (functional.md section 4).
pub const BUDGET: Budget = Budget { total: Duration::from_secs(2), most_bytes: 1 << 20 };
/// A changed tier is known after so long.
const TIER_KNOWN: Duration = Duration::from_secs(60);
/// Nobody is asked about more at once: an organization has no more technicians.
const MOST: usize = 50;

/// A trip as a provider sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drive {
    /// Seconds on empty or usual roads.
    pub duration_s: f64,
    /// Seconds with the traffic of now, where the provider knows it.
    pub traffic_s: Option<f64>,
    /// Metres.
    pub distance_m: f64,
}

impl Drive {
    /// Where all numbers are some.
    pub(crate) fn new(duration_s: f64, traffic_s: Option<f64>, distance_m: f64) -> Option<Self> {
        let is_some = |n: f64| n.is_finite() && n >= 0.0;
        let drive = Self { duration_s, traffic_s, distance_m };
        (is_some(duration_s) && is_some(distance_m) && traffic_s.is_none_or(is_some)).then_some(drive)
    }

    /// Seconds as they will be: with traffic where it is known.
    pub fn seconds(&self) -> f64 {
        self.traffic_s.unwrap_or(self.duration_s)
    }
}

/// Why a question brought no trip.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// No way leads there.
    NoWay,
    /// The provider said no: its code and words.
    Refused(String),
    /// The way to it failed.
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What was asked, and who has which tier. Cheap to clone: all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Directions(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cache: Mutex<Cache>,
    tiers: Mutex<HashMap<OrgId, (Instant, Option<String>)>>,
    used: Used,
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A provider, ready to be asked.
enum Provider {
    Google(GoogleRoutes),
    Mapbox(Mapbox),
    Osrm(Osrm),
    Valhalla(Valhalla),
}

impl Kind {
    /// The service that it is.
    pub fn service(self) -> Service {
        match self {
            Self::Google => Service::GoogleRoutes,
            Self::Mapbox => Service::Mapbox,
            Self::Osrm => Service::Osrm,
            Self::Valhalla => Service::Valhalla,
        }
    }

    /// None where the operator gave no address or key for it.
    fn provider(self, settings: &DirectionsSettings) -> Option<Provider> {
        Some(match self {
            Self::Google => Provider::Google(GoogleRoutes {
                base_url: settings.google_url.clone(),
                key: settings.google_key.clone()?,
            }),
            Self::Mapbox => Provider::Mapbox(Mapbox {
                base_url: settings.mapbox_url.clone(),
                token: settings.mapbox_token.clone()?,
            }),
            Self::Osrm => Provider::Osrm(Osrm { base_url: settings.osrm_url.clone()? }),
            Self::Valhalla => Provider::Valhalla(Valhalla { base_url: settings.valhalla_url.clone()? }),
        })
    }
}

impl Provider {
    async fn drive(&self, engine: &Engine, from: Coord, to: Coord) -> Result<Drive, Trouble> {
        match self {
            Self::Google(google) => google.drive(&engine.calls, from, to).await,
            Self::Mapbox(mapbox) => mapbox.drive(&engine.calls, from, to).await,
            Self::Osrm(osrm) => osrm.drive(&engine.calls, from, to).await,
            Self::Valhalla(valhalla) => valhalla.drive(&engine.calls, from, to).await,
        }
    }

    /// One answer for each beginning.
    async fn drives(
        &self,
        engine: &Engine,
        from: &[Coord],
        to: Coord,
    ) -> Result<Vec<Option<Drive>>, Trouble> {
        match self {
            Self::Google(google) => google.drives(&engine.calls, from, to).await,
            Self::Mapbox(mapbox) => mapbox.drives(&engine.calls, from, to).await,
            Self::Osrm(osrm) => osrm.drives(&engine.calls, from, to).await,
            Self::Valhalla(valhalla) => valhalla.drives(&engine.calls, from, to).await,
        }
    }
}

/// Whether directions are on for anybody.
pub fn is_on(engine: &Engine) -> bool {
    !engine.settings.directions.plan.is_empty()
}

/// The trip from here to there, now; None where directions are off, or nothing came.
pub async fn drive(engine: &Engine, org: OrgId, from: Coord, to: Coord) -> Option<Drive> {
    let (kind, provider) = provider(engine, org).await?;
    if let Some(known) = lock(&engine.directions.0.cache).get(kind, from, to, Instant::now()) {
        return known;
    }
    let answer = provider.drive(engine, from, to).await;
    engine.directions.0.used.add(org, kind, 1);
    let drive = heard(kind, answer.map(Some))?;
    lock(&engine.directions.0.cache).put(kind, from, to, drive, Instant::now());
    drive
}

/// The trips from each of these to there, now; None for each of which nothing is known.
pub async fn drives(engine: &Engine, org: OrgId, from: &[Coord], to: Coord) -> Vec<Option<Drive>> {
    let mut found = vec![None; from.len()];
    let Some((kind, provider)) = provider(engine, org).await else { return found };
    let mut unknown = Vec::new();
    {
        let mut cache = lock(&engine.directions.0.cache);
        for ((place, from), found) in from.iter().enumerate().zip(&mut found).take(MOST) {
            match cache.get(kind, *from, to, Instant::now()) {
                Some(known) => *found = known,
                None => unknown.push((place, *from)),
            }
        }
    }
    if unknown.is_empty() {
        return found;
    }
    let asked: Vec<Coord> = unknown.iter().map(|(_, from)| *from).collect();
    let answer = provider.drives(engine, &asked, to).await;
    engine.directions.0.used.add(org, kind, asked.len());
    let Some(drives) = heard(kind, answer) else { return found };
    let mut cache = lock(&engine.directions.0.cache);
    for ((place, from), drive) in unknown.into_iter().zip(drives) {
        cache.put(kind, from, to, drive, Instant::now());
        if let Some(found) = found.get_mut(place) {
            *found = drive;
        }
    }
    found
}

/// Counts what came of a question. No way is an answer.
fn heard<T: Default>(kind: Kind, answer: Result<T, Trouble>) -> Option<T> {
    let (word, said) = match answer {
        Ok(answer) => ("answered", Ok(answer)),
        Err(Trouble::NoWay) => ("no_way", Ok(T::default())),
        Err(Trouble::Refused(why)) => ("refused", Err(why)),
        Err(Trouble::Failed(failure)) => ("failed", Err(failure.to_string())),
    };
    let service = kind.service().as_str();
    counter!("campo_directions_total", "service" => service, "outcome" => word).increment(1);
    said.inspect_err(|why| tracing::debug!(service, why, "our own estimate stands")).ok()
}

/// Who answers for an organization; None where nobody does, or it is not used now.
async fn provider(engine: &Engine, org: OrgId) -> Option<(Kind, Provider)> {
    if !is_on(engine) {
        return None;
    }
    let kind = engine.settings.directions.plan.of(tier(engine, org).await.as_deref())?;
    if !services::is_open(engine, Some(org), kind.service()) {
        counter!("campo_directions_total", "service" => kind.service().as_str(), "outcome" => "closed")
            .increment(1);
        return None;
    }
    Some((kind, kind.provider(&engine.settings.directions)?))
}

/// The tier that the operator set for an organization, known for a minute; none also where the database is away.
pub async fn tier(engine: &Engine, org: OrgId) -> Option<String> {
    if let Some((at, tier)) = lock(&engine.directions.0.tiers).get(&org)
        && at.elapsed() < TIER_KNOWN
    {
        return tier.clone();
    }
    let tier = present_tier(engine, org).await?;
    lock(&engine.directions.0.tiers).insert(org, (Instant::now(), tier.clone()));
    tier
}

/// The same, asked now; the outer none where the database is away.
pub async fn present_tier(engine: &Engine, org: OrgId) -> Option<Option<String>> {
    engine.db.within(org, async |t| sql::tier(t).await).await.ok()
}

impl Directions {
    /// What was used since it was last written.
    fn used(&self) -> &Used {
        &self.0.used
    }
}
