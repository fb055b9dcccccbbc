//! Writing OpenStreetMap's PBF: <https://wiki.openstreetmap.org/wiki/PBF_Format>.
//!
//! By hand, because the crates that are kept well only read. Blobs are stored raw, which every reader must take.

use std::collections::HashMap;

use super::{Node, Tags, Town, Way};

/// Entities in a block, as the format recommends.
const BLOCK: usize = 8_000;
/// Nodes and ways are numbered from here; made maps use negative or high numbers, and many readers want positive.
const FIRST_ID: i64 = 9_000_000_000;

/// The whole file.
pub fn encode(town: &Town) -> Vec<u8> {
    let mut file = Vec::new();
    blob("OSMHeader", &header(town), &mut file);
    for (i, nodes) in town.nodes.chunks(BLOCK).enumerate() {
        blob("OSMData", &node_block(nodes, i * BLOCK), &mut file);
    }
    for (i, ways) in town.ways.chunks(BLOCK).enumerate() {
        blob("OSMData", &way_block(ways, i * BLOCK), &mut file);
    }
    file
}

fn id(index: usize) -> i64 {
    FIRST_ID + index as i64
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

fn packed(field: u64, values: impl Iterator<Item = u64>, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    values.for_each(|v| varint(v, &mut body));
    bytes(field, &body, out);
}

/// Differences from one value to the next, the first from zero.
fn deltas(values: impl Iterator<Item = i64>) -> impl Iterator<Item = u64> {
    values.scan(0i64, |last, value| {
        let delta = value - *last;
        *last = value;
        Some(zigzag(delta))
    })
}

/// A blob's header with its length before it, then the blob.
fn blob(kind: &str, data: &[u8], file: &mut Vec<u8>) {
    let mut body = Vec::new();
    bytes(1, data, &mut body);
    let mut head = Vec::new();
    bytes(1, kind.as_bytes(), &mut head);
    number(3, body.len() as u64, &mut head);
    file.extend_from_slice(&(head.len() as u32).to_be_bytes());
    file.extend_from_slice(&head);
    file.extend_from_slice(&body);
}

fn header(town: &Town) -> Vec<u8> {
    let nano = |degrees: f64| zigzag((degrees * 1e9) as i64);
    let least = |f: fn(&Node) -> f64| town.nodes.iter().map(f).fold(f64::MAX, f64::min);
    let most = |f: fn(&Node) -> f64| town.nodes.iter().map(f).fold(f64::MIN, f64::max);
    let mut bounds = Vec::new();
    number(1, nano(least(|n| n.place.lon)), &mut bounds);
    number(2, nano(most(|n| n.place.lon)), &mut bounds);
    number(3, nano(most(|n| n.place.lat)), &mut bounds);
    number(4, nano(least(|n| n.place.lat)), &mut bounds);
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
        if let Some(known) = self.index.get(word) {
            return *known;
        }
        let number = self.index.len() as u64 + 1;
        self.index.insert(word.to_owned(), number);
        bytes(1, word.as_bytes(), &mut self.table);
        number
    }

    fn all(&mut self, tags: &Tags) -> (Vec<u64>, Vec<u64>) {
        tags.iter().map(|(key, value)| (self.of(key), self.of(value))).unzip()
    }
}

fn node_block(nodes: &[Node], first: usize) -> Vec<u8> {
    let mut strings = Strings::new();
    let mut words = Vec::new();
    for node in nodes {
        let (keys, values) = strings.all(&node.tags);
        keys.into_iter().zip(values).for_each(|(key, value)| words.extend([key, value]));
        words.push(0);
    }
    // The default granularity: units of 100 nanodegrees.
    let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
    let mut dense = Vec::new();
    packed(1, deltas((first..first + nodes.len()).map(id)), &mut dense);
    packed(8, deltas(nodes.iter().map(|n| e7(n.place.lat))), &mut dense);
    packed(9, deltas(nodes.iter().map(|n| e7(n.place.lon))), &mut dense);
    packed(10, words.into_iter(), &mut dense);
    let mut group = Vec::new();
    bytes(2, &dense, &mut group);
    block(&strings, &group)
}

fn way_block(ways: &[Way], first: usize) -> Vec<u8> {
    let mut strings = Strings::new();
    let mut group = Vec::new();
    for (i, way) in ways.iter().enumerate() {
        let (keys, values) = strings.all(&way.tags);
        let mut body = Vec::new();
        number(1, id(first + i) as u64, &mut body);
        packed(2, keys.into_iter(), &mut body);
        packed(3, values.into_iter(), &mut body);
        packed(8, deltas(way.nodes.iter().map(|n| id(*n))), &mut body);
        bytes(3, &body, &mut group);
    }
    block(&strings, &group)
}

fn block(strings: &Strings, group: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    bytes(1, &strings.table, &mut out);
    bytes(2, group, &mut out);
    out
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
        assert_eq!(deltas([5i64, 7, 4].into_iter()).collect::<Vec<_>>(), [10, 4, 5]);
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
