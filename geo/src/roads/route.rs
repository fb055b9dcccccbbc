//! From an answer of the search to what people and models want to know of it.
#![allow(clippy::indexing_slicing)] // Vertices come from the search, edges from the checked file.

use super::class::Class;
use super::graph::{LEAVE_MS, TurnKind, View};
use super::snap::Snap;
use crate::Coord;

/// A way in a few numbers: the features of arrival models.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Travel time by the metric that was asked, milliseconds.
    pub ms: u32,
    /// Travel time without traffic by the same way, milliseconds, turns and waits included.
    pub free_ms: u32,
    /// Length, metres.
    pub metres: f32,
    /// Metres by class, in the order of [`Class::ALL`].
    pub by_class_m: [f32; Class::COUNT],
    /// Turns to the side that one drives on.
    pub near_turns: u16,
    /// Turns across oncoming traffic.
    pub far_turns: u16,
    /// U-turns.
    pub back_turns: u16,
    /// Traffic lights.
    pub signals: u16,
    /// Edges.
    pub edges: u32,
}

/// A way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Route {
    /// In numbers.
    pub summary: Summary,
    /// Its edges, from the one where it begins to the one where it ends.
    pub edges: Vec<u32>,
    /// How far along its first edge it begins, 0..1.
    pub from_fraction: f32,
    /// How far along its last edge it ends, 0..1.
    pub to_fraction: f32,
    /// Its line, where that was asked for.
    pub line: Vec<Coord>,
}

/// Vertices of a way with its two ends.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub ms: u32,
    pub path: &'a [u32],
    pub from: Snap,
    pub to: Snap,
}

impl Found<'_> {
    /// The share of each edge that is driven.
    fn shares(&self) -> impl Iterator<Item = f32> {
        let last = self.path.len().saturating_sub(1);
        (0..self.path.len()).map(move |i| {
            let begin = if i == 0 { self.from.fraction } else { 0.0 };
            let end = if i == last { self.to.fraction } else { 1.0 };
            (end - begin).max(0.0)
        })
    }

    /// Numbers; the search's milliseconds are corrected by what it paid for leaving restricted areas, which nobody drives.
    pub(super) fn summary(&self, view: &View<'_>, free_times: &[u32]) -> Summary {
        let mut summary = Summary { edges: self.path.len() as u32, ..Summary::default() };
        let (mut leaves, mut free_ms) = (0u32, 0f64);
        let mut before: Option<(u32, u32)> = None;
        for (&vertex, share) in self.path.iter().zip(self.shares()) {
            let edge = view.edge_of(vertex);
            let (segment, _) = view.segment_of(edge);
            let metres = segment.length_mm as f32 / 1e3 * share;
            summary.metres += metres;
            if let Some(slot) = summary.by_class_m.get_mut(usize::from(segment.class)) {
                *slot += metres;
            }
            free_ms += f64::from(free_times[edge as usize]) * f64::from(share);
            if let Some((vertex_before, edge_before)) = before {
                summary.signals += u16::from(view.signals[edge_before as usize]);
                leaves += u32::from(view.is_restricted(edge_before) && !view.is_restricted(edge));
                let arc = view.arcs(vertex_before).find(|arc| view.turn_heads[*arc] == vertex);
                if let Some(turn) = arc.map(|arc| view.turns[arc]) {
                    free_ms += f64::from(turn.cost_ms());
                    match turn.kind() {
                        TurnKind::Straight => {}
                        TurnKind::Near => summary.near_turns += 1,
                        TurnKind::Far => summary.far_turns += 1,
                        TurnKind::Back => summary.back_turns += 1,
                    }
                }
            }
            before = Some((vertex, edge));
        }
        summary.ms = self.ms.saturating_sub(leaves * LEAVE_MS);
        summary.free_ms = free_ms.round() as u32;
        summary
    }

    /// All of it.
    pub(super) fn route(&self, view: &View<'_>, free_times: &[u32], with_line: bool) -> Route {
        Route {
            summary: self.summary(view, free_times),
            edges: self.path.iter().map(|v| view.edge_of(*v)).collect(),
            from_fraction: self.from.fraction,
            to_fraction: self.to.fraction,
            line: if with_line { self.line(view) } else { Vec::new() },
        }
    }

    fn line(&self, view: &View<'_>) -> Vec<Coord> {
        let (mut line, mut points) = (vec![self.from.at], Vec::new());
        let last = self.path.len().saturating_sub(1);
        for (i, vertex) in self.path.iter().enumerate() {
            points.clear();
            view.line_e7(view.edge_of(*vertex), &mut points);
            let begin = if i == 0 { past(&points, self.from.fraction) } else { 1 };
            let end = if i == last { past(&points, self.to.fraction) } else { points.len() };
            let inner = points.get(begin..end.max(begin)).unwrap_or(&[]);
            line.extend(inner.iter().filter_map(|(lat, lon)| Coord::from_e7(*lat, *lon)));
        }
        line.push(self.to.at);
        line.dedup();
        line
    }
}

/// The number of a line's first point that lies past a fraction of its length.
fn past(points: &[(i32, i32)], fraction: f32) -> usize {
    let shrink = points.first().map_or(1.0, |p| (f64::from(p.0) / 1e7).to_radians().cos());
    let length = |a: (i32, i32), b: (i32, i32)| {
        (f64::from(b.0) - f64::from(a.0)).hypot((f64::from(b.1) - f64::from(a.1)) * shrink)
    };
    let whole: f64 = points.windows(2).map(|w| length(w[0], w[1])).sum();
    let (goal, mut along) = (whole * f64::from(fraction), 0.0);
    for (i, w) in points.windows(2).enumerate() {
        along += length(w[0], w[1]);
        if along > goal {
            return i + 1;
        }
    }
    points.len()
}
