//! Fewer points for the same picture (Douglas and Peucker 1973).

#![allow(clippy::indexing_slicing, reason = "all places come from the line's own length")]

use super::shape::{Shape, area2};
use super::world::Point;

/// Lists that are used again.
#[derive(Debug, Default)]
pub struct Scratch {
    kept: Vec<bool>,
    spans: Vec<(usize, usize)>,
}

/// Appends a line without the points that lie within `tolerance` of what is left.
pub fn line(points: &[Point], tolerance: f64, scratch: &mut Scratch, out: &mut Shape) {
    let Some(last) = points.len().checked_sub(1).filter(|l| *l > 0) else { return };
    begin(points.len(), scratch);
    scratch.kept[last] = true;
    thin(points, 0, last, tolerance, scratch);
    keep(points, &scratch.kept, out);
    out.close(2);
}

/// The same for a ring (first point not repeated). Says whether a ring of the same kind is left.
pub fn ring(points: &[Point], is_hole: bool, tolerance: f64, scratch: &mut Scratch, out: &mut Shape) -> bool {
    if points.len() < 3 {
        return false;
    }
    let square = |p: &Point| {
        (i64::from(p[0]) - i64::from(points[0][0])).pow(2)
            + (i64::from(p[1]) - i64::from(points[0][1])).pow(2)
    };
    // Two fixed points: the first, and the one farthest from it.
    let far = (0..points.len()).max_by_key(|i| square(&points[*i])).unwrap_or(0);
    begin(points.len(), scratch);
    scratch.kept[far] = true;
    thin(points, 0, far, tolerance, scratch);
    thin(points, far, points.len(), tolerance, scratch);
    keep(points, &scratch.kept, out);
    out.close_ring(is_hole)
}

/// All rings of an area.
pub fn area(shape: &Shape, tolerance: f64, scratch: &mut Scratch, out: &mut Shape) {
    let mut has_outer = false;
    for points in shape.parts() {
        let is_hole = area2(points) < 0;
        if is_hole && !has_outer {
            continue;
        }
        let is_kept = ring(points, is_hole, tolerance, scratch, out);
        if !is_hole {
            has_outer = is_kept;
        }
    }
}

fn begin(count: usize, scratch: &mut Scratch) {
    scratch.kept.clear();
    scratch.kept.resize(count, false);
    scratch.kept[0] = true;
}

fn keep(points: &[Point], kept: &[bool], out: &mut Shape) {
    points.iter().zip(kept).filter(|(_, kept)| **kept).for_each(|(p, _)| out.push(*p));
}

/// Marks what stays between two places; the place behind the last stands for the first again.
fn thin(points: &[Point], first: usize, last: usize, tolerance: f64, scratch: &mut Scratch) {
    let at = |i: usize| points[i % points.len()].map(f64::from);
    scratch.spans.clear();
    scratch.spans.push((first, last));
    while let Some((first, last)) = scratch.spans.pop() {
        let (a, b) = (at(first), at(last));
        let (mut worst, mut place) = (tolerance * tolerance, 0);
        for i in first + 1..last {
            let off = off2(at(i), a, b);
            if off > worst {
                (worst, place) = (off, i);
            }
        }
        if place > 0 {
            scratch.kept[place] = true;
            scratch.spans.push((first, place));
            scratch.spans.push((place, last));
        }
    }
}

/// Squared distance of a point from a segment.
fn off2(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let long = dx * dx + dy * dy;
    let t = if long == 0.0 { 0.0 } else { ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / long };
    let t = t.clamp(0.0, 1.0);
    (p[0] - a[0] - dx * t).powi(2) + (p[1] - a[1] - dy * t).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bump_goes_and_a_corner_stays() {
        let mut out = Shape::default();
        line(&[[0, 0], [50, 1], [100, 0], [100, 100]], 2.0, &mut Scratch::default(), &mut out);
        assert_eq!(out.points(), [[0, 0], [100, 0], [100, 100]]);
    }

    #[test]
    fn a_ring_that_becomes_a_line_goes() {
        let mut out = Shape::default();
        assert!(!ring(&[[0, 0], [100, 0], [100, 1]], false, 5.0, &mut Scratch::default(), &mut out));
        assert!(out.is_empty());
    }

    proptest! {
        /// Both ends stay, nothing is new, and every point lies near what is left.
        #[test]
        fn what_is_left_is_near(points in prop::collection::vec([0..1000i32, 0..1000i32], 2..40), tolerance in 0.5..60.0f64) {
            let mut out = Shape::default();
            line(&points, tolerance, &mut Scratch::default(), &mut out);
            prop_assume!(!out.is_empty());
            let left = out.parts().next().unwrap();
            prop_assert!(left.first() == points.first() && left.last() == points.last());
            prop_assert!(left.iter().all(|p| points.contains(p)));
            for p in &points {
                let near = left.windows(2).map(|w| off2(p.map(f64::from), w[0].map(f64::from), w[1].map(f64::from))).fold(f64::MAX, f64::min);
                prop_assert!(near.sqrt() <= tolerance + 1e-9);
            }
        }
    }
}
