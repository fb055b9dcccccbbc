//! The laws: whatever the graph, order and weights, answers are those of Dijkstra's algorithm.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A graph with its arcs sorted by tail, a layout, and two sets of weights.
#[derive(Debug, Clone)]
struct World {
    first_out: Vec<u32>,
    heads: Vec<u32>,
    at: Vec<[i32; 2]>,
    /// Empty: vertices are laid out themselves.
    ends: Vec<[u32; 2]>,
    weights: [Vec<u32>; 2],
}

type Ends = Vec<(u32, i32)>;

/// An end as parts of the number of vertices.
type Drawn = Vec<(f64, i32)>;

impl World {
    fn new(
        vertices: usize,
        mut arcs: Vec<(u32, u32, u32, u32)>,
        at: Vec<[i32; 2]>,
        ends: Vec<[u32; 2]>,
    ) -> Self {
        arcs.sort_unstable();
        let mut first_out = vec![0u32; vertices + 1];
        arcs.iter().for_each(|arc| first_out[arc.0 as usize + 1] += 1);
        (0..vertices).for_each(|vertex| first_out[vertex + 1] += first_out[vertex]);
        Self {
            first_out,
            heads: arcs.iter().map(|arc| arc.1).collect(),
            at,
            ends,
            weights: [arcs.iter().map(|arc| arc.2).collect(), arcs.iter().map(|arc| arc.3).collect()],
        }
    }

    fn vertices(&self) -> usize {
        self.first_out.len() - 1
    }

    fn build(&self) -> Topology {
        let graph = Digraph { first_out: &self.first_out, head: &self.heads };
        let layout = if self.ends.is_empty() {
            Layout::Vertices { at: &self.at }
        } else {
            Layout::Pieces { ends: &self.ends, at: &self.at }
        };
        Topology::build(graph, layout, 2).unwrap()
    }

    /// Plain Dijkstra from one end, over one set of weights: milliseconds above the end's least offset.
    fn dijkstra(&self, weights: &[u32], from: &[(u32, i32)]) -> Vec<Option<i64>> {
        let zero = from.iter().map(|(_, offset)| *offset).min().unwrap_or(0);
        let mut dist: Vec<Option<i64>> = vec![None; self.vertices()];
        let mut queue: BinaryHeap<Reverse<(i64, u32)>> = from
            .iter()
            .map(|(vertex, offset)| Reverse((i64::from(*offset) - i64::from(zero), *vertex)))
            .collect();
        while let Some(Reverse((so_far, vertex))) = queue.pop() {
            if dist[vertex as usize].is_some() {
                continue;
            }
            dist[vertex as usize] = Some(so_far);
            for arc in self.first_out[vertex as usize]..self.first_out[vertex as usize + 1] {
                let weight = weights[arc as usize];
                if weight < LIMIT {
                    queue.push(Reverse((so_far + i64::from(weight), self.heads[arc as usize])));
                }
            }
        }
        dist.into_iter().map(|so_far| so_far.map(|so_far| so_far + i64::from(zero))).collect()
    }

    fn expected(&self, weights: &[u32], from: &[(u32, i32)], to: &[(u32, i32)]) -> Option<u32> {
        let dist = self.dijkstra(weights, from);
        let all = to.iter().filter_map(|(vertex, offset)| Some(dist[*vertex as usize]? + i64::from(*offset)));
        all.min().map(|least| least.max(0) as u32)
    }

    /// What a path costs: the cheapest of parallel arcs at each step; `None` where it is no path.
    fn cost(&self, weights: &[u32], path: &[u32]) -> Option<i64> {
        path.windows(2)
            .map(|step| {
                let arcs =
                    self.first_out[step[0] as usize] as usize..self.first_out[step[0] as usize + 1] as usize;
                arcs.filter(|arc| self.heads[*arc] == step[1] && weights[*arc] < LIMIT)
                    .map(|arc| i64::from(weights[arc]))
                    .min()
            })
            .sum()
    }
}

fn weight() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 0..2_000u32, 1 => Just(0), 1 => Just(u32::MAX), 1 => 0..3u32]
}

/// Any directed graph, loops and parallel arcs among its arcs, laid out at random.
fn any_world() -> impl Strategy<Value = World> {
    (1..60usize).prop_flat_map(|n| {
        let arcs = vec((0..n as u32, 0..n as u32, weight(), weight()), 0..n * 3);
        let at = vec([-900_000_000..900_000_000i32, -1_800_000_000..1_800_000_000i32], n);
        let ends = prop_oneof![Just(Vec::new()), vec([0..n as u32, 0..n as u32], n),];
        (Just(n), arcs, at, ends).prop_map(|(n, arcs, at, ends)| World::new(n, arcs, at, ends))
    })
}

/// A town: a grid of junctions, its streets some of one way, turns between them some forbidden.
fn town() -> impl Strategy<Value = World> {
    (2..9usize, 2..9usize).prop_flat_map(|(rows, columns)| {
        let streets = rows * columns * 2;
        (vec(0..8u8, streets), vec((weight(), weight()), streets * 16))
            .prop_map(move |(kinds, weights)| grid(rows, columns, &kinds, &weights))
    })
}

fn grid(rows: usize, columns: usize, kinds: &[u8], weights: &[(u32, u32)]) -> World {
    let mut ends: Vec<[u32; 2]> = Vec::new();
    let at =
        (0..rows * columns).map(|n| [(n / columns) as i32 * 9_000, (n % columns) as i32 * 11_000]).collect();
    for (street, kind) in kinds.iter().enumerate() {
        let (from, along) = (street / 2, street % 2 == 0);
        let inside = if along { from % columns + 1 < columns } else { from / columns + 1 < rows };
        let to = if along { from + 1 } else { from + columns };
        if inside && *kind != 0 {
            ends.push([from as u32, to as u32]);
        }
        if inside && *kind > 2 {
            ends.push([to as u32, from as u32]);
        }
    }
    let mut weights = weights.iter().cycle();
    let mut arcs = Vec::new();
    for (a, from) in ends.iter().enumerate() {
        for (b, to) in ends.iter().enumerate() {
            if from[1] == to[0] {
                let (one, two) = weights.next().unwrap();
                arcs.push((a as u32, b as u32, *one, *two));
            }
        }
    }
    World::new(ends.len(), arcs, at, ends)
}

/// One to three vertices.
fn end() -> impl Strategy<Value = Drawn> {
    vec((0.0..1.0, -3_000..3_000i32), 1..4)
}

fn pick(world: &World, end: &[(f64, i32)]) -> Ends {
    let n = world.vertices();
    end.iter().filter(|_| n > 0).map(|(part, offset)| ((part * n as f64) as u32, *offset)).collect()
}

fn check(world: &World, pairs: &[(Drawn, Drawn)]) -> Result<(), TestCaseError> {
    let topology = world.build();
    let topology = Topology::from_arrays(topology.arrays()).unwrap();
    let mut scratch = Scratch::new();
    for weights in &world.weights {
        let metric = Metric::customize(&topology, weights, 2).unwrap();
        let metric = Metric::from_arrays(&topology, metric.arrays()).unwrap();
        let ways = Ways::new(&topology, &metric).unwrap();
        let mut path = Vec::new();
        let ends: Vec<(Ends, Ends)> = pairs.iter().map(|(a, b)| (pick(world, a), pick(world, b))).collect();
        for (from, to) in &ends {
            let expected = world.expected(weights, from, to);
            prop_assert_eq!(ways.distance(&mut scratch, from, to), expected);
            prop_assert_eq!(ways.path(&mut scratch, from, to, &mut path), expected);
            let Some(expected) = expected else {
                prop_assert!(path.is_empty());
                continue;
            };
            let cost = world.cost(weights, &path);
            let offset = |end: &Ends, vertex: Option<&u32>| {
                end.iter()
                    .filter(|(other, _)| Some(other) == vertex)
                    .map(|(_, offset)| i64::from(*offset))
                    .min()
            };
            let (first, last) = (offset(from, path.first()), offset(to, path.last()));
            let total = cost.zip(first).zip(last).map(|((cost, first), last)| (cost + first + last).max(0));
            prop_assert_eq!(total, Some(i64::from(expected)), "{:?}", path);
            let mut seen = path.clone();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), path.len(), "a shortest way visits nothing twice");
        }
        table(&ways, &ends, &mut scratch)?;
    }
    Ok(())
}

/// A table holds what single questions answer.
fn table(ways: &Ways<'_>, ends: &[(Ends, Ends)], scratch: &mut Scratch) -> Result<(), TestCaseError> {
    let (sources, targets): (Vec<Ends>, Vec<Ends>) = ends.iter().cloned().unzip();
    let (mut selection, mut out) = (Selection::new(), Vec::new());
    // Something else was selected before.
    ways.select(&mut selection, &targets[..targets.len() / 2]);
    ways.select(&mut selection, &targets);
    let mut expected = Vec::new();
    for source in &sources {
        for target in &targets {
            expected.push(ways.distance(scratch, source, target).unwrap_or(UNREACHABLE));
        }
    }
    for count in [1, 2, sources.len()] {
        let count = count.min(sources.len());
        ways.many_to_many(scratch, &sources[..count], &selection, &mut out);
        prop_assert_eq!(&out[..], &expected[..count * targets.len()]);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any graph, any order of contraction, two metrics on one topology.
    #[test]
    fn answers_are_dijkstras(world in any_world(), pairs in vec((end(), end()), 1..6)) {
        check(&world, &pairs)?;
    }

    /// A town of streets, with forbidden turns.
    #[test]
    fn answers_are_dijkstras_in_town(world in town(), pairs in vec((end(), end()), 1..24)) {
        check(&world, &pairs)?;
    }

    /// Whatever numbers a file holds: an error, or arrays that can be asked without panic and without end.
    #[test]
    fn damaged_arrays_do_no_harm(
        world in town(),
        harm in vec((0..15usize, 0.0..1.0f64, prop_oneof![0..200u32, any::<u32>()]), 1..3),
        from in end(),
        to in end(),
    ) {
        let topology = world.build();
        let metric = Metric::customize(&topology, &world.weights[0], 1).unwrap();
        let mut arrays = topology.arrays().map(<[u32]>::to_vec);
        let mut others = metric.arrays().map(<[u32]>::to_vec);
        for (array, part, value) in harm {
            let array = if array < 9 { &mut arrays[array] } else { &mut others[array - 9] };
            let place = (part * array.len() as f64) as usize;
            if let Some(entry) = array.get_mut(place) {
                *entry = value;
            }
        }
        let Ok(topology) = Topology::from_arrays(arrays) else { return Ok(()) };
        prop_assert!(Metric::customize(&topology, &world.weights[1], 1).is_ok());
        let Ok(metric) = Metric::from_arrays(&topology, others) else { return Ok(()) };
        let ways = Ways::new(&topology, &metric).unwrap();
        let (mut scratch, mut path) = (Scratch::new(), Vec::new());
        let (from, to) = (pick(&world, &from), pick(&world, &to));
        ways.path(&mut scratch, &from, &to, &mut path);
        let (mut selection, mut out) = (Selection::new(), Vec::new());
        ways.select(&mut selection, &[&to]);
        ways.many_to_many(&mut scratch, &[&from], &selection, &mut out);
        prop_assert_eq!(out.len(), 1);
    }
}

/// A town large enough that threads share the work: one thread and several say the same, and Dijkstra too.
#[test]
fn a_large_town_is_shared_by_threads() {
    let kinds: Vec<u8> = (0..60 * 60 * 2).map(|n: usize| (n * 7 % 11) as u8).collect();
    let weights: Vec<(u32, u32)> = (0..9_973u32).map(|n| (n * 31 % 1_009 + 1, n * 17 % 503)).collect();
    let world = grid(60, 60, &kinds, &weights);
    let topology = world.build();
    assert!(topology.chunks.len() > 4, "{}", topology.chunks.len());
    let alone = Metric::customize(&topology, &world.weights[0], 1).unwrap();
    let shared = Metric::customize(&topology, &world.weights[0], 3).unwrap();
    assert_eq!(alone.arrays(), shared.arrays());
    let ways = Ways::new(&topology, &alone).unwrap();
    let mut scratch = Scratch::new();
    for from in [0, 4_321, 7_777] {
        let expected = world.dijkstra(&world.weights[0], &[(from, 5)]);
        for to in (0..world.vertices() as u32).step_by(37) {
            let found = ways.distance(&mut scratch, &[(from, 5)], &[(to, 0)]);
            assert_eq!(found.map(i64::from), expected[to as usize]);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let at = [[0, 0]; 2];
    let bad = |first_out: &[u32], head: &[u32], at: &[[i32; 2]]| {
        Topology::build(Digraph { first_out, head }, Layout::Vertices { at }, 1).is_err()
    };
    assert!(bad(&[0, 1, 2], &[1, 2], &at));
    assert!(bad(&[0, 2, 1], &[1, 0], &at));
    assert!(bad(&[0, 1, 1], &[1], &at[..1]));
    let graph = Digraph { first_out: &[0, 1, 2], head: &[1, 0] };
    assert!(Topology::build(graph, Layout::Pieces { ends: &[[0, 2], [1, 0]], at: &at }, 1).is_err());
    let topology = Topology::build(graph, Layout::Vertices { at: &at }, 1).unwrap();
    assert!(Metric::customize(&topology, &[1], 1).is_err());
    let nothing = Digraph { first_out: &[0], head: &[] };
    let nothing = Topology::build(nothing, Layout::Vertices { at: &[] }, 0).unwrap();
    let metric = Metric::customize(&nothing, &[], 0).unwrap();
    let ways = Ways::new(&nothing, &metric).unwrap();
    assert_eq!(ways.distance(&mut Scratch::new(), &[(0, 0)], &[(0, 0)]), None);
}
