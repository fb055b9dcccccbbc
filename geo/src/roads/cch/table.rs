//! Tables: from each source to every target of a selection.
//!
//! After Delling, Goldberg and Werneck, *Faster Batched Shortest Paths in Road Networks* (2011), on the elimination
//! tree: what leads to the targets from above is collected once; each source then walks up its own ancestors, and one
//! sweep from the top down carries its distances to all targets. Several sources are swept at once, a lane each.

// Rows are numbered here; places are those of a topology and a metric that were built here or checked when read.
#![allow(clippy::indexing_slicing)]

use super::query::{Ways, relax};
use super::scratch::Scratch;
use super::{End, LIMIT, NONE, UNREACHABLE};

/// Sources that are swept at once: one cache line of distances.
const LANES: usize = 16;

/// The targets of tables and all that leads down to them, for one [`Ways`]. Reusable: for any number of tables, and for
/// other targets without new allocations.
#[derive(Debug, Default)]
pub struct Selection {
    /// The row of each place plus one; 0 where it has none.
    row: Vec<u32>,
    /// The place of each row. Rows above come first.
    places: Vec<u32>,
    /// Where each row's arcs from above begin, and their number.
    first: Vec<u32>,
    /// Row above, and weight.
    arcs: Vec<(u32, i32)>,
    /// Where each target's ends begin, and their number.
    first_end: Vec<u32>,
    /// Row, and offset above the target's least.
    ends: Vec<(u32, i32)>,
    /// Each target's least offset.
    zero: Vec<i32>,
}

impl Selection {
    /// Selects nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many targets are selected.
    pub fn targets(&self) -> usize {
        self.zero.len()
    }

    fn clear(&mut self, places: usize) {
        for place in self.places.drain(..) {
            self.row[place as usize] = 0;
        }
        self.row.resize(places, 0);
        self.first.clear();
        self.first.push(0);
        self.arcs.clear();
        self.first_end.clear();
        self.first_end.push(0);
        self.ends.clear();
        self.zero.clear();
    }
}

impl Ways<'_> {
    /// Selects the targets of tables on these ways; each is an end with signed offsets. Vertices that do not exist are
    /// passed over.
    pub fn select<E: AsRef<[(u32, i32)]>>(&self, selection: &mut Selection, targets: &[E]) {
        selection.clear(self.vertices());
        for target in targets {
            let end = target.as_ref();
            let zero = end.iter().map(|(_, offset)| *offset).min().unwrap_or(0);
            for (vertex, offset) in end {
                let Some(&place) = self.place.get(*vertex as usize) else { continue };
                self.lead_to(selection, place);
                // Offsets beyond the limit reach nothing.
                let offset = offset.abs_diff(zero).min(LIMIT) as i32;
                selection.ends.push((selection.row[place as usize] - 1, offset));
            }
            selection.first_end.push(selection.ends.len() as u32);
            selection.zero.push(zero);
        }
        for at in 0..selection.places.len() {
            let place = selection.places[at];
            for [head, weight] in &self.backward.arcs[self.backward.of(place)] {
                selection.arcs.push((selection.row[*head as usize] - 1, *weight as i32));
            }
            selection.first.push(selection.arcs.len() as u32);
        }
    }

    /// Gives rows to `place` and to its ancestors that have none, those above first.
    fn lead_to(&self, selection: &mut Selection, place: u32) {
        let begin = selection.places.len();
        let mut at = place;
        while at != NONE && selection.row[at as usize] == 0 {
            selection.places.push(at);
            // Any mark; the number follows when the length is known.
            selection.row[at as usize] = NONE;
            at = self.parent(at);
        }
        selection.places[begin..].reverse();
        for (place, row) in selection.places[begin..].iter().zip(begin as u32 + 1..) {
            selection.row[*place as usize] = row;
        }
    }

    /// Milliseconds from each source to each selected target, row by row: `out[s * targets + t]`,
    /// [`UNREACHABLE`] where no way leads. The selection must be of these ways.
    pub fn many_to_many<E: AsRef<[(u32, i32)]>>(
        &self,
        scratch: &mut Scratch,
        sources: &[E],
        selection: &Selection,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        if selection.row.len() != self.vertices() {
            out.resize(sources.len() * selection.targets(), UNREACHABLE);
            return;
        }
        scratch.fit(self.vertices());
        let mut rest = sources;
        while let Some((some, others)) = rest.split_at_checked(LANES) {
            self.sweep::<LANES, E>(scratch, some, selection, out);
            rest = others;
        }
        match rest {
            [] => {}
            [_] => self.sweep::<1, E>(scratch, rest, selection, out),
            [_, _] | [_, _, _] | [_, _, _, _] => self.sweep::<4, E>(scratch, rest, selection, out),
            _ => self.sweep::<LANES, E>(scratch, rest, selection, out),
        }
    }

    /// Milliseconds from one source to each selected target: [`Ways::many_to_many`] with a single row.
    pub fn one_to_many(
        &self,
        scratch: &mut Scratch,
        from: End<'_>,
        selection: &Selection,
        out: &mut Vec<u32>,
    ) {
        self.many_to_many(scratch, &[from], selection, out);
    }

    /// Appends the rows of at most `L` sources.
    fn sweep<const L: usize, E: AsRef<[(u32, i32)]>>(
        &self,
        scratch: &mut Scratch,
        sources: &[E],
        selection: &Selection,
        out: &mut Vec<u32>,
    ) {
        scratch.rows.clear();
        scratch.rows.resize(selection.places.len() * L, LIMIT as i32);
        let mut zero = [0; L];
        for (lane, source) in sources.iter().enumerate() {
            zero[lane] = self.rise(scratch, source.as_ref(), selection, L, lane);
        }
        let (rows, _) = scratch.rows.as_chunks_mut::<L>();
        carry_down(selection, rows);
        for (lane, zero) in zero.iter().enumerate().take(sources.len()) {
            for target in 0..selection.targets() {
                let ends = selection.first_end[target] as usize..selection.first_end[target + 1] as usize;
                let least = selection.ends[ends]
                    .iter()
                    .map(|(row, offset)| rows[*row as usize][lane] + offset)
                    .min()
                    .unwrap_or(LIMIT as i32);
                let shift = i64::from(*zero) + i64::from(selection.zero[target]);
                let total = (i64::from(least) + shift).clamp(0, i64::from(LIMIT)) as u32;
                out.push(if least < LIMIT as i32 { total } else { UNREACHABLE });
            }
        }
    }

    /// Walks one source up, and writes its distances to the rows of the selection. Answers its least offset.
    fn rise(
        &self,
        scratch: &mut Scratch,
        source: End<'_>,
        selection: &Selection,
        lanes: usize,
        lane: usize,
    ) -> i32 {
        let (side, rows) = (&mut scratch.forward, &mut scratch.rows);
        self.start::<false>(side, source);
        while let Some(&place) = side.at.last() {
            let row = selection.row[place as usize];
            if row != 0 {
                rows[(row as usize - 1) * lanes + lane] = side.dist[place as usize] as i32;
            }
            relax::<false>(self.forward, side, place, LIMIT);
            side.rise(self.parent(place));
        }
        side.zero
    }
}

/// From the top down: each row gets the best way over the rows above it.
fn carry_down<const L: usize>(selection: &Selection, rows: &mut [[i32; L]]) {
    for row in 0..rows.len() {
        let (above, below) = rows.split_at_mut(row);
        let mut best = below[0];
        let arcs = selection.first[row] as usize..selection.first[row + 1] as usize;
        for (from, weight) in &selection.arcs[arcs] {
            let from = &above[*from as usize];
            for lane in 0..L {
                best[lane] = best[lane].min(from[lane] + weight);
            }
        }
        below[0] = best;
    }
}
