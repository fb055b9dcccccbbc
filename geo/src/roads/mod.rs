//! Roads: from an extract to a graph of directed pieces of road and turns, and every question about it.
//!
//! An *edge* is a piece of road between two junctions in one direction. Turns lead from edge to edge, with costs; a search
//! stands at the *end* of an edge, so that forbidden turns, lights and corners are all weights of turns:
//! weight(a -> b) = turn(a, b) + time(b).
//!
//! - [`class`]: kinds of road. `profile`: what tags mean to a car and a motorbike.
//! - `make`: the build: pieces, turns, restrictions, the large connected part, the file.
//! - `form`, `graph`: the file, mapped. `tree`, `snap`: from a point to edges.
//! - [`cch`]: the contraction hierarchy; `plain`: Dijkstra's algorithm, its judge.
//! - [`Roads`]: the facade.

#![allow(clippy::indexing_slicing)] // Edges and vertices come from the checked file; callers' numbers are looked at first.

pub mod cch;
pub mod class;
mod form;
mod graph;
mod make;
mod metric;
mod plain;
mod profile;
mod route;
mod search;
mod snap;
#[cfg(test)]
mod tests;
mod tree;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub use class::Class;
pub use graph::TurnKind;
pub use make::build;
pub use metric::Metric;
pub use route::{Route, Summary};
pub use snap::{Anchor, FARTHEST_M, Snap};

use crate::Coord;
use crate::eta::Vehicle;
use crate::map::MapError;
use form::{Mapped, Part, Words};
use graph::View;
use metric::Hierarchy;
use profile::place;
use search::{Room, Search};

/// What tables hold where no way leads.
pub const UNREACHABLE_MS: u32 = u32::MAX;

/// The roads of a map. Cheap to clone; threads share one.
#[derive(Debug, Clone)]
pub struct Roads(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: Mapped,
    topology: cch::Topology<Words>,
    free: [Metric; 2],
    /// As many as questions were ever asked at a time.
    rooms: Mutex<Vec<Room>>,
}

/// A turn out of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutTurn {
    /// The edge after it.
    pub edge: u32,
    /// What turning costs (corner, light, crossing traffic), milliseconds, without driving either edge.
    pub cost_ms: u32,
    /// What it is like.
    pub kind: TurnKind,
}

impl Roads {
    /// Maps a graph that [`build`] wrote.
    ///
    /// A file that is damaged, cut off or of another form is [`MapError::Broken`].
    pub fn open(path: &Path) -> Result<Self, MapError> {
        let file = Mapped::open(path)?;
        graph::checked(&file, path)?;
        let broken = |why: String| MapError::Broken { path: path.to_owned(), why };
        let cut = || broken("the hierarchy is cut off".to_owned());
        let arrays = file.arrays(Part::Topology, Part::TopologyStarts).ok_or_else(cut)?;
        let topology = cch::Topology::from_arrays(arrays).map_err(|e| broken(e.to_string()))?;
        let view = View::of(&file);
        if topology.vertices() != view.vertex_count() || topology.weights() != view.turns.len() {
            return Err(broken("the hierarchy is of another graph".to_owned()));
        }
        let free = |vehicle, times, (metric, starts)| {
            let arrays = file.arrays(metric, starts).ok_or_else(cut)?;
            let metric = cch::Metric::from_arrays(&topology, arrays).map_err(|e| broken(e.to_string()))?;
            let hierarchy = Hierarchy::Filed(metric);
            Ok::<_, MapError>(Metric { vehicle, times: file.words(times), hierarchy })
        };
        let free = [
            free(Vehicle::Car, Part::CarTimes, (Part::CarMetric, Part::CarMetricStarts))?,
            free(
                Vehicle::Motorbike,
                Part::MotorbikeTimes,
                (Part::MotorbikeMetric, Part::MotorbikeMetricStarts),
            )?,
        ];
        Ok(Self(Arc::new(Inner { file, topology, free, rooms: Mutex::default() })))
    }

    fn view(&self) -> View<'_> {
        View::of(&self.0.file)
    }

    fn with_room<T>(&self, work: impl FnOnce(&mut Room) -> T) -> T {
        let pool = || self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = pool().pop().unwrap_or_default();
        let done = work(&mut room);
        pool().push(room);
        done
    }

    /// Directed edges: they are named 0 .. this.
    pub fn edge_count(&self) -> u32 {
        self.view().edges.len() as u32
    }

    fn is_edge(&self, edge: u32) -> bool {
        edge < self.edge_count()
    }

    /// Kind of road.
    pub fn edge_class(&self, edge: u32) -> Class {
        if self.is_edge(edge) { self.view().class(edge) } else { Class::Track }
    }

    /// Length, metres; 0 for what is no edge.
    pub fn edge_length_m(&self, edge: u32) -> f32 {
        if !self.is_edge(edge) {
            return 0.0;
        }
        self.view().segment_of(edge).0.length_mm as f32 / 1e3
    }

    /// Milliseconds without traffic; `u32::MAX` where the vehicle may not go.
    pub fn edge_time_ms(&self, edge: u32, vehicle: Vehicle) -> u32 {
        self.0.free.get(place(vehicle)).map_or(u32::MAX, |m| m.edge_time_ms(edge))
    }

    /// The street's name, or the road's number; empty where it has none.
    pub fn edge_name(&self, edge: u32) -> &str {
        if !self.is_edge(edge) {
            return "";
        }
        let view = self.view();
        let way = view.segment_of(edge).0.way as usize;
        let Some(name) = view.ways.get(way).map(|w| w.name as usize) else { return "" };
        let starts: &[u32] = self.0.file.part(Part::NameStarts);
        let (Some(from), Some(to)) = (starts.get(name), starts.get(name + 1)) else { return "" };
        let bytes = self.0.file.part::<u8>(Part::Names).get(*from as usize..*to as usize);
        bytes.and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("")
    }

    /// OpenStreetMap's id of the way that it is a piece of; 0 for what is no edge.
    pub fn edge_way(&self, edge: u32) -> i64 {
        if !self.is_edge(edge) {
            return 0;
        }
        let view = self.view();
        view.ways.get(view.segment_of(edge).0.way as usize).map_or(0, |w| w.id)
    }

    /// The same road in the other direction, where that may be driven.
    pub fn edge_opposite(&self, edge: u32) -> Option<u32> {
        if !self.is_edge(edge) {
            return None;
        }
        let (segment, against) = self.view().segment_of(edge);
        segment.edge(!against)
    }

    /// Part of a roundabout?
    pub fn is_roundabout(&self, edge: u32) -> bool {
        self.is_edge(edge) && self.view().segment_of(edge).0.flags & graph::flag::ROUNDABOUT != 0
    }

    /// For those alone who have business there (`access=private`, `destination` ..)?
    pub fn is_restricted(&self, edge: u32) -> bool {
        self.is_edge(edge) && self.view().is_restricted(edge)
    }

    /// Its points in the direction of driving, both ends included.
    pub fn edge_geometry(&self, edge: u32) -> Vec<Coord> {
        if self.is_edge(edge) { self.view().line(edge) } else { Vec::new() }
    }

    /// The edges that may follow an edge. Bans that reach over several pieces of road (restrictions with a way between) are not seen here, and
    /// hold in routes.
    pub fn out_turns(&self, edge: u32, vehicle: Vehicle) -> impl Iterator<Item = OutTurn> + '_ {
        let view = self.view();
        let arcs = if self.is_edge(edge) { view.arcs(edge) } else { 0..0 };
        let times = view.times[place(vehicle)];
        arcs.filter_map(move |arc| {
            let turn = view.turns.get(arc)?;
            let next = view.edge_of(*view.turn_heads.get(arc)?);
            let is_open = !turn.is_banned(place(vehicle)) && *times.get(next as usize)? != graph::NONE;
            is_open.then(|| OutTurn { edge: next, cost_ms: turn.cost_ms(), kind: turn.kind() })
        })
    }

    /// The road that a point is on, within [`FARTHEST_M`]: the nearest, and where the heading is known, one that
    /// leads that way rather than a slightly nearer one that does not.
    ///
    /// `heading_deg` is clockwise from north; give it when moving. The opposite direction of the road stays possible, at the cost of
    /// turning round.
    pub fn snap(&self, at: Coord, heading_deg: Option<f64>, vehicle: Vehicle) -> Option<Anchor> {
        let heading = heading_deg.filter(|h| h.is_finite()).map(|h| h.rem_euclid(360.0) as f32);
        self.with_room(|room| snap::anchor(&self.view(), &mut room.heap, at, heading, vehicle))
    }

    /// Up to `most` edges within `radius_m` metres of a point into `found`, the nearest first; both directions of a road are two.
    pub fn candidates(&self, at: Coord, radius_m: f32, most: usize, vehicle: Vehicle, found: &mut Vec<Snap>) {
        self.with_room(|room| {
            snap::candidates(&self.view(), &mut room.heap, at, radius_m, most, vehicle, found)
        });
    }

    /// Travel times without traffic, as they are in the file.
    pub fn free_flow(&self, vehicle: Vehicle) -> &Metric {
        &self.0.free[place(vehicle)]
    }

    /// New travel times: `time_ms` answers for every edge what its whole length takes. Turns keep their costs; edges that the
    /// vehicle may not drive stay closed whatever is answered.
    pub fn customize(&self, vehicle: Vehicle, time_ms: &dyn Fn(u32) -> u32) -> Metric {
        let view = self.view();
        let times: Arc<[u32]> = view.times[place(vehicle)]
            .iter()
            .zip(0u32..)
            .map(
                |(free, edge)| {
                    if *free == graph::NONE { graph::NONE } else { time_ms(edge).clamp(1, MOST_MS) }
                },
            )
            .collect();
        let weights = view.weights(vehicle, &times);
        let hierarchy = match cch::Metric::customize(&self.0.topology, &weights, 0) {
            Ok(metric) => Hierarchy::Made(Arc::new(metric)),
            // Not reached: open looked that there is a weight for every arc. Free flow is the honest second best.
            Err(_) => return self.free_flow(vehicle).clone(),
        };
        Metric { vehicle, times: Words::Owned(times), hierarchy }
    }

    /// Travel time, milliseconds; `None` where no way leads. What arrival times need at least.
    pub fn ms(&self, from: &Anchor, to: &Anchor, metric: &Metric) -> Option<u32> {
        self.search(metric, |search, room| search.ms(room, from, to))
    }

    /// Travel time with the features of arrival models.
    pub fn summary(&self, from: &Anchor, to: &Anchor, metric: &Metric) -> Option<Summary> {
        let free = &self.free_flow(metric.vehicle).times;
        self.search(metric, |search, room| {
            search.path(room, from, to, |found| found.summary(&search.view, free))
        })
    }

    /// The whole way; its line where `with_line`.
    pub fn route(&self, from: &Anchor, to: &Anchor, metric: &Metric, with_line: bool) -> Option<Route> {
        let free = &self.free_flow(metric.vehicle).times;
        let tell = |found: &route::Found<'_>, view: &View<'_>| found.route(view, free, with_line);
        self.search(metric, |search, room| search.path(room, from, to, |found| tell(found, &search.view)))
    }

    /// Travel times from each of `froms` to each of `tos`, row by row, milliseconds; [`UNREACHABLE_MS`] where no way leads.
    pub fn table(&self, froms: &[Anchor], tos: &[Anchor], metric: &Metric) -> Vec<u32> {
        let mut out = Vec::with_capacity(froms.len() * tos.len());
        let filled = self.search(metric, |search, room| {
            search.table(room, froms, tos, &mut out);
            Some(())
        });
        if filled.is_none() {
            out.resize(froms.len() * tos.len(), UNREACHABLE_MS);
        }
        out
    }

    /// The same as [`Roads::ms`] for many pairs by Dijkstra's algorithm, which needs no hierarchy: the floor of benches and a judge in tests.
    pub fn plain_ms(&self, pairs: &[(Anchor, Anchor)], metric: &Metric) -> Vec<Option<u32>> {
        let weights = self.view().weights(metric.vehicle, &metric.times);
        let answer = |pair: &(Anchor, Anchor)| {
            self.search(metric, |search, room| search.plain_ms(room, &weights, &pair.0, &pair.1))
        };
        pairs.iter().map(answer).collect()
    }

    fn search<T>(&self, metric: &Metric, ask: impl FnOnce(&Search<'_>, &mut Room) -> Option<T>) -> Option<T> {
        let search = Search::new(self.view(), &self.0.topology, metric)?;
        self.with_room(|room| ask(&search, room))
    }
}

/// No edge takes longer, milliseconds (a day and more than that).
const MOST_MS: u32 = 100_000_000;
