//! Cuts lines and areas to a box.

use super::shape::{Shape, area2};
use super::world::{Point, Square};

/// What of lines lies in the box; appended to `out`.
pub fn lines(shape: &Shape, square: &Square, out: &mut Shape) {
    for part in shape.parts() {
        for pair in part.windows(2) {
            let &[a, b] = pair else { continue };
            match segment(a, b, square) {
                None => _ = out.close(2),
                Some((from, to)) => {
                    // It comes in from outside: a new piece.
                    if from != a {
                        out.close(2);
                    }
                    out.push(from);
                    out.push(to);
                    if to != b {
                        out.close(2);
                    }
                }
            }
        }
        out.close(2);
    }
}

/// What of a segment lies in the box (Liang and Barsky 1984).
fn segment(a: Point, b: Point, square: &Square) -> Option<(Point, Point)> {
    if square.has(a) && square.has(b) {
        return Some((a, b));
    }
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let [[ax, ay], [bx, by]] = [a, b].map(|p| p.map(f64::from));
    let (dx, dy) = (bx - ax, by - ay);
    let [[x0, y0], [x1, y1]] = [square.min, square.max].map(|p| p.map(f64::from));
    for (by, room) in [(-dx, ax - x0), (dx, x1 - ax), (-dy, ay - y0), (dy, y1 - ay)] {
        if by == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if by < 0.0 {
            enter = enter.max(room / by);
        } else {
            leave = leave.min(room / by);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |t: f64| {
        let [x, y] = [(ax + dx * t).round() as i32, (ay + dy * t).round() as i32];
        // Rounding must not leave the box.
        [x.clamp(square.min[0], square.max[0]), y.clamp(square.min[1], square.max[1])]
    };
    Some((if enter > 0.0 { at(enter) } else { a }, if leave < 1.0 { at(leave) } else { b }))
}

/// Lists that are used again and again while rings are cut.
#[derive(Debug, Default)]
pub struct Scratch {
    from: Vec<Point>,
    to: Vec<Point>,
}

/// What of areas lies in the box (Sutherland and Hodgman 1974); appended to `out`.
pub fn areas(shape: &Shape, square: &Square, scratch: &mut Scratch, out: &mut Shape) {
    let mut has_outer = false;
    for ring in shape.parts() {
        let is_hole = area2(ring) < 0;
        if is_hole && !has_outer {
            continue;
        }
        scratch.from.clear();
        scratch.from.extend_from_slice(ring);
        if !square.holds(&Square::around(ring)) {
            for (axis, edge, sign) in
                [(0, square.min[0], 1), (0, square.max[0], -1), (1, square.min[1], 1), (1, square.max[1], -1)]
            {
                half(&scratch.from, axis, edge, sign, &mut scratch.to);
                std::mem::swap(&mut scratch.from, &mut scratch.to);
            }
        }
        scratch.from.iter().for_each(|p| out.push(*p));
        let is_kept = out.close_ring(is_hole);
        if !is_hole {
            has_outer = is_kept;
        }
    }
}

/// The part of a ring on one side of an edge.
#[allow(clippy::indexing_slicing, reason = "the axis is 0 or 1")]
fn half(ring: &[Point], axis: usize, edge: i32, sign: i32, out: &mut Vec<Point>) {
    out.clear();
    let Some(&last) = ring.last() else { return };
    let mut before = last;
    for &p in ring {
        let (was, is) = ((before[axis] - edge) * sign >= 0, (p[axis] - edge) * sign >= 0);
        if was != is {
            out.push(crossing(before, p, axis, edge));
        }
        if is {
            out.push(p);
        }
        before = p;
    }
}

/// Where a segment crosses an edge: the same point from either side, so that neighbours meet.
#[allow(clippy::indexing_slicing, reason = "the axis is 0 or 1")]
fn crossing(a: Point, b: Point, axis: usize, edge: i32) -> Point {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let t = (f64::from(edge) - f64::from(a[axis])) / (f64::from(b[axis]) - f64::from(a[axis]));
    let other = 1 - axis;
    let at = (f64::from(a[other]) + (f64::from(b[other]) - f64::from(a[other])) * t).round() as i32;
    if axis == 0 { [edge, at] } else { [at, edge] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiles::shape::length;
    use proptest::prelude::*;

    const BOX: Square = Square { min: [0, 0], max: [100, 100] };

    fn points(least: usize) -> impl Strategy<Value = Vec<Point>> {
        prop::collection::vec([-300..400i32, -300..400i32], least..12)
    }

    #[test]
    fn a_line_through_the_box_is_cut_twice() {
        let mut out = Shape::default();
        lines(&Shape::of(vec![[-50, 50], [150, 50], [150, 20], [50, 20]]), &BOX, &mut out);
        let parts: Vec<&[Point]> = out.parts().collect();
        assert_eq!(parts, [&[[0, 50], [100, 50]][..], &[[100, 20], [50, 20]][..]]);
    }

    #[test]
    fn a_hole_around_the_box_leaves_nothing() {
        let mut shape = Shape::of(vec![[-900, -900], [900, -900], [900, 900], [-900, 900]]);
        [[-500, -500], [-500, 500], [500, 500], [500, -500]].iter().for_each(|p| shape.push(*p));
        assert!(shape.close_ring(true));
        let mut out = Shape::default();
        areas(&shape, &BOX, &mut Scratch::default(), &mut out);
        let ground: i64 = out.parts().map(area2).sum();
        assert_eq!(ground, 0, "{out:?}");
    }

    proptest! {
        /// What is left lies in the box, and what lay inside is left as it was.
        #[test]
        fn lines_stay_inside(line in points(2)) {
            let shape = Shape::of(line.clone());
            let mut out = Shape::default();
            lines(&shape, &BOX, &mut out);
            prop_assert!(out.points().iter().all(|p| BOX.has(*p)));
            prop_assert!(out.parts().all(|p| p.len() >= 2));
            let cut: f64 = out.parts().map(length).sum();
            prop_assert!(cut <= length(&line) + 2.0 * line.len() as f64);
        }

        /// The same for areas; the ground of the four quarters is the ground of the whole.
        #[test]
        fn areas_stay_inside_and_add_up(ring in points(3)) {
            let mut shape = Shape::default();
            ring.iter().for_each(|p| shape.push(*p));
            prop_assume!(shape.close_ring(area2(&ring) < 0));
            prop_assume!(area2(&ring) > 0);
            let cut = |square: Square| {
                let mut out = Shape::default();
                areas(&shape, &square, &mut Scratch::default(), &mut out);
                assert!(out.points().iter().all(|p| square.has(*p)));
                out.parts().map(area2).sum::<i64>()
            };
            let whole = cut(Square { min: [-400; 2], max: [400; 2] });
            prop_assert_eq!(whole, area2(&ring));
            let quarters: i64 = [[-400, -400], [0, -400], [0, 0], [-400, 0]]
                .iter()
                .map(|m| cut(Square { min: *m, max: [m[0] + 400, m[1] + 400] }))
                .sum();
            // A ring that crosses itself may lose parts that turn the other way; one that does not adds up.
            let slack = 2 * 400 * ring.len() as i64;
            let crosses = ring.len() > 3;
            prop_assert!(crosses || (quarters - whole).abs() <= slack, "{quarters} {whole}");
        }
    }
}
