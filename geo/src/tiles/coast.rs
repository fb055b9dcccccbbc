//! The sea, from coastlines: land lies to their left, water to their right.
//!
//! Coastlines that leave the extract's box are closed along its edge. Ends that lie inside of the box (the extract was cut along another line, or
//! a way is missing) are led to the nearest edge first. What contradicts itself is left out.

#![allow(clippy::indexing_slicing, reason = "all places come from the lists themselves")]

use super::clip;
use super::rings;
use super::shape::{Shape, area2};
use super::world::{Point, Square};

/// The sea of an extract.
#[derive(Debug, Default)]
pub struct Sea {
    /// Its area.
    pub area: Shape,
    /// Pieces of coast that contradict the others and were left out.
    pub broken: u64,
}

/// Makes the sea in `land`'s box from coastlines: lines whose direction matters, already joined.
pub fn sea(coasts: &[Vec<Point>], square: &Square) -> Sea {
    let mut open = Shape::default();
    let mut loops: Vec<Vec<Point>> = Vec::new();
    for coast in coasts.iter().filter(|c| c.len() > 1) {
        let is_closed = coast.first() == coast.last();
        if is_closed && square.holds(&Square::around(coast)) {
            loops.push(coast.get(1..).unwrap_or_default().to_vec());
        } else {
            clip::lines(&Shape::of(from_outside(coast, square)), square, &mut open);
        }
    }
    let chains: Vec<Chain> = open.parts().filter(|p| p.len() > 1).map(|p| Chain::new(p, square)).collect();
    let had_chains = !chains.is_empty();
    let (mut outers, broken) = close(chains, square);
    // On the screen (y southwards) an island, land to the left, runs counterclockwise: its ground is negative.
    let (islands, lakes): (Vec<_>, Vec<_>) = loops.into_iter().partition(|l| area2(l) < 0);
    outers.extend(lakes);
    if !had_chains && outers.is_empty() && !islands.is_empty() {
        // Nothing but islands: all around is sea.
        outers.push(square.corners().to_vec());
    }
    if outers.is_empty() {
        return Sea { area: Shape::default(), broken };
    }
    outers.extend(islands);
    Sea { area: rings::nest(outers), broken }
}

/// A closed coast that leaves the box, begun outside of it: its own beginning is no end then.
fn from_outside(coast: &[Point], square: &Square) -> Vec<Point> {
    let outside = coast.iter().position(|p| !square.has(*p)).filter(|_| coast.first() == coast.last());
    let Some(outside) = outside else { return coast.to_vec() };
    let mut turned = coast[outside..].to_vec();
    turned.extend_from_slice(&coast[1..=outside]);
    turned
}

/// A stretch of coast from one place of the box's edge to another.
struct Chain {
    points: Vec<Point>,
    from: f64,
    to: f64,
}

impl Chain {
    fn new(points: &[Point], square: &Square) -> Self {
        let mut points = points.to_vec();
        let (first, last) = (nearest(points[0], square), nearest(points[points.len() - 1], square));
        if first != points[0] {
            points.insert(0, first);
        }
        if last != points[points.len() - 1] {
            points.push(last);
        }
        Self { from: clock(first, square), to: clock(last, square), points }
    }
}

/// The place on the edge that is nearest to a point of the box.
fn nearest(p: Point, square: &Square) -> Point {
    let candidates =
        [[p[0], square.min[1]], [square.max[0], p[1]], [p[0], square.max[1]], [square.min[0], p[1]]];
    let off =
        |c: &Point| (i64::from(c[0]) - i64::from(p[0])).abs() + (i64::from(c[1]) - i64::from(p[1])).abs();
    candidates.into_iter().min_by_key(off).unwrap_or(p)
}

/// Where on the edge a point lies: 0 to 4, clockwise on the screen from the north-western corner.
fn clock(p: Point, square: &Square) -> f64 {
    let share = |i: usize| {
        (f64::from(p[i]) - f64::from(square.min[i]))
            / (f64::from(square.max[i]) - f64::from(square.min[i])).max(1.0)
    };
    if p[1] == square.min[1] {
        share(0)
    } else if p[0] == square.max[0] {
        1.0 + share(1)
    } else if p[1] == square.max[1] {
        3.0 - share(0)
    } else {
        4.0 - share(1)
    }
}

/// How far it is from one place of the edge to another, clockwise.
fn ahead(from: f64, to: f64) -> f64 {
    if to >= from { to - from } else { to - from + 4.0 }
}

/// Closes chains along the edge: with water to the right, the edge is followed clockwise from a chain's end to the next chain's beginning.
fn close(mut chains: Vec<Chain>, square: &Square) -> (Vec<Vec<Point>>, u64) {
    let broken = drop_contradictions(&mut chains);
    let mut is_used = vec![false; chains.len()];
    let mut closed = Vec::new();
    for start in 0..chains.len() {
        if is_used[start] {
            continue;
        }
        let (mut ring, mut here) = (Vec::new(), start);
        loop {
            is_used[here] = true;
            ring.extend_from_slice(&chains[here].points);
            let end = chains[here].to;
            let next = (0..chains.len())
                .filter(|i| !is_used[*i] || *i == start)
                .min_by(|a, b| ahead(end, chains[*a].from).total_cmp(&ahead(end, chains[*b].from)));
            let Some(next) = next else { break };
            corners(end, chains[next].from, square, &mut ring);
            if next == start {
                break;
            }
            here = next;
        }
        closed.push(ring);
    }
    (closed, broken)
}

/// Going around the edge, ends and beginnings must take turns; a chain that breaks this is left out.
fn drop_contradictions(chains: &mut Vec<Chain>) -> u64 {
    let mut broken = 0;
    // Each round drops one chain.
    while chains.len() > 1 {
        let mut events: Vec<(f64, bool, usize)> =
            chains.iter().enumerate().flat_map(|(i, c)| [(c.from, true, i), (c.to, false, i)]).collect();
        // Where a chain begins at the place at which another ends, the end comes first.
        events.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let clash = (0..events.len()).find(|i| events[*i].1 == events[(i + 1) % events.len()].1);
        let Some(clash) = clash else { break };
        // The shorter of the two goes.
        let (a, b) = (events[clash].2, events[(clash + 1) % events.len()].2);
        let shorter = if chains[a].points.len() < chains[b].points.len() { a } else { b };
        chains.swap_remove(shorter);
        broken += 1;
    }
    broken
}

/// The box's corners between two places of its edge, clockwise.
fn corners(from: f64, to: f64, square: &Square, ring: &mut Vec<Point>) {
    let corners = square.corners();
    let far = ahead(from, to);
    let mut corner = from.floor() + 1.0;
    while corner - from < far {
        ring.push(corners[corner as usize % 4]);
        corner += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Square = Square { min: [0, 0], max: [1000, 1000] };

    fn ground(sea: &Sea) -> i64 {
        sea.area.parts().map(area2).sum::<i64>() / 2
    }

    #[test]
    fn the_sea_lies_to_the_right() {
        // The coast runs from north to south: the right hand is the west.
        let west = sea(&[vec![[300, -50], [300, 1050]]], &BOX);
        assert_eq!(ground(&west), 300_000);
        let east = sea(&[vec![[300, 1050], [300, -50]]], &BOX);
        assert_eq!(ground(&east), 700_000);
    }

    #[test]
    fn islands_are_holes_and_two_coasts_make_a_strait() {
        let mut island = vec![[100, 100], [100, 150], [150, 150], [150, 100], [100, 100]];
        let coast = vec![[300, -50], [300, 1050]];
        assert_eq!(ground(&sea(&[coast.clone(), island.clone()], &BOX)), 300_000 - 2_500);
        // Only the island: the box is sea.
        assert_eq!(ground(&sea(&[island.clone()], &BOX)), 1_000_000 - 2_500);
        // Turned around it is a lagoon.
        island.reverse();
        assert_eq!(ground(&sea(&[island], &BOX)), 2_500);
        let strait = sea(&[coast, vec![[100, 1050], [100, -50]]], &BOX);
        assert_eq!(ground(&strait), 200_000);
    }

    #[test]
    fn a_coast_that_ends_inside_is_led_to_the_edge() {
        let cut = sea(&[vec![[300, 10], [300, 980]]], &BOX);
        assert_eq!((ground(&cut), cut.broken), (300_000, 0));
    }

    #[test]
    fn a_contradiction_does_not_flood_the_land() {
        let coast = vec![[300, -50], [300, 500], [300, 1050]];
        let wrong = vec![[600, -50], [600, 1050]];
        let both = sea(&[coast, wrong], &BOX);
        assert_eq!((ground(&both), both.broken), (300_000, 1));
    }

    #[test]
    fn an_island_over_the_edge() {
        let island = [[-50, 400], [-50, 600], [100, 600], [100, 400], [-50, 400]];
        for turn in 0..4 {
            let mut turned = island[turn..4].to_vec();
            turned.extend_from_slice(&island[..=turn]);
            assert_eq!(ground(&sea(&[turned], &BOX)), 1_000_000 - 20_000);
        }
    }

    #[test]
    fn no_coast_no_sea() {
        assert!(sea(&[], &BOX).area.is_empty());
    }
}
