//! How well a name answers a query's words.
#![allow(
    clippy::indexing_slicing,
    reason = "the arrays have a place for each of at most WORDS words, the loops count them"
)]

use super::index::Places;
use super::record::{Entry, Name};
use super::terms::Term;
use super::words::Class;

/// Words of a name that are compared.
const WORDS: usize = 16;

/// The classes by their number in the file.
const CLASSES: [Class; 7] =
    [Class::Plain, Class::Number, Class::Title, Class::Kind, Class::Street, Class::Small, Class::Letter];

impl Places {
    /// 0..=1: 1 where all words are there and none is missing. `context` is looked for in the areas around.
    pub(super) fn fit(&self, terms: &[Term], context: &[Term], name: &Name, entry: &Entry) -> f32 {
        let words = self.name_words(name);
        let words = words.get(..words.len().min(WORDS)).unwrap_or(words);
        let mut taken = [false; WORDS];
        let (mut got, mut asked, mut told) = (0.0f32, 0.0f32, false);
        let mut left: Vec<&Term> = Vec::new();
        let (mut last, mut is_ordered) = (0, true);
        for term in terms {
            asked += term.weight;
            let best = (0..words.len())
                .filter(|i| !taken[*i])
                .map(|i| (term.fit(words[i]), i))
                .filter(|(fit, _)| *fit > 0.0)
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            match best {
                Some((fit, i)) => {
                    taken[i] = true;
                    got += term.weight * fit;
                    told |= term.is_telling;
                    is_ordered &= i >= last;
                    last = i;
                }
                None => left.push(term),
            }
        }
        if !told && terms.iter().any(|t| t.is_telling) {
            return 0.0;
        }
        let missing: f32 = (0..words.len())
            .filter(|i| !taken[*i])
            .map(|i| CLASSES.get(self.class(words[i]) as usize).copied().unwrap_or(Class::Plain).missing())
            .sum();
        // Words that the name has not may say where it is; words after the number should.
        for term in left {
            got += if term.is_telling { 0.9 * term.weight * self.context_fit(term, entry) } else { 0.0 };
        }
        for term in context {
            let weight = 0.5 * term.weight;
            asked += weight;
            got += weight * self.context_fit(term, entry);
        }
        let order = if is_ordered { 0.0 } else { 0.03 };
        (got / (asked + missing).max(0.01) - order).clamp(0.0, 1.0)
    }

    /// How well a word names one of the areas around an entry.
    fn context_fit(&self, term: &Term, entry: &Entry) -> f32 {
        let areas = self.areas(entry).iter().filter_map(|a| self.entry(*a));
        areas.map(|area| self.area_fit(term, area)).fold(0.0, f32::max)
    }

    /// How well a word stands in one of an area's names.
    pub(super) fn area_fit(&self, term: &Term, area: &Entry) -> f32 {
        let names = (area.names..area.names + u32::from(area.name_count)).filter_map(|n| self.name(n));
        names.flat_map(|n| self.name_words(n)).map(|w| term.fit(*w)).fold(0.0, f32::max)
    }
}
