//! Facts about the map of Porto, where its extract is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Built;
use crate::osm::Extract;
use crate::osm::chain::MISSING;
use crate::tiles::tile::LARGEST;

fn porto() -> Option<Extract> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/porto_city.osm.pbf"));
    if !path.is_file() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(Extract::read(&path, &mut |_, _| {}).unwrap())
}

/// The streets with the most metres, as a spherical Earth has them.
fn longest(extract: &Extract, count: usize) -> Vec<String> {
    let mut metres: BTreeMap<&str, f64> = BTreeMap::new();
    for way in extract.ways().filter(|w| w.tags.get("highway").is_some()) {
        let Some(name) = way.tags.get("name") else { continue };
        let nodes: Vec<u32> = way.nodes().filter(|n| *n != MISSING).collect();
        let long: f64 =
            nodes.windows(2).filter_map(|w| Some(extract.at(w[0])?.distance_m(extract.at(w[1])?))).sum();
        *metres.entry(name).or_default() += long;
    }
    let mut all: Vec<(&str, f64)> = metres.into_iter().collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.iter().take(count).map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn the_longest_streets_carry_their_names() {
    let Some(extract) = porto() else { return };
    let built = Built::of(&extract, "porto");
    let longest = longest(&extract, 20);
    // Zoom 16 draws the tiles of 14 larger, from the layer of whole streets.
    for (z, layer) in [(12, "street_labels"), (14, "street_labels"), (14, "street_names")] {
        let tiles = built.zoom(z);
        let features = tiles.iter().filter_map(|t| t.get(layer)).flatten();
        let mut ranks: BTreeMap<&str, i64> = BTreeMap::new();
        for feature in features {
            let rank = feature.number("rank").unwrap();
            ranks.entry(feature.text("name")).and_modify(|r| *r = rank.min(*r)).or_insert(rank);
        }
        let missing: Vec<&String> =
            longest.iter().filter(|name| !ranks.contains_key(name.as_str())).collect();
        assert!(missing.is_empty(), "zoom {z}, {layer}: {missing:?}");
        // They are ranked before nearly all others.
        let mut sorted: Vec<(&str, i64)> = ranks.into_iter().collect();
        sorted.sort_by_key(|(_, rank)| *rank);
        let first: BTreeSet<&str> = sorted.iter().take(40).map(|(name, _)| *name).collect();
        assert!(longest.iter().all(|name| first.contains(name.as_str())), "zoom {z}, {layer}");
    }
}

#[test]
fn tiles_are_sound_and_bounded() {
    let Some(extract) = porto() else { return };
    let built = Built::of(&extract, "porto-sound");
    let mut seen = 0;
    for z in 0..=14 {
        // Reading checks every rule of the specification.
        for tile in built.zoom(z) {
            seen += usize::from(!tile.is_empty());
            assert!(tile.values().flatten().all(|f| f.form >= 1 && f.form <= 3));
        }
    }
    assert!(seen > 40);
    // Tiles beyond the box hold nothing but buffers of their neighbours.
    assert!(built.written.tiles as usize <= seen + 40, "{} {seen}", built.written.tiles);
    for z in [10, 12, 14] {
        let tile = crate::tiles::world::Tile::at(z, crate::tiles::world::project(411_500_000, -86_100_000));
        let bytes = built.tiles.get(z, tile.x as u32, tile.y as u32).unwrap().unwrap();
        let raw = crate::tiles::unpack(&bytes).unwrap().len();
        println!("Porto {z}: {raw} bytes, packed {}", bytes.len());
        assert!(raw <= LARGEST);
    }
}
