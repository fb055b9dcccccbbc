//! The keys that sign access tokens: one a generation, named by its `kid` (functional.md section 2).
//!
//! The newest generation signs; the ones before it are taken for thirty days more. Keys derive from the
//! installation's secret, so that a table of generations, which every node reads, is all that has to be shared.

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use ring::{digest, signature};

use super::keys::hex;
use crate::error::{Error, Result};

/// Days that tokens of a key are taken after the next one signs.
pub const OLD_DAYS: i64 = 30;
/// Days after which a key should be followed by another.
pub const YEAR_DAYS: i64 = 365;

/// One generation of the signing key, as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// Counts from 1.
    pub number: i32,
    /// It signs from then on.
    pub signs_from: DateTime<Utc>,
    /// Its tokens are refused from then on; none while it is the newest.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Generation {
    /// The generation of an installation whose table was not read: it signs always.
    pub const FIRST: Self = Self { number: 1, signs_from: DateTime::UNIX_EPOCH, ends_at: None };

    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.ends_at.is_some_and(|ends| now >= ends)
    }
}

/// A key with its name.
pub struct SigningKey {
    /// Which one.
    pub generation: Generation,
    /// Names it in a token's head.
    pub kid: String,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    fn derive(master: &hmac::Key, generation: Generation) -> Result<Self> {
        let label = match generation.number {
            1 => "campo access-token ed25519 v1".to_owned(),
            n => format!("campo access-token ed25519 v1 generation {n}"),
        };
        let seed = hmac::sign(master, label.as_bytes());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref())
            .map_err(|e| Error::Internal(format!("signing key: {e}")))?;
        let digest = digest::digest(&digest::SHA256, pair.public_key().as_ref());
        let kid = hex(digest.as_ref()).chars().take(16).collect();
        Ok(Self { generation, kid, pair })
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> signature::Signature {
        self.pair.sign(message)
    }

    /// The public half, 32 bytes.
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
}

/// The keys in use, the newest first.
pub struct KeyRing(Vec<SigningKey>);

impl KeyRing {
    /// Derives the keys of these generations.
    pub(super) fn derive(master: &hmac::Key, generations: &[Generation]) -> Result<Self> {
        let mut keys = generations
            .iter()
            .map(|generation| SigningKey::derive(master, *generation))
            .collect::<Result<Vec<_>>>()?;
        keys.sort_by_key(|key| std::cmp::Reverse(key.generation.number));
        Ok(Self(keys))
    }

    /// The key that signs now; the newest one where clocks disagree about all of them.
    pub fn signer(&self, now: DateTime<Utc>) -> Option<&SigningKey> {
        let in_turn = |key: &&SigningKey| key.generation.signs_from <= now && !key.generation.is_over(now);
        self.0.iter().find(in_turn).or_else(|| self.0.first())
    }

    /// The key of a token's head, unless it is over.
    pub fn named(&self, kid: &str, now: DateTime<Utc>) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.kid == kid && !key.generation.is_over(now))
    }

    /// All of them, the newest first.
    pub fn all(&self) -> &[SigningKey] {
        &self.0
    }

    /// Whether these are the generations that it was made of.
    pub(super) fn is_of(&self, generations: &[Generation]) -> bool {
        self.0.len() == generations.len() && self.0.iter().all(|key| generations.contains(&key.generation))
    }
}

/// When the newest key should be followed by another, as `campo doctor` says.
pub fn due(newest: Generation) -> DateTime<Utc> {
    newest.signs_from + TimeDelta::days(YEAR_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(generations: &[Generation]) -> KeyRing {
        KeyRing::derive(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), generations).unwrap()
    }

    /// Rotations at these days; each ends the one before thirty days later.
    fn rotated(days: &[i64], origin: DateTime<Utc>) -> Vec<Generation> {
        let at = |day: i64| origin + TimeDelta::days(day);
        days.iter()
            .enumerate()
            .map(|(i, day)| Generation {
                number: i as i32 + 1,
                signs_from: at(*day),
                ends_at: days.get(i + 1).map(|next| at(*next) + TimeDelta::days(OLD_DAYS)),
            })
            .collect()
    }

    proptest! {
        /// Whenever rotated: who signs is taken by every node for as long as a token lasts, and for thirty days
        /// after the next one signs, and not a moment longer.
        #[test]
        fn rotation_loses_no_token(gaps in proptest::collection::vec(1..500i64, 0..5), after_s in 0..100_000_000i64) {
            let origin = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
            let mut days = vec![0];
            for gap in gaps {
                days.push(days.last().unwrap() + gap);
            }
            let generations = rotated(&days, origin);
            let ring = ring(&generations);
            let now = origin + TimeDelta::seconds(after_s);
            let signer = ring.signer(now).unwrap();
            prop_assert!(signer.generation.signs_from <= now);
            // The youngest of those that may sign.
            prop_assert!(generations.iter().all(|g| g.signs_from > now || g.number <= signer.generation.number));
            prop_assert!(ring.named(&signer.kid, now + TimeDelta::minutes(16)).is_some());
            for generation in &generations {
                let kid = &ring.all().iter().find(|k| k.generation == *generation).unwrap().kid;
                prop_assert_eq!(ring.named(kid, now).is_some(), generation.ends_at.is_none_or(|e| now < e));
            }
        }
    }

    #[test]
    fn generations_are_different_keys_and_the_first_is_the_one_of_old() {
        let ring = ring(&rotated(&[0, 10, 20], DateTime::UNIX_EPOCH));
        let mut kids: Vec<&str> = ring.all().iter().map(|k| k.kid.as_str()).collect();
        assert_eq!(ring.all()[0].generation.number, 3);
        kids.sort_unstable();
        kids.dedup();
        assert_eq!(kids.len(), 3);
    }
}
