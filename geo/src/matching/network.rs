//! What matching asks of the roads.

use crate::Coord;

/// A place on an edge near a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snap {
    /// The edge.
    pub edge: u32,
    /// Metres from the edge's start.
    pub along_m: f32,
    /// Metres from the position.
    pub away_m: f32,
    /// Where the edge leads there, degrees clockwise from north.
    pub bearing_deg: f32,
}

/// The roads as matching sees them.
pub trait Network {
    /// Places on edges within `radius_m`, nearest first, at most `most`, one an edge.
    fn near(&self, at: Coord, radius_m: f64, most: usize, found: &mut Vec<Snap>);
    /// Length of an edge, metres.
    fn length_m(&self, edge: u32) -> f32;
    /// Expected time over an edge, milliseconds.
    fn time_ms(&self, edge: u32) -> u32;
    /// Calls `each` with every edge that may follow and the cost of the turn in milliseconds.
    fn follow(&self, edge: u32, each: &mut dyn FnMut(u32, u32));
    /// The same road the other way, where that is allowed.
    fn reverse(&self, edge: u32) -> Option<u32>;
}
