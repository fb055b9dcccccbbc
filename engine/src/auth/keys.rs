//! All keys of an installation, derived from one secret that lives outside the database.
//!
//! Each purpose has a key of its own: `HMAC-SHA256(secret, purpose)`, the extract-then-label form of
//! HKDF with one block. Losing the secret ends every session and link, and with it what is sealed ([`crate::seal`]) is lost.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::Utc;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};

use super::ring::{Generation, KeyRing};
use crate::error::{Error, Result};
use crate::ids::{JobId, SessionId};

/// Letters without I, L, O, i, l, o and digits 2-9: 54 signs that nobody misreads on a phone.
const LINK_SIGNS: &[u8; 54] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
/// 24 signs of 54 carry 138 bits.
const LINK_LENGTH: usize = 24;

/// The installation's keys. Cheap to clone; prints nothing of itself.
#[derive(Clone)]
pub struct Keys {
    /// Replaced as a whole when another generation was made; shared by all clones.
    ring: Arc<RwLock<Arc<KeyRing>>>,
    otp: hmac::Key,
    refresh: hmac::Key,
    resume: hmac::Key,
    link: hmac::Key,
    master: hmac::Key,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kid = self.ring().signer(Utc::now()).map(|key| key.kid.clone()).unwrap_or_default();
        write!(f, "Keys({kid})")
    }
}

impl Keys {
    /// Derives everything from the installation's secret (at least 32 bytes).
    pub fn derive(secret: &[u8]) -> Result<Self> {
        if secret.len() < 32 {
            return Err(Error::Internal("the secret must have at least 32 bytes".into()));
        }
        let master = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let key = |purpose: &str| labelled(&master, purpose.as_bytes());
        Ok(Self {
            ring: Arc::new(RwLock::new(Arc::new(KeyRing::derive(&master, &[Generation::FIRST])?))),
            otp: key("campo otp v1"),
            refresh: key("campo refresh v1"),
            resume: key("campo resume v1"),
            link: key("campo link v1"),
            master,
        })
    }

    /// The keys that sign access tokens, as they are now.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over what the table of generations says; true where that was news.
    pub fn take_over(&self, generations: &[Generation]) -> Result<bool> {
        if generations.is_empty() || self.ring().is_of(generations) {
            return Ok(false);
        }
        let ring = Arc::new(KeyRing::derive(&self.master, generations)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(true)
    }

    /// The member's link of an invitation: 24 signs, recomputed whenever it is shown.
    pub fn invitation_token(&self, invitation: uuid::Uuid) -> String {
        signs(&self.mac("campo invitation v1"), &[invitation.as_bytes()])
    }

    /// What proves that the code of a challenge was right, while the second factor is asked for.
    pub fn ticket(&self, challenge: uuid::Uuid) -> String {
        signs(&self.mac("campo second-factor ticket v1"), &[challenge.as_bytes()])
    }

    /// The key of one purpose, named as `campo web-push v1`; what it signs means nothing elsewhere.
    pub fn mac(&self, purpose: &str) -> hmac::Key {
        labelled(&self.master, purpose.as_bytes())
    }

    /// 32 bytes of one purpose, for keys of other kinds.
    pub fn bytes(&self, purpose: &[u8]) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(&self.master, purpose).as_ref());
        bytes
    }

    /// The key of one-time codes.
    pub fn otp(&self) -> &hmac::Key {
        &self.otp
    }

    /// The key of refresh tokens.
    pub fn refresh(&self) -> &hmac::Key {
        &self.refresh
    }

    /// The key of socket resume tokens.
    pub fn resume(&self) -> &hmac::Key {
        &self.resume
    }

    /// The customer's link of a tracking session: 24 signs, recomputed whenever a message needs it.
    ///
    /// `n` counts the links of one session, so that a link can be replaced.
    pub fn link_token(&self, session: SessionId, n: i32) -> String {
        signs(&self.link, &[session.0.as_bytes(), &n.to_be_bytes()])
    }

    /// The customer's link to say what they think of a job: 24 signs, recomputed likewise.
    pub fn rating_token(&self, job: JobId) -> String {
        signs(&self.mac("campo rating v1"), &[job.0.as_bytes()])
    }
}

/// 24 signs of what is named. They are drawn by rejection from an HMAC stream, hence uniform.
fn signs(key: &hmac::Key, parts: &[&[u8]]) -> String {
    let mut token = String::with_capacity(LINK_LENGTH);
    let mut block = 0u32;
    while token.len() < LINK_LENGTH {
        let mut context = hmac::Context::with_key(key);
        for part in parts {
            context.update(part);
        }
        context.update(&block.to_be_bytes());
        for byte in context.sign().as_ref() {
            // 216 = 4 x 54: above it the remainder would favour the first signs.
            if *byte < 216 && token.len() < LINK_LENGTH {
                let sign = LINK_SIGNS.get(usize::from(*byte) % LINK_SIGNS.len()).copied().unwrap_or(b'A');
                token.push(char::from(sign));
            }
        }
        block += 1;
    }
    token
}

fn labelled(master: &hmac::Key, purpose: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(master, purpose).as_ref())
}

/// SHA-256, the form in which tokens are stored.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// So many random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0u8; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Internal("no randomness".into()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A link is 24 readable signs, the same each time, another one for another session or number.
        #[test]
        fn links_are_stable_and_distinct(a: u128, b: u128, n in 1..100i32) {
            let keys = Keys::derive(&[7; 32]).unwrap();
            let (a, b) = (SessionId(uuid::Uuid::from_u128(a)), SessionId(uuid::Uuid::from_u128(b)));
            let link = keys.link_token(a, n);
            prop_assert_eq!(link.len(), LINK_LENGTH);
            prop_assert!(link.bytes().all(|c| LINK_SIGNS.contains(&c)));
            prop_assert_eq!(&link, &keys.link_token(a, n));
            prop_assert_ne!(&link, &keys.link_token(a, n + 1));
            prop_assert!(a == b || link != keys.link_token(b, n));
        }
    }
}
