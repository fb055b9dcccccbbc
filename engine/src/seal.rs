//! Secrets of organizations at rest: AES-256-GCM under a key of the organization's own.
//!
//! Form: version (1 byte, 1), nonce (12), ciphertext and tag (16). The key is derived from the installation's
//! secret, which lies outside the database, and the organization's id; purpose and row are bound as additional data, so
//! that a sealed value put into another row, column or organization does not open.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use crate::auth::keys::{Keys, random};
use crate::error::{Error, Result};
use crate::ids::OrgId;

const VERSION: u8 = 1;

impl Keys {
    /// Seals a secret of a row; `purpose` is the column, as `whatsapp_account.token`.
    ///
    /// Nonces are random: good for 2^32 secrets of one organization.
    pub fn seal(&self, org: OrgId, purpose: &str, row: Uuid, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce = random::<NONCE_LEN>()?;
        let mut sealed = plain.to_vec();
        self.sealing(org)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                bound(org, purpose, row),
                &mut sealed,
            )
            .map_err(|_| Error::Internal("a secret cannot be sealed".into()))?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens what [`Keys::seal`] closed for the same organization, purpose and row.
    ///
    /// # Errors
    /// [`Error::Internal`] where it was sealed for something else, under another secret, or is damaged.
    pub fn open(&self, org: OrgId, purpose: &str, row: Uuid, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || {
            Error::Internal(format!(
                "{purpose}: a sealed value does not open (was the secret file replaced?)"
            ))
        };
        let (version, rest) = sealed.split_first().ok_or_else(wrong)?;
        let (nonce, closed) = rest.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        if *version != VERSION {
            return Err(wrong());
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut opened = closed.to_vec();
        let length = self
            .sealing(org)?
            .open_in_place(nonce, bound(org, purpose, row), &mut opened)
            .map_err(|_| wrong())?
            .len();
        opened.truncate(length);
        Ok(opened)
    }

    fn sealing(&self, org: OrgId) -> Result<LessSafeKey> {
        let label = [b"campo seal v1 ".as_slice(), org.0.as_bytes()].concat();
        let key = UnboundKey::new(&AES_256_GCM, &self.bytes(&label))
            .map_err(|_| Error::Internal("the key of an organization".into()))?;
        Ok(LessSafeKey::new(key))
    }
}

/// Each part with its length before it: no two meanings have one form.
fn bound(org: OrgId, purpose: &str, row: Uuid) -> Aad<Vec<u8>> {
    let mut bytes = Vec::with_capacity(64);
    for part in [org.0.as_bytes().as_slice(), purpose.as_bytes(), row.as_bytes()] {
        bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Aad::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// It opens where it was sealed, nowhere else, and not when a bit of it is another.
        #[test]
        fn only_its_own_place_opens_it(plain in proptest::collection::vec(any::<u8>(), 0..200), bit in 0..100_000usize) {
            let keys = Keys::derive(&[7; 32]).unwrap();
            let (org, row) = (OrgId(Uuid::from_u128(1)), Uuid::from_u128(2));
            let sealed = keys.seal(org, "a.b", row, &plain).unwrap();
            prop_assert_ne!(&sealed, &keys.seal(org, "a.b", row, &plain).unwrap());
            prop_assert_eq!(keys.open(org, "a.b", row, &sealed).unwrap(), plain);
            prop_assert!(keys.open(OrgId(row), "a.b", row, &sealed).is_err());
            prop_assert!(keys.open(org, "a.c", row, &sealed).is_err());
            prop_assert!(keys.open(org, "a.b", org.0, &sealed).is_err());
            prop_assert!(Keys::derive(&[8; 32]).unwrap().open(org, "a.b", row, &sealed).is_err());
            let mut other = sealed.clone();
            let bit = bit % (other.len() * 8);
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(keys.open(org, "a.b", row, &other).is_err());
            prop_assert!(keys.open(org, "a.b", row, &sealed[..sealed.len() - 1]).is_err());
        }
    }
}
