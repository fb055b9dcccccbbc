//! A contraction hierarchy that takes new weights without starting over.
//!
//! After Dibbelt, Strasser and Wagner, *Customizable Contraction Hierarchies* (2016), and for vertices that are
//! road pieces and arcs that are turns, Buchhold, Wagner, Zeitz and Zündorf, *Customizable Contraction Hierarchies
//! with Turn Costs* (2020). Three steps, each far cheaper than the one before:
//!
//! 1. [`Topology::build`], once per map: a nested dissection of the road network says in which order vertices are
//!    contracted; contraction knows no weights and adds every arc that some weights could need.
//! 2. [`Metric::customize`], for each set of weights (a vehicle, a period of the week): every arc gets the length of
//!    the best way through lower vertices, and arcs that no shortest way needs are dropped. Many metrics live
//!    beside one topology.
//! 3. [`Ways`], a topology and a metric: distances and paths by walking both ends up the elimination tree (no queue),
//!    tables by one sweep down over the part of the tree that leads to the targets.
//!
//! # Units and ends
//!
//! Weights are milliseconds in `u32`; [`u32::MAX`] forbids an arc. Ways of [`LIMIT`] (12.4 days) and longer count as
//! none. Both ends of a question are lists of `(vertex, signed milliseconds)`: the answer is the least
//! `offset(s) + distance(s, t) + offset(t)`, never below zero. With weight(e1 -> e2) = turn + time(e2), a start stands
//! at the *end* of its piece: its offset is the time left on it (>= 0); a target's offset is minus the time
//! that is *not* driven on it (<= 0). A target that lies *behind* a start on the same piece is not reached by the
//! empty way: the caller starts from what follows that piece instead.
//!
//! # Files
//!
//! [`Topology`] and [`Metric`] are flat arrays of `u32`, owned or borrowed (`B: Deref<Target = [u32]>`): `arrays()` to
//! write them, `from_arrays()` to take them back. Taking them back checks everything that a walk relies on, so a
//! damaged file is an error, never a panic or a loop.

mod customize;
mod dissect;
mod flow;
mod metric;
mod order;
mod query;
mod scratch;
mod table;
#[cfg(test)]
mod tests;
mod thin;
mod topology;
mod tree;
mod triangles;
mod unpack;
mod valid;

pub use metric::Metric;
pub use order::Layout;
pub use query::Ways;
pub use scratch::Scratch;
pub use table::Selection;
pub use topology::{Digraph, Topology};

/// Milliseconds (12.4 days) from which a way counts as none: two of them added still fit a signed 32-bit lane.
pub const LIMIT: u32 = (1 << 30) - 1;

/// What tables hold where no way leads.
pub const UNREACHABLE: u32 = u32::MAX;

/// No vertex, no arc.
const NONE: u32 = u32::MAX;

/// One end of a question: vertices with signed milliseconds.
pub type End<'a> = &'a [(u32, i32)];

/// Why a hierarchy could not be made or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("contraction hierarchy: {0}")]
pub struct Damaged(pub &'static str);
