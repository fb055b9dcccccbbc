//! Whole builds: drawn by hand, and of the real extracts where they are there.

mod decode;
mod drawn;
mod file;
mod porto;

use std::path::PathBuf;

use super::{Tiles, unpack, write};
use crate::osm::Extract;

/// A file that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let file = format!("campo-tiles-{}-{name}.pmtiles", std::process::id());
        Self(std::env::temp_dir().join(file))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A built basemap.
struct Built {
    tiles: Tiles,
    written: write::Written,
    _file: Scratch,
}

impl Built {
    fn of(extract: &Extract, name: &str) -> Self {
        let file = Scratch::new(name);
        let (mut last, mut calls) = (0, 0);
        let written = write::write(extract, &file.0, &mut |done, total| {
            assert!(last <= done && done <= total);
            (last, calls) = (done, calls + 1);
        });
        assert!(calls > 1);
        Self { tiles: Tiles::open(&file.0).unwrap(), written: written.unwrap(), _file: file }
    }

    /// A tile, read by the specification; nothing in it where there is none.
    fn tile(&self, z: u8, x: u32, y: u32) -> decode::Tile {
        let Some(bytes) = self.tiles.get(z, x, y).unwrap() else { return decode::Tile::new() };
        decode::tile(&unpack(&bytes).unwrap())
    }

    /// All tiles of a zoom that touch the bounds.
    fn zoom(&self, z: u8) -> Vec<decode::Tile> {
        let [west, south, east, north]: [f64; 4] = self.tiles.about().bounds.into();
        let e7 = |degrees: f64| (degrees * 1e7) as i32;
        let corner = |lat: f64, lon: f64| super::world::Tile::at(z, super::world::project(e7(lat), e7(lon)));
        let (a, b) = (corner(north, west), corner(south, east));
        let all = (a.y..=b.y).flat_map(|y| (a.x..=b.x).map(move |x| (x as u32, y as u32)));
        all.map(|(x, y)| self.tile(z, x, y)).collect()
    }
}
