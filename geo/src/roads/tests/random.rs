//! Random towns: the facade, Dijkstra's algorithm on the same graph, and a driver who knows nothing of either agree.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::*;
use proptest::prelude::*;
use proptest::sample::Index;

/// Corners a side.
const SIDE: i32 = 5;

/// A town as it was drawn: streets between corners of a grid, and restrictions by street.
#[derive(Debug, Clone)]
struct Plan {
    streets: Vec<Street>,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Street {
    ends: [(i32, i32); 2],
    /// 0 both ways, 1 along, 2 against; for cars and for motorbikes.
    oneway: [u8; 2],
    class: &'static str,
}

/// Streets that follow one another, and what the last may not (or must) be.
#[derive(Debug, Clone)]
struct Rule {
    path: Vec<usize>,
    is_only: bool,
    except_motorbikes: bool,
}

fn corners() -> impl Iterator<Item = (i32, i32)> {
    (0..SIDE).flat_map(|x| (0..SIDE).map(move |y| (x, y)))
}

fn plan() -> impl Strategy<Value = Plan> {
    let pairs: Vec<[(i32, i32); 2]> = corners()
        .flat_map(|(x, y)| [[(x, y), (x + 1, y)], [(x, y), (x, y + 1)]])
        .filter(|[_, (x, y)]| *x < SIDE && *y < SIDE)
        .collect();
    let street = (prop::bool::weighted(0.85), 0..5u8, prop::bool::weighted(0.15), 0..3usize);
    let rule = (
        any::<Index>(),
        prop::collection::vec(any::<Index>(), 1..4),
        prop::bool::weighted(0.3),
        any::<bool>(),
    );
    (prop::collection::vec(street, pairs.len()), prop::collection::vec(rule, 0..10)).prop_map(
        move |(kinds, rules)| {
            let mut streets = Vec::new();
            for (ends, (is_there, oneway, is_other_for_bikes, class)) in pairs.iter().zip(kinds) {
                let oneway = oneway.saturating_sub(2);
                let bikes = if is_other_for_bikes { 0 } else { oneway };
                let class = ["residential", "secondary", "service"][class];
                if is_there {
                    streets.push(Street { ends: *ends, oneway: [oneway, bikes], class });
                }
            }
            let rules = rules
                .iter()
                .filter_map(|(first, more, is_only, except)| walk(&streets, first, more, *is_only, *except));
            let rules = rules.collect();
            Plan { streets, rules }
        },
    )
}

/// A path of different streets from one corner to the next.
fn walk(
    streets: &[Street],
    first: &Index,
    more: &[Index],
    is_only: bool,
    except_motorbikes: bool,
) -> Option<Rule> {
    if streets.is_empty() {
        return None;
    }
    let mut path = vec![first.index(streets.len())];
    let mut at = streets[path[0]].ends[1];
    for index in more {
        let next: Vec<usize> =
            (0..streets.len()).filter(|s| streets[*s].ends.contains(&at) && !path.contains(s)).collect();
        let street = *next.get(index.index(next.len().max(1)))?;
        let ends = streets[street].ends;
        at = if ends[0] == at { ends[1] } else { ends[0] };
        path.push(street);
    }
    Some(Rule { path, is_only, except_motorbikes })
}

impl Plan {
    fn roads(&self) -> Roads {
        let mut town = Town::default();
        let nodes: BTreeMap<(i32, i32), u32> = corners().map(|(x, y)| ((x, y), town.corner(x, y))).collect();
        for street in &self.streets {
            let value = |kind: u8| ["no", "yes", "-1"][usize::from(kind)];
            let tags = [
                ("highway", street.class),
                ("oneway", value(street.oneway[0])),
                ("oneway:motorcycle", value(street.oneway[1])),
            ];
            town.way(&street.ends, &tags);
        }
        for rule in &self.rules {
            let via: Vec<Kind> = match rule.path.len() {
                2 => vec![Kind::Node(nodes[&self.shared(rule.path[0], rule.path[1])])],
                _ => rule.path[1..rule.path.len() - 1].iter().map(|s| Kind::Way(*s as u32)).collect(),
            };
            let text = if rule.is_only { "only_straight_on" } else { "no_entry" };
            let mut tags = vec![("restriction", text)];
            if rule.except_motorbikes {
                tags.push(("except", "motorcycle"));
            }
            town.restriction(rule.path[0] as u32, &via, rule.path[rule.path.len() - 1] as u32, &tags);
        }
        town.roads()
    }

    fn shared(&self, a: usize, b: usize) -> (i32, i32) {
        *self.streets[a].ends.iter().find(|c| self.streets[b].ends.contains(c)).unwrap()
    }

    /// May a vehicle drive the last of these moves after the others?
    fn is_allowed(&self, past: &[Move], vehicle: Vehicle) -> bool {
        let rules = || self.rules.iter().filter(|r| !(r.except_motorbikes && vehicle == Vehicle::Motorbike));
        let (last, before) = past.split_last().unwrap();
        let ends_with = |moves: &[Move], path: &[usize]| {
            moves.len() >= path.len()
                && moves[moves.len() - path.len()..].iter().map(|m| m.street).eq(path.iter().copied())
        };
        let is_forbidden = rules().any(|r| !r.is_only && ends_with(past, &r.path));
        // A prescription that nobody can follow is none: its last street may be closed in that direction. Of several after the
        // same streets each is a way out; those over different numbers of streets bind each for itself.
        let by_length = |n: usize| {
            let own: Vec<usize> = rules()
                .filter(|r| r.is_only && r.path.len() == n && ends_with(before, &r.path[..n - 1]))
                .filter(|r| self.can_follow(before.last().unwrap(), r))
                .map(|r| r.path[n - 1])
                .collect();
            own.is_empty() || own.contains(&last.street)
        };
        !is_forbidden && (2..=5).all(by_length)
    }

    /// Does the prescribed street lead on from where one stands, for somebody?
    fn can_follow(&self, at: &Move, rule: &Rule) -> bool {
        let street = &self.streets[rule.path[rule.path.len() - 1]];
        let against = street.ends[1] == at.to;
        (street.ends[0] == at.to || against) && (0..2).any(|v| goes(street, v, against))
    }
}

fn goes(street: &Street, vehicle: usize, against: bool) -> bool {
    match street.oneway[vehicle] {
        0 => true,
        1 => !against,
        _ => against,
    }
}

/// A street driven in a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Move {
    street: usize,
    to: (i32, i32),
}

/// Drives by the plan: remembers the last moves, looks up what each costs in the graph, and knows nothing of its states.
struct Driver<'a> {
    plan: &'a Plan,
    roads: &'a Roads,
    vehicle: Vehicle,
    edges: BTreeMap<Move, u32>,
}

impl<'a> Driver<'a> {
    fn new(plan: &'a Plan, roads: &'a Roads, vehicle: Vehicle) -> Self {
        let round = |c: &Coord| ((c.lon() / STEP).round() as i32, (c.lat() / STEP).round() as i32);
        let named = |edge: u32| {
            let to = round(roads.edge_geometry(edge).last().unwrap());
            (Move { street: roads.edge_way(edge) as usize, to }, edge)
        };
        let open = (0..roads.edge_count()).filter(|e| roads.edge_time_ms(*e, vehicle) != u32::MAX);
        Self { plan, roads, vehicle, edges: open.map(named).collect() }
    }

    /// Least milliseconds from the end of one edge to the end of another, turning costs and all.
    fn ms(&self, from: u32, to: u32) -> Option<u32> {
        let named = |edge: u32| *self.edges.iter().find(|(_, e)| **e == edge).unwrap().0;
        let (from, to) = (named(from), named(to));
        let mut queue = BinaryHeap::from([Reverse((0u32, vec![from]))]);
        let mut seen = BTreeSet::new();
        while let Some(Reverse((ms, past))) = queue.pop() {
            if past.last() == Some(&to) {
                return Some(ms);
            }
            if !seen.insert(past.clone()) {
                continue;
            }
            let here = past[past.len() - 1];
            let step = |next: Move, queue: &mut BinaryHeap<Reverse<(u32, Vec<Move>)>>| {
                let edge = self.edges[&next];
                let mut longer = past.clone();
                longer.push(next);
                let turns: Vec<OutTurn> = self.roads.out_turns(self.edges[&here], self.vehicle).collect();
                let cost = turns.iter().find(|t| t.edge == edge).map(|t| t.cost_ms);
                if self.plan.is_allowed(&longer, self.vehicle)
                    && let Some(cost) = cost
                {
                    let keep = longer.len().saturating_sub(4);
                    let ms = ms + cost + self.roads.edge_time_ms(edge, self.vehicle);
                    queue.push(Reverse((ms, longer[keep..].to_vec())));
                }
            };
            for next in self.edges.keys().filter(|m| {
                let street = &self.plan.streets[m.street];
                street.ends.contains(&here.to) && m.to != here.to
            }) {
                step(*next, &mut queue);
            }
        }
        None
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Routes, times and tables agree with Dijkstra and with the driver, for both vehicles; ways are what they say they are.
    #[test]
    fn searches_agree_with_dijkstra_and_with_a_driver(
        plan in plan(),
        pairs in prop::collection::vec((any::<Index>(), any::<Index>(), 0.0..=1.0f32, 0.0..=1.0f32), 6),
        seed in any::<u32>(),
    ) {
        let roads = plan.roads();
        for vehicle in [Vehicle::Car, Vehicle::Motorbike] {
            let open: Vec<u32> =
                (0..roads.edge_count()).filter(|e| roads.edge_time_ms(*e, vehicle) != u32::MAX).collect();
            if open.is_empty() {
                continue;
            }
            let driver = Driver::new(&plan, &roads, vehicle);
            let on = |edge: u32, fraction: f32| {
                let line = roads.edge_geometry(edge);
                Anchor::on(Snap { edge, fraction, distance_m: 0.0, bearing_deg: 0.0, at: line[0] })
            };
            let learned = roads.customize(vehicle, &|edge| 500 + (edge.wrapping_mul(seed) >> 7) % 60_000);
            let anchors: Vec<(Anchor, Anchor)> = pairs
                .iter()
                .map(|(a, b, f, g)| (on(open[a.index(open.len())], *f), on(open[b.index(open.len())], *g)))
                .collect();
            for metric in [roads.free_flow(vehicle), &learned] {
                let plain = roads.plain_ms(&anchors, metric);
                let (froms, tos): (Vec<Anchor>, Vec<Anchor>) = anchors.iter().copied().unzip();
                let table = roads.table(&froms, &tos, metric);
                for (i, ((from, to), plain)) in anchors.iter().zip(&plain).enumerate() {
                    prop_assert_eq!(roads.ms(from, to, metric), *plain);
                    prop_assert_eq!(table[i * tos.len() + i], plain.unwrap_or(UNREACHABLE_MS));
                    let route = roads.route(from, to, metric, true);
                    prop_assert_eq!(route.as_ref().map(|r| r.summary.ms), *plain);
                    if let Some(route) = route {
                        is_drivable(&roads, &route, metric, from, to)?;
                    }
                }
            }
            let whole: Vec<(Anchor, Anchor)> =
                anchors.iter().map(|(a, b)| (on(a.first().edge, 1.0), on(b.first().edge, 1.0))).collect();
            for (from, to) in &whole {
                let ours = roads.ms(from, to, roads.free_flow(vehicle));
                prop_assert_eq!(ours, driver.ms(from.first().edge, to.first().edge));
            }
        }
    }
}

/// A route is a chain of edges that follow one another, and its numbers are their sums.
fn is_drivable(
    roads: &Roads,
    route: &Route,
    metric: &Metric,
    from: &Anchor,
    to: &Anchor,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(route.edges.first(), Some(&from.first().edge));
    prop_assert_eq!(route.edges.last(), Some(&to.first().edge));
    let share = |i: usize| {
        let begin = if i == 0 { f64::from(route.from_fraction) } else { 0.0 };
        let end = if i + 1 == route.edges.len() { f64::from(route.to_fraction) } else { 1.0 };
        (end - begin).max(0.0)
    };
    let (mut ms, mut metres) = (0.0, 0.0);
    for (i, edge) in route.edges.iter().enumerate() {
        ms += f64::from(metric.edge_time_ms(*edge)) * share(i);
        metres += f64::from(roads.edge_length_m(*edge)) * share(i);
        if i > 0 {
            let turn = roads.out_turns(route.edges[i - 1], metric.vehicle()).find(|t| t.edge == *edge);
            ms += f64::from(turn.expect("a turn that exists").cost_ms);
        }
    }
    prop_assert!((f64::from(route.summary.ms) - ms).abs() <= 3.0, "{} {ms}", route.summary.ms);
    prop_assert!((f64::from(route.summary.metres) - metres).abs() < 1.0);
    let by_class: f32 = route.summary.by_class_m.iter().sum();
    prop_assert!((by_class - route.summary.metres).abs() < 1.0);
    Ok(())
}
