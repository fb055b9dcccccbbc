//! The preselection: every point that may be among the nearest, and few others.
//!
//! # Why nothing is missed
//!
//! Lengths here are straight lines in units of [`RADIUS`]. Both ends of a line are rounded by at most half a unit
//! per axis, so an integer line is within sqrt(3) < 2 units of the true one. Its square is computed in `f32` from exact
//! differences: conversion, square and two sums leave a relative error below 2^-21, so below 3e-7 of the length; the
//! true line is within 3e-7 of it and 2 units. The great circle that [`distance_m`](crate::coord::distance_m) computes
//! orders points as the true line does, but for rounding of its own, which is below 1e-14 of the radius: a hundred
//! thousandth of a unit.
//!
//! So when `n` points are known whose computed lines are at most `c`, the true n-th line is at most `c (1 + 3e-7) + 2`,
//! and whatever else may belong to the answer has a computed line of at most that, once more stretched and 2 longer.
//! [`reach`] allows far more than both: `c (1 + 2e-6) + 8` (5 cm). A cube is passed over when its nearest corner, edge or
//! face is farther than that.

// Links come from the octree itself.
#![allow(clippy::indexing_slicing)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::octree::{IS_LEAF, LEAF, Leaf, NONE, Node, Octree, Place, RADIUS, side_bits};

/// One question.
pub(super) struct Search {
    from: Place,
    wanted: usize,
    /// Squares up to this may belong to the answer.
    limit: f32,
    /// What the limit is at most, from the greatest distance asked for.
    cap: f32,
    /// The least squares known, as bits (which order as the numbers do): the greatest on top.
    best: BinaryHeap<u32>,
    /// Squares and points that were within the limit when they were seen.
    found: Vec<(f32, u32)>,
    /// Cubes to look into, by the square of their distance.
    cubes: BinaryHeap<Reverse<(u32, u32)>>,
}

/// The square of the length up to which points may belong to the answer when `square` is that of the last of them.
fn reach(square: f64) -> f32 {
    let length = square.sqrt() * (1.0 + 2e-6) + 8.0;
    // Rounding to f32 is covered by one more part in a million.
    (length * length * (1.0 + 1e-6)) as f32
}

impl Search {
    /// `longest` is the greatest length to look at, as a part of the radius (2 is everywhere).
    pub(super) fn new(from: Place, wanted: usize, longest: f64) -> Self {
        let longest = longest * RADIUS;
        let cap = reach(longest * longest);
        Self {
            from,
            wanted,
            limit: cap,
            cap,
            best: BinaryHeap::with_capacity(wanted.min(LEAF) + 1),
            found: Vec::with_capacity(2 * LEAF),
            cubes: BinaryHeap::with_capacity(2 * LEAF),
        }
    }

    /// The numbers of points that may be among the nearest that `keep` lets pass.
    pub(super) fn run(mut self, tree: &Octree, keep: impl Fn(u32) -> bool) -> impl Iterator<Item = u32> {
        if tree.root != NONE {
            self.cubes.push(Reverse((0, tree.root)));
        }
        while let Some(Reverse((square, link))) = self.cubes.pop() {
            if f32::from_bits(square) > self.limit {
                break;
            }
            if link & IS_LEAF == 0 {
                self.open(tree.node(link));
                continue;
            }
            let mut leaf = tree.leaf(link);
            self.look(leaf, &keep);
            while leaf.next != NONE {
                leaf = tree.leaf(leaf.next);
                self.look(leaf, &keep);
            }
        }
        let limit = self.limit;
        self.found.into_iter().filter(move |(square, _)| *square <= limit).map(|(_, who)| who)
    }

    /// Puts the eighths of a cube in line that are near enough.
    fn open(&mut self, node: &Node) {
        let half = 1i64 << (side_bits(node.level) - 1);
        // Per axis, the square of the distance to the lower half and to the upper half.
        let halves: [[f32; 2]; 3] = std::array::from_fn(|axis| {
            let at = i64::from(self.from[axis]) - i64::from(node.low[axis]);
            let beyond = |low: i64| (low - at).max(at - (low + half - 1)).max(0) as f32;
            [beyond(0), beyond(half)].map(|length| length * length)
        });
        for (octant, &link) in node.child.iter().enumerate().filter(|(_, link)| **link != NONE) {
            let square: f32 = (0..3).map(|axis| halves[axis][(octant >> axis) & 1]).sum();
            if square <= self.limit {
                self.cubes.push(Reverse((square.to_bits(), link)));
            }
        }
    }

    /// Looks at the points of a leaf.
    fn look(&mut self, leaf: &Leaf, keep: &impl Fn(u32) -> bool) {
        let [x, y, z] = self.from;
        // All slots, also unused ones, so that the compiler does several at a time.
        let squares: [f32; LEAF] = std::array::from_fn(|slot| {
            let (x, y, z) = (leaf.axes[0][slot] - x, leaf.axes[1][slot] - y, leaf.axes[2][slot] - z);
            let (x, y, z) = (x as f32, y as f32, z as f32);
            x * x + y * y + z * z
        });
        for (square, who) in squares.iter().zip(&leaf.who).take(leaf.len as usize) {
            if *square <= self.limit && keep(*who) {
                self.found.push((*square, *who));
                self.note(*square);
            }
        }
    }

    /// Takes one more length into account.
    fn note(&mut self, square: f32) {
        self.best.push(square.to_bits());
        if self.best.len() > self.wanted {
            self.best.pop();
        }
        if self.best.len() == self.wanted
            && let Some(last) = self.best.peek()
        {
            self.limit = reach(f64::from(f32::from_bits(*last))).min(self.cap);
        }
    }
}
