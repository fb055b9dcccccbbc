//! The night's learning of one organization: its journeys are gathered, its own model trained and judged.
//!
//! An organization learns from its own finished journeys alone; of others it knows nothing but the speeds of public
//! roads that all share ([`super::speeds`]). [`plan`] writes one task for each organization with journeys that are new,
//! so that the queue's shares hold and one is trained at a time. A new model serves only where it was better on
//! journeys that neither it nor what serves had seen ([`campo_geo::eta::retrain`]); the ones before it stay as the way
//! back (`campo eta rollback --org`).

use std::sync::Arc;

use campo_geo::Eta;
use campo_geo::eta::{Estimator, Learned, Question, Retrained, TrainOptions, Trip, Verdict, retrain};
use campo_geo::pace::Period;
use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::info;

use super::gather::{self, learnable};
use super::sql::journeys::{self, Learner};
use super::sql::models;
use super::traffic::Traffic;
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::task::{self, NewTask};

/// The task that plans a night.
pub const LEARN: &str = "estimates.learn";
/// The task that learns for one organization.
pub const LEARN_OWN: &str = "estimates.learn_own";
/// Journeys are left alone for so long: late points may still come.
pub const SETTLED: TimeDelta = TimeDelta::minutes(15);
/// Journeys that an organization learns from at most, the newest: what bounds a training's time and a model's size.
const MOST_TRIPS: i64 = 5_000;
/// Organizations that are read at once.
pub(super) const PAGE: i64 = 500;

/// What a training brought.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Journeys that were new.
    pub journeys: usize,
    /// Those of them that were laid onto roads.
    pub matched: usize,
    /// Journeys that the model was trained on.
    pub trips: usize,
    /// promoted, not_better, windows_off, too_few_trips or nothing.
    pub verdict: &'static str,
    /// Journeys that judged: neither model had seen them.
    pub judges: u64,
    /// Mean error on them, seconds: of what served, and of the new one.
    pub error_s: (Option<f64>, Option<f64>),
    /// The generation of the organization's models that serves now.
    pub generation: Option<i32>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    org: OrgId,
}

/// Writes a task for each organization with new journeys; says for how many.
pub async fn plan(engine: &Engine) -> Result<usize> {
    let (mut after, mut planned) = (None, 0);
    loop {
        let page = journeys::learners(&engine.db, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.org_id);
        for learner in &page {
            let mut tenant = engine.db.tenant(learner.org_id).await?;
            if !journeys::not_gathered(&mut tenant, Utc::now() - SETTLED, 1).await?.is_empty() {
                let mut own = NewTask::new(LEARN_OWN, Some(learner.org_id), Payload { org: learner.org_id })?;
                own.unique_key = Some("night".into());
                task::enqueue(tenant.conn(), &own).await?;
                tenant.commit().await?;
                planned += 1;
            }
        }
    }
    info!(organizations = planned, "the night's learning is planned");
    engine.task_written.notify_one();
    Ok(planned)
}

/// The task of one organization.
pub async fn carry_out(engine: &Engine, payload: &Value) -> Result<()> {
    let Payload { org } = serde_json::from_value(payload.clone())
        .map_err(|e| Error::Internal(format!("task {LEARN_OWN}: {e}")))?;
    organization(engine, org, SETTLED).await.map(|_| ())
}

/// Learns from what an organization's people drove and arrived at least `settled` ago; says what came of it.
pub async fn organization(engine: &Engine, org: OrgId, settled: TimeDelta) -> Result<Report> {
    let learner = learner(engine, org).await?;
    let roads = engine.maps.current().and_then(|map| map.roads.clone());
    let new = gather::organization(&engine.db, &learner, Utc::now() - settled, roads.as_ref()).await?;
    let mut report =
        Report { journeys: new.journeys, matched: new.matched, verdict: "nothing", ..Report::default() };
    train(engine, org, &mut report).await?;
    info!(
        %org,
        journeys = report.journeys,
        matched = report.matched,
        trips = report.trips,
        verdict = report.verdict,
        generation = report.generation,
        "an organization's learning"
    );
    Ok(report)
}

async fn learner(engine: &Engine, org: OrgId) -> Result<Learner> {
    let mut tenant = engine.db.tenant(org).await?;
    journeys::learner(&mut tenant).await?.ok_or(Error::NotFound("organization"))
}

async fn train(engine: &Engine, org: OrgId, report: &mut Report) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    let trips: Vec<Trip> =
        journeys::trips(&mut tenant, MOST_TRIPS).await?.iter().filter_map(learnable).collect();
    let current = models::current(&mut tenant).await?;
    drop(tenant);
    report.trips = trips.len();
    report.generation = current.as_ref().map(|row| row.generation);
    if trips.is_empty() {
        return Ok(());
    }
    let (roads, traffic) = (engine.estimates.base().roads().cloned(), engine.estimates.traffic());
    let work = move || {
        // A model of another version cannot be compared: what is learned anew takes its place.
        let current = current.and_then(|row| Learned::from_bytes(&row.blob).ok()).map(Arc::new);
        let base = Estimator::new(roads, current);
        retrain(&trips, &TrainOptions::default(), &base, &|question| {
            said_now(&base, traffic.as_deref(), question)
        })
    };
    let made = tokio::task::spawn_blocking(work).await;
    let made = made.map_err(|e| Error::Internal(format!("training: {e}")))?;
    let mut tenant = engine.db.tenant(org).await?;
    keep(&mut tenant, made, report).await?;
    tenant.commit().await
}

/// What is answered now at the hour of a question, shared speeds included.
fn said_now(base: &Estimator, traffic: Option<&Traffic>, question: &Question) -> Eta {
    let speeds = traffic.and_then(|traffic| traffic.speeds(Period::of(question.hour_of_week)));
    base.clone().with_speeds(speeds).estimate(question)
}

/// Notes the verdict, and puts the new model into service where it deserves it.
async fn keep(tenant: &mut Tenant, made: Retrained, report: &mut Report) -> Result<()> {
    let Retrained { verdict, judged, learned } = made;
    report.judges = judged.new.arrivals;
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
        report.generation = Some(models::promote(tenant, &blob, &said).await?);
    }
    let said = json!({"verdict": report.verdict, "trips": report.trips, "judges": report.judges,
                      "served_error_s": report.error_s.0, "new_error_s": report.error_s.1});
    models::keep_verdict(tenant, &said).await
}

/// All organizations, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Nights {
    /// Organizations.
    pub organizations: usize,
    /// Their journeys that were new.
    pub journeys: usize,
    /// Those of them that were laid onto roads.
    pub matched: usize,
    /// Organizations whose new model serves.
    pub promoted: usize,
}

/// What a night does, in every organization, now.
pub async fn every(engine: &Engine, settled: TimeDelta) -> Result<Nights> {
    let (mut after, mut all) = (None, Nights::default());
    loop {
        let page = journeys::learners(&engine.db, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.org_id);
        for learner in &page {
            let report = organization(engine, learner.org_id, settled).await?;
            all.organizations += 1;
            all.journeys += report.journeys;
            all.matched += report.matched;
            all.promoted += usize::from(report.verdict == "promoted");
        }
    }
}

/// What serves after a step back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Back {
    /// The generation that serves now; none: shipped numbers.
    pub generation: Option<i32>,
}

/// Withdraws an organization's model: the one before it serves again, or shipped numbers and shared speeds. `None`
/// where no model serves.
pub async fn roll_back(engine: &Engine, org: OrgId) -> Result<Option<Back>> {
    let mut tenant = engine.db.tenant(org).await?;
    let back = models::roll_back(&mut tenant).await?;
    tenant.commit().await?;
    Ok(back.map(|generation| Back { generation }))
}
