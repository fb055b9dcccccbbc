//! When a failed task is tried again: pure.

use std::time::Duration;

/// Attempts that a task has.
pub(super) const ATTEMPTS: i16 = 8;

/// How long to wait after so many attempts (1, 2, 4 .. seconds and up to a quarter more); None when it is dead.
pub(super) fn wait(attempts: i16, jitter: f64) -> Option<Duration> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let seconds = f64::from(1u32 << doublings.min(16));
    Some(Duration::from_secs_f64(seconds * (1.0 + jitter.clamp(0.0, 1.0) / 4.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_double_and_end(attempts in 1..20i16, jitter in 0.0..=1.0f64) {
            match wait(attempts, jitter) {
                Some(wait) => {
                    let base = Duration::from_secs(1 << (attempts - 1));
                    prop_assert!(attempts < ATTEMPTS && wait >= base && wait <= base.mul_f64(1.25));
                }
                None => prop_assert!(attempts >= ATTEMPTS),
            }
        }
    }
}
