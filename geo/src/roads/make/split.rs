//! Roads cut into pieces at junctions.

use super::marks::Marks;
use super::ways::{Roads, length_m};
use crate::coord::DEGREE_M;
use crate::osm::Extract;
use crate::roads::graph::write_step;
use crate::roads::profile::nodes::{Facing, Sights};

/// A way's node that is not in the extract.
const MISSING: u32 = u32::MAX;
/// Points of one piece at most: their count is kept in 16 bits.
const MOST_POINTS: usize = 20_000;
/// How far one looks to see where a road leads, metres: the first point alone may lie in the middle of a junction.
const LOOK_M: f64 = 10.0;

/// A piece of road between two junctions, drawn from the one to the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Junctions where it begins and ends.
    pub ends: [u32; 2],
    /// Its road's number.
    pub road: u32,
    /// Where it begins and ends: latitude, longitude.
    pub at: [(i32, i32); 2],
    /// Where its further points begin among the shapes.
    pub shape: u32,
    /// Further points.
    pub points: u16,
    /// Length, millimetres.
    pub length_mm: u32,
    /// Where it leads at its beginning and at its end, degrees clockwise from north.
    pub bearings: [f32; 2],
    /// Waits between its ends, milliseconds, along and against.
    pub wait_ms: [u32; 2],
    /// Lights between its ends, along and against.
    pub signals: [u8; 2],
}

/// Pieces of all roads.
#[derive(Debug)]
pub(super) struct Pieces {
    pub list: Vec<Piece>,
    pub shapes: Vec<u8>,
    /// Which nodes are junctions: their ranks number them.
    pub junctions: Marks,
    pub junction_count: u32,
}

/// Marks the nodes where pieces end: shared, first, last, closed by a barrier.
fn junctions(extract: &Extract, roads: &Roads<'_>, sights: &Sights) -> Marks {
    let (mut seen, mut ends) = (Marks::new(extract.node_count()), Marks::new(extract.node_count()));
    for way in roads.list.iter().filter_map(|road| extract.way(road.place)) {
        let (mut before, mut since) = (MISSING, 0);
        for node in way.nodes() {
            if node != MISSING {
                since += 1;
                let is_end = before == MISSING || since == MOST_POINTS || sights.blocks_any(node);
                if seen.set(node) || is_end {
                    ends.set(node);
                    since = 0;
                }
            } else if before != MISSING {
                ends.set(before);
            }
            before = node;
        }
        if before != MISSING {
            ends.set(before);
        }
    }
    ends
}

impl Pieces {
    pub(super) fn of(extract: &Extract, roads: &Roads<'_>, sights: &Sights) -> Self {
        let mut marks = junctions(extract, roads, sights);
        let junction_count = marks.count();
        let mut pieces = Self { list: Vec::new(), shapes: Vec::new(), junctions: marks, junction_count };
        let mut run = Vec::new();
        for (road, number) in roads.list.iter().zip(0u32..) {
            let Some(way) = extract.way(road.place) else { continue };
            let (first, wait_ms) = (pieces.list.len(), road.profile.wait_s * 1e3);
            run.clear();
            for node in way.nodes() {
                if node == MISSING {
                    run.clear();
                    continue;
                }
                run.push(node);
                if run.len() > 1 && pieces.junctions.is_set(node) {
                    pieces.push(extract, sights, number, &run);
                    run.clear();
                    run.push(node);
                }
            }
            if wait_ms > 0.0 {
                let whole_mm = length_m(extract, &way) * 1e3;
                for piece in pieces.list.iter_mut().skip(first) {
                    let share = f64::from(piece.length_mm) / whole_mm.max(1.0) * f64::from(wait_ms);
                    piece.wait_ms = piece.wait_ms.map(|ms| ms + share as u32);
                }
            }
        }
        pieces
    }

    fn push(&mut self, extract: &Extract, sights: &Sights, road: u32, nodes: &[u32]) {
        let points: Vec<(i32, i32)> = nodes.iter().filter_map(|node| extract.at_e7(*node)).collect();
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let ends = [nodes.first(), nodes.last()].map(|n| n.and_then(|n| self.junctions.rank(*n)));
        let [Some(from), Some(to)] = ends else { return };
        let lengths: Vec<f64> = steps(&points).collect();
        let length: f64 = lengths.iter().sum();
        let (wait_ms, signals) = waits(sights, nodes, &lengths, length);
        let shape = self.shapes.len() as u32;
        for (a, b) in points.iter().zip(points.iter().skip(1)) {
            write_step(b.0.wrapping_sub(a.0), &mut self.shapes);
            write_step(b.1.wrapping_sub(a.1), &mut self.shapes);
        }
        let back = leads(points.iter().rev().copied());
        self.list.push(Piece {
            ends: [from, to],
            road,
            at: [*first, *last],
            shape,
            points: (points.len() - 1) as u16,
            length_mm: (length * 1e3).round().min(4e9) as u32,
            bearings: [leads(points.iter().copied()), (back + 180.0) % 360.0],
            wait_ms,
            signals,
        });
    }
}

/// Lengths of the steps between points, metres.
fn steps(points: &[(i32, i32)]) -> impl Iterator<Item = f64> + '_ {
    points.iter().zip(points.iter().skip(1)).map(|(a, b)| {
        let (east, north) = step_m(*a, *b);
        east.hypot(north)
    })
}

/// East and north of a step, metres; on a plane, which is right to a millionth for the steps that roads are drawn with.
fn step_m(a: (i32, i32), b: (i32, i32)) -> (f64, f64) {
    let middle = (f64::from(a.0) + f64::from(b.0)) / 2e7;
    let east = f64::from(b.1.wrapping_sub(a.1)) / 1e7 * DEGREE_M * middle.to_radians().cos();
    (east, (f64::from(b.0) - f64::from(a.0)) / 1e7 * DEGREE_M)
}

/// Where a line leads at its beginning, degrees in 0..360.
fn leads(points: impl Iterator<Item = (i32, i32)>) -> f32 {
    let mut points = points.peekable();
    let Some(from) = points.next() else { return 0.0 };
    let mut course = (0.0, 1.0);
    for point in points {
        let (east, north) = step_m(from, point);
        if east != 0.0 || north != 0.0 {
            course = (east, north);
        }
        if east.hypot(north) >= LOOK_M {
            break;
        }
    }
    (course.0.atan2(course.1).to_degrees() as f32).rem_euclid(360.0)
}

/// Waits and lights between the ends of a piece, along and against.
fn waits(sights: &Sights, nodes: &[u32], lengths: &[f64], length: f64) -> ([u32; 2], [u8; 2]) {
    let (mut wait_ms, mut signals, mut along) = ([0u32; 2], [0u8; 2], 0.0);
    let inner = nodes.get(1..nodes.len() - 1).unwrap_or(&[]);
    for (node, step) in inner.iter().zip(lengths) {
        along += step;
        let Some(sight) = sights.at(*node) else { continue };
        for (against, (wait, lights)) in wait_ms.iter_mut().zip(&mut signals).enumerate() {
            let is_against = against == 1;
            // A sign without a direction is for those who come to the nearer end.
            let is_turned = sight.is_yield && sight.facing == Facing::Both;
            let is_theirs =
                if is_turned { is_against == (along < length / 2.0) } else { sight.concerns(is_against) };
            if is_theirs {
                *wait += sight.wait_ms;
                *lights = lights.saturating_add(u8::from(sight.is_signal));
            }
        }
    }
    (wait_ms, signals)
}
