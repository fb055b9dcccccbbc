//! The opened index: records by number, words by text. Whatever a file says, nothing here panics.

use std::path::Path;

use fst::Map;

use super::file::{Part, Section, Sections};
use super::record::{Entry, House, NONE, Name, Piece, Sort};
use crate::map::MapError;

/// Streets, addresses and places of a map. Cheap to share, ready at once: the file is mapped, not read in.
#[derive(Debug)]
pub struct Places {
    pub(super) sections: Sections,
    pub(super) words: Map<Part>,
}

impl Places {
    /// Opens the file that [`super::build`] wrote. A damaged one is [`MapError::Broken`].
    pub fn open(path: &Path) -> Result<Self, MapError> {
        let sections = Sections::open(path)?;
        let words = Map::new(sections.part(Section::Words))
            .map_err(|e| MapError::Broken { path: path.to_owned(), why: format!("its words: {e}") })?;
        Ok(Self { sections, words })
    }

    /// Streets and places in all.
    pub fn count(&self) -> usize {
        self.entries().len()
    }

    pub(super) fn entries(&self) -> &[Entry] {
        self.sections.records(Section::Entries)
    }

    pub(super) fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries().get(number as usize)
    }

    pub(super) fn names(&self) -> &[Name] {
        self.sections.records(Section::Names)
    }

    pub(super) fn name(&self, number: u32) -> Option<&Name> {
        self.names().get(number as usize)
    }

    pub(super) fn name_words(&self, name: &Name) -> &[u32] {
        let from = name.words as usize;
        let all: &[u32] = self.sections.records(Section::NameWords);
        all.get(from..from + usize::from(name.word_count)).unwrap_or(&[])
    }

    pub(super) fn text(&self, name: &Name) -> &str {
        let from = name.text as usize;
        let all: &[u8] = self.sections.records(Section::Texts);
        let bytes = all.get(from..from + usize::from(name.text_len)).unwrap_or(&[]);
        std::str::from_utf8(bytes).unwrap_or("")
    }

    /// The name of an entry as it is shown.
    pub(super) fn shown(&self, entry: &Entry) -> &str {
        self.name(entry.names).map_or("", |n| self.text(n))
    }

    /// The class of a word, as its number in the file.
    pub(super) fn class(&self, word: u32) -> u8 {
        self.sections.records::<u8>(Section::Classes).get(word as usize).copied().unwrap_or(0)
    }

    /// The names that contain one of the words `from..to`.
    pub(super) fn postings(&self, from: u32, to: u32) -> &[u32] {
        let offsets: &[u32] = self.sections.records(Section::Offsets);
        let at = |word: u32| offsets.get(word as usize).copied().unwrap_or(0) as usize;
        self.sections.records::<u32>(Section::Postings).get(at(from)..at(to)).unwrap_or(&[])
    }

    /// The entries an entry lies in.
    pub(super) fn areas(&self, entry: &Entry) -> &[u32] {
        let from = entry.areas as usize;
        let all: &[u32] = self.sections.records(Section::Areas);
        all.get(from..from.saturating_add(entry.area_count as usize)).unwrap_or(&[])
    }

    pub(super) fn houses(&self, street: &Entry) -> &[House] {
        let from = street.houses as usize;
        let all: &[House] = self.sections.records(Section::Houses);
        all.get(from..from.saturating_add(street.house_count as usize)).unwrap_or(&[])
    }

    /// A piece and its points.
    pub(super) fn piece(&self, number: u32) -> Option<(&Piece, &[[i32; 2]])> {
        let pieces: &[Piece] = self.sections.records(Section::Pieces);
        let (piece, next) = (pieces.get(number as usize)?, pieces.get(number as usize + 1)?);
        let points: &[[i32; 2]] = self.sections.records(Section::Points);
        Some((piece, points.get(piece.points as usize..next.points as usize)?))
    }

    /// The lines of a street with their barrio.
    pub(super) fn lines(&self, street: &Entry) -> impl Iterator<Item = (u32, &[[i32; 2]])> + Clone {
        (street.pieces..street.pieces.saturating_add(street.piece_count))
            .filter_map(|i| self.piece(i))
            .map(|(piece, points)| (piece.suburb, points))
    }

    /// `Caballito, Buenos Aires` for an entry at a point, beginning with a comma; empty where nothing is known.
    pub(super) fn whereabouts(&self, entry: &Entry, suburb: u32) -> String {
        let mut text = String::new();
        let city = if entry.sort == Sort::Province as u8 { NONE } else { entry.city };
        let province = self.entry(city).map_or(NONE, |c| c.city);
        let mut last = self.shown(entry);
        for name in [suburb, city, province].into_iter().filter_map(|n| self.entry(n)).map(|e| self.shown(e))
        {
            if name != last && !name.is_empty() {
                text.push_str(", ");
                text.push_str(name);
                last = name;
            }
        }
        text
    }
}
