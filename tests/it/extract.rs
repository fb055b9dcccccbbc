//! Writes a small OpenStreetMap extract (`.osm.pbf`), so that tests need no file of others.

use std::path::Path;

/// Tags of a node or way.
pub type Tags<'a> = &'a [(&'a str, &'a str)];

/// Nodes as (latitude, longitude, tags); ways as (places of nodes, tags).
pub fn write(path: &Path, nodes: &[(f64, f64, Tags<'_>)], ways: &[(&[usize], Tags<'_>)]) {
    let mut file = Vec::new();
    let mut header = Vec::new();
    bytes(4, b"OsmSchema-V0.6", &mut header);
    bytes(4, b"DenseNodes", &mut header);
    blob("OSMHeader", &header, &mut file);
    let (mut strings, mut group) = (vec![String::new()], Vec::new());
    let mut number = |text: &str| {
        let place = strings.iter().position(|s| s == text).unwrap_or(strings.len());
        if place == strings.len() {
            strings.push(text.to_owned());
        }
        place as u64
    };
    let mut words = Vec::new();
    for (.., tags) in nodes {
        tags.iter().for_each(|(key, value)| words.extend([number(key), number(value)]));
        words.push(0);
    }
    let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
    let mut dense = Vec::new();
    packed(1, &deltas(1..=nodes.len() as i64), &mut dense);
    packed(8, &deltas(nodes.iter().map(|n| e7(n.0))), &mut dense);
    packed(9, &deltas(nodes.iter().map(|n| e7(n.1))), &mut dense);
    packed(10, &words, &mut dense);
    bytes(2, &dense, &mut group);
    let mut more = Vec::new();
    for (place, (nodes, tags)) in ways.iter().enumerate() {
        let mut way = Vec::new();
        varint(1 << 3, &mut way);
        varint(place as u64 + 1, &mut way);
        packed(2, &tags.iter().map(|t| number(t.0)).collect::<Vec<_>>(), &mut way);
        packed(3, &tags.iter().map(|t| number(t.1)).collect::<Vec<_>>(), &mut way);
        packed(8, &deltas(nodes.iter().map(|n| *n as i64 + 1)), &mut way);
        bytes(3, &way, &mut more);
    }
    let mut table = Vec::new();
    strings.iter().for_each(|s| bytes(1, s.as_bytes(), &mut table));
    let mut block = Vec::new();
    bytes(1, &table, &mut block);
    bytes(2, &group, &mut block);
    bytes(2, &more, &mut block);
    blob("OSMData", &block, &mut file);
    std::fs::write(path, file).unwrap();
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint((field << 3) | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn packed(field: u64, values: &[u64], out: &mut Vec<u8>) {
    let mut body = Vec::new();
    values.iter().for_each(|v| varint(*v, &mut body));
    bytes(field, &body, out);
}

/// Zigzag differences from one value to the next.
fn deltas(values: impl Iterator<Item = i64>) -> Vec<u64> {
    let mut last = 0;
    values
        .map(|value| {
            let step = value - std::mem::replace(&mut last, value);
            ((step << 1) ^ (step >> 63)) as u64
        })
        .collect()
}

fn blob(kind: &str, data: &[u8], file: &mut Vec<u8>) {
    let (mut body, mut head) = (Vec::new(), Vec::new());
    bytes(1, data, &mut body);
    bytes(1, kind.as_bytes(), &mut head);
    varint(3 << 3, &mut head);
    varint(body.len() as u64, &mut head);
    file.extend_from_slice(&(head.len() as u32).to_be_bytes());
    file.extend(head);
    file.extend(body);
}
