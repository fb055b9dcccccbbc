//! The index on disk: sections of plain records behind a header, mapped into memory.
//!
//! ```text
//! 0  magic "campoplc", form u32, sections u32
//! 16 per section: offset u64, bytes u64, checksum u64
//!    checksum of all before: u64
//!    the sections, each at a multiple of 8
//! ```
//! Little-endian. A file that is cut or changed anywhere is refused when it is opened.

use std::fs::File;
use std::hash::Hasher;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use bytemuck::Pod;
use memmap2::Mmap;

use crate::map::MapError;

/// The form that this program writes and reads. Words are compared by their canonical form, so a change
/// of [`super::words`] is a change of form too.
const FORM: u32 = 1;
const MAGIC: &[u8; 8] = b"campoplc";

/// What the file holds, in its order.
#[derive(Debug, Clone, Copy)]
pub enum Section {
    /// The texts of names, end to end.
    Texts,
    /// An fst from canonical word to its number; numbers ascend with the words.
    Words,
    /// A [`super::words::Class`] per word.
    Classes,
    /// Per word, where its postings begin, and the end.
    Offsets,
    /// Per word, the names that contain it, ascending.
    Postings,
    /// [`super::record::Name`]s.
    Names,
    /// Words of names, by number.
    NameWords,
    /// [`super::record::Entry`]s.
    Entries,
    /// Entries' areas.
    Areas,
    /// [`super::record::Piece`]s, and one that ends the last.
    Pieces,
    /// Latitude and longitude of pieces' points.
    Points,
    /// [`super::record::House`]s.
    Houses,
    /// Cells of the grid, ascending.
    Cells,
    /// Per cell, a piece that passes through it.
    CellPieces,
}

/// Sections in all.
const SECTIONS: usize = Section::CellPieces as usize + 1;
const TABLE: usize = 16;
const HEADER: usize = TABLE + SECTIONS * 24 + 8;

fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// Writes `sections` in the order of [`Section`].
pub fn write(path: &Path, sections: &[&[u8]; SECTIONS]) -> Result<(), MapError> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&FORM.to_le_bytes());
    header.extend_from_slice(&(SECTIONS as u32).to_le_bytes());
    let mut offset = HEADER.next_multiple_of(8) as u64;
    for bytes in sections {
        for number in [offset, bytes.len() as u64, checksum(bytes)] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        offset += bytes.len().next_multiple_of(8) as u64;
    }
    header.extend_from_slice(&checksum(&header).to_le_bytes());
    let put = |file: &mut BufWriter<File>| {
        file.write_all(&header)?;
        for bytes in sections {
            file.write_all(bytes)?;
            file.write_all([0; 8].get(..bytes.len().next_multiple_of(8) - bytes.len()).unwrap_or(&[]))?;
        }
        file.flush()
    };
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).map_err(MapError::file(path))?);
    put(&mut file).map_err(MapError::file(path))
}

/// An opened file.
#[derive(Debug, Clone)]
pub struct Sections {
    map: Arc<Mmap>,
    ranges: [(usize, usize); SECTIONS],
}

/// The bytes of one section, sharing the mapping.
#[derive(Debug, Clone)]
pub struct Part {
    map: Arc<Mmap>,
    range: (usize, usize),
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self.map.get(self.range.0..self.range.1).unwrap_or(&[])
    }
}

impl Sections {
    /// Maps `path` and checks all of it.
    pub fn open(path: &Path) -> Result<Self, MapError> {
        let broken = |why: &str| MapError::Broken { path: path.to_owned(), why: why.to_owned() };
        let file = File::open(path).map_err(MapError::file(path))?;
        if file.metadata().map_err(MapError::file(path))?.len() < HEADER as u64 {
            return Err(broken("it is too short for an index of places"));
        }
        // SAFETY: a map's files are written once under another name and never changed: a build replaces
        // them by renaming, which leaves mapped pages alone.
        let map = unsafe { Mmap::map(&file) }.map_err(MapError::file(path))?;
        let number = |at: usize| {
            let bytes = map.get(at..at + 8).and_then(|b| <[u8; 8]>::try_from(b).ok());
            bytes.map_or(0, u64::from_le_bytes)
        };
        if map.get(..8) != Some(MAGIC.as_slice()) {
            return Err(broken("it is not an index of places"));
        }
        if number(8) != u64::from(FORM) | (SECTIONS as u64) << 32 {
            return Err(broken("it has another form: build the map again"));
        }
        if map.get(..HEADER - 8).map(checksum) != Some(number(HEADER - 8)) {
            return Err(broken("its header is damaged: build the map again"));
        }
        let mut ranges = [(0, 0); SECTIONS];
        for (i, range) in ranges.iter_mut().enumerate() {
            let at = TABLE + i * 24;
            let (from, len) = (number(at) as usize, number(at + 8) as usize);
            *range = (from, from.saturating_add(len));
            let whole = from % 8 == 0 && map.get(range.0..range.1).map(checksum) == Some(number(at + 16));
            if !whole {
                return Err(broken("it is cut or damaged: build the map again"));
            }
        }
        Ok(Self { map: Arc::new(map), ranges })
    }

    /// One section.
    pub fn part(&self, section: Section) -> Part {
        let range = self.ranges.get(section as usize).copied().unwrap_or((0, 0));
        Part { map: self.map.clone(), range }
    }

    /// The records of a section.
    pub fn records<T: Pod>(&self, section: Section) -> &[T] {
        let (from, to) = self.ranges.get(section as usize).copied().unwrap_or((0, 0));
        self.map.get(from..to).and_then(|bytes| bytemuck::try_cast_slice(bytes).ok()).unwrap_or(&[])
    }
}
