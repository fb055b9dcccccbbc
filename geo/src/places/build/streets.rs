//! Ways of one name in one town that lie together are one street.

use rustc_hash::FxHashMap;

use super::super::grid;
use super::super::shape;
use super::gather::{At, Gathered};

/// A street.
#[derive(Debug)]
pub(super) struct Street {
    /// The first is shown.
    pub(super) names: Vec<u32>,
    pub(super) city: u32,
    /// Its pieces in the new order: from, to.
    pub(super) pieces: (u32, u32),
    pub(super) rank: u8,
    pub(super) bounds: [i32; 4],
    /// Doubled numbers (odd: computed) and where they are.
    pub(super) houses: Vec<(u32, At)>,
}

/// All streets, and the new order of pieces: street by street.
#[derive(Debug, Default)]
pub(super) struct Streets {
    pub(super) list: Vec<Street>,
    /// Per new place of a piece: its old one.
    pub(super) order: Vec<u32>,
    /// Per new place of a piece: its street.
    pub(super) street_of: Vec<u32>,
    /// Cell and new place of a piece, ascending.
    pub(super) grid: Vec<(u32, u32)>,
}

/// Joins the pieces.
pub(super) fn join(all: &mut Gathered<'_>) -> Streets {
    let key = |i: &u32| {
        let piece = all.pieces.get(*i as usize);
        let name = piece.map_or(0, |p| p.name);
        (all.names.keys.get(name as usize).copied().unwrap_or(0), piece.map_or(0, |p| p.city))
    };
    let mut order: Vec<u32> = (0..all.pieces.len() as u32).collect();
    order.sort_by_key(|i| (key(i), *i));
    let mut streets = Streets::default();
    for run in order.chunk_by(|a, b| key(a) == key(b)) {
        let lines: Vec<&[At]> = run.iter().map(|i| all.points_of(*i as usize)).collect();
        let roots = cluster(&lines);
        let mut sorted: Vec<(u32, u32)> = roots.into_iter().zip(run.iter().copied()).collect();
        sorted.sort_unstable();
        for part in sorted.chunk_by(|a, b| a.0 == b.0) {
            streets.push(all, part.iter().map(|(_, piece)| *piece));
        }
    }
    streets.index(all);
    streets
}

impl Streets {
    fn push(&mut self, all: &Gathered<'_>, pieces: impl Iterator<Item = u32>) {
        let from = self.order.len() as u32;
        let (mut rank, mut city, mut bounds) = (0, super::super::record::NONE, None);
        let mut counts: Vec<(u32, u32)> = Vec::new();
        for piece in pieces {
            self.order.push(piece);
            self.street_of.push(self.list.len() as u32);
            let Some(raw) = all.pieces.get(piece as usize) else { continue };
            (rank, city) = (raw.rank.max(rank), raw.city);
            bounds = [bounds, shape::bounds(all.points_of(piece as usize))]
                .into_iter()
                .flatten()
                .reduce(shape::join);
            match counts.iter_mut().find(|(name, _)| *name == raw.name) {
                Some((_, count)) => *count += 1,
                None => counts.push((raw.name, 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut names: Vec<u32> = counts.iter().map(|(name, _)| *name).collect();
        let others: Vec<u32> =
            names.iter().filter_map(|n| all.names.others.get(n)).flatten().copied().collect();
        for other in others {
            if !names.contains(&other) {
                names.push(other);
            }
        }
        let pieces = (from, self.order.len() as u32);
        self.list.push(Street {
            names,
            city,
            pieces,
            rank,
            bounds: bounds.unwrap_or_default(),
            houses: Vec::new(),
        });
    }

    fn index(&mut self, all: &Gathered<'_>) {
        let mut cells = Vec::new();
        for (place, piece) in self.order.iter().enumerate() {
            cells.clear();
            let points = all.points_of(*piece as usize);
            for (a, b) in points.iter().zip(points.iter().skip(1)) {
                grid::along(*a, *b, &mut cells);
            }
            cells.sort_unstable();
            cells.dedup();
            self.grid.extend(cells.iter().map(|cell| (*cell, place as u32)));
        }
        self.grid.sort_unstable();
    }

    /// The pieces (by new place) in a cell and around it; one may come twice.
    pub(super) fn near(&self, at: At) -> impl Iterator<Item = u32> {
        grid::around(at).into_iter().flat_map(move |cell| {
            let from = self.grid.partition_point(|(c, _)| *c < cell);
            let found = self.grid.get(from..).unwrap_or(&[]).iter();
            found.take_while(move |(c, _)| *c == cell).map(|(_, piece)| *piece)
        })
    }
}

/// Side of a cell of [`cluster`]: parts that lie 440 to 880 m apart or nearer are one.
const TOGETHER: i32 = 40_000;

/// Per line, the first line of its cluster.
pub(super) fn cluster(lines: &[&[At]]) -> Vec<u32> {
    let mut parents: Vec<u32> = (0..lines.len() as u32).collect();
    if lines.len() < 2 {
        return parents;
    }
    let cell = |at: &At| (at[0].div_euclid(TOGETHER), at[1].div_euclid(TOGETHER));
    let mut first: FxHashMap<(i32, i32), u32> = FxHashMap::default();
    for (i, line) in lines.iter().enumerate() {
        let mut last = None;
        for at in *line {
            let here = cell(at);
            if last.replace(here) == Some(here) {
                continue;
            }
            for (row, column) in (-1..=1).flat_map(|r| (-1..=1).map(move |c| (here.0 + r, here.1 + c))) {
                if let Some(other) = first.get(&(row, column)).copied() {
                    let (a, b) = (root(&mut parents, i as u32), root(&mut parents, other));
                    if let Some(slot) = parents.get_mut(a.max(b) as usize) {
                        *slot = a.min(b);
                    }
                }
            }
            first.entry(here).or_insert(i as u32);
        }
    }
    (0..lines.len() as u32).map(|i| root(&mut parents, i)).collect()
}

/// The representative of a set, with the way to it shortened.
fn root(parents: &mut [u32], mut i: u32) -> u32 {
    while let Some(parent) = parents.get(i as usize).copied().filter(|p| *p != i) {
        let above = parents.get(parent as usize).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(i as usize) {
            *slot = above;
        }
        i = above;
    }
    i
}
