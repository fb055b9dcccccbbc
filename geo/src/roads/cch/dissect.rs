//! Nested dissection: cut, put the cut last, and go on with either side.

// Indices are local to the part at hand and made with it.
#![allow(clippy::indexing_slicing)]

use super::NONE;
use super::flow::bisect;

/// Parts of at most so many edges are not cut any more.
const LEAF: usize = 2;
/// Parts with fewer nodes than this are not worth a thread.
const WORTH_A_THREAD: usize = 1_000;

/// Two nodes of a part and what joins them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// Nodes of the part, not equal.
    pub(super) ends: [u32; 2],
    /// Vertices of the hierarchy on this edge, at least 1.
    pub(super) count: u32,
    /// Which edge of the whole it is.
    pub(super) name: u32,
}

/// A part of the road network.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Places of its nodes on a plane, any unit.
    pub(super) at: Vec<[f32; 2]>,
    /// Which nodes of the whole they are.
    pub(super) names: Vec<u32>,
    pub(super) edges: Vec<Edge>,
}

impl Part {
    /// Forgets nodes that no edge joins.
    pub(super) fn keep_joined(&mut self) {
        let mut place = vec![NONE; self.at.len()];
        self.edges.iter().flat_map(|edge| edge.ends).for_each(|end| place[end as usize] = 0);
        let mut kept = 0;
        for (node, place) in place.iter_mut().enumerate().filter(|(_, place)| **place != NONE) {
            self.at[kept] = self.at[node];
            self.names[kept] = self.names[node];
            *place = kept as u32;
            kept += 1;
        }
        self.at.truncate(kept);
        self.names.truncate(kept);
        for edge in &mut self.edges {
            edge.ends = edge.ends.map(|end| place[end as usize]);
        }
    }
}

/// What is put in order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Items<'a> {
    /// The nodes.
    Nodes,
    /// What stands on the edges: where each edge's vertices begin, and the vertices.
    Edges(&'a [u32], &'a [u32]),
}

impl Items<'_> {
    pub(super) fn count(self, part: &Part) -> usize {
        match self {
            Self::Nodes => part.at.len(),
            Self::Edges(..) => part.edges.iter().map(|edge| edge.count as usize).sum(),
        }
    }

    /// Writes what stands on these edges (or these nodes) to `out`.
    pub(super) fn write(self, names: impl Iterator<Item = u32>, out: &mut [u32]) {
        match self {
            Self::Nodes => out.iter_mut().zip(names).for_each(|(out, name)| *out = name),
            Self::Edges(first, vertices) => {
                let all = names.flat_map(|name| {
                    &vertices[first[name as usize] as usize..first[name as usize + 1] as usize]
                });
                out.iter_mut().zip(all).for_each(|(out, vertex)| *out = *vertex);
            }
        }
    }
}

/// Writes the items of `part` to `out`, first contracted first. `out` is exactly as long as there are items.
///
/// Either side of a cut keeps at least a quarter of the nodes, so the depth is logarithmic.
pub(super) fn dissect(part: Part, items: Items<'_>, out: &mut [u32], threads: usize) {
    if part.at.len() < 2 || part.edges.len() <= LEAF {
        return leaf(&part, items, out);
    }
    let side = bisect(&part, threads);
    let (near, far, cut) = split(&part, items, &side);
    let spread = threads > 1 && part.at.len() > WORTH_A_THREAD;
    drop(part);
    let (out_near, rest) = out.split_at_mut(items.count(&near));
    let (out_far, out_cut) = rest.split_at_mut(items.count(&far));
    items.write(cut.into_iter(), out_cut);
    if spread {
        std::thread::scope(|scope| {
            scope.spawn(|| dissect(near, items, out_near, threads / 2));
            dissect(far, items, out_far, threads - threads / 2);
        });
    } else {
        dissect(near, items, out_near, 1);
        dissect(far, items, out_far, 1);
    }
}

fn leaf(part: &Part, items: Items<'_>, out: &mut [u32]) {
    match items {
        Items::Edges(..) => items.write(part.edges.iter().map(|edge| edge.name), out),
        Items::Nodes => {
            // Ends before what joins them.
            let mut degree = vec![0u32; part.at.len()];
            for end in part.edges.iter().flat_map(|edge| edge.ends) {
                degree[end as usize] += 1;
            }
            let mut order: Vec<u32> = (0..part.at.len() as u32).collect();
            order.sort_by_key(|node| degree[*node as usize]);
            items.write(order.into_iter().map(|node| part.names[node as usize]), out);
        }
    }
}

/// Both sides, and the names of what separates them.
fn split(part: &Part, items: Items<'_>, side: &[bool]) -> (Part, Part, Vec<u32>) {
    let crossing =
        || part.edges.iter().filter(|edge| side[edge.ends[0] as usize] != side[edge.ends[1] as usize]);
    let mut place: Vec<u32> = vec![0; part.at.len()];
    let mut cut: Vec<u32> = Vec::new();
    match items {
        Items::Edges(..) => cut.extend(crossing().map(|edge| edge.name)),
        Items::Nodes => {
            // The smaller of the two shores of the cut separates as well as both.
            let mut shores: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
            for end in crossing().flat_map(|edge| edge.ends) {
                shores[usize::from(side[end as usize])].push(end);
            }
            shores.iter_mut().for_each(|shore| {
                shore.sort_unstable();
                shore.dedup();
            });
            let [a, b] = &shores;
            for &node in if a.len() < b.len() { a } else { b } {
                place[node as usize] = NONE;
                cut.push(part.names[node as usize]);
            }
        }
    }
    let mut halves = [Part::default(), Part::default()];
    for (node, place) in place.iter_mut().enumerate().filter(|(_, place)| **place != NONE) {
        let half = &mut halves[usize::from(side[node])];
        *place = half.at.len() as u32;
        half.at.push(part.at[node]);
        half.names.push(part.names[node]);
    }
    for edge in &part.edges {
        let [u, v] = edge.ends.map(|end| place[end as usize]);
        let sides = edge.ends.map(|end| side[end as usize]);
        if sides[0] == sides[1] && u != NONE && v != NONE {
            halves[usize::from(sides[0])].edges.push(Edge { ends: [u, v], ..*edge });
        }
    }
    let [near, far] = halves;
    (near, far, cut)
}
