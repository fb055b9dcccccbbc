//! A window that slides: never more than so many in any minute. Pure.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// When the last ones of one key were let in, oldest first.
#[derive(Debug, Default)]
pub struct Window(VecDeque<Instant>);

impl Window {
    /// Lets one more in, or says how long to wait: after that wait one gets in. Who is refused does not count. `most`
    /// is at least 1.
    pub fn enter(&mut self, most: usize, span: Duration, now: Instant) -> Result<(), Duration> {
        self.forget(span, now);
        // Where the limit became lower, the newest ones are what counts.
        let in_the_way = self.0.len().checked_sub(most.max(1)).and_then(|n| self.0.get(n));
        if let Some(oldest) = in_the_way {
            return Err((*oldest + span).saturating_duration_since(now));
        }
        self.0.push_back(now);
        Ok(())
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&mut self, span: Duration, now: Instant) -> bool {
        self.forget(span, now);
        self.0.is_empty()
    }

    fn forget(&mut self, span: Duration, now: Instant) {
        while self.0.front().is_some_and(|at| now.saturating_duration_since(*at) >= span) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPAN: Duration = Duration::from_secs(60);

    proptest! {
        /// Whatever the times: never more than the limit in any span, and who waits as long as told gets in.
        #[test]
        fn never_more_in_any_minute(gaps in prop::collection::vec(0u64..20_000, 1..120), most in 1usize..12) {
            let start = Instant::now();
            let (mut window, mut now, mut let_in) = (Window::default(), start, Vec::new());
            for gap in gaps {
                now += Duration::from_millis(gap);
                match window.enter(most, SPAN, now) {
                    Ok(()) => let_in.push(now),
                    Err(wait) => {
                        prop_assert!(wait <= SPAN && !wait.is_zero());
                        now += wait;
                        prop_assert!(window.enter(most, SPAN, now).is_ok(), "the wait was right");
                        let_in.push(now);
                    }
                }
            }
            for (n, at) in let_in.iter().enumerate() {
                let within = let_in.iter().skip(n).take_while(|t| t.duration_since(*at) < SPAN).count();
                prop_assert!(within <= most, "{within} in one minute");
            }
        }
    }
}
