//! Travel times of one vehicle at one time, ready for questions.

use std::sync::Arc;

use crate::eta::Vehicle;

/// What every edge and turn costs one vehicle, customized for searching. Cheap to clone; belongs to the [`super::Roads`] that made it.
#[derive(Debug, Clone)]
pub struct Metric {
    pub(super) vehicle: Vehicle,
    pub(super) times: Arc<[u32]>,
    pub(super) weights: Arc<[u32]>,
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
}
