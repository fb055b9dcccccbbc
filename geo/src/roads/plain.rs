//! Dijkstra's algorithm on the same graph: the floor of the benches and the judge in tests. It needs nothing made before.
#![allow(clippy::indexing_slicing)] // Vertices and arcs come from the checked file.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::graph::{NONE, View};

/// The least `offset + way + offset` between two lists of (vertex, milliseconds), and the vertices of that way.
pub(super) fn search(
    view: &View<'_>,
    weights: &[u32],
    from: &[(u32, i32)],
    to: &[(u32, i32)],
) -> Option<(u32, Vec<u32>)> {
    // Ends may carry negative offsets: all are lifted, so that the queue rises.
    let lift = i64::from(from.iter().map(|f| f.1).min()?.min(0));
    let ends: FxHashMap<u32, i32> = to.iter().rev().copied().collect();
    let least_end = i64::from(to.iter().map(|t| t.1).min()?);
    let mut known: FxHashMap<u32, (i64, u32)> = FxHashMap::default();
    let mut queue = BinaryHeap::new();
    for (vertex, offset) in from {
        queue.push(Reverse((i64::from(*offset) - lift, *vertex, NONE)));
    }
    let mut best: Option<(i64, u32)> = None;
    while let Some(Reverse((ms, vertex, before))) = queue.pop() {
        if best.is_some_and(|(best, _)| ms + least_end + lift >= best) {
            break;
        }
        if known.contains_key(&vertex) {
            continue;
        }
        known.insert(vertex, (ms, before));
        if let Some(end) = ends.get(&vertex) {
            let whole = (ms + lift + i64::from(*end)).max(0);
            if best.is_none_or(|(best, _)| whole < best) {
                best = Some((whole, vertex));
            }
        }
        for arc in view.arcs(vertex) {
            let next = view.turn_heads[arc];
            if weights[arc] != NONE && !known.contains_key(&next) {
                queue.push(Reverse((ms + i64::from(weights[arc]), next, vertex)));
            }
        }
    }
    let (ms, mut vertex) = best?;
    let mut path = Vec::new();
    while vertex != NONE {
        path.push(vertex);
        vertex = known[&vertex].1;
    }
    path.reverse();
    Some((u32::try_from(ms).ok()?, path))
}
