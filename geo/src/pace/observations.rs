//! What was seen of travel times: sums per class, cell and edge, and period. No ids, no times of day.

use std::collections::BTreeMap;
use std::hash::Hash;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::Period;
use super::key::mark;
use super::sum::{Sum, TRIP};
use crate::eta::Vehicle;
use crate::matching::Visit;
use crate::roads::Roads;

/// Fewer trips than this say nothing that may be used: they would tell of persons.
pub(super) const LEAST_TRIPS: u32 = 3;
/// After so many days what was seen counts half: roadworks end, seasons turn.
const HALF_LIFE_DAYS: f64 = 42.0;
/// What has faded to less than this part of a trip is dropped.
const FORGOTTEN: u32 = TRIP / 5;
/// Shorter bits of an edge are the noise of where a fix was laid, metres.
const SHORTEST_M: f32 = 3.0;

/// A matched drive to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Drive<'a> {
    /// What [`crate::matching::trace`] answered.
    pub visits: &'a [Visit],
    /// Who drove, as a number that means nothing outside (a salted hash): only to count different ones.
    pub source: u64,
}

/// Sums over the drives of one kind of vehicle. Serialisable; no entry names a person, a trip or a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Observations {
    /// By class and period.
    pub(super) classes: FxHashMap<(u8, Period), Sum>,
    /// By H3 cell, class and period.
    pub(super) cells: FxHashMap<(u64, u8, Period), Sum>,
    /// By edge and period.
    pub(super) edges: FxHashMap<(u64, Period), Sum>,
}

impl Observations {
    /// Adds a drive. `period` answers the part of the week of a time on the visits' clock.
    ///
    /// Parking is not in [`Visit::drive_ms`], so a parked van is no traffic.
    pub fn add(&mut self, roads: &Roads, vehicle: Vehicle, drive: Drive<'_>, period: impl Fn(i64) -> Period) {
        let mut seen = Seen::default();
        for visit in drive.visits {
            let Some(time) = Time::of(roads, vehicle, visit) else { continue };
            let (class, mark, period) =
                (roads.edge_class(visit.edge) as u8, mark(roads, visit.edge), period(visit.enter_ms));
            let mut sum = |key: Key| Sum {
                real_ms: time.real_ms,
                free_ms: time.free_ms,
                trips: if seen.0.insert(key) { TRIP } else { 0 },
                sources: source_bit(drive.source),
            };
            let (class, cell, edge) = (
                ((class, period), sum(Key::Class(class, period))),
                ((mark.cell, class, period), sum(Key::Cell(mark.cell, class, period))),
                ((mark.key, period), sum(Key::Edge(mark.key, period))),
            );
            self.classes.entry(class.0).or_default().merge(&class.1);
            self.cells.entry(cell.0).or_default().merge(&cell.1);
            self.edges.entry(edge.0).or_default().merge(&edge.1);
        }
    }

    /// Adds the sums of others; the order of merging does not matter.
    pub fn merge(&mut self, other: &Self) {
        merge(&mut self.classes, &other.classes);
        merge(&mut self.cells, &other.cells);
        merge(&mut self.edges, &other.edges);
    }

    /// Lets `days` pass: after 42 everything counts half.
    pub fn fade(&mut self, days: f64) {
        let share = if days > 0.0 { 0.5f64.powf(days / HALF_LIFE_DAYS) } else { 1.0 };
        fade(&mut self.classes, share);
        fade(&mut self.cells, share);
        fade(&mut self.edges, share);
    }

    /// What may leave the organization: only keys that at least three trips of at least three different sources
    /// speak for, without a trace of the sources.
    pub fn shared(&self) -> Self {
        Self { classes: shared(&self.classes), cells: shared(&self.cells), edges: shared(&self.edges) }
    }

    /// Keys, all kinds together.
    pub fn len(&self) -> usize {
        self.classes.len() + self.cells.len() + self.edges.len()
    }

    /// Nothing was seen?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a visit says.
struct Time {
    real_ms: u64,
    free_ms: u64,
}

impl Time {
    fn of(roads: &Roads, vehicle: Vehicle, visit: &Visit) -> Option<Self> {
        let (length_m, free_ms) = (roads.edge_length_m(visit.edge), roads.edge_time_ms(visit.edge, vehicle));
        let metres = visit.metres();
        let is_driven = visit.drive_ms > 0 && metres >= SHORTEST_M && length_m > 0.0 && free_ms != u32::MAX;
        let free_ms = (f64::from(free_ms) * f64::from((metres / length_m).min(1.0))).round() as u64;
        (is_driven && free_ms > 0).then_some(Self { real_ms: u64::from(visit.drive_ms), free_ms })
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Class(u8, Period),
    Cell(u64, u8, Period),
    Edge(u64, Period),
}

/// Keys that a trip has been counted for.
#[derive(Debug, Default)]
struct Seen(FxHashSet<Key>);

/// One of 32 bits, the same in every version: it is stored.
fn source_bit(source: u64) -> u32 {
    1 << (source.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 59)
}

fn merge<K: Eq + Hash + Copy>(into: &mut FxHashMap<K, Sum>, from: &FxHashMap<K, Sum>) {
    for (key, sum) in from {
        into.entry(*key).or_default().merge(sum);
    }
}

fn fade<K: Eq + Hash>(sums: &mut FxHashMap<K, Sum>, share: f64) {
    sums.retain(|_, sum| {
        sum.fade(share);
        sum.trips >= FORGOTTEN
    });
}

fn shared<K: Eq + Hash + Copy>(sums: &FxHashMap<K, Sum>) -> FxHashMap<K, Sum> {
    let anonymous = sums.iter().filter(|(_, sum)| sum.is_anonymous(LEAST_TRIPS));
    anonymous.map(|(key, sum)| (*key, sum.without_sources())).collect()
}

/// The serialised form: lists in order, so that equal sums are equal bytes.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Wire {
    classes: Vec<(u8, Period, Sum)>,
    cells: Vec<(u64, u8, Period, Sum)>,
    edges: Vec<(u64, Period, Sum)>,
}

impl From<Observations> for Wire {
    fn from(seen: Observations) -> Self {
        let sorted = |map: FxHashMap<_, _>| map.into_iter().collect::<BTreeMap<_, _>>();
        let cells: BTreeMap<_, _> = seen.cells.into_iter().collect();
        let edges: BTreeMap<_, _> = seen.edges.into_iter().collect();
        Self {
            classes: sorted(seen.classes).into_iter().map(|((c, p), s)| (c, p, s)).collect(),
            cells: cells.into_iter().map(|((h, c, p), s)| (h, c, p, s)).collect(),
            edges: edges.into_iter().map(|((e, p), s)| (e, p, s)).collect(),
        }
    }
}

impl From<Wire> for Observations {
    fn from(wire: Wire) -> Self {
        let mut seen = Self::default();
        // A key that stands twice counts twice.
        wire.classes.into_iter().for_each(|(c, p, s)| seen.classes.entry((c, p)).or_default().merge(&s));
        wire.cells.into_iter().for_each(|(h, c, p, s)| seen.cells.entry((h, c, p)).or_default().merge(&s));
        wire.edges.into_iter().for_each(|(e, p, s)| seen.edges.entry((e, p)).or_default().merge(&s));
        seen
    }
}
