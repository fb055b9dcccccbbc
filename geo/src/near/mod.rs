//! Who is nearest: positions that move all the time, asked for by distance.
//!
//! [`Near`] is the index of one owner: a map for ids and an octree of the points on the unit sphere, as integers of
//! 2^-30 (6 mm on the ground). In space there are no poles and no antimeridian, and the straight line through
//! the earth orders points just as the great circle does. The octree only *preselects*, with a margin that covers all
//! rounding (see [`search`]); what remains is measured by [`distance_m`] and ordered by it, then by id. So the answer
//! is the brute-force answer, always.
//!
//! [`Shared`] is the same for many threads: two copies, of which one is read while the other is written. Readers never
//! wait for a writer, and each sees one whole state.
//!
//! An empty index owns no memory; up to 32 points stand in a single leaf of half a kilobyte.

mod octree;
mod search;
mod shared;
#[cfg(test)]
mod tests;

use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::coord::{Coord, EARTH_RADIUS_M, distance_m};
use octree::Octree;
use search::Search;
pub use shared::{Move, Shared};

/// What can name a point.
pub trait Id: Copy + Eq + Ord + Hash {}
impl<T: Copy + Eq + Ord + Hash> Id for T {}

/// Points that move, by id.
#[derive(Debug, Clone)]
pub struct Near<K> {
    /// By number; numbers of points that are gone are used again.
    points: Vec<(K, Coord)>,
    unused: Vec<u32>,
    numbers: FxHashMap<K, u32>,
    tree: Octree,
}

impl<K> Default for Near<K> {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            unused: Vec::new(),
            numbers: FxHashMap::default(),
            tree: Octree::default(),
        }
    }
}

impl<K: Id> Near<K> {
    /// No points yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Where a point is.
    pub fn get(&self, id: K) -> Option<Coord> {
        self.points.get(*self.numbers.get(&id)? as usize).map(|(_, at)| *at)
    }

    /// Every point, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (K, Coord)> + '_ {
        self.numbers.values().filter_map(|number| self.points.get(*number as usize)).copied()
    }

    /// Puts a point at a place, new or moved. Answers whether it is new. At most 2^31 points.
    pub fn upsert(&mut self, id: K, at: Coord) -> bool {
        let place = octree::place(at);
        if let Some(&number) = self.numbers.get(&id) {
            if let Some(point) = self.points.get_mut(number as usize) {
                point.1 = at;
            }
            self.tree.shift(number, place);
            return false;
        }
        let number = self.unused.pop().unwrap_or(self.points.len() as u32);
        match self.points.get_mut(number as usize) {
            Some(point) => *point = (id, at),
            None => self.points.push((id, at)),
        }
        self.numbers.insert(id, number);
        self.tree.insert(number, place);
        true
    }

    /// Reads what moving these points will need.
    fn warm(&self, ids: impl Iterator<Item = K>) {
        let mut read = 0;
        for number in ids.filter_map(|id| self.numbers.get(&id)) {
            read ^= self.tree.warm(*number)
                ^ self.points.get(*number as usize).map_or(0, |(_, at)| at.lat().to_bits());
        }
        std::hint::black_box(read);
    }

    /// Takes a point out. Answers whether it was there.
    pub fn remove(&mut self, id: K) -> bool {
        let Some(number) = self.numbers.remove(&id) else { return false };
        self.tree.remove(number);
        self.unused.push(number);
        true
    }

    /// The `n` points nearest to `at` among those that `keep` lets pass and that are at most `max_distance_m` away, with
    /// their metres: exactly those that measuring every point with [`distance_m`] would give, nearest first, equal
    /// distances by id. `f64::INFINITY` sets no limit; a limit that is no number finds nothing.
    ///
    /// `keep` is asked about near points only, each at most once.
    pub fn nearest(
        &self,
        at: Coord,
        n: usize,
        keep: impl Fn(K) -> bool,
        max_distance_m: f64,
    ) -> Vec<(K, f64)> {
        if n == 0 || max_distance_m.is_nan() || max_distance_m < 0.0 {
            return Vec::new();
        }
        let keep = |number: u32| self.points.get(number as usize).is_some_and(|(id, _)| keep(*id));
        let half_angle = (max_distance_m / (2.0 * EARTH_RADIUS_M)).min(std::f64::consts::FRAC_PI_2);
        let numbers = Search::new(octree::place(at), n, 2.0 * half_angle.sin()).run(&self.tree, keep);
        let mut found: Vec<(K, f64)> = numbers
            .filter_map(|number| self.points.get(number as usize))
            .map(|(id, point)| (*id, distance_m(at, *point)))
            .filter(|(_, distance_m)| *distance_m <= max_distance_m)
            .collect();
        found.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found.truncate(n);
        found
    }
}
