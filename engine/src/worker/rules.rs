//! When a failed task is tried again: pure.

use std::time::Duration;

use crate::error::Again;
use crate::task::kinds::{Backoff, Policy};

/// The longest wait of a doubling backoff.
const LONGEST_S: u32 = 300;
/// Waits differ by up to this share, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// When a failed task is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    /// After so long.
    pub(super) wait: Duration,
    /// Whether the attempt counts as one of the kind's.
    pub(super) counts: bool,
}

/// What follows a failure that says `again`; None when the task is dead. `jitter` is 0..1.
pub(super) fn next(policy: &Policy, attempts: i16, again: Again, jitter: f64) -> Option<Next> {
    match again {
        Again::Never => None,
        Again::Soon => wait(policy, attempts, jitter).map(|wait| Next { wait, counts: true }),
        Again::After(least) => {
            wait(policy, attempts, jitter).map(|wait| Next { wait: wait.max(least), counts: true })
        }
        // All that waited for one breaker must not come back in one moment.
        Again::Postponed(least) => {
            let wait = least.mul_f64(1.0 + JITTER * jitter.clamp(0.0, 1.0)).max(Duration::from_secs(1));
            Some(Next { wait, counts: false })
        }
    }
}

/// How long to wait after so many attempts; None when the task is dead. `jitter` is 0..1.
pub(super) fn wait(policy: &Policy, attempts: i16, jitter: f64) -> Option<Duration> {
    if attempts >= policy.attempts {
        return None;
    }
    let failed = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let seconds = match policy.backoff {
        Backoff::Doubling => 1u32.checked_shl(failed as u32).unwrap_or(LONGEST_S).clamp(1, LONGEST_S),
        Backoff::Fixed(seconds) => seconds,
        Backoff::Steps(steps) => steps.get(failed).or(steps.last()).copied().unwrap_or(1),
    };
    let spread = 1.0 - JITTER + 2.0 * JITTER * jitter.clamp(0.0, 1.0);
    Some(Duration::from_secs_f64((f64::from(seconds) * spread).max(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::kinds::policy;
    use proptest::prelude::*;

    #[test]
    fn a_provider_says_whether_and_when() {
        let policy = Policy { attempts: 3, backoff: Backoff::Fixed(30), ..*policy("x") };
        let minute = Duration::from_secs(60);
        assert_eq!(next(&policy, 1, Again::Never, 0.5), None);
        assert_eq!(next(&policy, 1, Again::After(minute), 0.5), Some(Next { wait: minute, counts: true }));
        assert_eq!(next(&policy, 3, Again::After(minute), 0.5), None);
        // A breaker that is open for a day costs no attempt.
        assert_eq!(
            next(&policy, 3, Again::Postponed(minute), 0.0),
            Some(Next { wait: minute, counts: false })
        );
    }

    proptest! {
        /// Waits follow the kind's backoff within a fifth, are never under a second, and end.
        #[test]
        fn waits_grow_and_end(attempts in 1..40i16, jitter in 0.0..=1.0f64, most in 1..40i16) {
            let base = Policy { attempts: most, ..*policy("x") };
            let ways = [
                (Backoff::Doubling, 2f64.powi(i32::from(attempts) - 1).min(300.0)),
                (Backoff::Fixed(30), 30.0),
                (Backoff::Steps(&[5, 15, 60]), [5.0, 15.0, 60.0][usize::from(attempts as u16 - 1).min(2)]),
            ];
            for (backoff, expected) in ways {
                match wait(&Policy { backoff, ..base }, attempts, jitter) {
                    Some(wait) => {
                        prop_assert!(attempts < most);
                        let wait = wait.as_secs_f64();
                        prop_assert!(wait >= (expected * 0.79).max(1.0) && wait <= (expected * 1.21).max(1.0), "{wait}");
                    }
                    None => prop_assert!(attempts >= most),
                }
            }
        }
    }
}
