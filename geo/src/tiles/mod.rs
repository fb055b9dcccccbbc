//! The basemap: vector tiles of an extract, in one PMTiles file. Layers and attributes: `docs/map.md`.
//!
//! The way of a build: [`classify`] says what tags mean, [`scene`] finds all features ([`relations`] with [`rings`] and [`coast`],
//! [`streets`] by [`join`]), [`labels`] chooses where names are written at a zoom, [`cut`] deals features out to groups of
//! tiles, [`write`] lets threads make tiles ([`clip`], [`simplify`], [`tile`]) and writes them in order.
//!
//! Memory: about 50 bytes a feature, a node's number for each point of joined lines, and a few thousand features' tiles at a time;
//! geometry is decoded from the extract when it is needed.
//!
//! - [`read`]: tiles out of the file, for who serves them.

pub mod classify;
pub mod clip;
pub mod coast;
pub mod cut;
mod directory;
pub mod feature;
pub mod join;
pub mod labels;
pub mod layer;
pub mod read;
pub mod relations;
pub mod rings;
pub mod room;
pub mod scene;
pub mod shape;
pub mod simplify;
pub mod streets;
#[cfg(test)]
mod tests;
pub mod tile;
pub mod world;
pub mod write;

use std::path::Path;

use crate::map::MapError;
use crate::osm::Extract;

pub use read::{About, Tiles, unpack};
pub use write::Written;

/// Must be shown with every map of these tiles.
pub const ATTRIBUTION: &str = "© OpenStreetMap";

/// Writes the basemap of `extract` to `path` and answers how many tiles it has. `progress` hears done and total.
pub fn build(extract: &Extract, path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, MapError> {
    write::write(extract, path, progress).map(|written| written.tiles)
}
