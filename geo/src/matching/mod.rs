//! Where somebody drove: positions every half minute, laid onto the roads.
//!
//! A hidden Markov model (Newson and Krumm, "Hidden Markov map matching through noise and sparseness", 2009):
//! the states are places on edges near a fix, or "off the road"; a state speaks for itself by its distance and
//! direction, a pair of states by how plausible the drive between them is.
//!
//! - [`Matcher`]: one fix after the other, bounded memory; answers with a [`Belief`], several places with their
//!   probabilities.
//! - [`trace`]: a whole trace at once; answers with the path, edge by edge, and how sure it is.

mod clean;
mod emission;
mod lattice;
mod offline;
mod online;
mod path;
mod search;
mod settings;
mod streets;
#[cfg(test)]
pub(crate) mod tests;
mod transition;

pub use offline::trace;
pub use online::{Belief, Matcher, Place};
pub use path::{Matched, Piece, Visit};
pub use search::Search;
pub use settings::Settings;
pub use streets::{Spot, Streets};

use crate::Coord;

/// A position as a phone reported it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Where.
    pub at: Coord,
    /// When, milliseconds since any fixed moment.
    pub time_ms: i64,
    /// Radius that holds the true place two times in three, metres.
    pub accuracy_m: Option<f32>,
    /// Where it headed, degrees clockwise from north.
    pub heading_deg: Option<f32>,
    /// How fast, metres a second.
    pub speed_mps: Option<f32>,
}

impl Fix {
    /// A place and a time; nothing else is known.
    pub fn new(at: Coord, time_ms: i64) -> Self {
        Self { at, time_ms, accuracy_m: None, heading_deg: None, speed_mps: None }
    }

    /// Seconds from this fix to a later one, at least 0.
    fn seconds_to(&self, later: &Self) -> f32 {
        (later.time_ms.saturating_sub(self.time_ms).max(0) as f64 / 1e3) as f32
    }
}
