//! What an invented country is made of: how many of each thing, a town's numbers and names, nodes and ways in order.

use std::io::{self, Write};

use crate::town::names::{AVENUES, STREETS};
use crate::town::pbf::Writer;

/// Degrees between towns.
pub(super) const APART: f64 = 0.25;
/// The south-western town.
pub(super) const WEST: f64 = -66.0;
pub(super) const SOUTH: f64 = -42.0;
/// A block, degrees.
pub(super) const BLOCK: f64 = 0.001;
/// Blocks along a side: a town, and every fortieth a city.
pub(super) const TOWN: usize = 16;
pub(super) const CITY: usize = 48;
/// Blocks in a way of a street.
pub(super) const PIECE: usize = 4;
pub(super) const HOUSE: usize = 6;
pub(super) const HOUSES: usize = 2;
pub(super) const PARKS: usize = 12;
pub(super) const PARK: usize = 8;
pub(super) const LAKE: usize = 40;
pub(super) const ISLAND: usize = 12;
/// Points of a road to the next town.
pub(super) const ROAD: usize = 100;
pub(super) const RIVERS: usize = 5;
pub(super) const RIVER: usize = 180;
pub(super) const FIELDS: usize = 60;
pub(super) const FIELD: usize = 40;
/// Towns along a side of a province, and points of its border.
pub(super) const PROVINCE: usize = 10;
pub(super) const BORDER: usize = 80;
/// Points of the coast beside a row of towns.
pub(super) const COAST: usize = 50;

/// Where a town's nodes begin, and how large it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Town {
    pub(super) number: usize,
    pub(super) blocks: usize,
    pub(super) base: i64,
}

impl Town {
    pub(super) fn corners(&self) -> usize {
        (self.blocks + 1) * (self.blocks + 1)
    }

    /// Points in the middle of a block's side: rows first, then columns.
    pub(super) fn middles(&self) -> usize {
        2 * self.blocks * (self.blocks + 1)
    }

    pub(super) fn square(&self) -> usize {
        self.blocks * self.blocks
    }

    /// Where each kind of node begins: corners, middles, houses, addresses, parks, lake, island, roads, rivers, fields, the place, the end.
    pub(super) fn parts(&self) -> [i64; 12] {
        let counts = [
            self.corners(),
            self.middles(),
            self.square() * HOUSES * HOUSE,
            self.square(),
            PARKS * PARK,
            LAKE,
            ISLAND,
            2 * ROAD,
            RIVERS * RIVER,
            FIELDS * FIELD,
            1,
        ];
        let mut parts = [self.base; 12];
        let mut at = self.base;
        for (part, count) in parts.iter_mut().zip(counts) {
            *part = at;
            at += count as i64;
        }
        parts[11] = at;
        parts
    }

    pub(super) fn corner(&self, column: usize, row: usize) -> i64 {
        self.base + (row * (self.blocks + 1) + column) as i64
    }
}

/// Names as towns have them: the same heroes everywhere, and some of a town's own.
pub(super) fn street(town: &Town, line: usize) -> String {
    let pick = |names: &[&str], i: usize| names.get(i % names.len()).copied().unwrap_or_default().to_owned();
    match line % 8 {
        0 => pick(&AVENUES, line / 8 + town.number),
        3 => format!("Pasaje {}", town.number * 40 + line),
        _ => pick(&STREETS, line * 5 + town.number * 3),
    }
}

pub(super) struct Nodes<'a, W: Write> {
    pub(super) writer: &'a mut Writer<W>,
    pub(super) next: i64,
}

impl<W: Write> Nodes<'_, W> {
    pub(super) fn put(&mut self, lat: f64, lon: f64, tags: &[(&str, &str)]) -> io::Result<()> {
        let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
        self.writer.node(self.next, e7(lat), e7(lon), tags)?;
        self.next += 1;
        Ok(())
    }
}

pub(super) struct Ways<W: Write> {
    pub(super) writer: Writer<W>,
    pub(super) next: i64,
}

impl<W: Write> Ways<W> {
    pub(super) fn put(&mut self, nodes: impl Iterator<Item = i64>, tags: &[(&str, &str)]) -> io::Result<i64> {
        self.writer.way(self.next, nodes, tags)?;
        self.next += 1;
        Ok(self.next - 1)
    }

    pub(super) fn ring(&mut self, first: i64, count: usize, tags: &[(&str, &str)]) -> io::Result<i64> {
        self.put((first..first + count as i64).chain([first]), tags)
    }
}
