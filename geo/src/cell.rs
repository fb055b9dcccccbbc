//! H3 cells: the hexagons that coarse places are named by.

use crate::coord::Coord;
use h3o::{CellIndex, LatLng, Resolution};

/// Cells of about 0.7 km2 (edge 0.5 km): coarse enough to stand in a log, fine enough to name a quarter.
pub const QUARTER: Resolution = Resolution::Eight;

/// The H3 cell of a point at a resolution; prints as its usual 15 hexadecimal digits.
pub fn cell(point: Coord, resolution: Resolution) -> Option<CellIndex> {
    // A valid Coord is finite, which is all that h3o asks.
    LatLng::new(point.lat(), point.lon()).ok().map(|at| at.to_cell(resolution))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_known_cell_is_found() {
        // The example of the H3 documentation: latLngToCell(37.3615593, -122.0553238, 7).
        let point = Coord::new(37.361_559_3, -122.055_323_8).unwrap();
        let found = cell(point, Resolution::Seven).unwrap();
        assert_eq!(found.to_string(), "87283472bffffff");
    }

    proptest! {
        /// Every valid point has a cell, and the cell's centre is near.
        #[test]
        fn every_point_has_a_cell(lat in -90.0..=90.0, lon in -180.0..=180.0) {
            let point = Coord::new(lat, lon).unwrap();
            let centre = LatLng::from(cell(point, QUARTER).unwrap());
            let centre = Coord::new(centre.lat(), centre.lng()).unwrap();
            prop_assert!(point.distance_m(centre) < 1_000.0);
        }
    }
}
