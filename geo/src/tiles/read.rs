//! Reads tiles out of a basemap's file: small positional reads, directories kept.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::GzDecoder;
use pmtiles::{TileCoord, TileId};
use serde::Serialize;

use super::directory::{self, Entry};
use crate::Bounds;
use crate::map::MapError;

const HEADER: usize = 127;
/// Directories below the root that are kept: 4,096 tiles of 24 bytes each, so about 6 MB.
const KEPT: usize = 64;
/// How deep directories may be nested. Ours have two levels.
const DEEPEST: usize = 4;
/// No directory or text of ours comes near this, unpacked.
const LONGEST: u64 = 64 << 20;

/// An open basemap. Reads need no lock but for a moment's look at the kept directories.
#[derive(Debug)]
pub struct Tiles {
    file: File,
    path: PathBuf,
    root: Arc<[Entry]>,
    leaves: Part,
    data: Part,
    kept: Mutex<Vec<(u64, Arc<[Entry]>)>>,
    about: About,
}

/// What a basemap says about itself, as TileJSON has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct About {
    /// The first zoom with tiles.
    pub minzoom: u8,
    /// The last; maps draw it larger above.
    pub maxzoom: u8,
    /// The box around everything.
    pub bounds: Bounds,
    /// Must be shown with the map.
    pub attribution: String,
    /// Layers with their fields.
    pub vector_layers: serde_json::Value,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    from: u64,
    length: u64,
}

impl Part {
    /// A place inside of it as a place in the file.
    fn within(self, offset: u64, length: u32) -> Option<u64> {
        let end = offset.checked_add(u64::from(length))?;
        (end <= self.length).then_some(self.from + offset)
    }
}

impl Tiles {
    /// Opens `path`; a file that is something else or damaged is an error in words.
    pub fn open(path: &Path) -> Result<Self, MapError> {
        let file = File::open(path).map_err(MapError::file(path))?;
        let size = file.metadata().map_err(MapError::file(path))?.len();
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).map_err(|_| broken(path, "it has no header"))?;
        if header.get(..8) != Some(b"PMTiles\x03".as_slice()) {
            return Err(broken(path, "it is not PMTiles version 3"));
        }
        // Compression of directories and of tiles, kind of tiles: gzip, gzip, MVT.
        if header.get(97..100) != Some([2, 2, 1].as_slice()) {
            return Err(broken(path, "its tiles are not gzipped vector tiles"));
        }
        let part = |at: usize| {
            let part = Part { from: number(&header, at), length: number(&header, at + 8) };
            let end = part.from.checked_add(part.length);
            end.filter(|e| *e <= size).map(|_| part).ok_or_else(|| broken(path, "it ends early"))
        };
        let (root, texts, leaves, data) = (part(8)?, part(24)?, part(40)?, part(56)?);
        let root = parse(path, &unpack_part(&file, path, root)?)?;
        let about = about(path, &header, &unpack_part(&file, path, texts)?)?;
        let (kept, path) = (Mutex::default(), path.to_owned());
        Ok(Self { file, path, root, leaves, data, kept, about })
    }

    /// What it says about itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The gzipped bytes of a tile; `None` where nothing is or no map has such a tile.
    ///
    /// Blocks for one read of the file, and one more where its directory is not kept.
    pub fn get(&self, z: u8, x: u32, y: u32) -> Result<Option<Vec<u8>>, MapError> {
        let Ok(tile) = TileCoord::new(z, x, y) else { return Ok(None) };
        let tile = TileId::from(tile).value();
        let mut entries = self.root.clone();
        for _ in 0..DEEPEST {
            let Some(entry) = directory::find(&entries, tile) else { return Ok(None) };
            if entry.run > 0 {
                return self.bytes(self.data, entry).map(Some);
            }
            entries = self.leaf(entry)?;
        }
        Err(broken(&self.path, "its directories go round in circles"))
    }

    fn bytes(&self, part: Part, entry: Entry) -> Result<Vec<u8>, MapError> {
        let at = part.within(entry.offset, entry.length);
        let at = at.ok_or_else(|| broken(&self.path, "a tile lies outside of it"))?;
        let mut bytes = vec![0; entry.length as usize];
        self.file.read_exact_at(&mut bytes, at).map_err(MapError::file(&self.path))?;
        Ok(bytes)
    }

    fn leaf(&self, entry: Entry) -> Result<Arc<[Entry]>, MapError> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = kept().iter().find(|(offset, _)| *offset == entry.offset) {
            return Ok(found.clone());
        }
        let read = parse(&self.path, &unpack_of(&self.path, &self.bytes(self.leaves, entry)?)?)?;
        let mut kept = kept();
        if kept.len() == KEPT {
            // The oldest goes: neighbours are asked for together.
            kept.remove(0);
        }
        kept.push((entry.offset, read.clone()));
        Ok(read)
    }
}

/// Unpacks a tile's gzipped bytes, for a client that does not take them.
pub fn unpack(gzipped: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(gzipped.len() * 3);
    GzDecoder::new(gzipped).take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn broken(path: &Path, why: &str) -> MapError {
    MapError::Broken { path: path.to_owned(), why: format!("{why}: build it again") }
}

fn number(header: &[u8], at: usize) -> u64 {
    header.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn unpack_part(file: &File, path: &Path, part: Part) -> Result<Vec<u8>, MapError> {
    if part.length > LONGEST {
        return Err(broken(path, "its header is damaged"));
    }
    let mut bytes = vec![0; part.length as usize];
    file.read_exact_at(&mut bytes, part.from).map_err(|_| broken(path, "it ends early"))?;
    unpack_of(path, &bytes)
}

fn unpack_of(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, MapError> {
    unpack(bytes).map_err(|e| broken(path, &format!("it is damaged ({e})")))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Arc<[Entry]>, MapError> {
    directory::parse(bytes).map(Arc::from).ok_or_else(|| broken(path, "a directory is damaged"))
}

fn about(path: &Path, header: &[u8], texts: &[u8]) -> Result<About, MapError> {
    let degrees = |at: usize| {
        let e7 = header.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, i32::from_le_bytes);
        f64::from(e7) / 1e7
    };
    let bounds = Bounds::new([degrees(102), degrees(106), degrees(110), degrees(114)]);
    let bounds = bounds.ok_or_else(|| broken(path, "its bounds are damaged"))?;
    let texts: serde_json::Value =
        serde_json::from_slice(texts).map_err(|_| broken(path, "its description is damaged"))?;
    let attribution = texts.get("attribution").and_then(|a| a.as_str()).unwrap_or_default().to_owned();
    let vector_layers = texts.get("vector_layers").cloned().unwrap_or_default();
    let zoom = |at: usize| header.get(at).copied().unwrap_or_default();
    Ok(About { minzoom: zoom(100), maxzoom: zoom(101), bounds, attribution, vector_layers })
}
