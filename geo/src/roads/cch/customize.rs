//! Customization: weights for a topology.

// Chunks and arcs are those of a topology, built here or checked when it was read.
#![allow(clippy::indexing_slicing)]

use std::ops::{Deref, Range};
use std::sync::Mutex;

use super::metric::Metric;
use super::topology::Topology;
use super::triangles::{Both, Mesh, room, settle, shorten};
use super::{Damaged, LIMIT, NONE};

/// A piece of an array that one thread works on, and the places it belongs to.
struct Chunk<'w> {
    places: Range<usize>,
    base: usize,
    weights: &'w mut [Both],
    middles: &'w mut [Both],
}

impl Metric {
    /// Gives every arc of `topology` its weight: `weights[a]` milliseconds for arc `a` of the graph it was built from,
    /// [`u32::MAX`] (or anything from [`LIMIT`]) where it is forbidden. `threads` as in [`Topology::build`].
    ///
    /// # Errors
    /// [`Damaged`] where there is not one weight per arc.
    pub fn customize<B>(topology: &Topology<B>, weights: &[u32], threads: usize) -> Result<Self, Damaged>
    where
        B: Deref<Target = [u32]>,
    {
        if weights.len() != topology.weights() {
            return Err(Damaged("there must be one weight per arc"));
        }
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };
        let mesh = Mesh {
            up_first: &topology.up_first,
            up_head: &topology.up_head,
            down_first: &topology.down_first,
            down_arc: &topology.down_arc,
            down_tail: &topology.down_tail,
        };
        let mut best = vec![[LIMIT; 2]; topology.arcs()];
        for (slot, weight) in topology.slot.iter().zip(weights).filter(|(slot, _)| **slot != NONE) {
            let known = &mut best[(slot / 2) as usize][(slot % 2) as usize];
            *known = (*known).min(*weight);
        }
        let mut middles = vec![[NONE; 2]; topology.arcs()];
        climb(mesh, &topology.chunks, &mut best, &mut middles, threads);
        descend(mesh, &topology.chunks, &mut best, &mut middles, threads);
        Ok(Metric::keep(mesh, &best, &middles))
    }
}

/// From below: the best length of every arc through lower vertices.
fn climb(mesh: Mesh<'_>, chunks: &[u32], best: &mut [Both], middles: &mut [Both], threads: usize) {
    let places = mesh.up_first.len() - 1;
    let top = chunks.last().map_or(0, |top| *top as usize);
    share(threads, places, cut(mesh, chunks, best, middles), |chunk, room| {
        shorten(mesh, chunk.places, chunk.base, chunk.weights, chunk.middles, room);
    });
    shorten(mesh, top..places, 0, best, middles, &mut room(places));
}

/// From above: the distance between the ends of every arc; arcs that were no shortest way are marked.
fn descend(mesh: Mesh<'_>, chunks: &[u32], best: &mut [Both], middles: &mut [Both], threads: usize) {
    let places = mesh.up_first.len() - 1;
    let top = chunks.last().map_or(0, |top| *top as usize);
    let top_base = mesh.up_first[top] as usize;
    let (lower, upper) = best.split_at_mut(top_base);
    let (lower_middles, upper_middles) = middles.split_at_mut(top_base);
    let mut arc_to = room(places);
    for x in (top..places).rev() {
        // Lower neighbours within the top: their arcs stand before those of x.
        let (weights, own) = upper.split_at_mut(mesh.up_first[x] as usize - top_base);
        let (own, range) = ((&*own, mesh.up_first[x] as usize), top..x);
        settle(mesh, x, &range, own, (weights, &mut *upper_middles, top_base), &mut arc_to);
    }
    let upper = &*upper;
    share(threads, places, cut(mesh, chunks, lower, lower_middles), |chunk, room| {
        let Chunk { places: own, base, weights, middles } = chunk;
        for x in (top..places).rev() {
            let mine = (&mut *weights, &mut *middles, base);
            settle(mesh, x, &own, (upper, top_base), mine, room);
        }
        for x in own.clone().rev() {
            let (below, above) = weights.split_at_mut(mesh.up_first[x] as usize - base);
            let (above, range) = ((&*above, mesh.up_first[x] as usize), own.start..x);
            settle(mesh, x, &range, above, (below, &mut *middles, base), room);
        }
    });
}

/// Cuts the arrays where chunks begin.
fn cut<'w>(
    mesh: Mesh<'_>,
    chunks: &[u32],
    mut weights: &'w mut [Both],
    mut middles: &'w mut [Both],
) -> Vec<Chunk<'w>> {
    let mut all = Vec::with_capacity(chunks.len());
    for ends in chunks.windows(2) {
        let places = ends[0] as usize..ends[1] as usize;
        let base = mesh.up_first[places.start] as usize;
        let arcs = mesh.up_first[places.end] as usize - base;
        let (mine, rest) = weights.split_at_mut(arcs);
        let (middle, rest_middles) = middles.split_at_mut(arcs);
        (weights, middles) = (rest, rest_middles);
        all.push(Chunk { places, base, weights: mine, middles: middle });
    }
    all
}

/// Lets threads take one chunk after another.
fn share<'w>(
    threads: usize,
    places: usize,
    chunks: Vec<Chunk<'w>>,
    work: impl Fn(Chunk<'w>, &mut [u32]) + Sync,
) {
    let helpers = threads.min(chunks.len()).saturating_sub(1);
    let queue = Mutex::new(chunks.into_iter());
    let run = || {
        let mut room = room(places);
        loop {
            // A poisoned lock means that another thread broke: the scope passes that on.
            let next = queue.lock().ok().and_then(|mut queue| queue.next());
            let Some(chunk) = next else { break };
            work(chunk, &mut room);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(run);
        }
        run();
    });
}
