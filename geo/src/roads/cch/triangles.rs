//! The two walks over lower triangles. A triangle is a vertex `v` with arcs up to `x` and `y`, v < x < y.

// Indices are places and arcs of a topology, built here or checked when it was read.
#![allow(clippy::indexing_slicing)]

use std::ops::Range;

use super::{LIMIT, NONE};

/// Weights of an upward arc: from its lower end to its upper end, and back.
pub(super) type Both = [u32; 2];

/// Stands for the middle of an arc that is no shortest way: a way over a higher vertex is strictly shorter.
pub(super) const BEATEN: u32 = NONE - 1;

/// The arrays of a topology that triangles are found by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mesh<'a> {
    pub(super) up_first: &'a [u32],
    pub(super) up_head: &'a [u32],
    pub(super) down_first: &'a [u32],
    pub(super) down_arc: &'a [u32],
    pub(super) down_tail: &'a [u32],
}

impl Mesh<'_> {
    pub(super) fn up(&self, place: usize) -> Range<usize> {
        self.up_first[place] as usize..self.up_first[place + 1] as usize
    }

    /// Notes at each upper neighbour of `place` which arc leads there.
    fn note(&self, place: usize, arc_to: &mut [u32]) {
        for arc in self.up(place) {
            arc_to[self.up_head[arc] as usize] = arc as u32;
        }
    }

    /// The lower neighbours of `place` that stand in `range`, as places among the downward arcs.
    fn down(&self, place: usize, range: &Range<usize>) -> Range<usize> {
        let begin = self.down_first[place] as usize;
        let tails = &self.down_tail[begin..self.down_first[place + 1] as usize];
        let low = tails.partition_point(|tail| (*tail as usize) < range.start);
        let high = tails.partition_point(|tail| (*tail as usize) < range.end);
        begin + low..begin + high
    }
}

/// Gives every arc of the places in `range` its best length through lower vertices, and notes the lowest
/// vertex in the middle of it. Weights and middles begin with arc `base`; all lower neighbours are within.
///
/// Places come in ascending order, so the arcs below are final; only arcs of the place at hand are written.
/// The *lowest* middle makes every way unpacked from it simple, even where weights are zero.
pub(super) fn shorten(
    mesh: Mesh<'_>,
    range: Range<usize>,
    base: usize,
    weights: &mut [Both],
    middles: &mut [Both],
    arc_to: &mut [u32],
) {
    let all = 0..range.end;
    for x in range {
        mesh.note(x, arc_to);
        for at in mesh.down(x, &all) {
            let (below, v) = (mesh.down_arc[at] as usize, mesh.down_tail[at]);
            let [up, down] = weights[below - base];
            if up == LIMIT && down == LIMIT {
                continue;
            }
            for arc in below + 1..mesh.up_first[v as usize + 1] as usize {
                let direct = arc_to[mesh.up_head[arc] as usize] as usize - base;
                let [there, back] = weights[arc - base];
                let (out, home) = (down + there, back + up);
                let [best_out, best_home] = weights[direct];
                if out < best_out {
                    weights[direct][0] = out;
                    middles[direct][0] = v;
                }
                if home < best_home {
                    weights[direct][1] = home;
                    middles[direct][1] = v;
                }
            }
        }
    }
}

/// Relaxes the arcs of `range` by the final arcs of `x` above them: afterwards they are shortest distances as far as
/// ways over `x` are concerned. The middle of an arc that was beaten becomes [`BEATEN`].
///
/// `exact` holds the arcs of `x` (from arc `exact_base`), `weights` and `middles` those of the range (from `base`).
pub(super) fn settle(
    mesh: Mesh<'_>,
    x: usize,
    range: &Range<usize>,
    (exact, exact_base): (&[Both], usize),
    (weights, middles, base): (&mut [Both], &mut [Both], usize),
    arc_to: &mut [u32],
) {
    let lower = mesh.down(x, range);
    if lower.is_empty() {
        return;
    }
    mesh.note(x, arc_to);
    for at in lower {
        let (below, v) = (mesh.down_arc[at] as usize, mesh.down_tail[at] as usize);
        let [mut up, mut down] = weights[below - base];
        for arc in below + 1..mesh.up_first[v + 1] as usize {
            let [out, home] = exact[arc_to[mesh.up_head[arc] as usize] as usize - exact_base];
            let [there, back] = &mut weights[arc - base];
            if up + out < *there {
                *there = up + out;
                middles[arc - base][0] = BEATEN;
            }
            if home + down < *back {
                *back = home + down;
                middles[arc - base][1] = BEATEN;
            }
            up = up.min(*there + home);
            down = down.min(out + *back);
        }
        let [known_up, known_down] = &mut weights[below - base];
        if up < *known_up {
            *known_up = up;
            middles[below - base][0] = BEATEN;
        }
        if down < *known_down {
            *known_down = down;
            middles[below - base][1] = BEATEN;
        }
    }
}

/// Room for [`shorten`] and [`settle`]: an arc per place.
pub(super) fn room(places: usize) -> Vec<u32> {
    vec![NONE; places]
}
