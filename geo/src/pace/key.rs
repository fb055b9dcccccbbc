//! Names of edges that outlive a map: a new extract numbers edges anew.

use crate::cell::{QUARTER, cell};
use crate::roads::Roads;

/// Where an edge is and what it is called in observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// A hash of its shape: the same in every map where the road was not redrawn.
    pub(super) key: u64,
    /// The H3 cell (resolution 8) of its middle; 0 for what is no edge.
    pub(super) cell: u64,
}

/// The mark of an edge.
pub(super) fn mark(roads: &Roads, edge: u32) -> Mark {
    let line = roads.edge_geometry(edge);
    let middle = line.get(line.len() / 2).and_then(|at| cell(*at, QUARTER));
    // First, second and last point tell direction and parallel roads apart; the length tells the rest.
    let told = [line.first(), line.get(1), line.last()];
    let mut hash = Fnv::default();
    for at in told.into_iter().flatten() {
        hash.take(&at.lat_e7().to_le_bytes());
        hash.take(&at.lon_e7().to_le_bytes());
    }
    hash.take(&(roads.edge_length_m(edge).round() as u32).to_le_bytes());
    Mark { key: hash.0, cell: middle.map_or(0, u64::from) }
}

/// FNV-1a, 64 bits: written down because stored keys must mean the same in every version.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
