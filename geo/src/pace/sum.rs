//! Sums over drives: integers, so that merging is exact in any order.

use serde::{Deserialize, Serialize};

/// A thousand of these are one trip: forgetting leaves parts of trips.
pub(super) const TRIP: u32 = 1_000;
/// Marks a sum whose number of sources was checked and is not told any more.
const CHECKED: u32 = u32::MAX;

/// What is known of one key: written as `[real_ms, free_ms, trips, sources]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u32, u32)", into = "(u64, u64, u32, u32)")]
pub(super) struct Sum {
    /// Milliseconds that were driven.
    pub(super) real_ms: u64,
    /// Milliseconds that the same would have taken without traffic.
    pub(super) free_ms: u64,
    /// Trips, in thousandths; each trip counts once.
    pub(super) trips: u32,
    /// A bit for each of 32 classes of sources: never more bits than there were distinct sources.
    pub(super) sources: u32,
}

impl Sum {
    /// Adds another; associative and commutative.
    pub(super) fn merge(&mut self, other: &Self) {
        self.real_ms = self.real_ms.saturating_add(other.real_ms);
        self.free_ms = self.free_ms.saturating_add(other.free_ms);
        self.trips = self.trips.saturating_add(other.trips);
        self.sources |= other.sources;
    }

    /// Keeps `share` (0..=1) of it.
    pub(super) fn fade(&mut self, share: f64) {
        let keep = |n: u64| (n as f64 * share).round() as u64;
        self.real_ms = keep(self.real_ms);
        self.free_ms = keep(self.free_ms);
        self.trips = keep(u64::from(self.trips)) as u32;
    }

    /// Trips, faded ones in part.
    pub(super) fn trips(&self) -> f64 {
        f64::from(self.trips) / f64::from(TRIP)
    }

    /// At least `least` trips of at least as many sources?
    pub(super) fn is_anonymous(&self, least: u32) -> bool {
        self.trips >= least * TRIP && self.sources.count_ones() >= least
    }

    /// The same without a trace of who it came from.
    pub(super) fn without_sources(self) -> Self {
        Self { sources: CHECKED, ..self }
    }
}

impl From<(u64, u64, u32, u32)> for Sum {
    fn from((real_ms, free_ms, trips, sources): (u64, u64, u32, u32)) -> Self {
        Self { real_ms, free_ms, trips, sources }
    }
}

impl From<Sum> for (u64, u64, u32, u32) {
    fn from(sum: Sum) -> Self {
        (sum.real_ms, sum.free_ms, sum.trips, sum.sources)
    }
}
