//! The night's learning: journeys are gathered, speeds summed, models trained and judged.
//!
//! Runs once a night over all nodes (a schedule of the task queue) and by hand (`campo eta train`). Only
//! organizations that share take part. A new model serves only when it is better on journeys that it has not seen
//! ([`campo_geo::eta::retrain`]); the ones before it stay as the way back (`campo eta rollback`).

use campo_geo::eta::{Estimator, Learned, Retrained, TrainOptions, Trip, Verdict, retrain};
use campo_geo::pace::Observations;
use chrono::{TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use tracing::info;

use super::gather::{self, learnable};
use super::sql::{self, Kind};
use crate::Engine;
use crate::error::{Error, Result};
use crate::moment;

/// The task's kind.
pub const LEARN: &str = "estimates.learn";
/// Journeys are left alone for so long: late points may still come.
pub const SETTLED: TimeDelta = TimeDelta::minutes(15);
/// Journeys of one organization that are learned from, the newest.
const MOST_TRIPS: i64 = 20_000;

/// What a night brought.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Organizations that share.
    pub organizations: usize,
    /// Journeys that were new.
    pub journeys: usize,
    /// Those of them that were laid onto roads.
    pub matched: usize,
    /// Journeys that the models were trained on.
    pub trips: usize,
    /// promoted, not_better, windows_off, too_few_trips or nothing.
    pub verdict: &'static str,
    /// Mean error on journeys that neither has seen, seconds: of what served, and of the new one.
    pub error_s: (Option<f64>, Option<f64>),
    /// The generation of models that serves now.
    pub generation: Option<i32>,
}

/// Learns from all that arrived at least `settled` ago; says what came of it.
pub async fn learn(engine: &Engine, settled: TimeDelta) -> Result<Report> {
    let roads = engine.maps.current().and_then(|map| map.roads.clone());
    let mut report = Report { verdict: "nothing", ..Report::default() };
    let (mut trips, mut sums) = (Vec::new(), Observations::default());
    for (org, zone) in sql::sharing(&engine.db).await? {
        let before = Utc::now() - settled;
        let new = gather::organization(&engine.db, org, moment::zone(&zone), before, roads.as_ref()).await?;
        report.organizations += 1;
        report.journeys += new.journeys;
        report.matched += new.matched;
        let mut tenant = engine.db.tenant(org).await?;
        trips.extend(sql::trips(&mut tenant, MOST_TRIPS).await?.iter().filter_map(learnable));
        drop(tenant);
        if let Some(shared) = gather::shared(&engine.db, org).await? {
            sums.merge(&shared);
        }
    }
    report.trips = trips.len();
    if !sums.is_empty() {
        let blob = serde_json::to_vec(&sums).map_err(|e| Error::Internal(format!("sums of speeds: {e}")))?;
        sql::promote(&engine.db, Kind::Pace, &blob, &json!({"keys": sums.len()})).await?;
    }
    train(engine, trips, &mut report).await?;
    info!(
        organizations = report.organizations,
        journeys = report.journeys,
        matched = report.matched,
        trips = report.trips,
        verdict = report.verdict,
        generation = report.generation,
        "the night's learning"
    );
    engine.estimates.look(&engine.db, &engine.maps).await?;
    Ok(report)
}

async fn train(engine: &Engine, trips: Vec<Trip>, report: &mut Report) -> Result<()> {
    let roads = engine.maps.current().and_then(|map| map.roads.clone());
    let current = sql::current(&engine.db, Kind::Eta).await?;
    report.generation = current.as_ref().map(|(generation, _)| *generation);
    if trips.is_empty() {
        return Ok(());
    }
    // A model of another version cannot be compared: what is learned anew takes its place.
    let current = current.and_then(|(_, blob)| Learned::from_bytes(&blob).ok());
    let base = Estimator::new(roads, current.map(Arc::new));
    let work = move || retrain(&trips, &TrainOptions::default(), &base);
    let made = tokio::task::spawn_blocking(work).await;
    let Retrained { verdict, judged, learned } =
        made.map_err(|e| Error::Internal(format!("training: {e}")))?;
    report.error_s = (judged.old.mean_error_s(), judged.new.mean_error_s());
    report.verdict = match verdict {
        Verdict::Promoted => "promoted",
        Verdict::NotBetter => "not_better",
        Verdict::WindowsOff => "windows_off",
        Verdict::TooFewTrips => "too_few_trips",
    };
    if let Some(learned) = learned {
        let blob = learned.to_bytes().map_err(|e| Error::Internal(format!("the model: {e}")))?;
        let said = json!({"trips": learned.trips, "until": learned.until, "error_s": report.error_s});
        report.generation = Some(sql::promote(&engine.db, Kind::Eta, &blob, &said).await?);
    }
    Ok(())
}

/// Puts the models before the present ones back into service; `None` where there are none.
pub async fn roll_back(engine: &Engine) -> Result<Option<i32>> {
    sql::roll_back(&engine.db, Kind::Eta).await
}
