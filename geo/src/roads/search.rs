//! Questions put to the hierarchy: from two points on roads to vertices and offsets, and back.
//!
//! A search stands at the end of an edge. A start at fraction f of edge e is (e, the time left on e); a target at fraction f of
//! e is (e and its further states, minus the time that is not driven on e).
#![allow(clippy::indexing_slicing)] // Edges and vertices come from the checked file.

use rustc_hash::FxHashMap;

use super::form::Words;
use super::graph::{self, View};
use super::metric::Metric;
use super::route::Found;
use super::snap::{Anchor, Snap};
use super::tree::Heap;
use super::{UNREACHABLE_MS, cch};

/// What questions write to, kept between them.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub heap: Heap,
    scratch: cch::Scratch,
    selection: cch::Selection,
    path: Vec<u32>,
    from: Vec<(u32, i32)>,
    to: Vec<(u32, i32)>,
}

/// Roads with a metric.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub view: View<'a>,
    pub metric: &'a Metric,
    ways: cch::Ways<'a>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        view: View<'a>,
        topology: &'a cch::Topology<Words>,
        metric: &'a Metric,
    ) -> Option<Self> {
        Some(Self { view, metric, ways: metric.ways(topology)? })
    }

    /// Travel time alone.
    pub(super) fn ms(&self, room: &mut Room, from: &Anchor, to: &Anchor) -> Option<u32> {
        self.ends(to, &mut room.to);
        let fine_ms = self.fine_ms(from, to);
        if is_behind(&self.view, from, to) {
            let parts = from.parts().iter().filter_map(|(start, extra)| {
                self.start(start, *extra, to, &mut room.from);
                self.ways.distance(&mut room.scratch, &room.from, &room.to)
            });
            return parts.min().map(|ms| ms.saturating_sub(fine_ms));
        }
        self.starts(from, &mut room.from);
        self.ways.distance(&mut room.scratch, &room.from, &room.to).map(|ms| ms.saturating_sub(fine_ms))
    }

    /// The whole way, told by `tell`.
    pub(super) fn path<T>(
        &self,
        room: &mut Room,
        from: &Anchor,
        to: &Anchor,
        tell: impl FnOnce(&Found<'_>) -> T,
    ) -> Option<T> {
        self.ends(to, &mut room.to);
        if is_behind(&self.view, from, to) {
            return self.path_from_each(room, from, to, tell);
        }
        self.starts(from, &mut room.from);
        let ms = self.ways.path(&mut room.scratch, &room.from, &room.to, &mut room.path)?;
        let first = self.view.edge_of(*room.path.first()?);
        let start = from.snaps().find(|s| s.edge == first)?;
        self.found(&room.path, ms, start, to).map(|found| tell(&found))
    }

    /// One search for each edge of the start: those that must come back to where they are begin after it.
    fn path_from_each<T>(
        &self,
        room: &mut Room,
        from: &Anchor,
        to: &Anchor,
        tell: impl FnOnce(&Found<'_>) -> T,
    ) -> Option<T> {
        let mut best: Option<(u32, Vec<u32>, Snap)> = None;
        for (start, extra) in from.parts() {
            let is_after = self.start(start, *extra, to, &mut room.from);
            let ms = self.ways.path(&mut room.scratch, &room.from, &room.to, &mut room.path);
            let Some(ms) = ms.filter(|ms| best.as_ref().is_none_or(|b| *ms < b.0)) else { continue };
            let first = is_after.then_some(start.edge);
            best = Some((ms, first.into_iter().chain(room.path.iter().copied()).collect(), *start));
        }
        let (ms, path, start) = best?;
        self.found(&path, ms, &start, to).map(|found| tell(&found))
    }

    fn found<'p>(&self, path: &'p [u32], ms: u32, from: &Snap, to: &Anchor) -> Option<Found<'p>> {
        let last = self.view.edge_of(*path.last()?);
        let to = to.snaps().find(|s| s.edge == last)?;
        Some(Found { ms, path, from: *from, to: *to })
    }

    /// Travel times between all pairs, row by row.
    pub(super) fn table(&self, room: &mut Room, froms: &[Anchor], tos: &[Anchor], out: &mut Vec<u32>) {
        let ends = |anchor: &Anchor| {
            let mut list = Vec::new();
            self.ends(anchor, &mut list);
            list
        };
        let starts = |anchor: &Anchor| {
            let mut list = Vec::new();
            self.starts(anchor, &mut list);
            list
        };
        let targets: Vec<Vec<(u32, i32)>> = tos.iter().map(ends).collect();
        let sources: Vec<Vec<(u32, i32)>> = froms.iter().map(starts).collect();
        self.ways.select(&mut room.selection, &targets);
        self.ways.many_to_many(&mut room.scratch, &sources, &room.selection, out);
        let mut on_edge: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (column, to) in tos.iter().enumerate() {
            to.snaps().for_each(|snap| on_edge.entry(snap.edge).or_default().push(column));
        }
        for (from, row) in froms.iter().zip(out.chunks_exact_mut(tos.len().max(1))) {
            if self.view.zone(from.first().edge).is_some() {
                for (to, ms) in tos.iter().zip(row.iter_mut()).filter(|(_, ms)| **ms != UNREACHABLE_MS) {
                    *ms = ms.saturating_sub(self.fine_ms(from, to));
                }
            }
            for column in from.snaps().filter_map(|snap| on_edge.get(&snap.edge)).flatten() {
                if is_behind(&self.view, from, &tos[*column]) {
                    row[*column] = self.ms(room, from, &tos[*column]).unwrap_or(UNREACHABLE_MS);
                }
            }
        }
    }

    /// What a search pays for leaving the restricted area where it begins: nobody drives that time.
    fn fine_ms(&self, from: &Anchor, to: &Anchor) -> u32 {
        let Some(zone) = self.view.zone(from.first().edge) else { return 0 };
        let is_inside = to.snaps().any(|snap| self.view.zone(snap.edge) == Some(zone));
        if is_inside { 0 } else { graph::LEAVE_MS }
    }

    fn left_ms(&self, start: &Snap, extra: u32) -> i32 {
        let time = self.metric.edge_time_ms(start.edge);
        (f64::from(time) * f64::from(1.0 - start.fraction)).round() as i32 + extra as i32
    }

    fn starts(&self, from: &Anchor, list: &mut Vec<(u32, i32)>) {
        list.clear();
        let open = from.parts().iter().filter(|(s, _)| self.metric.edge_time_ms(s.edge) != graph::NONE);
        list.extend(open.map(|(start, extra)| (start.edge, self.left_ms(start, *extra))));
    }

    /// Where a search from one edge begins; answers whether that is after the edge.
    fn start(&self, start: &Snap, extra: u32, to: &Anchor, list: &mut Vec<(u32, i32)>) -> bool {
        list.clear();
        let (view, metric) = (&self.view, self.metric);
        if metric.edge_time_ms(start.edge) == graph::NONE {
            return false;
        }
        let left = self.left_ms(start, extra);
        if !to.snaps().any(|t| is_after(view, start, t)) {
            list.push((start.edge, left));
            return false;
        }
        for arc in view.arcs(start.edge) {
            let ms = view.arc_ms(metric.vehicle, &metric.times, start.edge, arc);
            if ms != graph::NONE {
                list.push((view.turn_heads[arc], left.saturating_add(ms.min(i32::MAX as u32) as i32)));
            }
        }
        true
    }

    /// Where a search ends: all states of the target's edges.
    fn ends(&self, to: &Anchor, list: &mut Vec<(u32, i32)>) {
        list.clear();
        for snap in to.snaps() {
            let time = self.metric.edge_time_ms(snap.edge);
            if time == graph::NONE {
                continue;
            }
            let undriven = -((f64::from(time) * f64::from(1.0 - snap.fraction)).round() as i32);
            list.push((snap.edge, undriven));
            if !self.view.copies.is_empty() {
                list.extend(self.view.further(snap.edge).map(|vertex| (vertex, undriven)));
            }
        }
    }

    /// The same question answered by Dijkstra's algorithm, slowly.
    pub(super) fn plain_ms(
        &self,
        room: &mut Room,
        weights: &[u32],
        from: &Anchor,
        to: &Anchor,
    ) -> Option<u32> {
        self.ends(to, &mut room.to);
        let parts = from.parts().iter().filter_map(|(start, extra)| {
            self.start(start, *extra, to, &mut room.from);
            super::plain::search(&self.view, weights, &room.from, &room.to)
        });
        parts.map(|(ms, _)| ms).min().map(|ms| ms.saturating_sub(self.fine_ms(from, to)))
    }
}

/// Who is so little past their goal is there: fixes are no better than that, and nobody drives round the block for it, metres.
const THERE_M: f32 = 15.0;

/// Does a target lie behind a start on the same edge?
fn is_after(view: &View<'_>, start: &Snap, target: &Snap) -> bool {
    let back = start.fraction - target.fraction;
    target.edge == start.edge
        && back > 0.0
        && back * view.segment_of(start.edge).0.length_mm as f32 > THERE_M * 1e3
}

/// Does some target lie behind some start: is the empty way none?
fn is_behind(view: &View<'_>, from: &Anchor, to: &Anchor) -> bool {
    from.snaps().any(|start| to.snaps().any(|target| is_after(view, start, target)))
}
