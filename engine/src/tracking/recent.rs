//! The last half hour of a track, in order of time.

use super::fix::Order;
use super::outcome::Standing;
use super::sample::Sample;
use std::collections::VecDeque;

/// Points older than this before the newest are history, milliseconds.
pub const WINDOW_MS: i64 = 30 * 60_000;
/// At most this many points are kept in order (6 KiB).
pub const WINDOW_FIXES: usize = 128;
/// The newest points of one person, each once, in order. Grows on demand.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Recent {
    samples: VecDeque<Sample>,
    /// The order of the last point that left: nothing at or before it comes in again.
    horizon: Option<Order>,
}

/// Where a point went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// To the end.
    Newest,
    /// To this index, with others behind it.
    Late(usize),
    /// Nowhere.
    No(Standing),
}

impl Recent {
    /// The points, oldest first.
    pub(super) fn samples(&self) -> impl DoubleEndedIterator<Item = &Sample> {
        self.samples.iter()
    }

    /// How many points fit without asking for memory.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.samples.capacity()
    }

    /// Finds a point's place and puts it there; `absorb` takes what leaves for it, oldest first.
    pub(super) fn place(&mut self, sample: Sample, absorb: impl FnMut(&Sample)) -> Placed {
        if self.samples.iter().any(|s| s.id() == sample.id()) {
            return Placed::No(Standing::Duplicate);
        }
        let order = sample.order();
        if self.horizon.is_some_and(|horizon| order <= horizon) {
            return Placed::No(Standing::History);
        }
        match self.samples.back() {
            Some(newest) if order < newest.order() => self.insert(sample, newest.ms, absorb),
            _ => self.append(sample, absorb),
        }
    }

    fn append(&mut self, sample: Sample, mut absorb: impl FnMut(&Sample)) -> Placed {
        let oldest_ms = sample.ms.saturating_sub(WINDOW_MS);
        while self.samples.len() >= WINDOW_FIXES || self.samples.front().is_some_and(|s| s.ms < oldest_ms) {
            self.leave(&mut absorb);
        }
        self.samples.push_back(sample);
        Placed::Newest
    }

    fn insert(&mut self, sample: Sample, newest_ms: i64, mut absorb: impl FnMut(&Sample)) -> Placed {
        let mut index = self.samples.partition_point(|s| s.order() < sample.order());
        let full = self.samples.len() >= WINDOW_FIXES;
        if sample.ms < newest_ms.saturating_sub(WINDOW_MS) || (full && index == 0) {
            return Placed::No(Standing::History);
        }
        if full {
            self.leave(&mut absorb);
            index -= 1;
        }
        self.samples.insert(index, sample);
        Placed::Late(index)
    }

    /// The oldest point leaves: no late one can come before it any more.
    fn leave(&mut self, absorb: &mut impl FnMut(&Sample)) {
        if let Some(oldest) = self.samples.pop_front() {
            absorb(&oldest);
            self.horizon = Some(oldest.order());
        }
    }
}
