//! A night's training: a new model serves only if it was better on trips that neither had seen.

use super::coverage::Count;
use super::{Estimator, Eta, Learned, Question, TrainOptions, Trip, train};
use std::sync::Arc;

/// The latest part of the trips that a new model is judged by.
const HELD_OUT: f64 = 0.2;
/// Fewer trips than this judge nobody.
const LEAST_JUDGES: usize = 40;
/// The share of windows that must hold.
const HOLDS: std::ops::RangeInclusive<f64> = 0.75..=0.85;

/// What became of a night's training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The new one is better on trips that neither has seen, and its windows hold.
    Promoted,
    /// The one in place is as good or better there.
    NotBetter,
    /// The new one's windows do not hold what they promise.
    WindowsOff,
    /// Too few trips since the one in place: wait.
    TooFewTrips,
}

/// How the new one did beside the one in place, on the same trips.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Judged {
    /// The new one.
    pub new: Count,
    /// What serves: the one in place, or where nothing was learned yet shipped numbers and shared speeds.
    pub old: Count,
}

impl Judged {
    /// Do the new one's windows hold, as far as so many judges can tell? Only a share whose 95 % interval lies
    /// wholly outside of what must hold is refused.
    fn windows_hold(&self) -> bool {
        let (low, high) = self.new.interval();
        low <= *HOLDS.end() && high >= *HOLDS.start()
    }
}

/// What a night's training answers.
#[derive(Debug, Clone)]
pub struct Retrained {
    /// What became of it.
    pub verdict: Verdict,
    /// On which grounds; nothing where there were too few trips.
    pub judged: Judged,
    /// What is to serve from now on, if [`Verdict::Promoted`]; else the one in place goes on.
    pub learned: Option<Learned>,
}

/// Trains anew and judges the result on the latest trips, paired, against what is in place in `base`.
///
/// Judges are the latest fifth of the trips, and of those only the ones that began after everything that the
/// model in place has seen. If the new one is promoted it is trained once more on all trips. Keep the blob that served:
/// putting it back is the way back. Blocks for seconds: call it off the serving threads.
///
/// `serving` is what is said now to such a question. It may know more than `base`: learned speeds of every hour.
pub fn retrain(
    trips: &[Trip],
    options: &TrainOptions,
    base: &Estimator,
    serving: &dyn Fn(&Question) -> Eta,
) -> Retrained {
    let mut trips: Vec<Trip> = trips.iter().filter(|trip| trip.is_clean()).cloned().collect();
    trips.sort_by_key(|trip| trip.started_at);
    let cut = ((1.0 - HELD_OUT) * trips.len() as f64) as usize;
    let seen = base.learned().map_or(i64::MIN, |learned| learned.until);
    let cut = cut.max(trips.partition_point(|trip| trip.started_at <= seen));
    let (early, judges) = trips.split_at(cut.min(trips.len()));
    let refused = |verdict, judged| Retrained { verdict, judged, learned: None };
    if judges.len() < LEAST_JUDGES || early.is_empty() {
        return refused(Verdict::TooFewTrips, Judged::default());
    }
    let fresh = base.clone().learning(Some(Arc::new(train(early, options, base))));
    let mut judged = Judged::default();
    for trip in judges {
        let question = trip.question();
        judged.new.note(fresh.estimate(&question), trip.duration_s);
        judged.old.note(serving(&question), trip.duration_s);
    }
    if judged.new.error_s >= judged.old.error_s {
        return refused(Verdict::NotBetter, judged);
    }
    if !judged.windows_hold() {
        return refused(Verdict::WindowsOff, judged);
    }
    let mut learned = train(&trips, options, base);
    learned.generation = base.learned().map_or(1, |current| current.generation + 1);
    Retrained { verdict: Verdict::Promoted, judged, learned: Some(learned) }
}
