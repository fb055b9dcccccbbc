//! The town as a driver sees it: stretches of street, one-ways, lights, and the fastest way.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::{House, Place, Town};

/// A stretch of street that may be driven.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: usize,
    length_m: f64,
    speed_mps: f64,
}

/// Streets by node.
#[derive(Debug, Clone)]
pub struct Graph {
    places: Vec<Place>,
    lights: HashSet<usize>,
    out: HashMap<usize, Vec<Edge>>,
    back: HashMap<usize, Vec<usize>>,
}

/// A stretch of a planned drive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Where it begins.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// Speed limit, m/s.
    pub speed_mps: f64,
    /// The light at its end, by node, where there is one.
    pub light: Option<usize>,
}

/// What a light or a turn costs on average when the way is chosen, seconds.
const CORNER_S: f64 = 2.0;
const LIGHT_S: f64 = 12.0;

impl Graph {
    /// Reads the streets of a town.
    pub fn new(town: &Town) -> Self {
        let mut graph = Self {
            places: town.nodes.iter().map(|n| n.place).collect(),
            lights: HashSet::new(),
            out: HashMap::new(),
            back: HashMap::new(),
        };
        let lit = |tags: &super::Tags| tags.iter().any(|(_, value)| value == "traffic_signals");
        graph.lights = town.nodes.iter().enumerate().filter(|(_, n)| lit(&n.tags)).map(|(i, _)| i).collect();
        for way in town.ways.iter().filter(|w| w.tag("highway").is_some()) {
            let speed_kmh: f64 = way.tag("maxspeed").and_then(|s| s.parse().ok()).unwrap_or(40.0);
            for (a, b) in way.nodes.iter().zip(way.nodes.iter().skip(1)) {
                graph.add(*a, *b, speed_kmh / 3.6);
                if way.tag("oneway").is_none() {
                    graph.add(*b, *a, speed_kmh / 3.6);
                }
            }
        }
        graph
    }

    fn add(&mut self, from: usize, to: usize, speed_mps: f64) {
        let length_m = self.place(from).distance_m(self.place(to));
        self.out.entry(from).or_default().push(Edge { to, length_m, speed_mps });
        self.back.entry(to).or_default().push(from);
    }

    fn place(&self, node: usize) -> Place {
        self.places.get(node).copied().unwrap_or(Place { lat: 0.0, lon: 0.0 })
    }

    fn edge(&self, from: usize, to: usize) -> Option<Edge> {
        self.out.get(&from)?.iter().find(|e| e.to == to).copied()
    }

    /// All corners that can be driven to from `start`, or from which it can be reached.
    pub fn reachable(&self, start: usize, backward: bool) -> HashSet<usize> {
        let mut seen = HashSet::from([start]);
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            let next: Vec<usize> = if backward {
                self.back.get(&node).cloned().unwrap_or_default()
            } else {
                self.out.get(&node).into_iter().flatten().map(|e| e.to).collect()
            };
            open.extend(next.into_iter().filter(|n| seen.insert(*n)));
        }
        seen
    }

    /// The fastest drive from one house to another; empty where there is none.
    pub fn route(&self, from: &House, to: &House) -> Vec<Leg> {
        let ends = |house: &House| {
            let (a, b) = house.between;
            [(a, b, house.part), (b, a, 1.0 - house.part)]
        };
        // Leaving: along the stretch in a permitted direction to its end.
        let starts: Vec<(usize, f64)> = ends(from)
            .into_iter()
            .filter_map(|(a, b, part)| self.edge(a, b).map(|e| (b, e.length_m * (1.0 - part) / e.speed_mps)))
            .collect();
        // Arriving: from a corner from which the stretch may be entered.
        let goals: Vec<(usize, f64)> = ends(to)
            .into_iter()
            .filter_map(|(a, b, part)| self.edge(a, b).map(|e| (a, e.length_m * part / e.speed_mps)))
            .collect();
        let Some(corners) = self.fastest(&starts, &goals) else { return Vec::new() };
        self.legs(from, to, &corners)
    }

    /// Dijkstra from several corners to several, each with a cost of its own; the corners of the best way.
    fn fastest(&self, starts: &[(usize, f64)], goals: &[(usize, f64)]) -> Option<Vec<usize>> {
        let ms = |s: f64| (s * 1000.0) as u64;
        let mut best: HashMap<usize, (u64, Option<usize>)> = HashMap::new();
        let mut open = BinaryHeap::new();
        for (node, cost) in starts {
            best.insert(*node, (ms(*cost), None));
            open.push(Reverse((ms(*cost), *node)));
        }
        while let Some(Reverse((cost, node))) = open.pop() {
            if best.get(&node).is_some_and(|(known, _)| *known < cost) {
                continue;
            }
            for edge in self.out.get(&node).into_iter().flatten() {
                let wait = if self.lights.contains(&edge.to) { LIGHT_S } else { CORNER_S };
                let next = cost + ms(edge.length_m / edge.speed_mps + wait);
                if best.get(&edge.to).is_none_or(|(known, _)| next < *known) {
                    best.insert(edge.to, (next, Some(node)));
                    open.push(Reverse((next, edge.to)));
                }
            }
        }
        let total = |(node, rest): &(usize, f64)| best.get(node).map(|(cost, _)| cost + ms(*rest));
        let (goal, _) = goals.iter().filter(|g| total(g).is_some()).min_by_key(|g| total(g))?;
        let mut corners = vec![*goal];
        while let Some((_, Some(before))) = corners.last().and_then(|n| best.get(n)) {
            corners.push(*before);
        }
        corners.reverse();
        Some(corners)
    }

    fn legs(&self, from: &House, to: &House, corners: &[usize]) -> Vec<Leg> {
        let (Some(first), Some(last)) = (corners.first(), corners.last()) else { return Vec::new() };
        let speed = |a: usize, b: usize| self.edge(a, b).map_or(40.0 / 3.6, |e| e.speed_mps);
        let light = |node: usize| self.lights.contains(&node).then_some(node);
        let kerb =
            |house: &House| self.place(house.between.0).towards(self.place(house.between.1), house.part);
        let behind = if from.between.1 == *first { from.between.0 } else { from.between.1 };
        let ahead = if to.between.0 == *last { to.between.1 } else { to.between.0 };
        let mut legs = vec![Leg {
            from: kerb(from),
            to: self.place(*first),
            speed_mps: speed(behind, *first),
            light: light(*first),
        }];
        for (a, b) in corners.iter().zip(corners.iter().skip(1)) {
            let (from, to) = (self.place(*a), self.place(*b));
            legs.push(Leg { from, to, speed_mps: speed(*a, *b), light: light(*b) });
        }
        legs.push(Leg { from: self.place(*last), to: kerb(to), speed_mps: speed(*last, ahead), light: None });
        legs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use crate::town::town;

    #[test]
    fn drives_are_unbroken_lawful_and_not_absurd() {
        let made = town(3, 24);
        let graph = Graph::new(&made);
        let mut rng = Rng::new(5);
        for _ in 0..200 {
            let (from, to) = (rng.pick(&made.houses).unwrap(), rng.pick(&made.houses).unwrap());
            let legs = graph.route(from, to);
            assert!(!legs.is_empty());
            assert!(legs.windows(2).all(|w| w[0].to == w[1].from));
            assert!(legs.last().unwrap().to.distance_m(to.place) < 12.0);
            assert!(legs[0].from.distance_m(from.place) < 12.0);
            let length: f64 = legs.iter().map(|l| l.from.distance_m(l.to)).sum();
            let straight = from.place.distance_m(to.place);
            assert!(length < straight * 2.2 + 2_500.0, "{length} for {straight}");
            // Between corners only stretches that may be driven in this direction.
            for leg in &legs[1..legs.len() - 1] {
                let at = |p: Place| graph.places.iter().position(|q| *q == p).unwrap();
                assert!(graph.edge(at(leg.from), at(leg.to)).is_some());
            }
        }
    }
}
