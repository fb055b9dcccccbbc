//! From a written address to points on the map, the likeliest first.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::Places;
use super::locate::Spot;
use super::query::{Reading, Word, readings};
use super::record::{Entry, NONE, Sort};
use super::shape::Plane;
use super::terms::Term;
use super::{Found, FoundKind, Precision};
use crate::Coord;

/// Names that are compared for the rarest word of a query.
const FIRST: usize = 20_000;
/// A further word adds names of its own only while it is rarer than this.
const SECOND: usize = 6_000;
/// Entries that are looked at closely.
const KEPT: usize = 60;
/// The same where crossing streets are wanted: namesakes are many.
const KEPT_FOR_CORNERS: usize = 300;
/// Pairs of streets whose corner is computed.
const PAIRS: usize = 24;
/// Names that fit worse than this are nobody's answer.
const FIT: f32 = 0.45;
/// Letters of a query that are read.
const LETTERS: usize = 200;
/// Answers of one search.
const ANSWERS: usize = 50;

/// An entry that fits a reading.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    entry: u32,
    /// 0..=1.
    fit: f32,
    /// Fit, nearness and importance: what answers are ordered by.
    score: f32,
}

/// An answer before it is put into words.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    entry: u32,
    spot: Spot,
    fit: f32,
    score: f32,
    number: Option<u32>,
    corners: Vec<u32>,
}

/// What is asked, beside the words.
#[derive(Debug, Clone, Copy)]
struct Asking {
    near: Option<Plane>,
    typos: bool,
}

impl Places {
    /// The places that `query` may mean, the likeliest first; at most `limit` (up to 50).
    ///
    /// `query` is an address as people write it: `Av. Rivadavia 4502, Caballito`, `Rivadavia y Medrano`,
    /// `calle 50 e/ 7 y 8`, or the beginning of one. `near` prefers what lies close to it.
    /// Confidence is for this answer to be the meant one within a block; see [`Found`].
    pub fn search(&self, query: &str, near: Option<Coord>, limit: usize) -> Vec<Found> {
        let query: String = query.chars().take(LETTERS).collect();
        let readings = readings(&query);
        let near = near.map(|c| Plane::at([c.lat_e7(), c.lon_e7()]));
        let mut hits = self.hits(&readings, Asking { near, typos: false });
        // Every word was found as it is written: nobody mistyped.
        if hits.iter().all(|h| h.fit < 0.8) {
            hits.extend(self.hits(&readings, Asking { near, typos: true }));
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry)));
        self.answers(&hits, near, limit.clamp(1, ANSWERS))
    }

    fn hits(&self, readings: &[Reading], asking: Asking) -> Vec<Hit> {
        let mut hits = Vec::new();
        for reading in readings {
            let context: Vec<Term> =
                reading.context.iter().map(|w| self.context_term(w, asking.typos)).collect();
            let look_up =
                |words: &[Word]| -> Vec<Term> { words.iter().map(|w| self.term(w, asking.typos)).collect() };
            let name = look_up(&reading.name);
            let kept = if reading.corners.is_empty() { KEPT } else { KEPT_FOR_CORNERS };
            let mut streets = self.candidates(&name, &context, asking.near, kept);
            for street in &mut streets {
                street.score -= reading.doubt;
            }
            if reading.corners.is_empty() {
                hits.extend(streets.iter().filter_map(|c| self.hit(c, reading.number, &name, &context)));
                continue;
            }
            let crossings: Vec<Vec<Candidate>> = reading
                .corners
                .iter()
                .map(|words| self.candidates(&look_up(words), &context, asking.near, kept))
                .collect();
            self.crossings(&streets, &crossings, reading.number, &mut hits);
        }
        hits
    }

    /// A word that says where. One that names no place of this map weighs less: the map may not know places.
    fn context_term(&self, word: &Word, typos: bool) -> Term {
        let mut term = self.term(word, typos);
        let is_place = |name: &u32| {
            let entry = self.name(*name).and_then(|n| self.entry(n.entry));
            entry.is_some_and(|e| e.sort >= Sort::Suburb as u8)
        };
        // Places stand behind the streets, so the last postings tell.
        let names_one =
            term.ranges().take(8).any(|(from, to)| self.postings(from, to).last().is_some_and(is_place));
        if !names_one {
            let has_places = self.entries().last().is_some_and(|e| e.sort >= Sort::Suburb as u8);
            term.weight *= if has_places { 0.6 } else { 0.1 };
        }
        term
    }

    /// The entries whose names fit best.
    fn candidates(
        &self,
        terms: &[Term],
        context: &[Term],
        near: Option<Plane>,
        kept: usize,
    ) -> Vec<Candidate> {
        let mut best: FxHashMap<u32, Candidate> = FxHashMap::default();
        for number in self.likely_names(terms) {
            let Some(name) = self.name(number) else { continue };
            let Some(entry) = self.entry(name.entry) else { continue };
            let fit = self.fit(terms, context, name, entry);
            if fit < FIT {
                continue;
            }
            // Another spelling, or an old name, stands behind the name of today.
            let old = if number == entry.names { 0.0 } else { 0.03 };
            let score = fit - old + nearness(near, entry) + f32::from(entry.importance) / 255.0 * 0.06;
            let candidate = Candidate { entry: name.entry, fit, score };
            let slot = best.entry(name.entry).or_insert(candidate);
            if slot.score < score {
                *slot = candidate;
            }
        }
        let mut list: Vec<Candidate> = best.into_values().collect();
        let order = |a: &Candidate, b: &Candidate| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry));
        if list.len() > kept {
            list.select_nth_unstable_by(kept, order);
            list.truncate(kept);
        }
        list.sort_unstable_by(order);
        list
    }

    /// Names that have at least one telling word of the query: those of the rarest word, and of others that are rare.
    fn likely_names(&self, terms: &[Term]) -> FxHashSet<u32> {
        let size = |t: &Term| t.ranges().map(|(from, to)| self.postings(from, to).len()).sum::<usize>();
        let mut sized: Vec<(usize, &Term)> =
            terms.iter().filter(|t| t.is_telling).map(|t| (size(t), t)).collect();
        if sized.is_empty() {
            sized = terms.iter().map(|t| (size(t), t)).collect();
        }
        sized.retain(|(size, _)| *size > 0);
        sized.sort_by_key(|(size, _)| *size);
        let mut found = FxHashSet::default();
        for (i, (size, term)) in sized.into_iter().enumerate() {
            if i > 0 && size > SECOND {
                break;
            }
            let names = term.ranges().flat_map(|(from, to)| self.postings(from, to)).copied();
            found.extend(names.take(FIRST));
        }
        found
    }

    fn hit(
        &self,
        candidate: &Candidate,
        number: Option<u32>,
        name: &[Term],
        context: &[Term],
    ) -> Option<Hit> {
        let entry = self.entry(candidate.entry)?;
        let (mut fit, mut score) = (candidate.fit, candidate.score);
        if entry.sort != Sort::Street as u8 {
            // A place has no numbers.
            if number.is_some() {
                (fit, score) = (fit * 0.6, score - 0.4);
            }
            let spot = Spot {
                at: entry.at,
                precision: Precision::Place,
                trust: if number.is_some() { 0.3 } else { 0.7 },
            };
            return Some(Hit { entry: candidate.entry, spot, fit, score, number: None, corners: Vec::new() });
        }
        let spot = match number.map(|n| self.house(entry, n)) {
            Some(Some(spot)) => spot,
            asked => {
                let suburb = self.named_suburb(entry, name.iter().chain(context));
                let at = self.middle(entry, suburb);
                // A short street is nearly an address.
                let long_m = long_m(entry);
                let trust = if long_m < 150.0 { 0.75 } else { 0.5 };
                Spot {
                    at,
                    precision: Precision::Street,
                    trust: if asked.is_some() { trust * 0.9 } else { trust },
                }
            }
        };
        score += match spot.precision {
            Precision::Number => 0.10,
            Precision::Interpolated => 0.08 * spot.trust,
            _ => 0.0,
        };
        Some(Hit { entry: candidate.entry, spot, fit, score, number, corners: Vec::new() })
    }

    /// The barrio of a street that the query names.
    fn named_suburb<'a>(&self, street: &Entry, terms: impl Iterator<Item = &'a Term> + Clone) -> Option<u32> {
        let suburbs = self.areas(street).iter().copied().filter(|a| {
            self.entry(*a).is_some_and(|e| {
                e.sort == Sort::Suburb as u8
                    && terms.clone().any(|t| t.weight > 0.3 && self.area_fit(t, e) >= 0.9)
            })
        });
        let found: Vec<u32> = suburbs.collect();
        // "Rivadavia" names a barrio somewhere too: only one that is meant for sure moves the pin.
        (found.len() == 1).then(|| found.first().copied()).flatten()
    }

    fn crossings(
        &self,
        streets: &[Candidate],
        crossings: &[Vec<Candidate>],
        number: Option<u32>,
        hits: &mut Vec<Hit>,
    ) {
        let Some((first, others)) = crossings.split_first() else { return };
        let mut pairs: Vec<(f32, &Candidate, &Candidate)> =
            streets.iter().flat_map(|a| first.iter().map(move |b| (a.score + b.score, a, b))).collect();
        pairs.retain(|(_, a, b)| a.entry != b.entry && self.may_meet(a.entry, b.entry));
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (sum, a, b) in pairs.into_iter().take(PAIRS) {
            let (Some(street), Some(crossing)) = (self.entry(a.entry), self.entry(b.entry)) else { continue };
            let Some(spot) = self.corner(street, crossing) else { continue };
            let mut hit = Hit {
                entry: a.entry,
                spot,
                fit: (a.fit + b.fit) / 2.0,
                score: sum / 2.0 + 0.1,
                number: None,
                corners: vec![b.entry],
            };
            if let Some(second) = others.first() {
                self.between_corners(street, second, &mut hit);
            }
            // A number that is known stands above a corner that was named with it.
            if let Some(house) = number.and_then(|n| self.house(street, n)).filter(|s| s.trust > 0.65) {
                (hit.spot, hit.number, hit.corners) = (house, number, Vec::new());
            }
            hits.push(hit);
        }
    }

    fn may_meet(&self, a: u32, b: u32) -> bool {
        match (self.entry(a), self.entry(b)) {
            (Some(a), Some(b)) => {
                let is_street = |e: &Entry| e.sort == Sort::Street as u8;
                is_street(a) && is_street(b) && super::locate::touch(a.bounds, b.bounds)
            }
            _ => false,
        }
    }

    /// Moves a hit from its corner to the middle of the block towards the second crossing street.
    fn between_corners(&self, street: &Entry, seconds: &[Candidate], hit: &mut Hit) {
        let start = hit.spot.at;
        let ends = seconds
            .iter()
            .filter(|c| !hit.corners.contains(&c.entry) && c.entry != hit.entry)
            .filter_map(|c| {
                let entry = self.entry(c.entry)?;
                Some((
                    c,
                    self.corner(street, entry)?,
                    super::shape::between_m(start, self.corner(street, entry)?.at),
                ))
            });
        let Some((c, end, far)) = ends.take(8).min_by(|a, b| a.2.total_cmp(&b.2)) else {
            hit.fit *= 0.8;
            hit.score -= 0.2;
            return;
        };
        let half = |i: usize| {
            let ends = [start, end.at].map(|p| p.get(i).copied().map_or(0, i64::from));
            (ends.iter().sum::<i64>() / 2) as i32
        };
        let middle = [half(0), half(1)];
        hit.spot.at = self.on_street(street, middle, 200.0).unwrap_or(middle);
        // A block is right; kilometres between the corners say little.
        hit.spot.trust = if far < 400.0 { 0.9 } else { 0.5 };
        hit.fit = (hit.fit * 2.0 + c.fit) / 3.0;
        hit.corners.push(c.entry);
    }

    fn answers(&self, hits: &[Hit], near: Option<Plane>, limit: usize) -> Vec<Found> {
        let mut answers: Vec<Found> = Vec::new();
        let mut shown: Vec<&Hit> = Vec::new();
        for hit in hits {
            if shown.len() == limit {
                break;
            }
            let is_twin = |other: &&Hit| {
                super::shape::between_m(other.spot.at, hit.spot.at) < 60.0
                    && (other.entry == hit.entry || other.spot.precision == hit.spot.precision)
            };
            // The same street by another reading, worse located.
            let is_same = |other: &&Hit| other.entry == hit.entry && other.fit >= hit.fit - 0.05;
            if shown.iter().any(|other| is_twin(other) || is_same(other)) {
                continue;
            }
            let Some(found) = self.found(hit, self.doubt(hit, hits, near)) else { continue };
            // Two parts of one street that were drawn apart look the same to people.
            if answers.iter().any(|a| a.label == found.label && a.at.distance_m(found.at) < 1_000.0) {
                continue;
            }
            shown.push(hit);
            answers.push(found);
        }
        answers
    }

    /// What is left of an answer's confidence beside others that fit as well, lie elsewhere and not much farther.
    ///
    /// A namesake that is known as exactly leaves half; one whose numbers nobody knows may have the door too.
    fn doubt(&self, hit: &Hit, hits: &[Hit], near: Option<Plane>) -> f32 {
        let distance = |h: &Hit| near.map(|plane| plane.distance_m(h.spot.at));
        let rank = |h: &Hit| match h.spot.precision {
            Precision::Number | Precision::Interpolated | Precision::Corner => 1,
            Precision::Street | Precision::Place => 0,
        };
        let beside = |other: &Hit| {
            let far_m = super::shape::between_m(other.spot.at, hit.spot.at);
            // Parts of one street that were drawn apart are no namesakes.
            let is_part = far_m < 3_000.0 && self.title(other) == self.title(hit);
            let as_near = match (distance(hit), distance(other)) {
                (Some(here), Some(there)) => there < 3.0 * here + 3_000.0,
                _ => true,
            };
            if other.entry == hit.entry || far_m < 300.0 || is_part || !as_near {
                1.0
            } else if rank(other) >= rank(hit) && other.fit >= hit.fit - 0.04 {
                0.55
            } else if hit.number.is_some() && other.number.is_some() && other.fit >= hit.fit - 0.005 {
                0.7
            } else {
                1.0
            }
        };
        hits.iter().take(200).map(beside).fold(1.0, f32::min)
    }

    fn title(&self, hit: &Hit) -> Option<&str> {
        self.entry(hit.entry).map(|e| self.shown(e))
    }

    fn found(&self, hit: &Hit, doubt: f32) -> Option<Found> {
        let entry = self.entry(hit.entry)?;
        let [lat, lon] = hit.spot.at;
        let kind = match Sort::of(entry.sort) {
            Sort::Street => FoundKind::Street,
            Sort::Spot => FoundKind::Poi,
            Sort::Suburb | Sort::City | Sort::Province => FoundKind::Place,
        };
        let mut label = self.shown(entry).to_owned();
        let corner = |i: usize| hit.corners.get(i).and_then(|c| self.entry(*c)).map(|e| self.shown(e));
        match (hit.number, corner(0), corner(1)) {
            (Some(number), ..) => label.push_str(&format!(" {number}")),
            (None, Some(a), Some(b)) => label.push_str(&format!(" entre {a} y {b}")),
            (None, Some(a), None) => label.push_str(&format!(" y {a}")),
            (None, None, _) => {}
        }
        let suburb = match kind {
            FoundKind::Street => self.suburb_at(entry, hit.spot.at),
            FoundKind::Poi => self.suburb_of(entry),
            FoundKind::Place => NONE,
        };
        label.push_str(&self.whereabouts(entry, suburb));
        let confidence = (hit.fit.powf(1.5) * hit.spot.trust * doubt).clamp(0.0, 1.0);
        let confidence = (f64::from(confidence) * 100.0).round() / 100.0;
        Some(Found { label, kind, at: Coord::from_e7(lat, lon)?, confidence, precision: hit.spot.precision })
    }

    /// The barrio among an entry's areas.
    pub(super) fn suburb_of(&self, entry: &Entry) -> u32 {
        let is_suburb = |a: &&u32| self.entry(**a).is_some_and(|e| e.sort == Sort::Suburb as u8);
        self.areas(entry).iter().find(is_suburb).copied().unwrap_or(NONE)
    }
}

/// Up to 0.25 for what lies close: a neighbourhood first, then a town, then a region.
fn nearness(near: Option<Plane>, entry: &Entry) -> f32 {
    let Some(plane) = near else { return 0.0 };
    let far_m = plane.box_distance_m(entry.bounds);
    (0.10 * (-far_m / 4_000.0).exp() + 0.15 * (-far_m / 60_000.0).exp()) as f32
}

/// The longer side of a street's box, metres.
fn long_m(entry: &Entry) -> f64 {
    let [south, west, north, east] = entry.bounds;
    super::shape::between_m([south, west], [north, east])
}
