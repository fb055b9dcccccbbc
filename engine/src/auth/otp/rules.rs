//! One-time codes: pure rules (functional.md section 2).

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use uuid::Uuid;

use crate::auth::keys::Keys;

/// Seconds that a code is good.
pub const LIFETIME_S: i64 = 300;
/// Seconds that the code of an invited person is good, who first has to find out what this is.
pub const INVITED_LIFETIME_S: i64 = 900;
/// Hours that an invitation rests after a code of it was guessed wrong three times.
pub const INVITED_REST_H: i64 = 1;
/// Tries that a code has.
pub const TRIES: i16 = 3;
/// Seconds between two sends to one phone.
pub const COOLDOWN_S: i64 = 60;
/// Sends to one phone in an hour.
pub const SENDS_PER_HOUR: usize = 3;
/// Failures of one address within [`FAILURES_WITHIN_MIN`] that lock it.
pub const FAILURES: usize = 5;
/// Minutes in which failures count together.
pub const FAILURES_WITHIN_MIN: i64 = 15;
/// Minutes that a lock lasts from the failure that brought it.
pub const LOCK_MIN: i64 = 30;

/// The six digits of a challenge. They are derived, so nothing has to hold them: no row, task or log.
///
/// Drawn by rejection from an HMAC stream, hence uniform.
pub fn code(keys: &Keys, challenge: Uuid) -> String {
    for block in 0u32..64 {
        let mut context = hmac::Context::with_key(keys.otp());
        context.update(b"code");
        context.update(challenge.as_bytes());
        context.update(&block.to_be_bytes());
        let number = context.sign().as_ref().first_chunk::<4>().map_or(u32::MAX, |b| u32::from_be_bytes(*b));
        // 4 294 x 10^6: above it the remainder would favour small codes.
        if number < 4_294_000_000 {
            return format!("{:06}", number % 1_000_000);
        }
    }
    // Never reached: 64 rejections in a row have a chance of 10^-265.
    "000000".into()
}

/// What is stored of a code: a seal that binds it to its challenge and phone.
pub fn seal(keys: &Keys, challenge: Uuid, phone: &str, code: &str) -> Vec<u8> {
    let mut context = hmac::Context::with_key(keys.otp());
    sealed(&mut context, challenge, phone, code);
    context.sign().as_ref().to_vec()
}

/// Whether a code is the one that was sealed; takes the same time whatever differs.
pub fn matches(keys: &Keys, challenge: Uuid, phone: &str, code: &str, stored: &[u8]) -> bool {
    let mut message = Vec::new();
    message.extend_from_slice(b"seal");
    message.extend_from_slice(challenge.as_bytes());
    message.extend_from_slice(phone.as_bytes());
    message.push(0);
    message.extend_from_slice(code.as_bytes());
    hmac::verify(keys.otp(), &message, stored).is_ok()
}

fn sealed(context: &mut hmac::Context, challenge: Uuid, phone: &str, code: &str) {
    context.update(b"seal");
    context.update(challenge.as_bytes());
    context.update(phone.as_bytes());
    context.update(&[0]);
    context.update(code.as_bytes());
}

/// Seconds until a phone may get another code; `sent` are the moments of the last sends, newest first.
pub fn wait_s(sent: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<u64> {
    let after_newest = sent.first().map(|at| *at + TimeDelta::seconds(COOLDOWN_S));
    let after_third = sent.get(SENDS_PER_HOUR - 1).map(|at| *at + TimeDelta::hours(1));
    let free = after_newest.max(after_third)?;
    // Rounded up: who comes back when told is let in.
    let left_ms = (free - now).num_milliseconds();
    (left_ms > 0).then(|| u64::try_from(left_ms).unwrap_or(0).div_ceil(1000))
}

/// Until when an address is locked; `failures` are its failures, newest first.
///
/// Five within fifteen minutes lock it for thirty minutes from the fifth.
pub fn locked_until(failures: &[DateTime<Utc>], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    failures
        .windows(FAILURES)
        .filter_map(|burst| {
            let (newest, oldest) = (burst.first()?, burst.last()?);
            let is_burst = *newest - *oldest <= TimeDelta::minutes(FAILURES_WITHIN_MIN);
            is_burst.then(|| *newest + TimeDelta::minutes(LOCK_MIN))
        })
        .filter(|until| *until > now)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keys {
        Keys::derive(&[7; 32]).unwrap()
    }

    fn ago(now: DateTime<Utc>, seconds: &[i64]) -> Vec<DateTime<Utc>> {
        seconds.iter().map(|s| now - TimeDelta::seconds(*s)).collect()
    }

    proptest! {
        /// Six digits, the same each time; the seal takes that code for that challenge and phone alone.
        #[test]
        fn codes_and_seals(a: u128, b: u128, wrong in "[0-9]{6}") {
            let (keys, a, b) = (keys(), Uuid::from_u128(a), Uuid::from_u128(b));
            let (phone, code) = ("+5491155550001", code(&keys, a));
            prop_assert!(code.len() == 6 && code.bytes().all(|c| c.is_ascii_digit()));
            let stored = seal(&keys, a, phone, &code);
            prop_assert!(matches(&keys, a, phone, &code, &stored));
            prop_assert!(!matches(&keys, a, "+5491155550002", &code, &stored));
            prop_assert!(a == b || !matches(&keys, b, phone, &code, &stored));
            prop_assert!(wrong == code || !matches(&keys, a, phone, &wrong, &stored));
        }

        /// Who waits as told is let in, and never waits longer than an hour.
        #[test]
        fn waiting_ends(mut seconds in proptest::collection::vec(0..7200i64, 0..6)) {
            seconds.sort_unstable();
            let now = Utc::now();
            let sent = ago(now, &seconds);
            if let Some(wait) = wait_s(&sent, now) {
                prop_assert!(wait <= 3600);
                prop_assert_eq!(wait_s(&sent, now + TimeDelta::seconds(wait as i64)), None);
            }
        }

        /// A lock lasts at most thirty minutes, and fewer than five failures never lock.
        #[test]
        fn locks_end(mut seconds in proptest::collection::vec(0..7200i64, 0..12)) {
            seconds.sort_unstable();
            let now = Utc::now();
            let failures = ago(now, &seconds);
            match locked_until(&failures, now) {
                Some(until) => prop_assert!(until <= now + TimeDelta::minutes(LOCK_MIN) && failures.len() >= 5),
                None => prop_assert!(failures.iter().filter(|f| now - **f <= TimeDelta::minutes(15)).count() < 5),
            }
        }
    }

    /// Codes are spread: of ten thousand, no leading digit is favoured.
    #[test]
    fn codes_are_uniform() {
        let mut leading = [0u32; 10];
        for n in 0..10_000u128 {
            let code = code(&keys(), Uuid::from_u128(n));
            leading[usize::from(code.as_bytes()[0] - b'0')] += 1;
        }
        assert!(leading.iter().all(|n| (850..1150).contains(n)), "{leading:?}");
    }

    /// Seconds since the sends, newest first: the wait.
    #[test]
    fn send_limits() {
        let now = Utc::now();
        for (sent, wait) in [
            (&[][..], None),
            (&[0], Some(60)),
            (&[59], Some(1)),
            (&[60], None),
            (&[60, 130], None),
            (&[60, 130, 200], Some(3400)),
            (&[60, 130, 3600], None),
            (&[10, 130, 3590], Some(50)),
        ] {
            assert_eq!(wait_s(&ago(now, sent), now), wait, "{sent:?}");
        }
    }

    /// Seconds since the failures, newest first: the minutes locked.
    #[test]
    fn lockout() {
        let now = Utc::now();
        for (failures, minutes) in [
            (&[0, 1, 2, 3][..], None),
            (&[0, 1, 2, 3, 4], Some(30)),
            (&[0, 1, 2, 3, 900], Some(30)),
            (&[0, 1, 2, 3, 901], None),
            (&[600, 601, 602, 603, 604], Some(20)),
            (&[1800, 1801, 1802, 1803, 1804], None),
        ] {
            let until = locked_until(&ago(now, failures), now);
            assert_eq!(until.map(|u| (u - now).num_minutes()), minutes, "{failures:?}");
        }
    }
}
