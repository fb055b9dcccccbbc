//! Keys and values: each text is kept once, a tag is two numbers.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// Keys that no builder reads; they are a third of all tags.
const IGNORED: [&str; 9] = [
    "source",
    "created_by",
    "note",
    "fixme",
    "FIXME",
    "source:name",
    "survey:date",
    "check_date",
    "wikidata",
];

/// All texts of an extract.
#[derive(Debug, Default)]
pub struct Texts {
    list: Vec<Arc<str>>,
    places: FxHashMap<Arc<str>, u32>,
}

impl Texts {
    /// The number of a text, made when it is new.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let (place, text) = (self.list.len() as u32, Arc::<str>::from(text));
        self.list.push(text.clone());
        self.places.insert(text, place);
        place
    }

    /// The number of a text that is already there.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.places.get(text).copied()
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> &str {
        self.list.get(number as usize).map_or("", |t| t)
    }

    /// Appends the tags that somebody reads.
    pub(super) fn push<'a>(
        &mut self,
        tags: impl Iterator<Item = (&'a str, &'a str)>,
        to: &mut Vec<(u32, u32)>,
    ) {
        for (key, value) in tags.filter(|(key, _)| !IGNORED.contains(key) && !key.starts_with("tiger:")) {
            to.push((self.number(key), self.number(value)));
        }
    }

    /// Reading is over: the way from text to number is not needed for values any more.
    pub(super) fn settle(&mut self) {
        self.places.shrink_to_fit();
        self.list.shrink_to_fit();
    }
}

/// The tags of one node, way or relation.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a> {
    texts: &'a Texts,
    pairs: &'a [(u32, u32)],
}

impl<'a> Tags<'a> {
    pub(super) fn new(texts: &'a Texts, pairs: &'a [(u32, u32)]) -> Self {
        Self { texts, pairs }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        if self.pairs.is_empty() {
            return None;
        }
        let key = self.texts.find(key)?;
        self.pairs.iter().find(|(k, _)| *k == key).map(|(_, value)| self.texts.text(*value))
    }

    /// Has the key this value?
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    /// Is the key there with anything but `no`?
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value != "no")
    }

    /// All pairs, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let texts = self.texts;
        self.pairs.iter().map(move |(key, value)| (texts.text(*key), texts.text(*value)))
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}
