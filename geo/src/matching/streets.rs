//! The roads as matching sees them.

use crate::Coord;
use crate::roads::{Metric, Roads};

/// A place on an edge near a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// The edge.
    pub edge: u32,
    /// Metres from the edge's start.
    pub along_m: f32,
    /// Metres from the position.
    pub away_m: f32,
    /// Where one drives there, degrees clockwise from north.
    pub bearing_deg: f32,
    /// The place itself.
    pub at: Coord,
}

/// Roads with the travel times to be expected on them: free flow, or better learned ones.
#[derive(Debug, Clone, Copy)]
pub struct Streets<'a> {
    roads: &'a Roads,
    metric: &'a Metric,
}

impl<'a> Streets<'a> {
    /// The metric says for which vehicle.
    pub fn new(roads: &'a Roads, metric: &'a Metric) -> Self {
        Self { roads, metric }
    }

    /// Places on edges within `radius_m`, nearest first, at most `most`, one an edge.
    pub(super) fn near(&self, at: Coord, radius_m: f32, most: usize) -> Vec<Spot> {
        let mut snaps = Vec::with_capacity(most + 1);
        self.roads.candidates(at, radius_m, most, self.metric.vehicle(), &mut snaps);
        let spot = |snap: &crate::roads::Snap| Spot {
            edge: snap.edge,
            along_m: snap.fraction * self.length_m(snap.edge),
            away_m: snap.distance_m,
            bearing_deg: snap.bearing_deg,
            at: snap.at,
        };
        snaps.iter().map(spot).collect()
    }

    pub(super) fn length_m(&self, edge: u32) -> f32 {
        self.roads.edge_length_m(edge)
    }

    pub(super) fn time_ms(&self, edge: u32) -> u32 {
        self.metric.edge_time_ms(edge)
    }

    /// Expected milliseconds over a part of an edge.
    pub(super) fn part_ms(&self, edge: u32, metres: f32) -> u32 {
        let length = self.length_m(edge);
        let share = if length > 0.0 { (metres / length).clamp(0.0, 1.0) } else { 0.0 };
        (self.time_ms(edge) as f32 * share) as u32
    }

    /// The edges that may follow one, each with what the turn costs in milliseconds.
    pub(super) fn follow(&self, edge: u32) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        self.roads.out_turns(edge, self.metric.vehicle()).map(|turn| (turn.edge, turn.cost_ms))
    }

    /// The same road the other way, where that is allowed.
    pub(super) fn reverse(&self, edge: u32) -> Option<u32> {
        self.roads.edge_opposite(edge).filter(|e| self.time_ms(*e) != u32::MAX)
    }
}
