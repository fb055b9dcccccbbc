//! What was asked a moment ago: five minutes, five hundred entries, places rounded to four decimals (about eleven metres).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use campo_geo::Coord;

use super::{Drive, Kind};

/// An answer is good for so long.
const KEPT: Duration = Duration::from_secs(300);
/// Answers at most.
const MOST: usize = 500;

type Key = (Kind, [i32; 4]);

/// Answers, no way among them.
#[derive(Debug, Default)]
pub struct Cache(HashMap<Key, (Instant, Option<Drive>)>);

fn key(kind: Kind, from: Coord, to: Coord) -> Key {
    let rounded = |degrees: f64| (degrees * 10_000.0).round() as i32;
    (kind, [rounded(from.lat()), rounded(from.lon()), rounded(to.lat()), rounded(to.lon())])
}

impl Cache {
    /// What is known: a trip, or that there is none. None: ask.
    pub fn get(&mut self, kind: Kind, from: Coord, to: Coord, now: Instant) -> Option<Option<Drive>> {
        let key = key(kind, from, to);
        let (at, drive) = self.0.get(&key)?;
        if now.saturating_duration_since(*at) < KEPT {
            return Some(*drive);
        }
        self.0.remove(&key);
        None
    }

    /// Keeps an answer; the oldest goes where there is no room.
    pub fn put(&mut self, kind: Kind, from: Coord, to: Coord, drive: Option<Drive>, now: Instant) {
        let key = key(kind, from, to);
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.0.retain(|_, (at, _)| now.saturating_duration_since(*at) < KEPT);
            let oldest = self.0.iter().min_by_key(|(_, (at, _))| *at).map(|(key, _)| *key);
            if let Some(oldest) = oldest.filter(|_| self.0.len() >= MOST) {
                self.0.remove(&oldest);
            }
        }
        self.0.insert(key, (now, drive));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64) -> Coord {
        Coord::new(lat, -58.4).unwrap()
    }

    fn drive(seconds: f64) -> Option<Drive> {
        Drive::new(seconds, None, 1.0)
    }

    #[test]
    fn a_few_metres_are_the_same_question_and_five_minutes_the_end() {
        let (mut cache, now) = (Cache::default(), Instant::now());
        cache.put(Kind::Osrm, at(-34.60001), at(-34.7), drive(60.0), now);
        cache.put(Kind::Mapbox, at(-34.60001), at(-34.7), None, now);
        let later = now + Duration::from_secs(299);
        assert_eq!(cache.get(Kind::Osrm, at(-34.60003), at(-34.7), later), Some(drive(60.0)));
        assert_eq!(cache.get(Kind::Mapbox, at(-34.6), at(-34.7), later), Some(None));
        assert_eq!(cache.get(Kind::Osrm, at(-34.6002), at(-34.7), later), None);
        assert_eq!(cache.get(Kind::Osrm, at(-34.6), at(-34.7), now + KEPT), None);
    }

    #[test]
    fn there_are_never_more_than_five_hundred_and_the_newest_stay() {
        let (mut cache, begin) = (Cache::default(), Instant::now());
        for n in 0..2_000u32 {
            let now = begin + Duration::from_millis(u64::from(n));
            cache.put(Kind::Osrm, at(f64::from(n) / 1_000.0), at(-34.7), drive(f64::from(n)), now);
            assert!(cache.0.len() <= MOST);
        }
        let now = begin + Duration::from_secs(2);
        assert_eq!(cache.get(Kind::Osrm, at(1.999), at(-34.7), now), Some(drive(1_999.0)));
        assert_eq!(cache.get(Kind::Osrm, at(1.499), at(-34.7), now), None);
    }
}
