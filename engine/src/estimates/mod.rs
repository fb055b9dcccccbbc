//! What is known of travel times now: the map, what was learned, put together for everyone who asks.
//!
//! [`leads`] says when a window is remembered (pure), [`coverage`] whether windows held, `gather` makes finished
//! journeys learnable, [`learn`] is the night's work, [`traffic`] drives by learned speeds.

pub mod coverage;
mod gather;
pub mod leads;
pub mod learn;
pub(crate) mod sql;
pub mod traffic;

use std::sync::{Arc, RwLock};

use campo_geo::eta::{Estimator, Learned};
use campo_geo::pace::{Observations, Paces, Period};
use chrono::Utc;
use tracing::{info, warn};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::maps::Maps;
use crate::tracking::derive::hour_of_week;
use sql::Kind;
use traffic::Traffic;

/// What is known of travel times now. Cheap to clone: all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Estimates(Arc<RwLock<Known>>);

#[derive(Debug, Clone, Default)]
struct Known {
    /// The generations of models and speeds that are in it.
    generations: (Option<i32>, Option<i32>),
    /// The map's build that is in it.
    build: Option<String>,
    /// The part of the week whose learned speeds are in it.
    period: Option<Period>,
    learned: Option<Arc<Learned>>,
    paces: Option<Arc<Paces>>,
    estimator: Arc<Estimator>,
    traffic: Option<Arc<Traffic>>,
}

impl Estimates {
    /// The estimator that answers now. It may be held for as long as a computation takes.
    pub fn current(&self) -> Arc<Estimator> {
        self.read(|known| Arc::clone(&known.estimator))
    }

    /// Driving by learned speeds; `None` without a map or before any were learned.
    pub fn traffic(&self) -> Option<Arc<Traffic>> {
        self.read(|known| known.traffic.clone())
    }

    fn read<T>(&self, of: impl FnOnce(&Known) -> T) -> T {
        // A poisoned lock holds a whole value all the same: it is replaced in one assignment.
        of(&self.0.read().unwrap_or_else(|broken| broken.into_inner()))
    }

    /// Puts together what is known again where the map or what was learned is another. Cheap where nothing is new.
    pub async fn look(&self, db: &Db, maps: &Maps) -> Result<()> {
        let generations = sql::current_generations(db).await?;
        let before = self.read(Known::clone);
        let (mut learned, mut paces) = (before.learned.clone(), before.paces.clone());
        if generations.0 != before.generations.0 {
            learned = sql::current(db, Kind::Eta).await?.and_then(|(_, blob)| model(&blob)).map(Arc::new);
        }
        if generations.1 != before.generations.1 {
            paces = sql::current(db, Kind::Pace).await?.and_then(|(_, blob)| speeds(&blob)).map(Arc::new);
        }
        let (fresh, maps) = (Known { generations, learned, paces, ..before.clone() }, maps.clone());
        let work = move || fresh.with_map(&maps, &before);
        let renewed = tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| Error::Internal(format!("what is known of travel times: {e}")))?;
        if let Some(known) = renewed {
            info!(
                models = known.generations.0,
                speeds = known.generations.1,
                map = known.build,
                "estimates know more"
            );
            *self.0.write().unwrap_or_else(|broken| broken.into_inner()) = known;
        }
        Ok(())
    }

    /// The same for a map alone: what was learned stays as it was known. Blocks.
    pub fn renew(&self, maps: &Maps) {
        let before = self.read(Known::clone);
        if let Some(known) = before.clone().with_map(maps, &before) {
            *self.0.write().unwrap_or_else(|broken| broken.into_inner()) = known;
        }
    }
}

impl Known {
    /// With the map that serves; `None` where nothing is news.
    fn with_map(self, maps: &Maps, before: &Self) -> Option<Self> {
        let map = maps.current();
        let build = map.as_ref().map(|m| m.manifest.build.clone());
        let is_news = build != before.build || self.generations != before.generations;
        let period = period_now();
        if !is_news && (self.traffic.is_none() || period == self.period) {
            return None;
        }
        let roads = map.and_then(|m| m.roads.clone());
        let traffic = if is_news {
            let learned = roads.clone().zip(self.paces.clone());
            learned.map(|(roads, paces)| Arc::new(Traffic::new(roads, paces)))
        } else {
            self.traffic
        };
        let speeds = traffic.as_ref().zip(period).and_then(|(traffic, period)| traffic.speeds(period));
        let estimator = Estimator::new(roads, self.learned.clone()).with_speeds(speeds);
        Some(Self { build, period, estimator: Arc::new(estimator), traffic, ..self })
    }
}

/// The part of the week that it is where installations are.
fn period_now() -> Option<Period> {
    let zone = chrono_tz::America::Argentina::Buenos_Aires;
    Some(Period::of(hour_of_week(Utc::now().timestamp_millis(), zone)))
}

/// Another version's model is as good as none: the next night learns anew.
fn model(blob: &[u8]) -> Option<Learned> {
    Learned::from_bytes(blob).inspect_err(|e| warn!(error = %e, "the learned model cannot be used")).ok()
}

fn speeds(blob: &[u8]) -> Option<Paces> {
    let sums: Observations = serde_json::from_slice(blob)
        .inspect_err(|e| warn!(error = %e, "learned speeds cannot be used"))
        .ok()?;
    Some(Paces::learn(&sums))
}
