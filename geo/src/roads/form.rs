//! The file `roads-*.graph`: a header, a table of parts, the parts.
//!
//! ```text
//! 0    "CAMPOROD"                      8 bytes
//! 8    form                            u32
//! 12   number of parts                 u32
//! 16   sum over everything from 32 on  u64
//! 24   length of the file              u64
//! 32   (offset u64, length u64) per part, in the order of `Part`
//! ...  parts, each from a multiple of 64 on, zeros between
//! ```
//! Numbers are little-endian. The file is mapped, not read: opening all Argentina costs one pass for the sum.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use bytemuck::Pod;
use memmap2::Mmap;

use crate::map::MapError;

const MAGIC: &[u8; 8] = b"CAMPOROD";
/// Raised whenever a part changes its shape or meaning.
const FORM: u32 = 1;
const HEAD: usize = 32;
const ALIGN: u64 = 64;

/// The parts of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Part {
    /// Pieces of road, undirected ([`super::graph::Segment`]).
    Segments,
    /// Points of their geometry, as varints.
    Shapes,
    /// Ways ([`super::graph::WayEntry`]).
    Ways,
    /// Names, one after the other.
    Names,
    /// Where names begin (u32, one more than names).
    NameStarts,
    /// Segment of each edge, doubled, plus one when against its drawing.
    Edges,
    /// Lights on each edge, its end included.
    Signals,
    /// Milliseconds by edge for a car; `u32::MAX` where it may not go.
    CarTimes,
    /// The same for a motorbike.
    MotorbikeTimes,
    /// Where the turns of each vertex begin (one more than vertices).
    TurnStarts,
    /// Vertex after each turn.
    TurnHeads,
    /// Cost, kind and bans of each turn ([`super::graph::Turn`]).
    Turns,
    /// Edges that have further vertices, and these (pairs, sorted).
    Copies,
    /// The edges of the further vertices, in the order of these.
    CopyEdges,
    /// Boxes of the spatial tree.
    Boxes,
    /// Where its levels begin.
    Levels,
    /// Arrays of the hierarchy's topology.
    Topology,
    /// Where each of them begins.
    TopologyStarts,
    /// Arrays of a car's metric.
    CarMetric,
    /// Where each of them begins.
    CarMetricStarts,
    /// Arrays of a motorbike's metric.
    MotorbikeMetric,
    /// Where each of them begins.
    MotorbikeMetricStarts,
}

const PARTS: usize = Part::MotorbikeMetricStarts as usize + 1;

/// Writes the file part by part, in their order.
pub(super) struct Writer<'a> {
    path: &'a Path,
    file: BufWriter<File>,
    at: u64,
    table: Vec<(u64, u64)>,
    sum: Sum,
}

impl<'a> Writer<'a> {
    pub(super) fn create(path: &'a Path) -> Result<Self, MapError> {
        let file = File::create(path).map_err(MapError::file(path))?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        let at = (HEAD + PARTS * 16) as u64;
        file.write_all(&vec![0; at as usize]).map_err(MapError::file(path))?;
        Ok(Self { path, file, at, table: Vec::with_capacity(PARTS), sum: Sum::default() })
    }

    /// The next part.
    pub(super) fn part<T: Pod>(&mut self, part: Part, content: &[T]) -> Result<(), MapError> {
        if part as usize != self.table.len() {
            let why = format!("part {part:?} written out of order");
            return Err(MapError::Broken { path: self.path.to_owned(), why });
        }
        let bytes: &[u8] = bytemuck::cast_slice(content);
        let gap = [0u8; ALIGN as usize];
        let gap = gap.get(..(self.at.next_multiple_of(ALIGN) - self.at) as usize).unwrap_or(&[]);
        for piece in [gap, bytes] {
            self.file.write_all(piece).map_err(MapError::file(self.path))?;
            self.sum.take(piece);
        }
        let from = self.at + gap.len() as u64;
        self.table.push((from, bytes.len() as u64));
        self.at = from + bytes.len() as u64;
        Ok(())
    }

    /// Several arrays as one part, and where each begins as the next.
    pub(super) fn arrays(&mut self, part: Part, starts: Part, arrays: &[&[u32]]) -> Result<(), MapError> {
        let mut at = 0u64;
        let mut begins = vec![0u64];
        for array in arrays {
            at += array.len() as u64;
            begins.push(at);
        }
        let from = self.at.next_multiple_of(ALIGN);
        self.part::<u8>(part, &[])?;
        for array in arrays {
            let bytes: &[u8] = bytemuck::cast_slice(array);
            self.file.write_all(bytes).map_err(MapError::file(self.path))?;
            self.sum.take(bytes);
        }
        if let Some(last) = self.table.last_mut() {
            *last = (from, at * 4);
        }
        self.at = from + at * 4;
        self.part(starts, &begins)
    }

    /// Writes the table and the header.
    pub(super) fn finish(mut self) -> Result<(), MapError> {
        let table: Vec<u8> = self
            .table
            .iter()
            .flat_map(|(from, length)| [from.to_le_bytes(), length.to_le_bytes()])
            .flatten()
            .collect();
        let mut sum = Sum::default();
        sum.take(&table);
        let sum = sum.end() ^ self.sum.end().rotate_left(1);
        let mut head = Vec::with_capacity(HEAD + table.len());
        head.extend_from_slice(MAGIC);
        head.extend_from_slice(&FORM.to_le_bytes());
        head.extend_from_slice(&(self.table.len() as u32).to_le_bytes());
        head.extend_from_slice(&sum.to_le_bytes());
        head.extend_from_slice(&self.at.to_le_bytes());
        head.extend_from_slice(&table);
        let path = self.path;
        self.file.seek(SeekFrom::Start(0)).map_err(MapError::file(path))?;
        self.file.write_all(&head).map_err(MapError::file(path))?;
        self.file.flush().map_err(MapError::file(path))
    }
}

/// A sum of bytes that notices flipped and lost ones: four lanes of multiply and rotate over words.
#[derive(Debug, Clone)]
struct Sum {
    lanes: [u64; 4],
    rest: Vec<u8>,
    length: u64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { lanes: [1, 2, 3, 4], rest: Vec::new(), length: 0 }
    }
}

impl Sum {
    fn take(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if !self.rest.is_empty() {
            let missing = (32 - self.rest.len()).min(bytes.len());
            let (head, tail) = bytes.split_at(missing);
            self.rest.extend_from_slice(head);
            bytes = tail;
            if self.rest.len() < 32 {
                return;
            }
            let whole = std::mem::take(&mut self.rest);
            self.whole(&whole);
        }
        let (whole, rest) = bytes.split_at(bytes.len() / 32 * 32);
        self.whole(whole);
        self.rest.extend_from_slice(rest);
    }

    fn whole(&mut self, bytes: &[u8]) {
        for block in bytes.as_chunks::<32>().0 {
            for (lane, word) in self.lanes.iter_mut().zip(block.as_chunks::<8>().0) {
                let word = u64::from_le_bytes(*word);
                *lane = (*lane ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
            }
        }
    }

    fn end(mut self) -> u64 {
        let mut last = std::mem::take(&mut self.rest);
        last.resize(32, 0);
        self.whole(&last);
        self.lanes
            .iter()
            .fold(self.length, |sum, lane| (sum ^ lane).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(31))
    }
}

/// A mapped file whose sum was right.
#[derive(Debug, Clone)]
pub(super) struct Mapped {
    map: Arc<Mmap>,
    parts: Arc<[Range<usize>; PARTS]>,
}

impl Mapped {
    pub(super) fn open(path: &Path) -> Result<Self, MapError> {
        let broken = |why: &str| MapError::Broken { path: path.to_owned(), why: why.to_owned() };
        let file = File::open(path).map_err(MapError::file(path))?;
        let length = file.metadata().map_err(MapError::file(path))?.len();
        if length < (HEAD + PARTS * 16) as u64 {
            return Err(broken("too short for a road graph: build the map again"));
        }
        // SAFETY: a finished graph is never written to: builds write files of new names and remove old ones, and a
        // removed file's pages stay while they are mapped.
        let map = unsafe { Mmap::map(&file) }.map_err(MapError::file(path))?;
        let parts = parts(&map).map_err(|why| broken(&why))?;
        Ok(Self { map: Arc::new(map), parts: Arc::new(parts) })
    }

    /// A part as numbers; empty where its length does not fit (open looked before).
    pub(super) fn part<T: Pod>(&self, part: Part) -> &[T] {
        let bytes =
            self.parts.get(part as usize).and_then(|range| self.map.get(range.clone())).unwrap_or(&[]);
        bytemuck::try_cast_slice(bytes).unwrap_or(&[])
    }

    /// Does a part hold whole numbers of this kind?
    pub(super) fn fits<T: Pod>(&self, part: Part) -> bool {
        let range = self.parts.get(part as usize).cloned().unwrap_or_default();
        range.len().is_multiple_of(size_of::<T>())
            && range.start.is_multiple_of(align_of::<T>())
            && self.map.get(range).is_some()
    }

    /// A part of numbers that is kept beyond a question.
    pub(super) fn words(&self, part: Part) -> Words {
        let range = self.parts.get(part as usize).cloned().unwrap_or_default();
        Words::Mapped { map: self.map.clone(), range }
    }

    /// The arrays of a part, see [`Writer::arrays`].
    pub(super) fn arrays<const N: usize>(&self, part: Part, starts: Part) -> Option<[Words; N]> {
        let starts: &[u64] = self.part(starts);
        let whole = self.part::<u32>(part).len();
        let base = self.parts.get(part as usize)?.start;
        starts
            .windows(2)
            .map(|pair| {
                let (from, to) = (*pair.first()? as usize, *pair.last()? as usize);
                let range = base + from * 4..base + to * 4;
                (from <= to && to <= whole).then(|| Words::Mapped { map: self.map.clone(), range })
            })
            .collect::<Option<Vec<_>>>()?
            .try_into()
            .ok()
    }
}

/// Numbers: in a mapped file, kept with the map, or in memory.
#[derive(Debug, Clone)]
pub(super) enum Words {
    /// In the file.
    Mapped {
        /// The file.
        map: Arc<Mmap>,
        /// Bytes.
        range: Range<usize>,
    },
    /// In memory.
    Owned(Arc<[u32]>),
}

impl Deref for Words {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::Mapped { map, range } => {
                let bytes = map.get(range.clone()).unwrap_or(&[]);
                bytemuck::try_cast_slice(bytes).unwrap_or(&[])
            }
            Self::Owned(words) => words,
        }
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn parts(bytes: &[u8]) -> Result<[Range<usize>; PARTS], String> {
    if !bytes.starts_with(MAGIC) {
        return Err("not a road graph".to_owned());
    }
    let versions = word(bytes, 8);
    let (form, count) = (versions as u32, (versions >> 32) as usize);
    if form != FORM || count != PARTS {
        return Err(format!("form {form} instead of {FORM}: build the map again"));
    }
    if word(bytes, 24) != bytes.len() as u64 {
        return Err("it is cut off: build the map again".to_owned());
    }
    let (table, rest) = bytes.get(HEAD..).unwrap_or(&[]).split_at(PARTS * 16);
    let (mut first, mut second) = (Sum::default(), Sum::default());
    first.take(table);
    second.take(rest);
    if first.end() ^ second.end().rotate_left(1) != word(bytes, 16) {
        return Err("its sum is wrong, it is damaged: build the map again".to_owned());
    }
    let mut parts = [const { 0..0 }; PARTS];
    for (i, part) in parts.iter_mut().enumerate() {
        let (from, length) = (word(table, i * 16) as usize, word(table, i * 16 + 8) as usize);
        *part =
            from..from.checked_add(length).filter(|end| *end <= bytes.len()).ok_or("a part is cut off")?;
    }
    Ok(parts)
}
