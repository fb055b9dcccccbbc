//! The secret in a backup: under a passphrase, so that the file alone opens nothing.
//!
//! PBKDF2-HMAC-SHA256 with 600,000 rounds (OWASP's figure of 2023) and a salt of its own makes the key of an AES-256-GCM.

use std::num::NonZeroU32;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::pbkdf2;
use serde::{Deserialize, Serialize};

use super::archive::broken;
use crate::auth::keys::random;
use crate::error::{Error, Result};

/// The part's name.
pub(super) const PART: &str = "secret.locked";
/// A passphrase has so many letters at least.
const LEAST: usize = 12;
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(599_999);

#[derive(Serialize, Deserialize)]
struct Locked {
    rounds: NonZeroU32,
    salt: String,
    nonce: String,
    sealed: String,
}

/// The files, by their place in the list: the secret first, then the key-encryption keys, empty where there is none.
pub(super) fn lock(passphrase: &str, paths: &[PathBuf]) -> Result<Vec<u8>> {
    if passphrase.chars().count() < LEAST {
        return Err(Error::invalid(
            "passphrase",
            format!("al menos {LEAST} letras (at least {LEAST} letters)"),
        ));
    }
    let mut contents = Vec::with_capacity(paths.len());
    for path in paths {
        match std::fs::read(path) {
            Ok(bytes) => contents.push(STANDARD.encode(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => contents.push(String::new()),
            Err(e) => return Err(broken(format!("{}: {e}", path.display()))),
        }
    }
    let mut sealed = serde_json::to_vec(&contents).map_err(broken)?;
    let (salt, nonce) = (random::<16>()?, random::<NONCE_LEN>()?);
    key(passphrase, ROUNDS, &salt)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(PART), &mut sealed)
        .map_err(|_| broken("the secret cannot be sealed"))?;
    let locked = Locked {
        rounds: ROUNDS,
        salt: STANDARD.encode(salt),
        nonce: STANDARD.encode(nonce),
        sealed: STANDARD.encode(sealed),
    };
    serde_json::to_vec(&locked).map_err(broken)
}

/// The reverse of [`lock`].
///
/// # Errors
/// A wrong passphrase says so.
pub(super) fn unlock(passphrase: &str, part: &[u8]) -> Result<Vec<Vec<u8>>> {
    let wrong =
        || Error::invalid("passphrase", "no abre el secreto de la copia (does not open the backup's secret)");
    let locked: Locked = serde_json::from_slice(part).map_err(|e| broken(format!("the part {PART}: {e}")))?;
    let bytes = |text: &str| STANDARD.decode(text).map_err(|e| broken(format!("the part {PART}: {e}")));
    let nonce = Nonce::try_assume_unique_for_key(&bytes(&locked.nonce)?).map_err(|_| wrong())?;
    let mut sealed = bytes(&locked.sealed)?;
    let opened = key(passphrase, locked.rounds, &bytes(&locked.salt)?)?
        .open_in_place(nonce, Aad::from(PART), &mut sealed)
        .map_err(|_| wrong())?;
    let contents: Vec<String> = serde_json::from_slice(opened).map_err(broken)?;
    contents.iter().map(|c| bytes(c)).collect()
}

fn key(passphrase: &str, rounds: NonZeroU32, salt: &[u8]) -> Result<LessSafeKey> {
    let mut bytes = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, passphrase.as_bytes(), &mut bytes);
    let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| broken("no key"))?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passphrase_opens_and_no_other() {
        let path = std::env::temp_dir().join(format!("campo-lock-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, [7; 32]).unwrap();
        let paths = [path.clone(), path.with_extension("none")];
        assert!(lock("corto", &paths).is_err());
        let part = lock("una frase larga", &paths).unwrap();
        assert_eq!(unlock("una frase larga", &part).unwrap(), [vec![7; 32], vec![]]);
        assert!(unlock("otra frase larga", &part).is_err());
        std::fs::remove_file(path).unwrap();
    }
}
