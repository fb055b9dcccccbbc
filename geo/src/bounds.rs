//! A box on the map, as viewers ask for it.

use crate::coord::{Coord, wrap_lon};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[west, south, east, north]` in degrees. A west greater than the east crosses the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
#[schemars(with = "[f64; 4]")]
pub struct Bounds {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Bounds {
    /// A box, or `None` where a number is not finite or the south lies above the north.
    ///
    /// Longitudes may run past 180, as maps that were dragged around the globe report them;
    /// latitudes are cut to the poles; 360 degrees or more is the whole globe.
    pub fn new([west, south, east, north]: [f64; 4]) -> Option<Self> {
        let finite = [west, south, east, north].iter().all(|n| n.is_finite());
        if !finite || south > north {
            return None;
        }
        let (south, north) = (south.clamp(-90.0, 90.0), north.clamp(-90.0, 90.0));
        // A map's edges carry rounding: 180.1 + 360 - 180.1 is a little less than 360.
        if east - west >= 360.0 - 1e-9 {
            return Some(Self { west: -180.0, south, east: 180.0, north });
        }
        Some(Self { west: wrap_lon(west), south, east: wrap_lon(east), north })
    }

    /// Is the point inside? The edges belong to the box.
    pub fn contains(&self, point: Coord) -> bool {
        let (lat, lon) = (point.lat(), point.lon());
        self.south <= lat
            && lat <= self.north
            && (self.spans(lon) || (lon.abs() == 180.0 && self.spans(-lon)))
    }

    fn spans(&self, lon: f64) -> bool {
        if self.west <= self.east {
            self.west <= lon && lon <= self.east
        } else {
            lon >= self.west || lon <= self.east
        }
    }
}

impl TryFrom<[f64; 4]> for Bounds {
    type Error = &'static str;

    fn try_from(edges: [f64; 4]) -> Result<Self, Self::Error> {
        Self::new(edges)
            .ok_or("bounds are [west, south, east, north] in degrees, the south not above the north")
    }
}

impl From<Bounds> for [f64; 4] {
    fn from(b: Bounds) -> Self {
        [b.west, b.south, b.east, b.north]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> Coord {
        Coord::new(lat, lon).unwrap()
    }

    #[test]
    fn a_box_over_the_antimeridian_holds_both_sides() {
        for edges in [[170.0, -20.0, -170.0, 0.0], [170.0, -20.0, 190.0, 0.0], [-190.0, -20.0, -170.0, 0.0]] {
            let fiji = Bounds::new(edges).unwrap();
            assert!(fiji.contains(at(-17.0, 178.0)) && fiji.contains(at(-17.0, -179.0)), "{edges:?}");
            assert!(fiji.contains(at(-17.0, 180.0)) && fiji.contains(at(-17.0, -180.0)), "{edges:?}");
            assert!(!fiji.contains(at(-17.0, 0.0)) && !fiji.contains(at(1.0, 178.0)), "{edges:?}");
        }
    }

    #[test]
    fn what_is_no_box_is_refused() {
        assert!(Bounds::new([0.0, 1.0, 1.0, 0.0]).is_none());
        assert!(Bounds::new([f64::NAN, 0.0, 1.0, 1.0]).is_none());
        assert!(serde_json::from_str::<Bounds>("[0,1,1,0]").is_err());
        assert!(serde_json::from_str::<Bounds>("[0,0,1]").is_err());
        let json = serde_json::to_string(&Bounds::new([-59.0, -35.0, -58.0, -34.0]).unwrap()).unwrap();
        assert_eq!(json, "[-59.0,-35.0,-58.0,-34.0]");
    }

    proptest! {
        /// The whole globe holds everybody, however it is written.
        #[test]
        fn the_globe_holds_everybody(lat in -90.0..=90.0, lon in -180.0..=180.0, west in -720.0..720.0f64) {
            let globe = Bounds::new([west, -90.0, west + 360.0, 90.0]).unwrap();
            prop_assert!(globe.contains(at(lat, lon)));
        }

        /// A box around a point holds it, wherever it stands.
        #[test]
        fn a_box_around_a_point_holds_it(lat in -89.0..89.0, lon in -180.0..=180.0, half in 0.001..170.0f64) {
            let around = Bounds::new([lon - half, lat - 1.0, lon + half, lat + 1.0]).unwrap();
            prop_assert!(around.contains(at(lat, lon)));
        }
    }
}
