//! Joins ways that go on from one another into long lines.

#![allow(clippy::indexing_slicing, reason = "all places come from the list of lines itself")]

use super::world::Point;
use crate::osm::Way;
use crate::osm::chain::MISSING;

/// Lines of nodes, end to end in one list.
#[derive(Debug, Default)]
pub struct Chains {
    nodes: Vec<u32>,
    ends: Vec<u32>,
}

impl Chains {
    /// Appends a line; answers its place.
    pub fn push(&mut self, nodes: impl IntoIterator<Item = u32>) -> u32 {
        self.nodes.extend(nodes);
        self.ends.push(self.nodes.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// A line by its place.
    pub fn get(&self, place: u32) -> &[u32] {
        let from = if place == 0 { 0 } else { self.ends[place as usize - 1] as usize };
        &self.nodes[from..self.ends[place as usize] as usize]
    }
}

/// The stretches of a way that the extract contains, of at least two nodes.
pub fn stretches(way: &Way<'_>, out: &mut Vec<Vec<u32>>) {
    let mut open = Vec::new();
    for node in way.nodes() {
        if node == MISSING {
            close(&mut open, out);
        } else if open.last() != Some(&node) {
            open.push(node);
        }
    }
    close(&mut open, out);
}

fn close(open: &mut Vec<u32>, out: &mut Vec<Vec<u32>>) {
    if open.len() >= 2 {
        out.push(std::mem::take(open));
    } else {
        open.clear();
    }
}

/// Sharper turns are another arm of the same street, not its going on: cosine of 110 degrees.
const SHARPEST: f64 = -0.342;

/// One end of a line: its number times two, plus one for the far end.
type End = u32;
const NONE: End = u32::MAX;

/// Joins lines where they share an end: at each node the straightest pairs first. Directions do not matter.
pub fn join(lines: &[Vec<u32>], at: &dyn Fn(u32) -> Point) -> Vec<Vec<u32>> {
    let mates = mates(lines, at);
    let mut is_used = vec![false; lines.len()];
    let mut joined = Vec::new();
    // First those that begin somewhere, then what is left: rings.
    let open = (0..lines.len() as u32 * 2).filter(|end| mates[*end as usize] == NONE);
    let rings = (0..lines.len() as u32).map(|line| line * 2);
    for end in open.chain(rings) {
        if !is_used[end as usize / 2] {
            joined.push(walk(lines, &mates, end, &mut is_used));
        }
    }
    joined
}

/// Walks from an end of a line to wherever its joints lead.
fn walk(lines: &[Vec<u32>], mates: &[End], from: End, is_used: &mut [bool]) -> Vec<u32> {
    let mut nodes: Vec<u32> = Vec::new();
    let mut end = from;
    loop {
        let line = end as usize / 2;
        if std::mem::replace(&mut is_used[line], true) {
            return nodes;
        }
        let skip = usize::from(!nodes.is_empty());
        if end.is_multiple_of(2) {
            nodes.extend(lines[line].iter().skip(skip));
        } else {
            nodes.extend(lines[line].iter().rev().skip(skip));
        }
        // In at one end, out at the other.
        end = mates[(end ^ 1) as usize];
        if end == NONE {
            return nodes;
        }
    }
}

/// For each end the end that it goes on with.
fn mates(lines: &[Vec<u32>], at: &dyn Fn(u32) -> Point) -> Vec<End> {
    let mut ends: Vec<(u32, End)> = Vec::with_capacity(lines.len() * 2);
    for (i, line) in lines.iter().enumerate() {
        let (first, last) = (line[0], line[line.len() - 1]);
        if first != last {
            ends.extend([(first, i as u32 * 2), (last, i as u32 * 2 + 1)]);
        }
    }
    ends.sort_unstable();
    let mut mates = vec![NONE; lines.len() * 2];
    let mut pairs: Vec<(f64, End, End)> = Vec::new();
    for here in ends.chunk_by(|a, b| a.0 == b.0).filter(|here| here.len() > 1) {
        pairs.clear();
        for (i, (_, a)) in here.iter().enumerate() {
            for (_, b) in &here[i + 1..] {
                let turn = turn(direction(lines, *a, at), direction(lines, *b, at));
                if a / 2 != b / 2 && turn > SHARPEST {
                    pairs.push((turn, *a, *b));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, a, b) in &pairs {
            if mates[*a as usize] == NONE && mates[*b as usize] == NONE {
                (mates[*a as usize], mates[*b as usize]) = (*b, *a);
            }
        }
    }
    mates
}

/// Where a line leads from one of its ends, as a vector of length one.
fn direction(lines: &[Vec<u32>], end: End, at: &dyn Fn(u32) -> Point) -> [f64; 2] {
    let line = &lines[end as usize / 2];
    let (here, next) =
        if end.is_multiple_of(2) { (line[0], line[1]) } else { (line[line.len() - 1], line[line.len() - 2]) };
    let (a, b) = (at(here).map(f64::from), at(next).map(f64::from));
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let long = dx.hypot(dy).max(1e-9);
    [dx / long, dy / long]
}

/// 1 where two directions from one node are a straight line, -1 where they are the same.
fn turn(a: [f64; 2], b: [f64; 2]) -> f64 {
    -(a[0] * b[0] + a[1] * b[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Nodes on a grid of ten columns.
    fn at(node: u32) -> Point {
        [(node % 10) as i32 * 100, (node / 10) as i32 * 100]
    }

    #[test]
    fn pieces_become_one_line_whatever_their_direction() {
        let joined = join(&[vec![1, 2], vec![3, 2], vec![3, 4, 5]], &at);
        assert!(joined == [vec![1, 2, 3, 4, 5]] || joined == [vec![5, 4, 3, 2, 1]], "{joined:?}");
    }

    #[test]
    fn at_a_crossing_the_straight_pair_goes_on() {
        // 11-12-13 from west to east, 2-12-22 from north to south.
        let joined = join(&[vec![11, 12], vec![2, 12], vec![12, 13], vec![12, 22]], &at);
        let mut ends: Vec<_> = joined.iter().map(|l| (l[0].min(l[2]), l[0].max(l[2]))).collect();
        ends.sort_unstable();
        assert_eq!(ends, [(2, 22), (11, 13)]);
    }

    #[test]
    fn two_carriageways_that_meet_at_an_end_stay_two() {
        assert_eq!(
            join(&[vec![0, 1, 2], vec![2, 11, 10]], &|n| [[0, 0], [10, 0], [20, 0]]
                .get(n as usize)
                .copied()
                .unwrap_or([(11 - n as i32) * 10, 1]))
            .len(),
            2
        );
    }

    proptest! {
        /// Every stretch between two nodes is there as often as before.
        #[test]
        fn nothing_is_lost(lines in prop::collection::vec(prop::collection::vec(0..60u32, 2..6), 0..25)) {
            let lines: Vec<Vec<u32>> = lines.into_iter().map(|mut l| { l.dedup(); l }).filter(|l| l.len() > 1).collect();
            let steps = |lines: &[Vec<u32>]| {
                let mut steps: Vec<_> =
                    lines.iter().flat_map(|l| l.windows(2).map(|w| (w[0].min(w[1]), w[0].max(w[1])))).collect();
                steps.sort_unstable();
                steps
            };
            prop_assert_eq!(steps(&join(&lines, &at)), steps(&lines));
        }
    }
}
