//! Travel times of one vehicle at one time, ready for questions.

use std::sync::Arc;

use super::cch;
use super::form::Words;
use crate::eta::Vehicle;

/// What every edge and turn costs one vehicle, customized for searching. Cheap to clone; belongs to the [`super::Roads`] that
/// made it.
#[derive(Debug, Clone)]
pub struct Metric {
    pub(super) vehicle: Vehicle,
    /// Milliseconds by edge; `u32::MAX` where the vehicle may not go.
    pub(super) times: Words,
    pub(super) hierarchy: Hierarchy,
}

/// The hierarchy's weights: those of the file, or made since.
#[derive(Debug, Clone)]
pub(super) enum Hierarchy {
    Filed(cch::Metric<Words>),
    Made(Arc<cch::Metric>),
}

impl Metric {
    /// Whom it is for.
    pub fn vehicle(&self) -> Vehicle {
        self.vehicle
    }

    /// Milliseconds for the whole length of an edge; `u32::MAX` where the vehicle may not go.
    pub fn edge_time_ms(&self, edge: u32) -> u32 {
        self.times.get(edge as usize).copied().unwrap_or(u32::MAX)
    }

    /// The hierarchy with these weights. `None` where they belong to other roads.
    pub(super) fn ways<'a>(&'a self, topology: &'a cch::Topology<Words>) -> Option<cch::Ways<'a>> {
        match &self.hierarchy {
            Hierarchy::Filed(metric) => cch::Ways::new(topology, metric).ok(),
            Hierarchy::Made(metric) => cch::Ways::new(topology, metric).ok(),
        }
    }
}
