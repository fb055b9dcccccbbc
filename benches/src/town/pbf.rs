//! Writing OpenStreetMap's PBF: <https://wiki.openstreetmap.org/wiki/PBF_Format>.
//!
//! By hand, because the crates that are kept well only read. Blobs are stored raw, which every reader must take.
//! Block by block, so that a whole country needs no more memory than a town.

use std::collections::HashMap;
use std::io::{self, Write};

use super::Town;

/// Entities in a block, as the format recommends.
const BLOCK: usize = 8_000;
/// Nodes and ways of a town are numbered from here; made maps use negative or high numbers, and many readers want positive.
const FIRST_ID: i64 = 9_000_000_000;

/// The whole file of a town.
pub fn encode(town: &Town) -> Vec<u8> {
    let mut file = Vec::new();
    // Writing to memory does not fail.
    let _ = write(town, &mut file);
    file
}

fn write(town: &Town, file: &mut Vec<u8>) -> io::Result<()> {
    let places = || town.nodes.iter().map(|n| n.place);
    let bounds = [
        places().map(|p| p.lon).fold(f64::MAX, f64::min),
        places().map(|p| p.lat).fold(f64::MAX, f64::min),
        places().map(|p| p.lon).fold(f64::MIN, f64::max),
        places().map(|p| p.lat).fold(f64::MIN, f64::max),
    ];
    let mut writer = Writer::new(file, bounds)?;
    // The default granularity: units of 100 nanodegrees.
    let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
    let mut tags: Vec<(&str, &str)> = Vec::new();
    for (index, node) in town.nodes.iter().enumerate() {
        tags.clear();
        tags.extend(node.tags.iter().map(|(key, value)| (*key, value.as_str())));
        writer.node(id(index), e7(node.place.lat), e7(node.place.lon), &tags)?;
    }
    for (index, way) in town.ways.iter().enumerate() {
        tags.clear();
        tags.extend(way.tags.iter().map(|(key, value)| (*key, value.as_str())));
        writer.way(id(index), way.nodes.iter().map(|n| id(*n)), &tags)?;
    }
    writer.end()
}

fn id(index: usize) -> i64 {
    FIRST_ID + index as i64
}

/// Writes a file block by block: nodes, then ways, then relations, each in ascending order of id.
pub struct Writer<W: Write> {
    out: W,
    kind: Kind,
    count: usize,
    strings: Strings,
    nodes: Dense,
    /// Ways or relations of the open block.
    group: Vec<u8>,
    body: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nodes,
    Ways,
    Relations,
}

/// Nodes of the open block.
#[derive(Default)]
struct Dense {
    ids: Delta,
    lats: Delta,
    lons: Delta,
    words: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file. Bounds: west, south, east, north in degrees.
    pub fn new(mut out: W, bounds: [f64; 4]) -> io::Result<Self> {
        blob("OSMHeader", &header(bounds), &mut out)?;
        Ok(Self {
            out,
            kind: Kind::Nodes,
            count: 0,
            strings: Strings::new(),
            nodes: Dense::default(),
            group: Vec::new(),
            body: Vec::new(),
        })
    }

    /// A node, in ten-millionths of a degree.
    pub fn node(&mut self, id: i64, lat_e7: i32, lon_e7: i32, tags: &[(&str, &str)]) -> io::Result<()> {
        self.turn(Kind::Nodes)?;
        self.nodes.ids.push(id);
        self.nodes.lats.push(i64::from(lat_e7));
        self.nodes.lons.push(i64::from(lon_e7));
        for (key, value) in tags {
            varint(self.strings.of(key), &mut self.nodes.words);
            varint(self.strings.of(value), &mut self.nodes.words);
        }
        varint(0, &mut self.nodes.words);
        Ok(())
    }

    /// A way over nodes by id.
    pub fn way(
        &mut self,
        id: i64,
        nodes: impl Iterator<Item = i64>,
        tags: &[(&str, &str)],
    ) -> io::Result<()> {
        self.turn(Kind::Ways)?;
        self.head(id, tags);
        let mut refs = Delta::default();
        nodes.for_each(|n| refs.push(n));
        bytes(8, &refs.bytes, &mut self.body);
        bytes(3, &self.body, &mut self.group);
        Ok(())
    }

    /// A relation over ways: id and role of each.
    pub fn relation(&mut self, id: i64, ways: &[(i64, &str)], tags: &[(&str, &str)]) -> io::Result<()> {
        self.turn(Kind::Relations)?;
        self.head(id, tags);
        let (mut roles, mut members, mut kinds) = (Vec::new(), Delta::default(), Vec::new());
        for (way, role) in ways {
            varint(self.strings.of(role), &mut roles);
            members.push(*way);
            varint(1, &mut kinds);
        }
        bytes(8, &roles, &mut self.body);
        bytes(9, &members.bytes, &mut self.body);
        bytes(10, &kinds, &mut self.body);
        bytes(4, &self.body, &mut self.group);
        Ok(())
    }

    /// Writes what is left.
    pub fn end(mut self) -> io::Result<()> {
        self.close()?;
        self.out.flush()
    }

    /// Id and tags of a way or relation.
    fn head(&mut self, id: i64, tags: &[(&str, &str)]) {
        self.body.clear();
        number(1, id as u64, &mut self.body);
        for (field, part) in [(2, 0), (3, 1)] {
            let mut numbers = Vec::new();
            for (key, value) in tags {
                varint(self.strings.of(if part == 0 { key } else { value }), &mut numbers);
            }
            bytes(field, &numbers, &mut self.body);
        }
    }

    /// Counts an entity; closes the block where it is full or of another kind.
    fn turn(&mut self, kind: Kind) -> io::Result<()> {
        if self.kind != kind || self.count == BLOCK {
            self.close()?;
            self.kind = kind;
        }
        self.count += 1;
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        if self.kind == Kind::Nodes {
            let nodes = std::mem::take(&mut self.nodes);
            let mut dense = Vec::new();
            bytes(1, &nodes.ids.bytes, &mut dense);
            bytes(8, &nodes.lats.bytes, &mut dense);
            bytes(9, &nodes.lons.bytes, &mut dense);
            bytes(10, &nodes.words, &mut dense);
            bytes(2, &dense, &mut self.group);
        }
        let strings = std::mem::replace(&mut self.strings, Strings::new());
        let mut block = Vec::new();
        bytes(1, &strings.table, &mut block);
        bytes(2, &self.group, &mut block);
        self.group.clear();
        self.count = 0;
        blob("OSMData", &block, &mut self.out)
    }
}

/// Differences from one value to the next, the first from zero.
#[derive(Default)]
struct Delta {
    last: i64,
    bytes: Vec<u8>,
}

impl Delta {
    fn push(&mut self, value: i64) {
        varint(zigzag(value - self.last), &mut self.bytes);
        self.last = value;
    }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint((field << 3) | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// A blob's header with its length before it, then the blob.
fn blob(kind: &str, data: &[u8], file: &mut impl Write) -> io::Result<()> {
    let mut body = Vec::new();
    bytes(1, data, &mut body);
    let mut head = Vec::new();
    bytes(1, kind.as_bytes(), &mut head);
    number(3, body.len() as u64, &mut head);
    file.write_all(&(head.len() as u32).to_be_bytes())?;
    file.write_all(&head)?;
    file.write_all(&body)
}

fn header([west, south, east, north]: [f64; 4]) -> Vec<u8> {
    let nano = |degrees: f64| zigzag((degrees * 1e9) as i64);
    let mut bounds = Vec::new();
    for (field, degrees) in [(1, west), (2, east), (3, north), (4, south)] {
        number(field, nano(degrees), &mut bounds);
    }
    let mut out = Vec::new();
    bytes(1, &bounds, &mut out);
    bytes(4, b"OsmSchema-V0.6", &mut out);
    bytes(4, b"DenseNodes", &mut out);
    bytes(5, b"Sort.Type_then_ID", &mut out);
    bytes(16, b"campo-bench town", &mut out);
    out
}

/// Words of a block; number 0 is the empty one and ends a node's tags.
struct Strings {
    index: HashMap<String, u64>,
    table: Vec<u8>,
}

impl Strings {
    fn new() -> Self {
        let mut table = Vec::new();
        bytes(1, b"", &mut table);
        Self { index: HashMap::new(), table }
    }

    fn of(&mut self, word: &str) -> u64 {
        if word.is_empty() {
            return 0;
        }
        if let Some(known) = self.index.get(word) {
            return *known;
        }
        let number = self.index.len() as u64 + 1;
        self.index.insert(word.to_owned(), number);
        bytes(1, word.as_bytes(), &mut self.table);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::town;

    #[test]
    fn numbers_are_as_the_format_says() {
        let mut out = Vec::new();
        varint(300, &mut out);
        assert_eq!(out, [0xac, 0x02]);
        assert_eq!([zigzag(0), zigzag(-1), zigzag(1), zigzag(-2)], [0, 1, 2, 3]);
        let mut deltas = Delta::default();
        [5i64, 7, 4].into_iter().for_each(|v| deltas.push(v));
        assert_eq!(deltas.bytes, [10, 4, 5]);
    }

    /// Walks the file by its own lengths: every blob ends where the next begins.
    #[test]
    fn blobs_fill_the_file() {
        let file = encode(&town(1, 12));
        let (mut at, mut kinds) = (0, Vec::new());
        while at < file.len() {
            let head = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
            let header = &file[at + 4..at + 4 + head];
            let name = usize::from(header[1]);
            kinds.push(String::from_utf8(header[2..2 + name].to_vec()).unwrap());
            let size = header[3 + name..].iter().rev().fold(0usize, |n, b| (n << 7) | usize::from(b & 0x7f));
            at += 4 + head + size;
        }
        assert_eq!(at, file.len());
        assert_eq!(kinds.first().map(String::as_str), Some("OSMHeader"));
        assert!(kinds.len() >= 3);
    }
}
