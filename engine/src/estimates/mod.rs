//! What is known of travel times now: the map, speeds that organizations share, and for each organization what it
//! learned from its own journeys.
//!
//! [`leads`] says when a window is remembered (pure), [`coverage`] whether windows held, `gather` makes finished
//! journeys learnable, [`learn`] is the night's work in one organization, [`speeds`] what all share, [`traffic`] drives
//! by it, `models` holds the organizations' models.

pub mod coverage;
mod gather;
pub mod leads;
pub mod learn;
mod models;
pub mod speeds;
pub(crate) mod sql;
pub mod traffic;

use std::sync::{Arc, Mutex, RwLock};

use campo_geo::eta::{Estimator, Learned};
use campo_geo::pace::{Observations, Paces, Period};
use chrono::Utc;
use tracing::{info, warn};

use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::maps::Maps;
use crate::tracking::derive::hour_of_week;
use models::Models;
use traffic::Traffic;

/// Models of organizations that one look loads at most: the rest is loaded by the next.
const LOADS: usize = 32;

/// What is known of travel times now. Cheap to clone: all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Estimates(Arc<Shared>);

/// Whoever takes both locks takes `models` first.
#[derive(Debug, Default)]
struct Shared {
    known: RwLock<Known>,
    models: Mutex<Models>,
}

/// What serves every organization.
#[derive(Debug, Clone, Default)]
struct Known {
    /// The generation of shared speeds that is in it.
    generation: Option<i32>,
    /// The map's build that is in it.
    build: Option<String>,
    /// The part of the week whose speeds are in it.
    period: Option<Period>,
    paces: Option<Arc<Paces>>,
    estimator: Arc<Estimator>,
    traffic: Option<Arc<Traffic>>,
}

impl Estimates {
    /// The estimator of an organization without a model of its own: the map, shipped numbers, shared speeds.
    pub fn base(&self) -> Arc<Estimator> {
        self.read(|known| Arc::clone(&known.estimator))
    }

    /// The organization's estimator. It may be held for as long as a computation takes.
    ///
    /// Who was not asked for lately is answered without its own model until the next [`Estimates::look`];
    /// [`Estimates::meet`] loads it at once.
    pub fn of(&self, org: OrgId) -> Arc<Estimator> {
        self.models(|models| models.of(org, &self.base()))
    }

    /// The organization's estimator, its model loaded where it is not held.
    pub async fn meet(&self, tenant: &mut Tenant) -> Result<Arc<Estimator>> {
        let org = tenant.org();
        if self.models(|models| models.is_known(org)) {
            return Ok(self.of(org));
        }
        let row = sql::models::current(tenant).await?;
        self.take(org, row).await
    }

    /// Loads the organization's model where it is not held.
    pub async fn prepare(&self, db: &Db, org: OrgId) -> Result<()> {
        if self.models(|models| models.is_known(org)) {
            return Ok(());
        }
        self.meet(&mut db.tenant(org).await?).await.map(|_| ())
    }

    /// Driving by shared speeds; `None` without a map or before there are any.
    pub fn traffic(&self) -> Option<Arc<Traffic>> {
        self.read(|known| known.traffic.clone())
    }

    fn read<T>(&self, of: impl FnOnce(&Known) -> T) -> T {
        // A poisoned lock holds a whole value all the same: it is replaced in one assignment.
        of(&self.0.known.read().unwrap_or_else(|broken| broken.into_inner()))
    }

    fn models<T>(&self, of: impl FnOnce(&mut Models) -> T) -> T {
        of(&mut self.0.models.lock().unwrap_or_else(|broken| broken.into_inner()))
    }

    /// Puts together what is known again where the map, the shared speeds or an organization's model is another.
    /// Cheap where nothing is new.
    pub async fn look(&self, db: &Db, maps: &Maps) -> Result<()> {
        self.look_at_speeds(db, maps).await?;
        self.look_at_models(db).await
    }

    async fn look_at_speeds(&self, db: &Db, maps: &Maps) -> Result<()> {
        let generation = sql::speeds::serving(db).await?;
        let before = self.read(Known::clone);
        let blob = if generation == before.generation { None } else { sql::speeds::current(db).await? };
        let maps = maps.clone();
        let work = move || {
            let paces = if generation == before.generation {
                before.paces.clone()
            } else {
                blob.and_then(|(_, blob)| paces(&blob)).map(Arc::new)
            };
            Known { generation, paces, ..before.clone() }.with_map(&maps, &before)
        };
        let renewed = tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| Error::Internal(format!("what is known of travel times: {e}")))?;
        if let Some(known) = renewed {
            info!(speeds = known.generation, map = known.build, "estimates know more");
            self.replace(known);
        }
        Ok(())
    }

    /// Organizations that were asked for: are their models the ones that serve?
    async fn look_at_models(&self, db: &Db) -> Result<()> {
        let asked = self.models(Models::take_asked);
        if asked.is_empty() {
            return Ok(());
        }
        let serving = sql::models::serving(db, &asked).await?.into_iter().collect();
        let outdated = self.models(|models| models.outdated(&asked, &serving));
        for org in outdated.into_iter().take(LOADS) {
            let mut tenant = db.tenant(org).await?;
            let row = sql::models::current(&mut tenant).await?;
            drop(tenant);
            self.take(org, row).await?;
        }
        Ok(())
    }

    /// Takes over the model that serves an organization. Reading it costs milliseconds: off the serving threads.
    async fn take(&self, org: OrgId, row: Option<sql::models::ModelRow>) -> Result<Arc<Estimator>> {
        let generation = row.as_ref().map(|row| row.generation);
        let learned = tokio::task::spawn_blocking(move || row.and_then(|row| model(&row.blob)).map(Arc::new))
            .await
            .map_err(|e| Error::Internal(format!("reading a model: {e}")))?;
        Ok(self.models(|models| models.put(org, generation, learned, &self.base())))
    }

    /// The same for a map alone: what was learned stays as it was known. Blocks.
    pub fn renew(&self, maps: &Maps) {
        let before = self.read(Known::clone);
        if let Some(known) = before.clone().with_map(maps, &before) {
            self.replace(known);
        }
    }

    fn replace(&self, known: Known) {
        self.models(|models| {
            let base = Arc::clone(&known.estimator);
            *self.0.known.write().unwrap_or_else(|broken| broken.into_inner()) = known;
            models.rebase(&base);
        });
    }
}

impl Known {
    /// With the map that serves; `None` where nothing is news.
    fn with_map(self, maps: &Maps, before: &Self) -> Option<Self> {
        let map = maps.current();
        let build = map.as_ref().map(|m| m.manifest.build.clone());
        let is_news = build != before.build || self.generation != before.generation;
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
        let estimator = Estimator::new(roads, None).with_speeds(speeds);
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

fn paces(blob: &[u8]) -> Option<Paces> {
    let sums: Observations = serde_json::from_slice(blob)
        .inspect_err(|e| warn!(error = %e, "shared speeds cannot be used"))
        .ok()?;
    Some(Paces::learn(&sums))
}
