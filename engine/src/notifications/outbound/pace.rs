//! How many messages of an organization left in the last minute, counted by second.
//!
//! Where many may leave, a process takes the places of a second together ([`Places`]): the organization's row is locked
//! until an attempt is noted on disk, and would make them wait for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::ids::OrgId;

/// Seconds that are counted: a minute, the second under way, and the one for which places taken together are good, so
/// that no sixty seconds hold more than the limit.
const SECONDS: usize = 62;
/// How long places taken together are good.
const GOOD: Duration = Duration::from_secs(1);

/// Places that this process has taken and not used yet.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<HashMap<OrgId, (Instant, i32)>>>);

impl Places {
    /// Uses one of those at hand.
    pub(super) fn use_one(&self, org: OrgId) -> bool {
        let mut all = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match all.get_mut(&org) {
            Some((taken_at, left)) if *left > 0 && taken_at.elapsed() < GOOD => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// Keeps places for the coming second. What was left is given up: it is counted as used.
    pub(super) fn keep(&self, org: OrgId, left: i32) {
        let mut all = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        all.retain(|_, (taken_at, _)| taken_at.elapsed() < GOOD);
        if left > 0 {
            all.insert(org, (Instant::now(), left));
        }
    }
}

/// How many places one look takes: what may leave in a second, at least one.
pub(super) fn share_of_a_second(per_minute: i32) -> i32 {
    (per_minute / 60).max(1)
}

/// What left, by second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// Seconds since 1970 of the newest count.
    pub(super) newest: i64,
    /// The newest first.
    pub(super) counts: Vec<i32>,
}

impl Pace {
    /// Takes up to `wanted` places at `now` (seconds since 1970): how many, or the seconds until one is free.
    ///
    /// A clock that went back counts on in the newest second.
    pub(super) fn take(&mut self, now: f64, most: i32, wanted: i32) -> Result<i32, f64> {
        self.advance(now.floor() as i64);
        let mut over = self.counts.iter().sum::<i32>() - most.max(1) + 1;
        if over > 0 {
            return Err(self.wait(&mut over, now));
        }
        // What is over the limit, one place counted in, is below one: so many are free.
        let taken = wanted.clamp(1, 1 - over);
        if let Some(newest) = self.counts.first_mut() {
            *newest += taken;
        }
        Ok(taken)
    }

    /// Makes `second` the newest.
    fn advance(&mut self, second: i64) {
        let gone = usize::try_from(second - self.newest).unwrap_or(0).min(SECONDS);
        self.counts.splice(0..0, std::iter::repeat_n(0, gone));
        self.counts.resize(SECONDS, 0);
        self.newest = self.newest.max(second);
    }

    /// Until the oldest counts are out that stand in the way.
    fn wait(&self, over: &mut i32, now: f64) -> f64 {
        for (age, count) in self.counts.iter().enumerate().rev() {
            *over -= count;
            if *over <= 0 {
                let free_at = self.newest + SECONDS as i64 - age as i64;
                return free_at as f64 - now;
            }
        }
        SECONDS as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// No sixty seconds hold more than the limit; who waits as long as it was told gets its place, a second sooner not.
        #[test]
        fn no_minute_holds_more(gaps in proptest::collection::vec((0.0..9.0f64, 1..5i32), 1..300), most in 1..20i32) {
            let (mut pace, mut now, mut left) = (Pace::default(), 1_700_000_000.25, Vec::<f64>::new());
            for (gap, wanted) in gaps {
                now += gap;
                match pace.take(now, most, wanted) {
                    Ok(taken) => {
                        prop_assert!((1..=wanted).contains(&taken));
                        // The worst case: all of them leave at the end of their second.
                        left.extend(std::iter::repeat_n(now + 1.0, taken as usize));
                    }
                    Err(wait) => {
                        prop_assert!(wait > 0.0 && wait <= 62.0);
                        prop_assert!(pace.clone().take(now + wait, most, 1).is_ok());
                        prop_assert!(wait <= 1.0 || pace.clone().take(now + wait - 1.0, most, 1).is_err());
                    }
                }
                // One that leaves at once beside those that were late.
                let minute = left.iter().filter(|at| **at > now - 60.0).count();
                prop_assert!(minute <= most as usize);
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_frees_nothing() {
        let mut pace = Pace::default();
        assert_eq!(pace.take(1_000.0, 2, 1), Ok(1));
        assert_eq!(pace.take(900.0, 2, 5), Ok(1));
        assert!(pace.take(901.0, 2, 1).is_err());
        assert_eq!(pace.take(1_062.0, 2, 1), Ok(1));
    }

    #[test]
    fn places_are_used_once() {
        let (places, org) = (Places::default(), OrgId(uuid::Uuid::from_u128(1)));
        assert!(!places.use_one(org));
        places.keep(org, 2);
        assert!(!places.use_one(OrgId(uuid::Uuid::from_u128(2))));
        assert!(places.use_one(org) && places.use_one(org));
        assert!(!places.use_one(org));
    }
}
