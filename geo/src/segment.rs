//! How near the straight way between two points came to a third.

use crate::coord::{Coord, DEGREE_M};

/// The nearest place of a segment to a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Approach {
    /// Distance from the point to that place, in metres.
    pub distance_m: f64,
    /// Where on the segment it lies: 0 at the start, 1 at the end.
    pub fraction: f64,
}

/// The closest approach of the segment `from`..`to` to `point`.
///
/// Measured on a plane that touches the earth at `point` (equirectangular, longitude shortened by the
/// cosine of its latitude): within 0.5 % for segments of some tens of kilometres away from the poles.
/// A segment across the antimeridian goes the short way.
pub fn closest(point: Coord, from: Coord, to: Coord) -> Approach {
    let shrink = point.lat().to_radians().cos();
    let plane = |c: Coord| {
        let east = short_turn(c.lon() - point.lon()) * shrink * DEGREE_M;
        (east, (c.lat() - point.lat()) * DEGREE_M)
    };
    let ((ax, ay), (bx, by)) = (plane(from), plane(to));
    let (dx, dy) = (bx - ax, by - ay);
    let length_2 = dx * dx + dy * dy;
    let fraction = if length_2 > 0.0 { (-(ax * dx + ay * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
    Approach { distance_m: (ax + fraction * dx).hypot(ay + fraction * dy), fraction }
}

/// A difference of longitudes as the shorter way round, -180..=180.
fn short_turn(degrees: f64) -> f64 {
    if degrees > 180.0 {
        degrees - 360.0
    } else if degrees < -180.0 {
        degrees + 360.0
    } else {
        degrees
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_drive_past_the_door_is_measured_at_the_door() {
        let door = Coord::new(-34.6, -58.4).unwrap();
        let south = door.destination(90.0, 20.0).destination(180.0, 200.0);
        let north = door.destination(90.0, 20.0).destination(0.0, 217.0);
        let approach = closest(door, south, north);
        assert!((approach.distance_m - 20.0).abs() < 0.2, "{approach:?}");
        assert!((approach.fraction - 200.0 / 417.0).abs() < 0.01, "{approach:?}");
    }

    #[test]
    fn the_antimeridian_is_no_wall() {
        let point = Coord::new(-16.8, 180.0).unwrap();
        let west = Coord::new(-16.8, 179.99).unwrap();
        let east = Coord::new(-16.8, -179.99).unwrap();
        assert!(closest(point, west, east).distance_m < 1.0);
    }

    proptest! {
        /// Never farther than the nearer end, and the fraction stays on the segment.
        #[test]
        fn approach_is_at_most_the_nearer_end(
            lat in -60.0..60.0f64, lon in -180.0..=180.0f64,
            a in (0.0..360.0f64, 0.0..5_000.0f64), b in (0.0..360.0f64, 0.0..5_000.0f64),
        ) {
            let point = Coord::new(lat, lon).unwrap();
            let (from, to) = (point.destination(a.0, a.1), point.destination(b.0, b.1));
            let approach = closest(point, from, to);
            prop_assert!((0.0..=1.0).contains(&approach.fraction));
            prop_assert!(approach.distance_m <= a.1.min(b.1) * 1.005 + 0.1);
            let back = closest(point, to, from);
            prop_assert!((approach.distance_m - back.distance_m).abs() < 1e-3);
        }
    }
}
