//! Entries, names, words and grid, as the sections of the file.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::super::file;
use super::super::record::{Entry, House, NONE, Name, Piece, Sort};
use super::super::shape::{self, Plane};
use super::super::words::{Class, words};
use super::gather::{At, Gathered, RawPlace};
use super::localities::Localities;
use super::streets::{Street, Streets};
use crate::map::MapError;

/// What is being written.
#[derive(Default)]
struct Assembly {
    texts: Vec<u8>,
    names: Vec<Name>,
    name_words: Vec<u32>,
    entries: Vec<Entry>,
    areas: Vec<u32>,
    pieces: Vec<Piece>,
    points: Vec<At>,
    houses: Vec<House>,
    /// Words as they come, before they are numbered in their order.
    words: FxHashMap<String, u32>,
    text_places: FxHashMap<String, (u32, u16)>,
}

/// Writes the file and answers how many streets, places and house numbers are in it.
pub(super) fn write(
    all: &Gathered<'_>,
    streets: &Streets,
    map: &Localities,
    path: &Path,
) -> Result<u64, MapError> {
    let mut out = Assembly::default();
    // Places follow the streets: an entry of a place is its number behind them.
    let base = streets.list.len() as u32;
    for street in &streets.list {
        out.street(all, streets, street, map, base);
    }
    for (i, place) in all.places.iter().enumerate() {
        out.place(all, i as u32, place, map, base);
    }
    out.pieces.push(Piece { points: out.points.len() as u32, street: NONE, suburb: NONE });
    let count = out.entries.len() + out.houses.len();
    out.save(streets, path)?;
    Ok(count as u64)
}

impl Assembly {
    fn street(
        &mut self,
        all: &Gathered<'_>,
        streets: &Streets,
        street: &Street,
        map: &Localities,
        base: u32,
    ) {
        let number = self.entries.len() as u32;
        let pieces = self.pieces.len() as u32;
        let mut places = Vec::new();
        let order = streets.order.get(street.pieces.0 as usize..street.pieces.1 as usize).unwrap_or(&[]);
        for old in order {
            let Some(raw) = all.pieces.get(*old as usize) else { continue };
            let suburb = if raw.suburb == NONE { NONE } else { base + raw.suburb };
            self.pieces.push(Piece { points: self.points.len() as u32, street: number, suburb });
            self.points.extend_from_slice(all.points_of(*old as usize));
            places.extend([raw.suburb, raw.city]);
        }
        places.push(street.city);
        let houses = self.houses.len() as u32;
        self.houses.extend(street.houses.iter().map(|&(number2, at)| House { number2, at }));
        let (areas, area_count) = self.areas(places, map, base);
        let (names, name_count) = self.names(number, all, &street.names);
        self.entries.push(Entry {
            at: middle(all, order, street),
            bounds: street.bounds,
            names,
            name_count,
            sort: Sort::Street as u8,
            importance: street.rank * 8,
            city: if street.city == NONE { NONE } else { base + street.city },
            pieces,
            piece_count: order.len() as u32,
            houses,
            house_count: street.houses.len() as u32,
            areas,
            area_count,
        });
    }

    fn place(&mut self, all: &Gathered<'_>, i: u32, place: &RawPlace, map: &Localities, base: u32) {
        let number = self.entries.len() as u32;
        let parent = map.parents.get(i as usize).copied().unwrap_or(NONE);
        let suburb = if place.sort == Sort::Spot { map.suburb(place.at).unwrap_or(NONE) } else { NONE };
        let (areas, area_count) = self.areas(vec![suburb, parent], map, base);
        let (names, name_count) = self.names(number, all, &place.names);
        let bounds = map.bounds.get(&i).copied();
        self.entries.push(Entry {
            at: place.at,
            bounds: bounds.unwrap_or([place.at[0], place.at[1], place.at[0], place.at[1]]),
            names,
            name_count,
            sort: place.sort as u8,
            importance: place.importance,
            city: if parent == NONE { NONE } else { base + parent },
            pieces: 0,
            piece_count: 0,
            houses: 0,
            house_count: 0,
            areas,
            area_count,
        });
    }

    /// The entries of places and of what they lie in, each once.
    fn areas(&mut self, mut places: Vec<u32>, map: &Localities, base: u32) -> (u32, u32) {
        for _ in 0..2 {
            let parents: Vec<u32> =
                places.iter().filter_map(|p| map.parents.get(*p as usize)).copied().collect();
            places.extend(parents);
        }
        places.retain(|p| *p != NONE);
        places.sort_unstable();
        places.dedup();
        let from = self.areas.len() as u32;
        self.areas.extend(places.iter().map(|p| base + p));
        (from, places.len() as u32)
    }

    fn names(&mut self, entry: u32, all: &Gathered<'_>, names: &[u32]) -> (u32, u16) {
        let from = self.names.len() as u32;
        for text in names.iter().take(12).filter_map(|n| all.names.texts.get(*n as usize)) {
            self.name(entry, text, &words(text));
            // "O'Higgins" is one word; some write two.
            if text.contains(['\'', '’']) {
                self.name(entry, text, &words(&text.replace(['\'', '’'], " ")));
            }
        }
        (from, (self.names.len() as u32 - from) as u16)
    }

    fn name(&mut self, entry: u32, text: &str, words: &[String]) {
        let (at, text_len) = match self.text_places.get(text) {
            Some(place) => *place,
            None => {
                let place = (self.texts.len() as u32, text.len().min(usize::from(u16::MAX)) as u16);
                self.texts.extend_from_slice(text.as_bytes());
                self.text_places.insert(text.to_owned(), place);
                place
            }
        };
        let first = self.name_words.len() as u32;
        for word in words {
            let next = self.words.len() as u32;
            let number = self.words.get(word).copied().unwrap_or(next);
            if number == next {
                self.words.insert(word.clone(), next);
            }
            self.name_words.push(number);
        }
        self.names.push(Name { entry, text: at, text_len, word_count: words.len() as u16, words: first });
    }

    fn save(mut self, streets: &Streets, path: &Path) -> Result<(), MapError> {
        let broken = |e: fst::Error| MapError::Broken { path: path.to_owned(), why: e.to_string() };
        let mut sorted: Vec<(String, u32)> = std::mem::take(&mut self.words).into_iter().collect();
        sorted.sort_unstable();
        let mut ranks = vec![0u32; sorted.len()];
        let mut words = fst::MapBuilder::memory();
        let mut classes = Vec::with_capacity(sorted.len());
        for (rank, (word, old)) in sorted.iter().enumerate() {
            words.insert(word, rank as u64).map_err(broken)?;
            classes.push(Class::of(word) as u8);
            if let Some(slot) = ranks.get_mut(*old as usize) {
                *slot = rank as u32;
            }
        }
        for word in &mut self.name_words {
            *word = ranks.get(*word as usize).copied().unwrap_or(0);
        }
        let (offsets, postings) = self.postings(sorted.len());
        let words = words.into_inner().map_err(broken)?;
        let cells: Vec<u32> = streets.grid.iter().map(|(cell, _)| *cell).collect();
        let cell_pieces: Vec<u32> = streets.grid.iter().map(|(_, piece)| *piece).collect();
        let cast = bytemuck::cast_slice::<u32, u8>;
        file::write(
            path,
            &[
                &self.texts,
                &words,
                &classes,
                cast(&offsets),
                cast(&postings),
                bytemuck::cast_slice(&self.names),
                cast(&self.name_words),
                bytemuck::cast_slice(&self.entries),
                cast(&self.areas),
                bytemuck::cast_slice(&self.pieces),
                bytemuck::cast_slice(&self.points),
                bytemuck::cast_slice(&self.houses),
                cast(&cells),
                cast(&cell_pieces),
            ],
        )
    }

    /// Per word, the names that contain it.
    fn postings(&self, words: usize) -> (Vec<u32>, Vec<u32>) {
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(self.name_words.len());
        for (number, name) in self.names.iter().enumerate() {
            let (from, to) = (name.words as usize, name.words as usize + usize::from(name.word_count));
            pairs.extend(self.name_words.get(from..to).unwrap_or(&[]).iter().map(|w| (*w, number as u32)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = Vec::with_capacity(words + 1);
        for word in 0..=words as u32 {
            offsets.push(pairs.partition_point(|(w, _)| *w < word) as u32);
        }
        (offsets, pairs.into_iter().map(|(_, name)| name).collect())
    }
}

/// The point of a street nearest to the middle of its box.
fn middle(all: &Gathered<'_>, pieces: &[u32], street: &Street) -> At {
    let [south, west, north, east] = street.bounds.map(i64::from);
    let plane = Plane::at([((south + north) / 2) as i32, ((west + east) / 2) as i32]);
    let lines = pieces.iter().map(|p| all.points_of(*p as usize));
    let mut nearest: Option<(At, f64)> = None;
    let houses: Vec<[At; 1]> =
        if pieces.is_empty() { street.houses.iter().map(|h| [h.1]).collect() } else { Vec::new() };
    for line in lines.chain(houses.iter().map(|h| h.as_slice())) {
        if let Some(found) = plane.nearest(line).filter(|f| nearest.is_none_or(|n| f.1 < n.1)) {
            nearest = Some(found);
        }
    }
    nearest.map_or([street.bounds[0], street.bounds[1]], |(at, _)| shape::clamp(at, street.bounds))
}
