//! Refresh tokens: pure rules (functional.md section 2, reliability.md section 6).
//!
//! A token is 32 bytes in hexadecimal: a 16-byte seal over (session, n), and the session's id under a mask
//! that only the seal's owner can lift. So any token ever given tells its family, even long after, and
//! reuse is found without keeping what was given. Stored is the SHA-256 of the present and previous one.

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use uuid::Uuid;

use super::keys::{Keys, hex};
use crate::ids::LoginId;

/// Days that a family of tokens lasts, however often it is used.
pub const FAMILY_DAYS: i64 = 7;
/// Seconds in which the previous token still gives its successor, for an answer that was lost.
pub const GRACE_S: i64 = 60;

/// The n-th refresh token of a session: 64 signs.
pub fn token(keys: &Keys, session: LoginId, n: i32) -> String {
    let seal = seal(keys, session, n);
    let masked = xor(*session.0.as_bytes(), mask(keys, seal));
    format!("{}{}", hex(&seal), hex(&masked))
}

/// Whose token this may be: the session it names and the seal still to be checked; None for rubbish.
pub fn read(keys: &Keys, token: &str) -> Option<(LoginId, [u8; 16])> {
    if token.len() != 64 || !token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    let (seal, masked) = token.split_at_checked(32)?;
    let seal = u128::from_str_radix(seal, 16).ok()?.to_be_bytes();
    let masked = u128::from_str_radix(masked, 16).ok()?.to_be_bytes();
    Some((LoginId(Uuid::from_bytes(xor(masked, mask(keys, seal)))), seal))
}

/// Which of the session's tokens 1..=`newest` has this seal; None if it was never given.
pub fn number(keys: &Keys, session: LoginId, seal_given: [u8; 16], newest: i32) -> Option<i32> {
    // One comparison of two numbers takes the same time wherever they differ.
    let given = u128::from_be_bytes(seal_given);
    (1..=newest).rev().find(|n| u128::from_be_bytes(seal(keys, session, *n)) == given)
}

fn seal(keys: &Keys, session: LoginId, n: i32) -> [u8; 16] {
    let mut context = hmac::Context::with_key(keys.refresh());
    context.update(b"seal");
    context.update(session.0.as_bytes());
    context.update(&n.to_be_bytes());
    half(context.sign())
}

fn mask(keys: &Keys, seal: [u8; 16]) -> [u8; 16] {
    let mut context = hmac::Context::with_key(keys.refresh());
    context.update(b"mask");
    context.update(&seal);
    half(context.sign())
}

fn half(tag: hmac::Tag) -> [u8; 16] {
    tag.as_ref().first_chunk::<16>().copied().unwrap_or_default()
}

fn xor(a: [u8; 16], b: [u8; 16]) -> [u8; 16] {
    (u128::from_be_bytes(a) ^ u128::from_be_bytes(b)).to_be_bytes()
}

/// What a session's row says when a token comes in.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The number of the newest token.
    pub newest: i32,
    /// When it was given.
    pub rotated_at: Option<DateTime<Utc>>,
    /// Whether the family was ended.
    pub revoked: bool,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// What follows from a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The newest token: the next one is given.
    Rotate,
    /// The previous one, its answer was lost: the same successor again.
    Repeat,
    /// An old one, or the previous from elsewhere or too late: the whole family ends.
    Reuse,
    /// The family is over already.
    Over,
    /// The family's seven days are over.
    Expired,
}

/// Decides about token `n` of a family that comes in `now`, from the same device or another.
pub fn decide(family: Family, n: i32, same_device: bool, now: DateTime<Utc>) -> Verdict {
    let in_grace = family.rotated_at.is_some_and(|at| now - at <= TimeDelta::seconds(GRACE_S));
    if family.revoked {
        Verdict::Over
    } else if now >= family.expires_at {
        Verdict::Expired
    } else if n == family.newest {
        Verdict::Rotate
    } else if n + 1 == family.newest && same_device && in_grace {
        // The successor is unused as long as it is the newest.
        Verdict::Repeat
    } else {
        Verdict::Reuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keys {
        Keys::derive(&[7; 32]).unwrap()
    }

    proptest! {
        /// Any token ever given names its session and number; none of another session passes.
        #[test]
        fn tokens_name_their_family(a: u128, b: u128, n in 1..700i32, more in 0..20i32) {
            let (keys, a, b) = (keys(), LoginId(Uuid::from_u128(a)), LoginId(Uuid::from_u128(b)));
            let (session, seal) = read(&keys, &token(&keys, a, n)).unwrap();
            prop_assert_eq!(session, a);
            prop_assert_eq!(number(&keys, a, seal, n + more), Some(n));
            prop_assert_eq!(number(&keys, a, seal, n - 1), None);
            prop_assert!(a == b || number(&keys, b, seal, n).is_none());
        }

        /// A changed token is nobody's.
        #[test]
        fn changed_tokens_are_nobodys(a: u128, n in 1..50i32, at in 0..64usize, sign in "[0-9a-f]") {
            let (keys, session) = (keys(), LoginId(Uuid::from_u128(a)));
            let mut changed = token(&keys, session, n);
            changed.replace_range(at..=at, &sign);
            prop_assume!(changed != token(&keys, session, n));
            let (named, seal) = read(&keys, &changed).unwrap();
            prop_assert!(named != session || number(&keys, session, seal, 50).is_none());
        }

        #[test]
        fn rubbish_is_survived(text: String) {
            let _ = read(&keys(), &text);
        }
    }

    /// Newest, given, seconds since, same device: what follows.
    #[test]
    fn the_rule() {
        let now = Utc::now();
        let family = |newest, ago: i64| Family {
            newest,
            rotated_at: (newest > 1).then(|| now - TimeDelta::seconds(ago)),
            revoked: false,
            expires_at: now + TimeDelta::days(1),
        };
        for (newest, n, ago, same, verdict) in [
            (1, 1, 0, true, Verdict::Rotate),
            (1, 1, 0, false, Verdict::Rotate),
            (2, 2, 5, true, Verdict::Rotate),
            (2, 1, 0, true, Verdict::Repeat),
            (2, 1, 60, true, Verdict::Repeat),
            (2, 1, 61, true, Verdict::Reuse),
            (2, 1, 5, false, Verdict::Reuse),
            (3, 1, 5, true, Verdict::Reuse),
            (9, 7, 0, true, Verdict::Reuse),
        ] {
            assert_eq!(decide(family(newest, ago), n, same, now), verdict, "{newest} {n} {ago} {same}");
        }
        assert_eq!(decide(Family { revoked: true, ..family(2, 0) }, 2, true, now), Verdict::Over);
        assert_eq!(decide(Family { expires_at: now, ..family(2, 0) }, 2, true, now), Verdict::Expired);
    }
}
