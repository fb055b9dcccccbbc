//! Learning from finished trips.

use super::cells::{Paces, Surprise};
use super::features::Frame;
use super::learned::Mapped;
use super::residual::{Case, FOLDS, Residual};
use super::way::{self, WayLaw};
use super::windows::{Miss, Windows};
use super::{Cells, Estimator, Learned, Question, Trip, tier0};
use crate::roads::Summary;

/// How to learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainOptions {
    /// Fewer clean trips than this leave tier 3 out; the lower tiers learn from any number.
    pub least_trips: usize,
    /// Makes the same trees from the same trips.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self { least_trips: 200, seed: 1 }
    }
}

/// Learns from finished trips, in any order; trips that say nothing about driving are passed over.
///
/// `base` says what is there besides: its roads are used, what it has learned is not. Takes seconds for
/// ten thousand trips and blocks: call it off the serving threads.
pub fn train(trips: &[Trip], options: &TrainOptions, base: &Estimator) -> Learned {
    let mut trips: Vec<&Trip> = trips.iter().filter(|trip| trip.is_clean()).collect();
    trips.sort_by_key(|trip| trip.started_at);
    let until = trips.last().map_or(0, |trip| trip.started_at);
    let mut folds = vec![Cells::default(); FOLDS];
    let fold_of = |index: usize| index * FOLDS / trips.len().max(1);
    for (index, trip) in trips.iter().enumerate() {
        if let Some(cells) = folds.get_mut(fold_of(index)) {
            cells.learn(trip);
        }
    }
    let all = sum(folds.iter());
    let mut learned = Learned::new(all, until);
    let days = days(&trips);
    let frame = Frame::new(&trips);
    let others: Vec<Paces> = (0..FOLDS)
        .map(|fold| Paces::new(&sum(folds.iter().enumerate().filter(|(i, _)| *i != fold).map(|(_, c)| c))))
        .collect();
    let base = base.clone().learning(None);
    let with_speeds = base.serving_speeds().is_some();
    let mut rows = Vec::with_capacity(trips.len());
    for (index, trip) in trips.iter().enumerate() {
        let (question, straight_m, fold) = (trip.question(), trip.straight_m(), fold_of(index));
        let Some(unseen) = others.get(fold) else { continue };
        rows.push(Row {
            surprise: unseen.surprise(&question, straight_m),
            whole: learned.paces().surprise(&question, straight_m),
            way: base.way(&question),
            low: tier0::log_p50(straight_m, question.hour_of_week),
            truth: trip.duration_s.ln(),
            age_days: (until - trip.started_at) as f64 / 86_400.0,
            question,
            straight_m,
            fold,
        });
    }
    let misses: Vec<Miss> = rows.iter().map(|row| row.miss(row.low + row.surprise.total())).collect();
    learned.windows1 = Windows::fit(&misses, days);
    let enough = trips.len() >= options.least_trips;
    let learn = |cases: &[Case]| Residual::learn(cases, frame, days, options).filter(|_| enough);
    let cases: Vec<Case> =
        rows.iter().map(|row| row.case(&frame, None, row.low + row.whole.city())).collect();
    learned.plain = learn(&cases);
    let hour = |row: &Row| tier0::hour_factor(row.question.hour_of_week).ln() + row.whole.hour;
    let ways = || rows.iter().filter_map(|row| Some((row, row.way.as_ref()?)));
    if ways().next().is_some() {
        let law = WayLaw::fit(
            WayLaw::shipped(with_speeds),
            ways().map(|(row, way)| {
                let way_s = way::seconds(way);
                (way_s, row.truth - way_s.ln() - hour(row))
            }),
        );
        let misses: Vec<Miss> = ways().map(|(row, way)| row.miss(law.seconds(way, hour(row)))).collect();
        let cases: Vec<Case> =
            ways().map(|(row, way)| row.case(&frame, Some(way), law.seconds(way, hour(row)))).collect();
        let (windows, residual) = (Windows::fit(&misses, days), learn(&cases));
        learned.mapped = Some(Mapped { with_speeds, law, windows, residual });
    }
    learned
}

/// One trip, looked at in every way.
struct Row {
    question: Question,
    straight_m: f64,
    low: f64,
    truth: f64,
    /// What the other folds' cells say.
    surprise: Surprise,
    /// What all cells say.
    whole: Surprise,
    way: Option<Summary>,
    fold: usize,
    age_days: f64,
}

impl Row {
    fn miss(&self, said: f64) -> Miss {
        Miss {
            log: self.truth - said,
            spread: spread(self.straight_m),
            hour_of_week: self.question.hour_of_week,
            age_days: self.age_days,
        }
    }

    fn case(&self, frame: &Frame, way: Option<&Summary>, base: f64) -> Case {
        Case {
            features: frame.features(&self.question, self.straight_m, &self.surprise, way),
            base,
            truth: self.truth,
            hour_of_week: self.question.hour_of_week,
            fold: self.fold,
            age_days: self.age_days,
        }
    }
}

/// How far apart durations lie along a line of this length, relative to 3 km: the nearer, the more chance there is.
pub(super) fn spread(straight_m: f64) -> f64 {
    (straight_m.clamp(300.0, 30_000.0) / 3_000.0).powf(-0.12)
}

fn sum<'a>(parts: impl Iterator<Item = &'a Cells>) -> Cells {
    parts.fold(Cells::default(), |mut all, part| {
        all.add(part);
        all
    })
}

/// On how many different days these trips, in order of time, were driven.
fn days(trips: &[&Trip]) -> usize {
    let mut days: Vec<i64> =
        trips.iter().map(|t| (t.started_at + i64::from(t.utc_offset_s)).div_euclid(86_400)).collect();
    days.sort_unstable();
    days.dedup();
    days.len()
}
