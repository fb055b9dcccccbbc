//! Distances and paths between two ends.

// Places are those of a topology and a metric that were built here or checked when they were read.
#![allow(clippy::indexing_slicing)]

use std::ops::Deref;

use super::metric::{Half, Metric};
use super::scratch::{Scratch, Side};
use super::topology::Topology;
use super::{Damaged, End, LIMIT, NONE};

/// A topology with one of its metrics: what questions are put to. Cheap to make and to copy.
#[derive(Debug, Clone, Copy)]
pub struct Ways<'a> {
    pub(super) place: &'a [u32],
    pub(super) vertex: &'a [u32],
    up_first: &'a [u32],
    up_head: &'a [u32],
    pub(super) forward: Half<'a>,
    pub(super) backward: Half<'a>,
}

/// Where the two walks met.
pub(super) struct Meeting {
    pub(super) place: u32,
    /// Milliseconds, never negative.
    pub(super) total: u32,
}

impl<'a> Ways<'a> {
    /// Puts a metric on its topology.
    ///
    /// # Errors
    /// [`Damaged`] where they are of different sizes.
    pub fn new<B, C>(topology: &'a Topology<B>, metric: &'a Metric<C>) -> Result<Self, Damaged>
    where
        B: Deref<Target = [u32]>,
        C: Deref<Target = [u32]>,
    {
        let (forward, backward) = (metric.forward(), metric.backward());
        let wanted = topology.vertices() + 1;
        if forward.first.len() != wanted || backward.first.len() != wanted {
            return Err(Damaged("the metric is not of this topology"));
        }
        Ok(Self {
            place: &topology.place,
            vertex: &topology.vertex,
            up_first: &topology.up_first,
            up_head: &topology.up_head,
            forward,
            backward,
        })
    }

    /// How many vertices there are.
    pub fn vertices(&self) -> usize {
        self.place.len()
    }

    /// The least milliseconds from one end to the other, `None` where no way leads. Vertices that do not exist are
    /// passed over.
    pub fn distance(&self, scratch: &mut Scratch, from: End<'_>, to: End<'_>) -> Option<u32> {
        self.meet::<false>(scratch, from, to).map(|meeting| meeting.total)
    }

    pub(super) fn parent(&self, place: u32) -> u32 {
        let (first, end) = (self.up_first[place as usize], self.up_first[place as usize + 1]);
        if first == end { NONE } else { self.up_head[first as usize] }
    }

    /// Walks both ends up until nothing is left, and answers the best place where they met.
    pub(super) fn meet<const TRACE: bool>(
        &self,
        scratch: &mut Scratch,
        from: End<'_>,
        to: End<'_>,
    ) -> Option<Meeting> {
        scratch.fit(self.vertices());
        let Scratch { forward, backward, .. } = scratch;
        self.start::<TRACE>(forward, from);
        self.start::<TRACE>(backward, to);
        let (mut best, mut place) = (LIMIT, NONE);
        loop {
            let low = forward.at.last().copied().unwrap_or(NONE);
            let high = backward.at.last().copied().unwrap_or(NONE);
            if low == high {
                if low == NONE {
                    break;
                }
                let both = forward.dist[low as usize] + backward.dist[low as usize];
                if both < best {
                    (best, place) = (both, low);
                }
            }
            let parent = self.parent(low.min(high));
            if low <= high {
                relax::<TRACE>(self.forward, forward, low, best);
                forward.rise(parent);
            }
            if high <= low {
                relax::<TRACE>(self.backward, backward, high, best);
                backward.rise(parent);
            }
        }
        let zero = i64::from(forward.zero) + i64::from(backward.zero);
        let total = (i64::from(best) + zero).clamp(0, i64::from(LIMIT)) as u32;
        (place != NONE).then_some(Meeting { place, total })
    }

    /// Puts the walks of one end at their places. Distances count from the least offset, so that none is negative.
    pub(super) fn start<const TRACE: bool>(&self, side: &mut Side, end: End<'_>) {
        side.at.clear();
        side.zero = end.iter().map(|(_, offset)| *offset).min().unwrap_or(0);
        for (vertex, offset) in end {
            let Some(&place) = self.place.get(*vertex as usize) else { continue };
            let offset = offset.abs_diff(side.zero);
            if offset < side.dist[place as usize] {
                side.dist[place as usize] = offset;
                if TRACE {
                    side.from[place as usize] = [NONE; 2];
                }
            }
            side.stand(place);
        }
    }
}

/// Carries the distance at `place` on to the upper ends of its arcs, unless `best` is reached already, and
/// leaves the room clean behind it.
#[inline]
pub(super) fn relax<const TRACE: bool>(half: Half<'_>, side: &mut Side, place: u32, best: u32) {
    let dist = std::mem::replace(&mut side.dist[place as usize], LIMIT);
    if dist >= best {
        return;
    }
    let range = half.of(place);
    for (at, [head, weight]) in half.arcs[range.clone()].iter().enumerate() {
        let known = &mut side.dist[*head as usize];
        if dist + weight < *known {
            *known = dist + weight;
            if TRACE {
                side.from[*head as usize] = [place, (range.start + at) as u32];
            }
        }
    }
}
