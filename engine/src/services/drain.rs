//! How what waits for a service comes back: a little at a time, so that the end of a panic is no flood.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::providers::Service;

/// Nobody looks again sooner.
const LEAST: Duration = Duration::from_secs(30);
/// Nobody waits longer for a look; a queue that needs more comes back faster.
const MOST: Duration = Duration::from_secs(600);
/// One look a service and node in this time: ten a second.
const GAP: Duration = Duration::from_millis(100);

/// Who comes back when, on this node.
#[derive(Debug)]
pub(super) struct Drain {
    since: Instant,
    next: Mutex<HashMap<Service, Duration>>,
}

impl Default for Drain {
    fn default() -> Self {
        Self { since: Instant::now(), next: Mutex::default() }
    }
}

impl Drain {
    /// How long somebody who was refused now waits.
    pub(super) fn wait(&self, service: Service) -> Duration {
        let now = self.since.elapsed();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        take(next.entry(service).or_default(), now)
    }
}

/// Takes the next place. Times count from one moment.
fn take(next: &mut Duration, now: Duration) -> Duration {
    let first = now + LEAST;
    let place = if (first..=now + MOST).contains(next) { *next } else { first };
    *next = place + GAP;
    place - now
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A thousand that are refused in one moment come back over a hundred seconds, also with the worker's
        /// jitter of a fifth: never more than 40 in a second, and none before half a minute is over.
        #[test]
        fn a_thousand_do_not_come_back_at_once(jitters in proptest::collection::vec(0.0..=1.0f64, 1_000), at in 0..100_000u64) {
            let (mut next, now) = (Duration::ZERO, Duration::from_secs(at));
            let mut seconds = HashMap::<u64, usize>::new();
            for jitter in jitters {
                let wait = take(&mut next, now).mul_f64(1.0 + 0.2 * jitter);
                prop_assert!(wait >= LEAST);
                *seconds.entry(wait.as_secs()).or_default() += 1;
            }
            prop_assert!(seconds.values().all(|n| *n <= 40), "{seconds:?}");
        }

        /// However many there are, nobody waits for ever.
        #[test]
        fn waits_are_bounded(steps in proptest::collection::vec(0..50u64, 1..2_000)) {
            let (mut next, mut now) = (Duration::ZERO, Duration::ZERO);
            for step in steps {
                now += Duration::from_millis(step);
                let wait = take(&mut next, now);
                prop_assert!(wait >= LEAST && wait <= MOST);
            }
        }
    }
}
