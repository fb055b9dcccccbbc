//! The file: damaged ones, what it says about itself, the same twice.

use super::{Built, Scratch};
use crate::map::MapError;
use crate::osm::sketch::Sketch;
use crate::tiles::{ATTRIBUTION, Tiles, build};

fn town() -> crate::osm::Extract {
    let mut sketch = Sketch::default();
    let mut corners = Vec::new();
    for i in 0..20 {
        for k in 0..20 {
            corners.push(sketch.node(-34.6 + f64::from(i) * 0.002, -58.4 + f64::from(k) * 0.002, &[]));
        }
    }
    for i in 0..20 {
        let name = format!("Calle {i}");
        let row: Vec<u32> = corners[i * 20..(i + 1) * 20].to_vec();
        sketch.way(&row, &[("highway", "residential"), ("name", &name)]);
    }
    sketch.done()
}

#[test]
fn it_says_what_it_is() {
    let built = Built::of(&town(), "about");
    let about = built.tiles.about();
    assert_eq!((about.minzoom, about.maxzoom, about.attribution.as_str()), (0, 14, ATTRIBUTION));
    let layers = about.vector_layers.as_array().unwrap();
    assert!(layers.iter().any(|l| l["id"] == "roads" && l["fields"]["class"] == "String"));
    let [west, _, _, north]: [f64; 4] = about.bounds.into();
    assert!((west + 58.4).abs() < 1e-6 && (north + 34.562).abs() < 1e-6);
    for (z, x, y) in [(14, 0, 0), (15, 0, 0), (31, 0, 0), (200, 0, 0), (3, 9, 9), (14, u32::MAX, u32::MAX)] {
        assert_eq!(built.tiles.get(z, x, y).unwrap(), None);
    }
    // Residential streets appear at zoom 12.
    assert!(built.written.tiles >= 8, "{}", built.written.tiles);
}

#[test]
fn the_same_extract_makes_the_same_file() {
    let files = [Scratch::new("once"), Scratch::new("again")];
    for file in &files {
        build(&town(), &file.0, &mut |_, _| {}).unwrap();
    }
    let [once, again] = files.each_ref().map(|f| std::fs::read(&f.0).unwrap());
    assert!(once == again);
}

#[test]
fn a_damaged_file_is_an_error_in_words() {
    let file = Scratch::new("damaged");
    build(&town(), &file.0, &mut |_, _| {}).unwrap();
    let whole = std::fs::read(&file.0).unwrap();
    let open = |bytes: &[u8]| {
        std::fs::write(&file.0, bytes).unwrap();
        Tiles::open(&file.0)
    };
    for bytes in [&b""[..], b"PMTiles", &whole[..100], &whole[..200], &whole[..whole.len() - 1], b"<html>"] {
        let error = open(bytes).unwrap_err();
        assert!(
            matches!(error, MapError::Broken { .. }) && error.to_string().contains("build it again"),
            "{error}"
        );
    }
    // Any byte of header and directory, and some of the tiles.
    for place in (0..300).chain((300..whole.len()).step_by(97)) {
        for value in [0, 0xff, whole[place] ^ 0x10] {
            let mut damaged = whole.clone();
            damaged[place] = value;
            if let Ok(tiles) = open(&damaged) {
                for z in 0..=14 {
                    let tile = crate::tiles::world::Tile::at(
                        z,
                        crate::tiles::world::project(-345_900_000, -583_900_000),
                    );
                    let _ = tiles.get(z, tile.x as u32, tile.y as u32);
                }
            }
        }
    }
}
