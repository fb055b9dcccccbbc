//! Puts the rings of areas together from ways: multipolygons as people draw them.
//!
//! Rings may touch themselves or each other at nodes; which ring is a hole follows from how they lie, not from roles, which are often
//! wrong. What does not close is left out.

#![allow(clippy::indexing_slicing, reason = "all places come from the lists themselves")]

use rustc_hash::FxHashMap;

use super::shape::{Shape, area2};
use super::world::{Point, Square};

/// What became of the ways of an area.
#[derive(Debug, Default)]
pub struct Rings {
    /// Closed rings of nodes, the first not repeated, none twice in a ring.
    pub closed: Vec<Vec<u32>>,
    /// Was there something that does not close?
    pub is_broken: bool,
}

/// Joins ways (their nodes in order) to rings.
pub fn assemble(ways: &[Vec<u32>]) -> Rings {
    let mut ends: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (i, way) in ways.iter().enumerate().filter(|(_, w)| w.len() > 1) {
        ends.entry(way[0]).or_default().push(i);
        ends.entry(way[way.len() - 1]).or_default().push(i);
    }
    let mut is_used = vec![false; ways.len()];
    let mut rings = Rings::default();
    for i in 0..ways.len() {
        if is_used[i] || ways[i].len() < 2 {
            continue;
        }
        is_used[i] = true;
        let mut walk = ways[i].clone();
        while walk[0] != walk[walk.len() - 1] {
            let here = walk[walk.len() - 1];
            let next = ends.get(&here).into_iter().flatten().find(|w| !is_used[**w]);
            let Some(&next) = next else { break };
            is_used[next] = true;
            let way = &ways[next];
            if way[0] == here {
                walk.extend(&way[1..]);
            } else {
                walk.extend(way.iter().rev().skip(1));
            }
        }
        rings.is_broken |= walk[0] != walk[walk.len() - 1];
        part(&walk, &mut rings.closed);
    }
    rings
}

/// Cuts a walk into rings without repeated nodes; what stays open is dropped.
fn part(walk: &[u32], closed: &mut Vec<Vec<u32>>) {
    let mut path: Vec<u32> = Vec::new();
    let mut places: FxHashMap<u32, usize> = FxHashMap::default();
    for &node in walk {
        if let Some(&place) = places.get(&node) {
            // Back at a node: what lies between is a ring of its own.
            let ring: Vec<u32> = path.drain(place..).collect();
            ring.iter().for_each(|n| _ = places.remove(n));
            if ring.len() >= 3 {
                closed.push(ring);
            }
        }
        places.insert(node, path.len());
        path.push(node);
    }
}

/// Where a point lies as to a ring.
#[derive(Debug, PartialEq, Eq)]
enum Side {
    In,
    Out,
    On,
}

fn side(p: [f64; 2], ring: &[Point]) -> Side {
    let mut is_in = false;
    let mut before = ring[ring.len() - 1].map(f64::from);
    for next in ring.iter().map(|p| p.map(f64::from)) {
        let cross = (next[0] - before[0]) * (p[1] - before[1]) - (next[1] - before[1]) * (p[0] - before[0]);
        let within = |i: usize| before[i].min(next[i]) <= p[i] && p[i] <= before[i].max(next[i]);
        if cross == 0.0 && within(0) && within(1) {
            return Side::On;
        }
        if (before[1] > p[1]) != (next[1] > p[1]) && ((cross > 0.0) == (next[1] > before[1])) {
            is_in = !is_in;
        }
        before = next;
    }
    if is_in { Side::In } else { Side::Out }
}

/// Does the ring lie in the other? Asked at corners and at middles of edges, since both may share some.
fn lies_in(ring: &[Point], other: &[Point]) -> bool {
    let corners = ring.iter().map(|p| p.map(f64::from));
    let middles = ring.windows(2).map(|w| [0, 1].map(|i| (f64::from(w[0][i]) + f64::from(w[1][i])) / 2.0));
    let told = corners.chain(middles).map(|p| side(p, other)).find(|s| *s != Side::On);
    told == Some(Side::In)
}

/// Arranges closed rings as an area: outer rings with their holes.
pub fn nest(rings: Vec<Vec<Point>>) -> Shape {
    let mut rings: Vec<(i64, Square, Vec<Point>)> =
        rings.into_iter().map(|r| (area2(&r).abs(), Square::around(&r), r)).filter(|r| r.0 > 0).collect();
    // Larger first: whatever holds a ring comes before it.
    rings.sort_by_key(|r| std::cmp::Reverse(r.0));
    let mut depth = vec![0u32; rings.len()];
    let mut holes: Vec<Vec<usize>> = vec![Vec::new(); rings.len()];
    for i in 0..rings.len() {
        let holds = |j: &usize| rings[*j].1.holds(&rings[i].1) && lies_in(&rings[i].2, &rings[*j].2);
        // The smallest that holds it is the last.
        if let Some(parent) = (0..i).rev().find(holds) {
            depth[i] = depth[parent] + 1;
            if !depth[i].is_multiple_of(2) {
                holes[parent].push(i);
            }
        }
    }
    let mut shape = Shape::default();
    for i in (0..rings.len()).filter(|i| depth[*i].is_multiple_of(2)) {
        if push(&rings[i].2, false, &mut shape) {
            holes[i].iter().for_each(|h| _ = push(&rings[*h].2, true, &mut shape));
        }
    }
    shape
}

/// Appends a ring in the direction of its kind.
pub fn push(ring: &[Point], is_hole: bool, shape: &mut Shape) -> bool {
    if (area2(ring) < 0) == is_hole {
        ring.iter().for_each(|p| shape.push(*p));
    } else {
        ring.iter().rev().for_each(|p| shape.push(*p));
    }
    shape.close_ring(is_hole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square(x: i32, y: i32, size: i32) -> Vec<Point> {
        vec![[x, y], [x + size, y], [x + size, y + size], [x, y + size]]
    }

    #[test]
    fn ways_in_any_order_and_direction_close() {
        let rings = assemble(&[vec![1, 2, 3], vec![5, 4, 3], vec![5, 6, 1]]);
        assert_eq!(rings.closed.len(), 1);
        assert!(!rings.is_broken);
        assert_eq!(rings.closed[0].len(), 6);
    }

    #[test]
    fn rings_that_touch_are_told_apart() {
        // A figure of eight in one way, and another ring that touches it.
        let rings = assemble(&[vec![1, 2, 3, 1, 4, 5, 1], vec![2, 7, 8, 2]]);
        assert_eq!(rings.closed.len(), 3);
        assert!(!rings.is_broken);
    }

    #[test]
    fn what_does_not_close_is_left_out() {
        let rings = assemble(&[vec![1, 2, 3, 1], vec![10, 11, 12]]);
        assert_eq!((rings.closed.len(), rings.is_broken), (1, true));
    }

    #[test]
    fn an_island_in_a_lake_in_a_wood() {
        let shape = nest(vec![square(40, 40, 10), square(0, 0, 100), square(20, 20, 60)]);
        let grounds: Vec<i64> = shape.parts().map(|r| area2(r) / 2).collect();
        assert_eq!(grounds, [10_000, -3_600, 100]);
    }

    #[test]
    fn neighbours_that_share_an_edge_are_both_outer() {
        let shape = nest(vec![square(0, 0, 10), square(10, 0, 10)]);
        assert!(shape.parts().all(|r| area2(r) > 0));
        // A hole that touches the outer ring along an edge stays a hole.
        let shape = nest(vec![square(0, 0, 10), square(0, 2, 4)]);
        assert_eq!(shape.parts().map(|r| area2(r).signum()).collect::<Vec<_>>(), [1, -1]);
    }

    proptest! {
        /// A ring cut into ways of any direction and order comes back whole.
        #[test]
        fn a_ring_in_pieces_comes_back(count in 3..40u32, cuts in prop::collection::btree_set(0..40u32, 1..8), flips in any::<u64>(), turn in 0..8usize) {
            let cuts: Vec<u32> = cuts.into_iter().filter(|c| *c < count).collect();
            prop_assume!(cuts.len() > 1);
            let mut ways: Vec<Vec<u32>> = (0..cuts.len()).map(|i| {
                let (from, to) = (cuts[i], cuts[(i + 1) % cuts.len()]);
                let to = if to <= from { to + count } else { to };
                (from..=to).map(|n| n % count).collect()
            }).collect();
            ways.iter_mut().enumerate().filter(|(i, _)| flips >> i & 1 == 1).for_each(|(_, w)| w.reverse());
            let turn = turn % ways.len();
            ways.rotate_left(turn);
            let rings = assemble(&ways);
            prop_assert!(!rings.is_broken);
            prop_assert_eq!(rings.closed.len(), 1);
            prop_assert_eq!(rings.closed[0].len() as u32, count);
        }
    }
}
