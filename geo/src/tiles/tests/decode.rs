//! Reads vector tiles by the letter of the specification, with nothing of the encoder's.

use std::collections::BTreeMap;

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(i64),
}

/// A feature: 1 points, 2 lines, 3 areas (rings closed by the reader's imagination).
#[derive(Debug)]
pub struct Feature {
    pub form: u64,
    pub tags: BTreeMap<String, Value>,
    pub parts: Vec<Vec<[i64; 2]>>,
}

impl Feature {
    pub fn text(&self, key: &str) -> &str {
        match self.tags.get(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub fn number(&self, key: &str) -> Option<i64> {
        match self.tags.get(key) {
            Some(Value::Number(n)) => Some(*n),
            _ => None,
        }
    }
}

/// Layers by name.
pub type Tile = BTreeMap<String, Vec<Feature>>;

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
        shift += 7;
    }
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (field, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(field)
            }
            wire => panic!("wire type {wire}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn numbers(mut bytes: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        numbers.push(varint(&mut bytes));
    }
    numbers
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads a tile, checking what the specification demands.
pub fn tile(bytes: &[u8]) -> Tile {
    let mut tile = Tile::new();
    for (number, field) in fields(bytes) {
        let (3, Field::Bytes(layer)) = (number, field) else { panic!("field {number} in a tile") };
        let (name, features) = self::layer(layer);
        assert!(!features.is_empty(), "layer {name} is empty");
        assert!(tile.insert(name, features).is_none(), "a layer twice");
    }
    tile
}

fn layer(bytes: &[u8]) -> (String, Vec<Feature>) {
    let (mut name, mut keys, mut values, mut raw, mut version, mut extent) =
        (String::new(), Vec::new(), Vec::new(), Vec::new(), 0, 0);
    for (number, field) in fields(bytes) {
        match (number, field) {
            (1, Field::Bytes(b)) => name = text(b),
            (2, Field::Bytes(b)) => raw.push(b),
            (3, Field::Bytes(b)) => keys.push(text(b)),
            (4, Field::Bytes(b)) => values.push(value(b)),
            (5, Field::Number(n)) => extent = n,
            (15, Field::Number(n)) => version = n,
            _ => panic!("field {number} in a layer"),
        }
    }
    assert_eq!((version, extent), (2, 4096));
    (name, raw.into_iter().map(|b| feature(b, &keys, &values)).collect())
}

fn value(bytes: &[u8]) -> Value {
    match fields(bytes).into_iter().next().unwrap() {
        (1, Field::Bytes(b)) => Value::Text(text(b)),
        (4, Field::Number(n)) => Value::Number(n as i64),
        (number, _) => panic!("a value of kind {number}"),
    }
}

fn feature(bytes: &[u8], keys: &[String], values: &[Value]) -> Feature {
    let (mut form, mut tags, mut parts) = (0, BTreeMap::new(), Vec::new());
    for (number, field) in fields(bytes) {
        match (number, field) {
            (2, Field::Bytes(b)) => {
                for pair in numbers(b).chunks(2) {
                    tags.insert(keys[pair[0] as usize].clone(), values[pair[1] as usize].clone());
                }
            }
            (3, Field::Number(n)) => form = n,
            (4, Field::Bytes(b)) => parts = geometry(&numbers(b)),
            _ => panic!("field {number} in a feature"),
        }
    }
    let least = [0, 1, 2, 3][form as usize];
    assert!(!parts.is_empty() && parts.iter().all(|p: &Vec<_>| p.len() >= least), "form {form}: {parts:?}");
    if form == 3 {
        assert!(area2(&parts[0]) > 0, "an area begins with an outer ring");
        assert!(parts.iter().all(|p| area2(p) != 0));
    }
    Feature { form, tags, parts }
}

fn geometry(commands: &[u64]) -> Vec<Vec<[i64; 2]>> {
    let (mut at, mut parts, mut i): ([i64; 2], Vec<Vec<[i64; 2]>>, usize) = ([0, 0], Vec::new(), 0);
    let zigzag = |n: u64| (n >> 1) as i64 ^ -((n & 1) as i64);
    while i < commands.len() {
        let (command, count) = (commands[i] & 7, commands[i] >> 3);
        assert!(count > 0);
        i += 1;
        if command == 7 {
            continue;
        }
        for _ in 0..count {
            at = [at[0] + zigzag(commands[i]), at[1] + zigzag(commands[i + 1])];
            i += 2;
            match command {
                1 => parts.push(vec![at]),
                2 => parts.last_mut().unwrap().push(at),
                _ => panic!("command {command}"),
            }
        }
    }
    parts
}

/// Twice the ground of a ring.
pub fn area2(ring: &[[i64; 2]]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}
