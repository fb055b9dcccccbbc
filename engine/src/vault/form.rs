//! The sealed form: pure bytes in, bytes out.
//!
//! `2` (1 byte), version of the data key (4, big-endian), nonce (12), ciphertext and tag (16). AES-256-GCM; the
//! additional data are organization, purpose, row and version, each with its length before it, so that no two places
//! have one form and a value that was moved does not open.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use crate::auth::keys::random;
use crate::error::{Error, Result};
use crate::ids::OrgId;

/// What shredded values begin with (and are).
pub(super) const SHREDDED: u8 = 0;
/// The form before the vault ([`crate::seal`]).
pub(super) const FIRST: u8 = 1;
const SECOND: u8 = 2;

/// Where a value belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) org: OrgId,
    pub(super) purpose: &'a str,
    pub(super) row: Uuid,
}

/// What a sealed value says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// Its organization's keys are gone.
    Shredded,
    /// The form before the vault.
    First,
    /// Under the data key of this version.
    Of(u32),
    /// Nothing of ours.
    Unknown,
}

/// Reads the head.
pub(super) fn head(sealed: &[u8]) -> Head {
    match sealed.split_first() {
        Some((&SHREDDED, [])) => Head::Shredded,
        Some((&FIRST, _)) => Head::First,
        Some((&SECOND, rest)) => {
            rest.first_chunk::<4>().map_or(Head::Unknown, |v| Head::Of(u32::from_be_bytes(*v)))
        }
        _ => Head::Unknown,
    }
}

/// What values under the data key of this version begin with.
pub(super) fn prefix(version: u32) -> [u8; 5] {
    let [a, b, c, d] = version.to_be_bytes();
    [SECOND, a, b, c, d]
}

/// A key from its bytes.
pub(super) fn key(bytes: &[u8]) -> Result<LessSafeKey> {
    let key =
        UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| Error::Internal("a key has 32 bytes".into()))?;
    Ok(LessSafeKey::new(key))
}

/// Seals under the data key of this version, with a nonce of its own: random, good for 2^32 values of one key.
pub(super) fn seal(key: &LessSafeKey, version: u32, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>> {
    let closed = close(key, bound(place, version), plain)?;
    Ok([prefix(version).as_slice(), &closed].concat())
}

/// Opens; None where it was sealed for another place or under another key, or is damaged.
pub(super) fn open(key: &LessSafeKey, version: u32, place: Place<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
    uncover(key, bound(place, version), sealed.strip_prefix(&prefix(version))?)
}

/// Nonce, ciphertext and tag.
pub(super) fn close(key: &LessSafeKey, bound: Aad<Vec<u8>>, plain: &[u8]) -> Result<Vec<u8>> {
    let nonce = random::<NONCE_LEN>()?;
    let mut closed = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut closed)
        .map_err(|_| Error::Internal("a value cannot be sealed".into()))?;
    Ok([nonce.as_slice(), &closed].concat())
}

/// The reverse of [`close`].
pub(super) fn uncover(key: &LessSafeKey, bound: Aad<Vec<u8>>, closed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, closed) = closed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut opened = closed.to_vec();
    let length = key.open_in_place(nonce, bound, &mut opened).ok()?.len();
    opened.truncate(length);
    Some(opened)
}

fn bound(place: Place<'_>, version: u32) -> Aad<Vec<u8>> {
    parts(&[place.org.0.as_bytes(), place.purpose.as_bytes(), place.row.as_bytes(), &version.to_be_bytes()])
}

/// Each part with its length before it.
pub(super) fn parts(all: &[&[u8]]) -> Aad<Vec<u8>> {
    let mut bytes = Vec::with_capacity(96);
    for part in all {
        bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Aad::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn at(org: u128, purpose: &str, row: u128) -> Place<'_> {
        Place { org: OrgId(Uuid::from_u128(org)), purpose, row: Uuid::from_u128(row) }
    }

    proptest! {
        /// It opens in its own place under its own key and version, and nowhere else.
        #[test]
        fn only_its_own_place_opens_it(plain in proptest::collection::vec(any::<u8>(), 0..200), version in 1..u32::MAX) {
            let key = key(&[7; 32]).unwrap();
            let sealed = seal(&key, version, at(1, "a.b", 2), &plain).unwrap();
            prop_assert_eq!(head(&sealed), Head::Of(version));
            prop_assert_eq!(open(&key, version, at(1, "a.b", 2), &sealed), Some(plain.clone()));
            for other in [at(2, "a.b", 2), at(1, "a.c", 2), at(1, "a.b", 3), at(1, "a.", 2), at(2, "a.b", 1)] {
                prop_assert_eq!(open(&key, version, other, &sealed), None);
            }
            // The same key bytes under another number: the number is bound too, not only read.
            let mut renumbered = sealed.clone();
            renumbered[..5].copy_from_slice(&prefix(version + 1));
            prop_assert_eq!(open(&key, version + 1, at(1, "a.b", 2), &renumbered), None);
            prop_assert_eq!(open(&super::key(&[8; 32]).unwrap(), version, at(1, "a.b", 2), &sealed), None);
            prop_assert_ne!(&sealed, &seal(&key, version, at(1, "a.b", 2), &plain).unwrap());
        }

        /// What nobody sealed says so and breaks nothing.
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let key = key(&[7; 32]).unwrap();
            if let Head::Of(version) = head(&bytes) {
                prop_assert_eq!(open(&key, version, at(1, "a.b", 2), &bytes), None);
            }
        }
    }

    /// Every single bit, and every shorter piece.
    #[test]
    fn every_flipped_bit_and_every_cut_fails() {
        let key = key(&[7; 32]).unwrap();
        let sealed = seal(&key, 3, at(1, "a.b", 2), b"2850590940090418135201").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut other = sealed.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let opened = match head(&other) {
                Head::Of(version) => open(&key, version, at(1, "a.b", 2), &other),
                _ => None,
            };
            assert_eq!(opened, None, "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(open(&key, 3, at(1, "a.b", 2), &sealed[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_million_nonces_are_a_million() {
        let key = key(&[7; 32]).unwrap();
        let mut seen = HashSet::with_capacity(1_000_000);
        for _ in 0..1_000_000 {
            let sealed = seal(&key, 1, at(1, "a.b", 2), b"").unwrap();
            assert!(seen.insert(*sealed[5..].first_chunk::<NONCE_LEN>().unwrap()));
        }
    }
}
