//! What organizations share: anonymous speeds of public roads, summed every night and judged before they serve.
//!
//! Of an organization's sums only what three journeys of three sources speak for leaves it
//! ([`campo_geo::pace::Observations::shared`]); who does not share is left out from the next night on. One journey in
//! five never enters any sums: those judge. New speeds serve only where they foretell the judges' times no worse than
//! the ones that serve (or the shipped ones) do; the ones before them stay as the way back
//! (`campo eta rollback --speeds`).

use campo_geo::eta::{Estimator, Speeds, Trip, Vehicle};
use campo_geo::pace::{Observations, Paces, Period};
use campo_geo::roads::{Metric, Roads};
use serde::Serialize;
use serde_json::json;
use tracing::{info, warn};

use super::gather::{self, learnable};
use super::learn::{Back, PAGE};
use super::sql::{journeys, speeds};
use crate::Engine;
use crate::error::{Error, Result};

/// The task's kind.
pub const SHARE: &str = "estimates.share";
/// Judges of one organization, the newest: no large one decides for all.
const JUDGES_EACH: i64 = 50;
/// Judges in all.
const MOST_JUDGES: usize = 5_000;
/// Fewer judges than this judge nobody.
const LEAST_JUDGES: usize = 20;

/// What a night's speeds came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Organizations that share and had something to share.
    pub organizations: usize,
    /// Roads, cells and classes, each in a part of the week, that something is known of.
    pub keys: usize,
    /// promoted, worse, too_few_judges, no_map or nothing.
    pub verdict: &'static str,
    /// Journeys that judged: they are in no sums.
    pub judges: usize,
    /// Mean error on them, seconds: by the speeds that served, and by the new ones.
    pub error_s: (Option<f64>, Option<f64>),
    /// The generation of speeds that serves now; none: the shipped ones.
    pub generation: Option<i32>,
}

/// Sums what is shared, judges it, and puts it into service where it is no worse.
pub async fn share(engine: &Engine) -> Result<Report> {
    let mut report = Report { verdict: "nothing", ..Report::default() };
    let (sums, judges) = collect(engine, &mut report).await?;
    let current = speeds::current(&engine.db).await?;
    report.generation = current.as_ref().map(|(generation, _)| *generation);
    report.keys = sums.len();
    if !sums.is_empty() {
        judge(engine, &sums, judges, current.map(|(_, blob)| blob), &mut report).await?;
    }
    if report.verdict == "promoted" {
        let blob = serde_json::to_vec(&sums).map_err(|e| Error::Internal(format!("sums of speeds: {e}")))?;
        let said = json!({"keys": report.keys, "judges": report.judges, "error_s": report.error_s});
        report.generation = Some(speeds::promote(&engine.db, &blob, &said).await?);
    }
    let said = json!({"verdict": report.verdict, "judges": report.judges,
                      "served_error_s": report.error_s.0, "new_error_s": report.error_s.1});
    speeds::keep_verdict(&engine.db, &said).await?;
    tell(&report);
    Ok(report)
}

fn tell(report: &Report) {
    let Report { organizations, keys, verdict, judges, error_s, generation } = report;
    let (served_error_s, new_error_s) = error_s;
    if *verdict == "worse" {
        warn!(
            organizations,
            keys,
            judges,
            served_error_s,
            new_error_s,
            generation,
            "the night's speeds are worse than the ones that serve: those go on"
        );
    } else {
        info!(
            organizations,
            keys, verdict, judges, served_error_s, new_error_s, generation, "the night's speeds"
        );
    }
}

/// The shared sums of all who share, and the journeys that judge. One organization at a time.
async fn collect(engine: &Engine, report: &mut Report) -> Result<(Observations, Vec<Trip>)> {
    let (mut sums, mut judges, mut after) = (Observations::default(), Vec::new(), None);
    loop {
        let page = journeys::learners(&engine.db, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((sums, judges)) };
        after = Some(last.org_id);
        for learner in page.iter().filter(|learner| learner.share_speeds) {
            let mut tenant = engine.db.tenant(learner.org_id).await?;
            if let Some(shared) = gather::shared(&mut tenant).await? {
                sums.merge(&shared);
                report.organizations += 1;
            }
            if judges.len() < MOST_JUDGES {
                let rows = journeys::judges(&mut tenant, JUDGES_EACH).await?;
                judges.extend(rows.iter().filter_map(learnable).filter(Trip::is_clean));
            }
        }
    }
}

async fn judge(
    engine: &Engine,
    sums: &Observations,
    judges: Vec<Trip>,
    served: Option<Vec<u8>>,
    report: &mut Report,
) -> Result<()> {
    let Some(roads) = engine.maps.current().and_then(|map| map.roads.clone()) else {
        report.verdict = "no_map";
        return Ok(());
    };
    let fresh = Paces::learn(sums);
    let work = move || {
        // Sums of another version cannot be compared: the shipped speeds stand in for them.
        let served =
            served.and_then(|blob| serde_json::from_slice::<Observations>(&blob).ok()).unwrap_or_default();
        errors(&roads, &Paces::learn(&served), &fresh, &judges)
    };
    let made = tokio::task::spawn_blocking(work).await;
    let (count, served_s, fresh_s) = made.map_err(|e| Error::Internal(format!("judging speeds: {e}")))?;
    report.judges = count;
    if count > 0 {
        report.error_s = (Some(served_s / count as f64), Some(fresh_s / count as f64));
    }
    report.verdict = verdict(count, served_s, fresh_s);
    Ok(())
}

/// Do the new speeds serve?
fn verdict(judges: usize, served_s: f64, fresh_s: f64) -> &'static str {
    if judges < LEAST_JUDGES {
        "too_few_judges"
    } else if fresh_s > served_s {
        "worse"
    } else {
        "promoted"
    }
}

/// How many judges have a way, and the sums of both errors on it. A part of the week at a time, so that no more than
/// two sets of weights are held. Blocks.
fn errors(roads: &Roads, served: &Paces, fresh: &Paces, judges: &[Trip]) -> (usize, f64, f64) {
    let (mut count, mut served_s, mut fresh_s) = (0, 0.0, 0.0);
    for period in Period::ALL {
        let own: Vec<&Trip> = judges.iter().filter(|t| Period::of(t.hour_of_week()) == period).collect();
        if own.is_empty() {
            continue;
        }
        let [old, new] = [served, fresh].map(|paces| driving(roads, paces, period));
        for trip in own {
            let question = trip.question();
            let (old, new) = (old.estimate(&question), new.estimate(&question));
            if old.tier >= 2 && new.tier >= 2 {
                count += 1;
                served_s += (f64::from(old.p50_s) - trip.duration_s).abs();
                fresh_s += (f64::from(new.p50_s) - trip.duration_s).abs();
            }
        }
    }
    (count, served_s, fresh_s)
}

/// What is answered by these speeds, without anybody's model.
fn driving(roads: &Roads, paces: &Paces, period: Period) -> Estimator {
    let times = paces.times(roads, Vehicle::Car, period);
    let car: Metric =
        roads.customize(Vehicle::Car, &|edge| times.get(edge as usize).copied().unwrap_or(u32::MAX));
    // All judges drove cars.
    Estimator::new(Some(roads.clone()), None).with_speeds(Some(Speeds::new(car.clone(), car)))
}

/// Withdraws the shared speeds: the ones before them serve again, or the shipped ones. `None` where none serve.
pub async fn roll_back(engine: &Engine) -> Result<Option<Back>> {
    Ok(speeds::roll_back(&engine.db).await?.map(|generation| Back { generation }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_that_are_worse_do_not_serve() {
        assert_eq!(verdict(19, 1_900.0, 100.0), "too_few_judges");
        assert_eq!(verdict(20, 2_000.0, 2_000.1), "worse");
        assert_eq!(verdict(20, 2_000.0, 2_000.0), "promoted", "the same and newer");
        assert_eq!(verdict(0, 0.0, 0.0), "too_few_judges");
    }
}
