//! What does not depend on weights: order, elimination tree, every arc that some weights could need.

// Indices are vertices and arcs whose range was checked or made here.
#![allow(clippy::indexing_slicing)]

use std::ops::Deref;

use super::order::{Layout, order};
use super::tree::{Lists, contract, parents, places};
use super::{Damaged, NONE};

/// A directed graph: the arcs of vertex `v` are `first_out[v]..first_out[v + 1]`.
#[derive(Debug, Clone, Copy)]
pub struct Digraph<'a> {
    /// Where each vertex's arcs begin, and the number of arcs.
    pub first_out: &'a [u32],
    /// Where each arc leads.
    pub head: &'a [u32],
}

impl Digraph<'_> {
    /// How many vertices there are.
    pub fn vertices(&self) -> usize {
        self.first_out.len().saturating_sub(1)
    }

    pub(super) fn out(&self, vertex: u32) -> &[u32] {
        &self.head[self.first_out[vertex as usize] as usize..self.first_out[vertex as usize + 1] as usize]
    }

    /// Every arc: tail, head.
    fn arcs(&self) -> impl Iterator<Item = (u32, u32)> + Clone + '_ {
        (0..self.vertices() as u32).flat_map(|tail| self.out(tail).iter().map(move |head| (tail, *head)))
    }

    fn valid(&self) -> Result<(), Damaged> {
        let ascending = self.first_out.windows(2).all(|pair| pair[0] <= pair[1]);
        let ends =
            self.first_out.first() == Some(&0) && self.first_out.last() == Some(&(self.head.len() as u32));
        let inside = self.head.iter().all(|head| (*head as usize) < self.vertices());
        // The direction of an arc is kept in its lowest bit.
        let small = self.head.len() < (1 << 30) && self.vertices() < (1 << 30);
        (ascending && ends && inside && small).then_some(()).ok_or(Damaged("not a graph"))
    }
}

/// The contraction hierarchy without weights. Inside, vertices go by their *place*: children before parents.
#[derive(Debug, Clone)]
pub struct Topology<B = Vec<u32>> {
    /// The place of each vertex of the graph.
    pub(super) place: B,
    /// The vertex at each place.
    pub(super) vertex: B,
    /// Where each place's upward arcs begin, and their number.
    pub(super) up_first: B,
    /// Where upward arcs lead, ascending; the first is the parent in the elimination tree.
    pub(super) up_head: B,
    /// Where each place's arcs from below begin, and their number.
    pub(super) down_first: B,
    /// Which upward arc comes from below, ascending.
    pub(super) down_arc: B,
    /// Where that arc comes from, ascending.
    pub(super) down_tail: B,
    /// Of each arc of the graph, its upward arc times two, plus one where it leads down; [`NONE`] for loops.
    pub(super) slot: B,
    /// Where the chunks that threads may share begin; the last is where the top begins.
    pub(super) chunks: B,
}

impl Topology {
    /// Contracts `graph`. `threads` is how many may work at a time (0: as many as the machine has).
    ///
    /// # Errors
    /// [`Damaged`] where the graph's arrays or the layout do not fit together.
    pub fn build(graph: Digraph<'_>, layout: Layout<'_>, threads: usize) -> Result<Self, Damaged> {
        graph.valid()?;
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };
        // More parts than threads, because parts are never of one size.
        let order = order(&graph, layout, if threads > 1 { threads * 4 } else { 1 })?;
        let count = graph.vertices();
        let mut rank = vec![NONE; count];
        order.iter().zip(0..).for_each(|(vertex, at)| rank[*vertex as usize] = at);
        let mut place = {
            let lower = neighbours(&graph, &rank, |a, b| (a.max(b), a.min(b)));
            places(&parents(&lower, count))
        };
        let chunks = std::mem::take(&mut place.chunks);
        let place: Vec<u32> = rank.iter().map(|rank| place.place[*rank as usize]).collect();
        drop((rank, order));
        let mut vertex = vec![NONE; count];
        place.iter().zip(0..).for_each(|(place, at)| vertex[*place as usize] = at);
        let up = contract(&neighbours(&graph, &place, |a, b| (a.min(b), a.max(b))), count);
        let (down_first, down_arc, down_tail) = turn_round(&up, count);
        let slot = slots(&graph, &place, &up);
        let Lists { first: up_first, items: up_head } = up;
        Ok(Self { place, vertex, up_first, up_head, down_first, down_arc, down_tail, slot, chunks })
    }
}

/// Lists of neighbours by place, as `pair` sorts the two ends.
fn neighbours(graph: &Digraph<'_>, place: &[u32], pair: impl Fn(u32, u32) -> (u32, u32) + Copy) -> Lists {
    let arcs = graph.arcs().filter(|(tail, head)| tail != head);
    Lists::new(place.len(), arcs.map(move |(tail, head)| pair(place[tail as usize], place[head as usize])))
}

/// The upward arcs by where they lead: where each list begins, the arcs, and where they come from.
fn turn_round(up: &Lists, count: usize) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let down = Lists::new(count, up.items.iter().copied().zip(0..));
    let mut tails = vec![0u32; up.items.len()];
    for place in 0..count {
        tails[up.first[place] as usize..up.first[place + 1] as usize].fill(place as u32);
    }
    let down_tail = down.items.iter().map(|arc| tails[*arc as usize]).collect();
    (down.first, down.items, down_tail)
}

/// The upward arc of each arc of the graph, and its direction.
fn slots(graph: &Digraph<'_>, place: &[u32], up: &Lists) -> Vec<u32> {
    let slot = |(tail, head): (u32, u32)| {
        let (tail, head) = (place[tail as usize], place[head as usize]);
        let (low, high) = (tail.min(head), tail.max(head));
        let at = up.of(low as usize).binary_search(&high).ok()?;
        Some((up.first[low as usize] + at as u32) * 2 + u32::from(tail > head))
    };
    graph.arcs().map(|arc| slot(arc).unwrap_or(NONE)).collect()
}

impl<B: Deref<Target = [u32]>> Topology<B> {
    /// How many arrays it consists of.
    pub const ARRAYS: usize = 9;

    /// Its arrays, to be written to a file in this order.
    pub fn arrays(&self) -> [&[u32]; 9] {
        let Self { place, vertex, up_first, up_head, down_first, down_arc, down_tail, slot, chunks } = self;
        [place, vertex, up_first, up_head, down_first, down_arc, down_tail, slot, chunks]
            .map(|array| &**array)
    }

    /// Takes back what [`Topology::arrays`] gave, and checks it in one pass.
    ///
    /// # Errors
    /// [`Damaged`] says what does not fit.
    pub fn from_arrays(arrays: [B; 9]) -> Result<Self, Damaged> {
        let [place, vertex, up_first, up_head, down_first, down_arc, down_tail, slot, chunks] = arrays;
        let topology =
            Self { place, vertex, up_first, up_head, down_first, down_arc, down_tail, slot, chunks };
        super::valid::topology(&topology)?;
        Ok(topology)
    }

    /// How many vertices there are.
    pub fn vertices(&self) -> usize {
        self.place.len()
    }

    /// How many upward arcs contraction made, of both directions together.
    pub fn arcs(&self) -> usize {
        self.up_head.len()
    }

    /// How many arcs the graph has, and so how many weights a metric takes.
    pub fn weights(&self) -> usize {
        self.slot.len()
    }

    /// The most vertices on one way to a root: what a query walks at most.
    pub fn height(&self) -> usize {
        let (mut above, mut most) = (vec![0u32; self.vertices()], 0);
        for place in (0..self.vertices()).rev() {
            let parent = self.parent(place as u32);
            above[place] = above.get(parent as usize).map_or(0, |above| *above) + 1;
            most = most.max(above[place]);
        }
        most as usize
    }

    /// The parent in the elimination tree; [`NONE`] at a root.
    pub(super) fn parent(&self, place: u32) -> u32 {
        let up = self.up_first[place as usize] as usize..self.up_first[place as usize + 1] as usize;
        self.up_head[up].first().copied().unwrap_or(NONE)
    }
}
