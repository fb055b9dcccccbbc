//! Whether a webhook was signed by Meta: `X-Hub-Signature-256: sha256=<hex>`, an HMAC-SHA256 over the raw body.

use ring::hmac;

/// Whether `header` signs exactly these bytes under the app's secret. Constant in time; an empty secret signs nothing.
pub fn is_signed(secret: &str, body: &[u8], header: Option<&str>) -> bool {
    let Some(tag) = header.and_then(|h| h.trim().strip_prefix("sha256=")).and_then(bytes_of) else {
        return false;
    };
    !secret.is_empty()
        && hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body, &tag).is_ok()
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub fn is_same_secret(ours: &str, theirs: &str) -> bool {
    // Both under one random-free key: equal tags mean equal texts, and verify() compares in constant time.
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"campo compare v1");
    hmac::verify(&key, theirs.as_bytes(), hmac::sign(&key, ours.as_bytes()).as_ref()).is_ok()
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    (digits.len() == 64)
        .then(|| digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, d| byte << 4 | d)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "It's a Secret to Everybody";
    const TAG: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn the_published_vector() {
        assert!(is_signed(SECRET, b"Hello, World!", Some(TAG)));
        assert!(is_signed(SECRET, b"Hello, World!", Some(&TAG.to_uppercase().replace("SHA256", "sha256"))));
        assert!(!is_signed(SECRET, b"Hello, World", Some(TAG)));
        assert!(!is_signed("another", b"Hello, World!", Some(TAG)));
        assert!(!is_signed("", b"Hello, World!", Some(TAG)));
        for wrong in ["", "sha256=", "sha1=757107ea", &TAG[7..], "sha256=zz", "sha256=é"] {
            assert!(!is_signed(SECRET, b"Hello, World!", Some(wrong)), "{wrong}");
        }
        assert!(!is_signed(SECRET, b"Hello, World!", None));
    }

    /// Bodies carry `\u00e9` and `\/`: what is signed is the bytes, not what they mean.
    #[test]
    fn the_raw_bytes_are_signed() {
        let (raw, same) =
            (br#"{"body":"caf\u00e9 \/ \ud83d\ude00"}"#.as_slice(), r#"{"body":"café / 😀"}"#.as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let tag = format!("sha256={}", crate::auth::keys::hex(hmac::sign(&key, raw).as_ref()));
        assert!(is_signed(SECRET, raw, Some(&tag)));
        assert!(!is_signed(SECRET, same, Some(&tag)));
    }

    proptest! {
        /// No single changed bit of the signature is let through, and no text breaks the reader.
        #[test]
        fn every_bit_counts(body: Vec<u8>, bit in 0..256usize, noise in ".{0,80}") {
            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
            let mut tag = hmac::sign(&key, &body).as_ref().to_vec();
            tag[bit / 8] ^= 1 << (bit % 8);
            let header = format!("sha256={}", crate::auth::keys::hex(&tag));
            prop_assert!(!is_signed(SECRET, &body, Some(&header)));
            let _ = is_signed(SECRET, &body, Some(&noise));
            prop_assert_eq!(is_same_secret(&noise, "x"), noise == "x");
        }
    }
}
