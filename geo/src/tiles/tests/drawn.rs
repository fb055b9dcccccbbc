//! Fixtures drawn by hand, built, and read by the specification.

use proptest::prelude::*;

use super::Built;
use super::decode::{self, Value};
use crate::osm::Kind;
use crate::osm::sketch::Sketch;
use crate::tiles::tile::LARGEST;
use crate::tiles::world::{BUFFER, Tile, project};

const LAT: f64 = -34.6037;
const LON: f64 = -58.39;

fn tile_of(lat: f64, lon: f64, z: u8) -> (u32, u32) {
    let tile = Tile::at(z, project((lat * 1e7) as i32, (lon * 1e7) as i32));
    (tile.x as u32, tile.y as u32)
}

fn ring(sketch: &mut Sketch, lat: f64, lon: f64, size: f64) -> Vec<u32> {
    let mut nodes: Vec<u32> = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        .iter()
        .map(|(a, b)| sketch.node(lat + a * size, lon + b * size, &[]))
        .collect();
    nodes.push(nodes[0]);
    nodes
}

/// Is a place of a tile inside of an area (even-odd)?
fn holds(feature: &decode::Feature, at: [f64; 2]) -> bool {
    let mut inside = false;
    for ring in &feature.parts {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let (a, b) = (a.map(|v| v as f64), b.map(|v| v as f64));
            if (a[1] > at[1]) != (b[1] > at[1])
                && at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0]
            {
                inside = !inside;
            }
        }
    }
    inside
}

/// A place in a tile's units.
fn local(lat: f64, lon: f64, z: u8) -> [f64; 2] {
    let p = project((lat * 1e7) as i32, (lon * 1e7) as i32);
    let tile = Tile::at(z, p);
    let corner = tile.corner();
    [0, 1].map(|i| f64::from(p[i] - corner[i]) / f64::from(1 << tile.shift()))
}

#[test]
fn a_park_with_a_lake_in_it() {
    let mut sketch = Sketch::default();
    let outer = ring(&mut sketch, LAT, LON, 0.01);
    let inner = ring(&mut sketch, LAT + 0.003, LON + 0.003, 0.004);
    let (outer, inner) = (sketch.way(&outer, &[]), sketch.way(&inner, &[("natural", "water")]));
    let park = [("type", "multipolygon"), ("leisure", "park"), ("name", "Plaza Ñandú")];
    sketch.relation(&[(Kind::Way(outer), "outer"), (Kind::Way(inner), "inner")], &park);
    let built = Built::of(&sketch.done(), "park");
    for z in [10, 12, 14] {
        let (lat, lon) = (LAT + 0.005, LON + 0.005);
        let (x, y) = tile_of(lat, lon, z);
        let tile = built.tile(z, x, y);
        let at = local(lat, lon, z);
        assert_eq!(tile["landuse"][0].text("class"), "park");
        assert!(!holds(&tile["landuse"][0], at), "zoom {z}: the hole is a hole");
        assert!(holds(&tile["water"][0], at), "zoom {z}: the lake lies in it");
        let lawn = (LAT + 0.0015, LON + 0.005);
        if tile_of(lawn.0, lawn.1, z) == (x, y) {
            assert!(holds(&tile["landuse"][0], local(lawn.0, lawn.1, z)));
        }
    }
    // The park's name stands inside of it, and not in the lake.
    let names: Vec<String> = built
        .zoom(14)
        .iter()
        .filter_map(|t| t.get("pois"))
        .flatten()
        .map(|f| f.text("name").to_owned())
        .collect();
    assert_eq!(names, ["Plaza Ñandú"]);
}

#[test]
fn a_broken_multipolygon_does_not_break_the_build() {
    let mut sketch = Sketch::default();
    let whole = ring(&mut sketch, LAT, LON, 0.01);
    let street = sketch.way(&whole[..3], &[("highway", "residential"), ("name", "Salta")]);
    let members = [(Kind::Way(street), "outer"), (Kind::Absent, "outer"), (Kind::Node(0), "label")];
    sketch.relation(&members, &[("type", "multipolygon"), ("natural", "water")]);
    sketch.relation(&[], &[("type", "multipolygon"), ("landuse", "forest")]);
    let built = Built::of(&sketch.done(), "broken");
    assert_eq!(built.written.skipped.relations, 2);
    let (x, y) = tile_of(LAT + 0.005, LON, 14);
    let tile = built.tile(14, x, y);
    assert!(tile.contains_key("roads") && !tile.contains_key("water"));
}

#[test]
fn the_sea_lies_right_of_the_coast() {
    let mut sketch = Sketch::default();
    // From north to south: water in the west. The corners make the box.
    let coast: Vec<u32> = [0.05, 0.02, 0.0, -0.05].iter().map(|d| sketch.node(LAT + d, LON, &[])).collect();
    for (dlat, dlon) in [(0.05, 0.05), (-0.05, -0.05)] {
        sketch.node(LAT + dlat, LON + dlon, &[]);
    }
    sketch.way(&coast[..2], &[("natural", "coastline")]);
    sketch.way(&coast[1..], &[("natural", "coastline")]);
    let built = Built::of(&sketch.done(), "coast");
    for z in [8, 11, 14] {
        for (lon, is_sea) in
            [(LON - 0.03, true), (LON - 0.001, true), (LON + 0.001, false), (LON + 0.03, false)]
        {
            let (x, y) = tile_of(LAT + 0.01, lon, z);
            let at = local(LAT + 0.01, lon, z);
            let tile = built.tile(z, x, y);
            let wet = tile
                .get("water")
                .is_some_and(|f| f.iter().any(|f| f.text("class") == "ocean" && holds(f, at)));
            // At zoom 8 a thousandth of a degree is less than a pixel.
            if z > 8 || (lon - LON).abs() > 0.01 {
                assert_eq!(wet, is_sea, "zoom {z}, {lon}");
            }
        }
    }
}

#[test]
fn a_street_in_pieces_carries_its_name_across_tiles() {
    let mut sketch = Sketch::default();
    let nodes: Vec<u32> = (0..60).map(|i| sketch.node(LAT, LON + f64::from(i) * 0.001, &[])).collect();
    for pair in nodes.windows(2) {
        sketch.way(
            pair,
            &[("highway", "secondary"), ("name", "Avenida 9 de Julio"), ("ref", "RP 6"), ("oneway", "yes")],
        );
    }
    let built = Built::of(&sketch.done(), "street");
    let zoom = |z: u8, layer: &str| -> Vec<decode::Feature> {
        built.zoom(z).into_iter().filter_map(|mut t| t.remove(layer)).flatten().collect()
    };
    // 5.4 km: at zoom 12 it is 340 px long, and its name is written once, across the border of two tiles.
    let labels = zoom(12, "street_labels");
    assert_eq!(labels.len(), 1);
    assert_eq!((labels[0].text("name"), labels[0].text("class")), ("Avenida 9 de Julio", "secondary"));
    assert!((5_300..5_500).contains(&labels[0].number("length_m").unwrap()));
    let long: f64 = labels[0].parts[0]
        .windows(2)
        .map(|w| ((w[1][0] - w[0][0]) as f64).hypot((w[1][1] - w[0][1]) as f64))
        .sum();
    assert!(long / 8.0 >= 18.0 * 7.0, "long enough for 18 characters: {long}");
    assert!((2..=3).contains(&zoom(14, "street_labels").len()));
    assert!(!zoom(14, "street_names").is_empty() && zoom(13, "street_names").is_empty());
    let shield = &zoom(12, "road_shields")[0];
    assert_eq!((shield.text("ref"), shield.text("network")), ("RP 6", "ar-provincial"));
    // Joined below 13: one line a tile; above its attributes are there.
    assert!(
        built.zoom(11).iter().filter_map(|t| t.get("roads")).all(|f| f.len() == 1 && f[0].parts.len() == 1)
    );
    let road = &zoom(13, "roads")[0];
    assert_eq!((road.number("oneway"), road.text("name")), (Some(1), "Avenida 9 de Julio"));
}

#[test]
fn places_houses_and_pois() {
    let mut sketch = Sketch::default();
    sketch.node(LAT, LON, &[("place", "city"), ("name", "Bahía Linda"), ("population", "310000")]);
    sketch.node(LAT, LON + 0.001, &[("amenity", "pharmacy")]);
    sketch.node(LAT, LON + 0.002, &[("addr:housenumber", "1234"), ("addr:street", "Salta")]);
    let house = ring(&mut sketch, LAT + 0.001, LON, 0.0002);
    sketch.way(&house, &[("building", "house"), ("building:levels", "2")]);
    let built = Built::of(&sketch.done(), "places");
    let (x, y) = tile_of(LAT, LON, 14);
    let tile = built.tile(14, x, y);
    assert_eq!(tile["places"][0].tags["name"], Value::Text("Bahía Linda".into()));
    assert_eq!(tile["places"][0].number("population"), Some(310_000));
    assert_eq!(tile["pois"][0].text("class"), "pharmacy");
    assert_eq!(tile["housenumbers"][0].text("number"), "1234");
    assert_eq!(tile["buildings"][0].number("height"), Some(6));
    let (x, y) = tile_of(LAT, LON, 4);
    assert_eq!(built.tile(4, x, y)["places"].len(), 1);
    let (x, y) = tile_of(LAT, LON, 3);
    assert!(built.tile(3, x, y).is_empty());
}

#[test]
fn a_crowded_tile_stays_small_and_keeps_what_matters() {
    let mut sketch = Sketch::default();
    let road: Vec<u32> = [0.0, 0.01].iter().map(|d| sketch.node(LAT, LON + d, &[])).collect();
    sketch.way(&road, &[("highway", "primary"), ("name", "Ruta 3")]);
    for i in 0..250 {
        for k in 0..250 {
            let number = format!("{i}-{k}");
            let (lat, lon) = (LAT + f64::from(i) * 5e-5, LON + f64::from(k) * 5e-5);
            sketch.node(lat, lon, &[("addr:housenumber", &number)]);
        }
    }
    let built = Built::of(&sketch.done(), "crowded");
    let mut numbers = 0;
    for tile in built.zoom(14) {
        numbers += tile.get("housenumbers").map_or(0, Vec::len);
    }
    assert!(numbers > 5_000 && numbers < 62_500, "{numbers}");
    let [west, south, ..]: [f64; 4] = built.tiles.about().bounds.into();
    let (x, y) = tile_of(south, west, 14);
    for (x, y) in [(x, y), (x + 1, y), (x, y - 1)] {
        let bytes = built.tiles.get(14, x, y).unwrap().map_or(0, |b| crate::tiles::unpack(&b).unwrap().len());
        assert!(bytes <= LARGEST, "{bytes}");
    }
    assert!(built.zoom(14).iter().any(|t| t.contains_key("roads")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever is drawn: tiles read by the specification, everything lies within the buffer, lines are as long as they were.
    #[test]
    fn any_lines_and_areas(points in prop::collection::vec((-0.05..0.05f64, -0.05..0.05f64), 3..14)) {
        let mut sketch = Sketch::default();
        let nodes: Vec<u32> = points.iter().map(|(a, b)| sketch.node(LAT + a, LON + b, &[])).collect();
        sketch.way(&nodes, &[("highway", "residential")]);
        let mut closed = nodes.clone();
        closed.push(nodes[0]);
        sketch.way(&closed, &[("landuse", "residential")]);
        let extract = sketch.done();
        let built = Built::of(&extract, &format!("any-{}", points.len()));
        for z in [9, 12, 14] {
            for tile in built.zoom(z) {
                for feature in tile.values().flatten() {
                    let inside = |v: i64| (-i64::from(BUFFER)..=4096 + i64::from(BUFFER)).contains(&v);
                    prop_assert!(feature.parts.iter().flatten().flatten().all(|v| inside(*v)));
                }
            }
        }
        let whole: f64 = nodes.windows(2).map(|w| {
            let at = |n: u32| { let (lat, lon) = extract.at_e7(n).unwrap(); project(lat, lon) };
            crate::tiles::shape::distance(at(w[0]), at(w[1]))
        }).sum();
        let drawn: f64 = built.zoom(14).iter().filter_map(|t| t.get("roads")).flatten().flat_map(|f| &f.parts)
            .map(|p| p.windows(2).map(|w| ((w[1][0] - w[0][0]) as f64).hypot((w[1][1] - w[0][1]) as f64)).sum::<f64>()).sum();
        // Buffers make it longer: at most twice 64 units at each crossing of a tile's edge.
        prop_assert!(drawn >= whole * 0.999 - 20.0, "{drawn} {whole}");
    }
}
