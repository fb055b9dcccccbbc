//! Who we are to push services (RFC 8292): a key of the installation's secret, and the token it signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;
use web_push_native::p256;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

use crate::auth::keys::Keys;
use crate::error::{Error, Result};

/// A token lasts so long; push services refuse more than 24 hours.
const VALID_S: i64 = 12 * 3_600;

/// The key pair of an installation: the same at every start, because it is derived from the installation's secret.
pub struct Vapid {
    pair: EcdsaKeyPair,
    public: Vec<u8>,
}

impl Vapid {
    /// Derives the pair.
    pub fn of(keys: &Keys) -> Result<Self> {
        let broken = || Error::Internal("the key of web push".into());
        // Of 2^32 secrets one gives a number outside of the curve's order: the next label then.
        let secret = (0..4u8)
            .find_map(|n| {
                let label = format!("campo web-push vapid v1 {n}");
                p256::SecretKey::from_slice(&keys.bytes(label.as_bytes())).ok()
            })
            .ok_or_else(broken)?;
        let public = secret.public_key().to_encoded_point(false).as_bytes().to_vec();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &secret.to_bytes(),
            &public,
            &SystemRandom::new(),
        )
        .map_err(|_| broken())?;
        Ok(Self { pair, public })
    }

    /// The public key as browsers want it (`applicationServerKey`): base64url of the uncompressed point.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }

    /// The value of `Authorization` towards a push service. `audience` is its origin, `contact` a `mailto:` or
    /// `https:` address.
    pub fn authorize(&self, audience: &str, contact: &str, now: DateTime<Utc>) -> Result<String> {
        let claims = json!({ "aud": audience, "exp": now.timestamp() + VALID_S, "sub": contact });
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| Error::Internal("web push: no signature".into()))?;
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
        Ok(format!("vapid t={token},k={}", self.public_key()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    #[test]
    fn the_token_is_verified_by_the_public_key_alone() {
        let vapid = Vapid::of(&Keys::derive(&[7; 32]).unwrap()).unwrap();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let header = vapid.authorize("https://fcm.googleapis.com", "mailto:a@b.example", now).unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(",k=").unwrap();
        let point = URL_SAFE_NO_PAD.decode(key).unwrap();
        assert_eq!((point.len(), point[0]), (65, 4));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);
        public.verify(signed.as_bytes(), &signature).unwrap();
        assert!(public.verify(format!("{signed}x").as_bytes(), &signature).is_err());
        let part = |n: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').nth(n).unwrap()).unwrap())
                .unwrap()
        };
        assert_eq!(part(0), json!({"typ": "JWT", "alg": "ES256"}));
        assert_eq!(part(1)["aud"], "https://fcm.googleapis.com");
        let lasts = part(1)["exp"].as_i64().unwrap() - now.timestamp();
        assert!(lasts > 0 && lasts <= 86_400);
    }

    /// Subscriptions are bound to the key: it must be the same at the next start, and another one elsewhere.
    #[test]
    fn the_key_follows_from_the_secret() {
        let of = |secret: u8| Vapid::of(&Keys::derive(&[secret; 32]).unwrap()).unwrap().public_key();
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }
}
