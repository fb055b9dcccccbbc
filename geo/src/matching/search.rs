//! Bounded search from one place to the few around the next fix.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::streets::{Spot, Streets};
use super::transition::Leg;

/// Where a search stops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// Longest drive, metres.
    pub(super) metres: f32,
    /// How far behind a place may lie and still count as standing still, metres.
    pub(super) back_m: f32,
    /// What turning round in the road takes, milliseconds.
    pub(super) turn_round_ms: u32,
}

/// No search looks at more edges: memory and time stay bounded whatever the gap.
const MOST_EDGES: usize = 20_000;

/// How an edge was entered.
#[derive(Debug, Clone, Copy)]
struct Label {
    ms: u32,
    metres: f32,
    from: From,
    settled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// The edge that the search started on.
    Start,
    /// The same after turning round: its reverse.
    Turned,
    /// Another edge.
    Edge(u32),
}

/// Turning round where the search starts.
#[derive(Debug, Clone, Copy)]
struct Turn {
    edge: u32,
    along_m: f32,
    ms: u32,
}

/// Working memory of searches; one a thread, used again and again.
#[derive(Debug, Default)]
pub struct Search {
    labels: FxHashMap<u32, Label>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

/// A search that has ended: what it found can be asked.
pub(super) struct Found<'a> {
    search: &'a mut Search,
    roads: &'a Streets<'a>,
    start: Spot,
    turn: Option<Turn>,
    limit: Limit,
}

impl Search {
    /// Looks for the quickest drives from `start` to each of `goals`, within `limit`.
    pub(super) fn run<'a>(
        &'a mut self,
        roads: &'a Streets<'a>,
        start: &Spot,
        goals: &[Spot],
        limit: Limit,
    ) -> Found<'a> {
        self.labels.clear();
        self.heap.clear();
        let turn = roads.reverse(start.edge).map(|edge| {
            let along_m = (roads.length_m(edge) - start.along_m).max(0.0);
            Turn { edge, along_m, ms: limit.turn_round_ms }
        });
        let mut found = Found { search: self, roads, start: *start, turn, limit };
        found.begin();
        found.spread(goals);
        found
    }

    fn offer(&mut self, edge: u32, ms: u32, metres: f32, from: From) {
        let label = Label { ms, metres, from, settled: false };
        match self.labels.entry(edge) {
            Entry::Vacant(slot) => {
                slot.insert(label);
            }
            Entry::Occupied(slot) if slot.get().ms <= ms => return,
            Entry::Occupied(mut slot) => {
                slot.insert(label);
            }
        }
        self.heap.push(Reverse((ms, edge)));
    }
}

impl Found<'_> {
    fn begin(&mut self) {
        let (roads, start) = (self.roads, self.start);
        let rest_m = (roads.length_m(start.edge) - start.along_m).max(0.0);
        self.leave(start.edge, rest_m, 0, From::Start);
        if let Some(turn) = self.turn {
            let rest_m = (roads.length_m(turn.edge) - turn.along_m).max(0.0);
            self.leave(turn.edge, rest_m, turn.ms, From::Turned);
        }
    }

    /// Offers what follows an edge of which `rest_m` are left to drive.
    fn leave(&mut self, edge: u32, rest_m: f32, ms: u32, from: From) {
        let (search, roads) = (&mut *self.search, self.roads);
        let ms = ms + roads.part_ms(edge, rest_m);
        for (next, cost) in roads.follow(edge) {
            search.offer(next, ms.saturating_add(cost), rest_m, from);
        }
    }

    fn spread(&mut self, goals: &[Spot]) {
        let mut open = goals.iter().filter(|g| self.direct(g).is_none()).count();
        let mut seen = 0;
        while open > 0 && seen < MOST_EDGES {
            let Some(Reverse((ms, edge))) = self.search.heap.pop() else { break };
            let Some(label) = self.search.labels.get_mut(&edge) else { continue };
            if label.settled || label.ms != ms {
                continue;
            }
            label.settled = true;
            let metres = label.metres + self.roads.length_m(edge);
            seen += 1;
            open -= goals.iter().filter(|g| g.edge == edge && self.direct(g).is_none()).count();
            if metres <= self.limit.metres {
                let (search, roads) = (&mut *self.search, self.roads);
                let ms = ms.saturating_add(roads.time_ms(edge));
                let from = From::Edge(edge);
                for (next, cost) in roads.follow(edge) {
                    search.offer(next, ms.saturating_add(cost), metres, from);
                }
            }
        }
    }

    /// The drive to a place on the road where the search starts, ahead or after turning round.
    fn direct(&self, goal: &Spot) -> Option<Leg> {
        let ahead = |edge: u32, along_m: f32, ms: u32, turned: bool| {
            let metres = goal.along_m - along_m;
            (goal.edge == edge && metres >= -self.limit.back_m).then(|| {
                // A little behind is noise of somebody who stands.
                let metres = metres.max(0.0);
                let ms = ms + self.roads.part_ms(edge, metres);
                Leg { metres, seconds: ms as f32 / 1e3, turned }
            })
        };
        ahead(self.start.edge, self.start.along_m, 0, false)
            .or_else(|| self.turn.and_then(|t| ahead(t.edge, t.along_m, t.ms, true)))
    }

    /// The drive to one of the goals.
    pub(super) fn leg(&self, goal: &Spot) -> Option<Leg> {
        if let Some(leg) = self.direct(goal) {
            return Some(leg);
        }
        let label = self.search.labels.get(&goal.edge).filter(|l| l.settled)?;
        let metres = label.metres + goal.along_m;
        let ms = label.ms.saturating_add(self.roads.part_ms(goal.edge, goal.along_m));
        let turned = self.walk(goal.edge).last() == Some(From::Turned);
        (metres <= self.limit.metres).then_some(Leg { metres, seconds: ms as f32 / 1e3, turned })
    }

    /// How `edge` was entered, how the one before, and so on to the start.
    fn walk(&self, edge: u32) -> impl Iterator<Item = From> + '_ {
        let from = |edge: u32| self.search.labels.get(&edge).map(|l| l.from);
        std::iter::successors(from(edge), move |f| match f {
            From::Edge(before) => from(*before),
            From::Start | From::Turned => None,
        })
    }

    /// The parts of edges that the drive to a goal uses, in order; the first lies on the edge of the start.
    pub(super) fn stretches(&self, goal: &Spot) -> Vec<Stretch> {
        let start = self.start;
        let whole = |edge| Stretch { edge, from_m: 0.0, to_m: self.roads.length_m(edge) };
        let here = |to_m| Stretch { edge: start.edge, from_m: start.along_m, to_m };
        let turned = |to_m: Option<f32>| {
            let part = |t: Turn| Stretch {
                from_m: t.along_m,
                to_m: to_m.unwrap_or(whole(t.edge).to_m),
                edge: t.edge,
            };
            self.turn.map(part).into_iter().chain([here(start.along_m)])
        };
        if let Some(leg) = self.direct(goal) {
            let to_m = goal.along_m;
            let mut parts: Vec<Stretch> =
                if leg.turned { turned(Some(to_m)).collect() } else { vec![here(to_m.max(start.along_m))] };
            parts.reverse();
            return parts;
        }
        let mut parts = vec![Stretch { edge: goal.edge, from_m: 0.0, to_m: goal.along_m }];
        for from in self.walk(goal.edge) {
            match from {
                From::Edge(edge) => parts.push(whole(edge)),
                From::Start => parts.push(here(self.roads.length_m(start.edge).max(start.along_m))),
                From::Turned => parts.extend(turned(None)),
            }
        }
        parts.reverse();
        parts
    }
}

/// A part of an edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) edge: u32,
    pub(super) from_m: f32,
    pub(super) to_m: f32,
}
