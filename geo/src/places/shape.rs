//! Distances and nearest points on polylines, on a plane that is true near the point in question.
//!
//! Coordinates are ten-millionths of a degree, latitude first.
#![allow(clippy::indexing_slicing, reason = "pairs and windows of two: the places are constant")]

use crate::coord::DEGREE_M;

/// Metres in one ten-millionth of a degree of latitude.
pub const UNIT_M: f64 = DEGREE_M / 1e7;

/// South, west, north, east around points.
pub fn bounds(points: &[[i32; 2]]) -> Option<[i32; 4]> {
    let first = points.first()?;
    let start = [first[0], first[1], first[0], first[1]];
    Some(points.iter().fold(start, |b, p| [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])]))
}

/// The box around two boxes.
pub fn join(a: [i32; 4], b: [i32; 4]) -> [i32; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// The point of a box nearest to `at`.
pub fn clamp(at: [i32; 2], [south, west, north, east]: [i32; 4]) -> [i32; 2] {
    [at[0].clamp(south, north.max(south)), at[1].clamp(west, east.max(west))]
}

/// A plane around a point: x east and y north in metres.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    origin: [i32; 2],
    shrink: f64,
}

impl Plane {
    /// The plane whose origin is `origin`.
    pub fn at(origin: [i32; 2]) -> Self {
        Self { origin, shrink: (f64::from(origin[0]) / 1e7).to_radians().cos() }
    }

    /// A point on the plane.
    pub fn xy(&self, at: [i32; 2]) -> [f64; 2] {
        let east = (i64::from(at[1]) - i64::from(self.origin[1])) as f64;
        let north = (i64::from(at[0]) - i64::from(self.origin[0])) as f64;
        [east * UNIT_M * self.shrink, north * UNIT_M]
    }

    /// And back.
    pub fn back(&self, [x, y]: [f64; 2]) -> [i32; 2] {
        let lat = f64::from(self.origin[0]) + y / UNIT_M;
        let lon = f64::from(self.origin[1]) + x / (UNIT_M * self.shrink.max(1e-9));
        [lat.round().clamp(-9e8, 9e8) as i32, lon.round().clamp(-1.8e9, 1.8e9) as i32]
    }

    /// Metres from the origin.
    pub fn distance_m(&self, at: [i32; 2]) -> f64 {
        let [x, y] = self.xy(at);
        x.hypot(y)
    }

    /// Metres from the origin to a box; 0 inside.
    pub fn box_distance_m(&self, [south, west, north, east]: [i32; 4]) -> f64 {
        let lat = self.origin[0].clamp(south, north.max(south));
        let lon = self.origin[1].clamp(west, east.max(west));
        self.distance_m([lat, lon])
    }

    /// The point of a polyline nearest to the origin, and how far it is.
    pub fn nearest(&self, line: &[[i32; 2]]) -> Option<([i32; 2], f64)> {
        let mut best: Option<([f64; 2], f64)> = None;
        let mut consider = |xy: [f64; 2]| {
            let far = xy[0].hypot(xy[1]);
            if best.is_none_or(|b| far < b.1) {
                best = Some((xy, far));
            }
        };
        if let Some(first) = line.first() {
            consider(self.xy(*first));
        }
        for pair in line.windows(2) {
            consider(foot(self.xy(pair[0]), self.xy(pair[1])));
        }
        best.map(|(xy, far)| (self.back(xy), far))
    }
}

/// The point of the segment `a b` nearest to the origin.
fn foot(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let d = [b[0] - a[0], b[1] - a[1]];
    let square = d[0] * d[0] + d[1] * d[1];
    if square <= 0.0 {
        return a;
    }
    let t = (-(a[0] * d[0] + a[1] * d[1]) / square).clamp(0.0, 1.0);
    [a[0] + t * d[0], a[1] + t * d[1]]
}

/// Metres between two points.
pub fn between_m(a: [i32; 2], b: [i32; 2]) -> f64 {
    Plane::at(a).distance_m(b)
}

/// Metres of a polyline.
pub fn length_m(line: &[[i32; 2]]) -> f64 {
    line.windows(2).map(|pair| between_m(pair[0], pair[1])).sum()
}

/// The point at a share (0 the start, 1 the end) of a polyline's length.
pub fn along(line: &[[i32; 2]], share: f64) -> Option<[i32; 2]> {
    let mut left_m = length_m(line) * share.clamp(0.0, 1.0);
    for pair in line.windows(2) {
        let long_m = between_m(pair[0], pair[1]);
        if left_m <= long_m && long_m > 0.0 {
            let plane = Plane::at(pair[0]);
            return Some(plane.back(plane.xy(pair[1]).map(|d| d * left_m / long_m)));
        }
        left_m -= long_m;
    }
    line.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Coord;
    use proptest::prelude::*;

    #[test]
    fn the_middle_of_a_line_is_half_way() {
        let line = [[0, 0], [0, 10_000], [0, 40_000]];
        assert_eq!(along(&line, 0.5), Some([0, 20_000]));
        assert_eq!(along(&line, 0.0), Some([0, 0]));
        assert_eq!(along(&line, 1.0), Some([0, 40_000]));
        assert_eq!(along(&[], 0.5), None);
    }

    proptest! {
        /// The plane measures what the sphere does, within a town.
        #[test]
        fn the_plane_is_true_nearby(lat in -60.0..60.0f64, lon in -179.0..179.0f64, dy in -0.05..0.05f64, dx in -0.05..0.05f64) {
            let (a, b) = (Coord::new(lat, lon).unwrap(), Coord::new(lat + dy, lon + dx).unwrap());
            let e7 = |c: Coord| [c.lat_e7(), c.lon_e7()];
            let (flat, round) = (between_m(e7(a), e7(b)), a.distance_m(b));
            prop_assert!((flat - round).abs() <= 1.0 + round * 0.003, "{flat} {round}");
        }

        /// No vertex is nearer than the nearest point.
        #[test]
        fn nearest_is_nearest(line in prop::collection::vec([-100_000..100_000i32, -100_000..100_000i32], 1..8)) {
            let plane = Plane::at([0, 0]);
            let (_, far) = plane.nearest(&line).unwrap();
            prop_assert!(line.iter().all(|p| plane.distance_m(*p) >= far - 1e-6));
        }
    }
}
