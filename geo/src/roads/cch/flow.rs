//! Cuts a part of the road network in two where few roads cross.
//!
//! Inertial flow (Schild and Sommer, 2015): the nodes that lie farthest to one side are a source, those farthest to
//! the other a sink, and a maximum flow between them finds the least cut. Of several directions the best cut wins.

// Indices are nodes and arcs of the part itself, made a few lines above their use.
#![allow(clippy::indexing_slicing)]

use super::NONE;
use super::dissect::Part;

/// The part's nodes on each end, of all, that a cut may not touch: a cut leaves at least this on either side.
const HELD: f64 = 0.25;
/// In how many directions cuts are looked for; twice as many found none better.
const DIRECTIONS: usize = 4;
/// Parts with fewer nodes than this are not worth a thread.
const WORTH_A_THREAD: usize = 1_000;

const SOURCE: u8 = 1;
const SINK: u8 = 2;

/// Arcs in both directions, of a node each, with the place of the opposite arc.
struct Net {
    first: Vec<u32>,
    head: Vec<u32>,
    back: Vec<u32>,
    capacity: Vec<u32>,
}

/// A cut: which nodes stand on the source's side, what crosses, and how small the smaller side is.
struct Cut {
    side: Vec<bool>,
    crossing: u32,
    smaller: usize,
}

impl Cut {
    /// What crosses for each node of the smaller side: less is better.
    fn price(&self) -> f64 {
        f64::from(self.crossing) / self.smaller.max(1) as f64
    }
}

/// Which side each node of `part` stands on; both sides have nodes. The part has at least two nodes.
pub(super) fn bisect(part: &Part, threads: usize) -> Vec<bool> {
    let net = Net::new(part);
    let directions: [f32; DIRECTIONS] =
        std::array::from_fn(|n| n as f32 * std::f32::consts::PI / DIRECTIONS as f32);
    let try_all = |some: &[f32]| {
        let mut best: Option<Cut> = None;
        for &angle in some {
            let bound = best.as_ref().map_or(f64::INFINITY, Cut::price);
            let found = Run::new(&net, part, angle).cut(bound);
            best = better(best, found);
        }
        best
    };
    let best = if threads > 1 && part.at.len() > WORTH_A_THREAD {
        let (one, two) = directions.split_at(DIRECTIONS / 2);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| try_all(two));
            let mine = try_all(one);
            better(mine, other.join().unwrap_or(None))
        })
    } else {
        try_all(&directions)
    };
    // The first direction always gives a cut; halves by number stand in should its thread have died.
    best.map_or_else(|| (0..part.at.len()).map(|n| n < part.at.len() / 2).collect(), |cut| cut.side)
}

fn better(a: Option<Cut>, b: Option<Cut>) -> Option<Cut> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.price() < a.price() { b } else { a }),
        (a, b) => a.or(b),
    }
}

impl Net {
    fn new(part: &Part) -> Self {
        let mut first = vec![0u32; part.at.len() + 1];
        for edge in &part.edges {
            first[edge.ends[0] as usize + 1] += 1;
            first[edge.ends[1] as usize + 1] += 1;
        }
        for node in 0..part.at.len() {
            first[node + 1] += first[node];
        }
        let arcs = part.edges.len() * 2;
        let (mut head, mut back, mut capacity) = (vec![0u32; arcs], vec![0u32; arcs], vec![0u32; arcs]);
        let mut next = first.clone();
        for edge in &part.edges {
            let [u, v] = edge.ends;
            let (there, here) = (next[u as usize], next[v as usize]);
            next[u as usize] += 1;
            next[v as usize] += 1;
            for (arc, to, opposite) in [(there, v, here), (here, u, there)] {
                head[arc as usize] = to;
                back[arc as usize] = opposite;
                capacity[arc as usize] = edge.count;
            }
        }
        Self { first, head, back, capacity }
    }

    fn arcs(&self, node: u32) -> std::ops::Range<usize> {
        self.first[node as usize] as usize..self.first[node as usize + 1] as usize
    }
}

/// One maximum flow (Dinic).
struct Run<'n> {
    net: &'n Net,
    /// Capacity left, by arc.
    left: Vec<u32>,
    /// Steps from the source in the present phase; [`NONE`] where the flow cannot reach.
    level: Vec<u32>,
    /// Where the search of this phase stands at each node.
    current: Vec<u32>,
    end: Vec<u8>,
    sources: Vec<u32>,
    /// Those sources that have a neighbour which is none.
    shore: Vec<u32>,
    sinks: Vec<u32>,
    queue: Vec<u32>,
}

impl<'n> Run<'n> {
    fn new(net: &'n Net, part: &Part, angle: f32) -> Self {
        let nodes = part.at.len();
        let (sin, cos) = angle.sin_cos();
        let mut line: Vec<(f32, u32)> =
            part.at.iter().zip(0..).map(|(at, node)| (at[0] * cos + at[1] * sin, node)).collect();
        let held = ((nodes as f64 * HELD) as usize).clamp(1, nodes / 2);
        let by_place = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        line.select_nth_unstable_by(held - 1, by_place);
        let (low, rest) = line.split_at_mut(held);
        let middle = rest.len() - held;
        if middle > 0 {
            rest.select_nth_unstable_by(middle, by_place);
        }
        let mut end = vec![0u8; nodes];
        let sources: Vec<u32> = low.iter().map(|(_, node)| *node).collect();
        let sinks: Vec<u32> = rest[middle..].iter().map(|(_, node)| *node).collect();
        for &node in &sources {
            end[node as usize] = SOURCE;
        }
        for &node in &sinks {
            end[node as usize] = SINK;
        }
        // Only what borders on the rest lets any flow through.
        let borders = |node: &u32| net.arcs(*node).any(|arc| end[net.head[arc] as usize] != SOURCE);
        let shore = sources.iter().copied().filter(borders).collect();
        Self {
            net,
            shore,
            left: net.capacity.clone(),
            level: vec![NONE; nodes],
            current: vec![0; nodes],
            end,
            sources,
            sinks,
            queue: Vec::with_capacity(nodes),
        }
    }

    /// The least cut, or `None` once it is clear that its price would not be below `bound`.
    fn cut(mut self, bound: f64) -> Option<Cut> {
        let nodes = self.level.len();
        let most = bound * (nodes / 2) as f64;
        let mut crossing = 0u32;
        while self.rank() {
            crossing += self.augment();
            if f64::from(crossing) >= most {
                return None;
            }
        }
        // The search that found no sink has marked the smallest source side; the smallest sink side may balance better.
        let near: Vec<bool> = self.level.iter().map(|level| *level != NONE).collect();
        let near_count = near.iter().filter(|side| **side).count();
        let far = self.sink_side();
        let far_count = far.iter().filter(|side| **side).count();
        let (side, smaller) = if near_count.min(nodes - near_count) >= far_count.min(nodes - far_count) {
            (near, near_count.min(nodes - near_count))
        } else {
            (far.iter().map(|side| !side).collect(), far_count.min(nodes - far_count))
        };
        Some(Cut { side, crossing, smaller })
    }

    /// Levels from the source; answers whether the sink is reached.
    fn rank(&mut self) -> bool {
        self.level.fill(NONE);
        self.queue.clear();
        self.queue.extend_from_slice(&self.shore);
        for &node in &self.sources {
            self.level[node as usize] = 0;
        }
        let (mut at, mut last) = (0, NONE);
        while let Some(&node) = self.queue.get(at) {
            at += 1;
            let level = self.level[node as usize];
            if level >= last {
                break;
            }
            for arc in self.net.arcs(node) {
                let to = self.net.head[arc] as usize;
                if self.left[arc] > 0 && self.level[to] == NONE {
                    self.level[to] = level + 1;
                    if self.end[to] == SINK {
                        last = level + 1;
                    }
                    self.queue.push(to as u32);
                }
            }
        }
        last != NONE
    }

    /// A blocking flow of this phase; answers how much it is.
    fn augment(&mut self) -> u32 {
        for (current, first) in self.current.iter_mut().zip(&self.net.first) {
            *current = *first;
        }
        let mut total = 0;
        let mut way: Vec<u32> = Vec::new();
        for index in 0..self.shore.len() {
            let source = self.shore[index];
            way.clear();
            let mut node = source;
            loop {
                if self.end[node as usize] == SINK {
                    total += self.push(&way);
                    way.clear();
                    node = source;
                    continue;
                }
                if let Some(arc) = self.forward(node) {
                    way.push(arc as u32);
                    node = self.net.head[arc];
                } else {
                    // A dead end in this phase.
                    self.level[node as usize] = NONE;
                    let Some(arc) = way.pop() else { break };
                    node = self.net.head[self.net.back[arc as usize] as usize];
                }
            }
        }
        total
    }

    /// The next arc of `node` that leads one level on.
    fn forward(&mut self, node: u32) -> Option<usize> {
        let end = self.net.first[node as usize + 1];
        let wanted = self.level[node as usize].wrapping_add(1);
        while self.current[node as usize] < end {
            let arc = self.current[node as usize] as usize;
            if self.left[arc] > 0 && wanted != 0 && self.level[self.net.head[arc] as usize] == wanted {
                return Some(arc);
            }
            self.current[node as usize] += 1;
        }
        None
    }

    fn push(&mut self, way: &[u32]) -> u32 {
        let amount = way.iter().map(|arc| self.left[*arc as usize]).min().unwrap_or(0);
        for &arc in way {
            self.left[arc as usize] -= amount;
            self.left[self.net.back[arc as usize] as usize] += amount;
        }
        amount
    }

    /// The nodes from which the sink can still be reached.
    fn sink_side(&mut self) -> Vec<bool> {
        let mut side = vec![false; self.level.len()];
        self.queue.clear();
        self.queue.extend_from_slice(&self.sinks);
        for &node in &self.sinks {
            side[node as usize] = true;
        }
        let mut at = 0;
        while let Some(&node) = self.queue.get(at) {
            at += 1;
            for arc in self.net.arcs(node) {
                let from = self.net.head[arc] as usize;
                if self.left[self.net.back[arc] as usize] > 0 && !side[from] {
                    side[from] = true;
                    self.queue.push(from as u32);
                }
            }
        }
        side
    }
}
