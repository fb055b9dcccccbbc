//! What depends on weights: the arcs that shortest ways use, with their lengths.

// Arcs are those of the topology at hand.
#![allow(clippy::indexing_slicing)]

use std::ops::Deref;

use super::topology::Topology;
use super::triangles::{BEATEN, Both, Mesh};
use super::{Damaged, LIMIT};

/// One set of weights on a [`Topology`]: for each place the upward arcs that some shortest way uses, in the
/// direction of travel (`forward`) and against it (`backward`).
#[derive(Debug, Clone)]
pub struct Metric<B = Vec<u32>> {
    arrays: [B; 6],
}

/// One direction of a metric.
#[derive(Debug, Clone, Copy)]
pub(super) struct Half<'a> {
    /// Where each place's arcs begin, and their number.
    pub(super) first: &'a [u32],
    /// Upper end and weight, ascending by upper end.
    pub(super) arcs: &'a [[u32; 2]],
    /// The lower vertex that the arc leads over; `u32::MAX` where it is an arc of the graph.
    pub(super) middle: &'a [u32],
}

impl Half<'_> {
    pub(super) fn of(&self, place: u32) -> std::ops::Range<usize> {
        self.first[place as usize] as usize..self.first[place as usize + 1] as usize
    }
}

impl Metric {
    /// Keeps the arcs that are shortest distances: those whose ways through lower vertices are not beaten.
    ///
    /// Where one is beaten, a way over a higher vertex is strictly shorter, and its arcs are kept.
    pub(super) fn keep(mesh: Mesh<'_>, best: &[Both], middles: &[Both]) -> Self {
        let half = |side: usize| {
            let kept = |arc: &usize| best[*arc][side] < LIMIT && middles[*arc][side] != BEATEN;
            let (mut first, mut arcs, mut middle) = (vec![0u32], Vec::new(), Vec::new());
            first.reserve(mesh.up_first.len());
            for place in 0..mesh.up_first.len() - 1 {
                for arc in mesh.up(place).filter(kept) {
                    arcs.extend([mesh.up_head[arc], best[arc][side]]);
                    middle.push(middles[arc][side]);
                }
                first.push(middle.len() as u32);
            }
            arcs.shrink_to_fit();
            middle.shrink_to_fit();
            [first, arcs, middle]
        };
        let ([a, b, c], [d, e, f]) = (half(0), half(1));
        Self { arrays: [a, b, c, d, e, f] }
    }
}

impl<B: Deref<Target = [u32]>> Metric<B> {
    /// How many arrays it consists of.
    pub const ARRAYS: usize = 6;

    /// Its arrays, to be written to a file in this order.
    pub fn arrays(&self) -> [&[u32]; 6] {
        self.arrays.each_ref().map(|array| &**array)
    }

    /// Takes back what [`Metric::arrays`] gave, and checks it against its topology in one pass.
    ///
    /// # Errors
    /// [`Damaged`] says what does not fit.
    pub fn from_arrays<T>(topology: &Topology<T>, arrays: [B; 6]) -> Result<Self, Damaged>
    where
        T: Deref<Target = [u32]>,
    {
        let metric = Self { arrays };
        super::valid::metric(&metric, topology)?;
        Ok(metric)
    }

    /// How many arcs it kept, of both directions together.
    pub fn arcs(&self) -> usize {
        self.arrays[2].len() + self.arrays[5].len()
    }

    pub(super) fn forward(&self) -> Half<'_> {
        self.half(0)
    }

    pub(super) fn backward(&self) -> Half<'_> {
        self.half(3)
    }

    fn half(&self, at: usize) -> Half<'_> {
        let arcs = self.arrays[at + 1].as_chunks().0;
        Half { first: &self.arrays[at], arcs, middle: &self.arrays[at + 2] }
    }
}

impl Half<'_> {
    /// The middle of the arc from `place` up to `head`, if there is such an arc.
    pub(super) fn middle_to(&self, place: u32, head: u32) -> Option<u32> {
        let range = self.of(place);
        let at = self.arcs[range.clone()].iter().position(|[other, _]| *other == head)?;
        Some(self.middle[range.start + at])
    }
}
