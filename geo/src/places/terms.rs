//! The words of a query, looked up: which words of the index each may stand for, and how well.

use std::sync::LazyLock;

use fst::{IntoStreamer, Streamer};
use levenshtein_automata::{Distance, LevenshteinAutomatonBuilder};
use rustc_hash::FxHashMap;

use super::index::Places;
use super::query::Word;
use super::words::Class;

/// One wrong letter, one too many, one missing, or two exchanged.
static ONE: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
/// Twice so.
static TWO: LazyLock<LevenshteinAutomatonBuilder> =
    LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));

/// Words that a misspelled one may stand for; more would be noise.
const LIKE: usize = 200;

/// What a word of a query may stand for.
#[derive(Debug, Clone, Default)]
pub struct Term {
    /// What it counts.
    pub weight: f32,
    pub(super) is_telling: bool,
    exact: [Option<u32>; 2],
    /// Words that begin so: from, to, how well.
    prefix: (u32, u32, f32),
    /// Words spelled nearly so.
    like: FxHashMap<u32, f32>,
    /// Its first letter alone.
    initial: Option<u32>,
}

impl Term {
    /// How well a word of the index fits, 0..=1.
    pub fn fit(&self, word: u32) -> f32 {
        if self.exact.contains(&Some(word)) {
            return 1.0;
        }
        let prefix = if (self.prefix.0..self.prefix.1).contains(&word) { self.prefix.2 } else { 0.0 };
        let initial = if self.initial == Some(word) { 0.5 } else { 0.0 };
        self.like.get(&word).copied().unwrap_or(0.0).max(prefix).max(initial)
    }

    /// The words it may stand for, as ranges: the exact first.
    pub fn ranges(&self) -> impl Iterator<Item = (u32, u32)> {
        let exact = self.exact.into_iter().flatten().map(|w| (w, w + 1));
        let prefix = Some((self.prefix.0, self.prefix.1)).filter(|(from, to)| from < to);
        exact.chain(self.like.keys().map(|w| (*w, *w + 1))).chain(prefix)
    }
}

impl Places {
    /// Looks a word up; with `typos` also words that are spelled nearly so.
    pub(super) fn term(&self, word: &Word, typos: bool) -> Term {
        let find = |text: &str| self.words.get(text).map(|n| n as u32);
        let exact = find(&word.canonical);
        let raw = find(&word.raw).filter(|w| Some(*w) != exact);
        let mut term = Term {
            weight: word.class.weight(),
            is_telling: word.class.is_telling() || word.class == Class::Letter,
            exact: [exact, raw],
            ..Term::default()
        };
        if word.class == Class::Number && !word.is_partial {
            return term;
        }
        let (from, to) = self.beginning_with(&word.raw);
        let fit = match (word.is_partial, word.raw.len()) {
            (true, _) => 0.9,
            (false, 1) => 0.5,
            (false, 2) => 0.6,
            (false, _) => 0.75,
        };
        term.prefix = (from, to, fit);
        term.initial = word.canonical.get(..1).and_then(find).filter(|w| Some(*w) != exact);
        if typos && word.class != Class::Number && word.class != Class::Small {
            self.misspelled(word, &mut term);
        }
        term
    }

    /// The numbers of words that begin with `text`.
    fn beginning_with(&self, text: &str) -> (u32, u32) {
        let words = self.words.len() as u32;
        let first = |stream: fst::map::StreamBuilder<'_>| {
            stream.into_stream().next().map_or(words, |(_, number)| number as u32)
        };
        let from = first(self.words.range().ge(text));
        // No word contains the last code point.
        let to = first(self.words.range().gt(format!("{text}\u{10ffff}")));
        (from, to.max(from))
    }

    fn misspelled(&self, word: &Word, term: &mut Term) {
        let (letters, growing) = (word.canonical.chars().count(), word.is_partial);
        let builder = match letters {
            0..4 => return,
            4..8 => &ONE,
            _ => &TWO,
        };
        // Accents are gone, but other scripts may be long in bytes; the automaton counts code points.
        let dfa = builder.build_dfa(&word.canonical);
        let start = word.canonical.chars().next();
        let mut stream = self.words.search_with_state(&dfa).into_stream();
        while let Some((found, number, state)) = stream.next() {
            let Distance::Exact(distance) = dfa.distance(state) else { continue };
            // People seldom miss the first letter.
            let is_start = std::str::from_utf8(found).ok().and_then(|t| t.chars().next()) == start;
            let fit = match (distance, is_start) {
                (0, _) => 1.0,
                (1, true) => 0.88,
                (1, false) => 0.8,
                (_, true) => 0.72,
                (_, false) => 0.6,
            };
            if term.like.len() < LIKE {
                term.like.insert(number as u32, fit);
            }
        }
        if growing && letters >= 5 {
            let dfa = ONE.build_prefix_dfa(&word.canonical);
            let mut stream = self.words.search_with_state(&dfa).into_stream();
            while let Some((_, number, _)) = stream.next() {
                if term.like.len() >= LIKE {
                    break;
                }
                term.like.entry(number as u32).or_insert(0.65);
            }
        }
    }
}
