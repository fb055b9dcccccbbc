//! Geometry as one list of points with the ends of its parts.
//!
//! A line has parts of at least two points. An area has rings of at least three, without the first repeated: each outer ring
//! (positive by [`area2`], as vector tiles have it) is followed by its holes (negative).

#![allow(
    clippy::indexing_slicing,
    reason = "ends are places in points: only `push`, `close` and `cancel` change them"
)]

use super::world::{Point, Square};

/// Points in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    points: Vec<Point>,
    ends: Vec<u32>,
}

impl Shape {
    /// Of one part.
    pub fn of(points: Vec<Point>) -> Self {
        let ends = vec![points.len() as u32];
        Self { points, ends }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.points.clear();
        self.ends.clear();
    }

    /// A point of the part that is open; a repeated one is left out.
    pub fn push(&mut self, p: Point) {
        if self.open().last() != Some(&p) {
            self.points.push(p);
        }
    }

    /// The part that is open.
    pub fn open(&self) -> &[Point] {
        &self.points[self.begin()..]
    }

    /// The same, to be turned.
    pub fn open_mut(&mut self) -> &mut [Point] {
        let begin = self.begin();
        &mut self.points[begin..]
    }

    fn begin(&self) -> usize {
        self.ends.last().map_or(0, |e| *e as usize)
    }

    /// Ends the open part where it has at least so many points; else drops it. Says whether it stays.
    pub fn close(&mut self, least: usize) -> bool {
        if self.open().len() < least {
            self.cancel();
            return false;
        }
        self.ends.push(self.points.len() as u32);
        true
    }

    /// Ends the open part as a ring of an area: at least three points, ground of the given kind, first not repeated.
    pub fn close_ring(&mut self, is_hole: bool) -> bool {
        if self.open().len() > 1 && self.open().first() == self.open().last() {
            self.points.pop();
        }
        let ground = area2(self.open());
        if ground == 0 || (ground < 0) != is_hole {
            self.cancel();
            return false;
        }
        self.close(3)
    }

    /// Drops the open part.
    pub fn cancel(&mut self) {
        let begin = self.begin();
        self.points.truncate(begin);
    }

    /// All closed parts.
    pub fn parts(&self) -> impl Iterator<Item = &[Point]> {
        (0..self.ends.len()).map(|place| self.part(place))
    }

    /// How many parts are closed.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// A closed part by its place.
    pub fn part(&self, place: usize) -> &[Point] {
        let from = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        &self.points[from..self.ends[place] as usize]
    }

    /// Points in all.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Is there no part?
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The box around everything.
    pub fn around(&self) -> Square {
        Square::around(&self.points)
    }
}

/// Twice the ground of a ring; positive where it runs clockwise as seen on the screen (y southwards).
pub fn area2(ring: &[Point]) -> i64 {
    let Some((&first, rest)) = ring.split_first() else { return 0 };
    // From the first corner, so that products stay small.
    let from = |p: &Point| [i64::from(p[0] - first[0]), i64::from(p[1] - first[1])];
    rest.windows(2).map(|w| (from(&w[0]), from(&w[1]))).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}

/// Length of a line.
pub fn length(line: &[Point]) -> f64 {
    line.windows(2).map(|w| distance(w[0], w[1])).sum()
}

/// Between two points.
pub fn distance(a: Point, b: Point) -> f64 {
    (f64::from(a[0]) - f64::from(b[0])).hypot(f64::from(a[1]) - f64::from(b[1]))
}

/// The point so far along a line from its beginning.
pub fn along(line: &[Point], far: f64) -> Option<Point> {
    let mut left = far;
    for w in line.windows(2) {
        let long = distance(w[0], w[1]);
        if left <= long && long > 0.0 {
            let t = left / long;
            let mix = |i: usize| {
                (f64::from(w[0][i]) + (f64::from(w[1][i]) - f64::from(w[0][i])) * t).round() as i32
            };
            return Some([mix(0), mix(1)]);
        }
        left -= long;
    }
    line.last().copied()
}

/// A point inside of an area: in the middle of the widest stretch at half its height.
pub fn inside(area: &Shape) -> Option<Point> {
    let square = area.around();
    let y = square.min[1] / 2 + square.max[1] / 2;
    let mut crossings: Vec<i32> = Vec::new();
    for ring in area.parts() {
        for (i, a) in ring.iter().enumerate() {
            let b = ring[(i + 1) % ring.len()];
            if (a[1] <= y) != (b[1] <= y) {
                let t = (f64::from(y) - f64::from(a[1])) / (f64::from(b[1]) - f64::from(a[1]));
                crossings.push((f64::from(a[0]) + (f64::from(b[0]) - f64::from(a[0])) * t) as i32);
            }
        }
    }
    crossings.sort_unstable();
    let widest = crossings.chunks_exact(2).max_by_key(|c| c[1] - c[0])?;
    Some([widest[0] / 2 + widest[1] / 2, y])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_told_apart_by_their_ground() {
        let square = [[0, 0], [10, 0], [10, 10], [0, 10]];
        assert_eq!(area2(&square), 200);
        let mut shape = Shape::default();
        square.iter().chain([&[0, 0]]).for_each(|p| shape.push(*p));
        assert!(shape.close_ring(false));
        square.iter().for_each(|p| shape.push(*p));
        assert!(!shape.close_ring(true), "an outer ring is no hole");
        [[2, 2], [2, 4], [4, 4], [4, 2]].iter().for_each(|p| shape.push(*p));
        assert!(shape.close_ring(true));
        assert_eq!(shape.parts().map(<[Point]>::len).collect::<Vec<_>>(), [4, 4]);
    }

    #[test]
    fn a_point_inside_avoids_the_hole() {
        let mut shape = Shape::of(vec![[0, 0], [100, 0], [100, 100], [0, 100]]);
        [[20, 20], [20, 80], [60, 80], [60, 20]].iter().for_each(|p| shape.push(*p));
        assert!(shape.close_ring(true));
        assert_eq!(inside(&shape), Some([80, 50]));
    }

    #[test]
    fn along_a_line() {
        let line = [[0, 0], [10, 0], [10, 10]];
        assert_eq!(
            (length(&line), along(&line, 15.0), along(&line, 99.0)),
            (20.0, Some([10, 5]), Some([10, 10]))
        );
    }
}
