//! A push service (RFC 8030) that is the browser as well: it decrypts (RFC 8291) and verifies who sends (RFC 8292).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{aead, hkdf, signature};
use serde_json::{Value, json};

use super::common::Common;
use super::door::Fake;
use super::fault::{Fault, Kind};
use super::ledger::Entry;
use super::wire::{Reply, Request};

/// The longest body.
const MOST_BYTES: usize = 4_096;
/// The longest life of a sender's token, seconds.
const LONGEST_TOKEN_S: i64 = 24 * 3600;

/// The fake.
pub struct Push {
    common: Arc<Common>,
    subscriptions: Mutex<HashMap<String, Subscription>>,
}

struct Subscription {
    secret: SecretKey,
    auth: [u8; 16],
    /// The only sender that may use it, as the browser was told.
    server_key: Option<String>,
    gone: bool,
}

impl Push {
    /// Nobody is subscribed.
    pub fn new(common: Arc<Common>) -> Self {
        Self { common, subscriptions: Mutex::default() }
    }

    /// `PushManager.subscribe`: the subscription as a browser hands it on; endpoints begin with `base`.
    pub fn subscribe(&self, base: &str, server_key: Option<&str>) -> Option<Value> {
        let random = SystemRandom::new();
        let (mut scalar, mut auth) = ([0u8; 32], [0u8; 16]);
        random.fill(&mut auth).ok()?;
        let secret = loop {
            random.fill(&mut scalar).ok()?;
            if let Ok(secret) = SecretKey::from_slice(&scalar) {
                break secret;
            }
        };
        let public = secret.public_key().to_encoded_point(false);
        let mut subscriptions = self.lock();
        let id = format!("sub-{}-{}", subscriptions.len() + 1, super::ledger::now_us());
        let shown = json!({"endpoint": format!("{base}/push/{id}"), "expirationTime": null,
            "keys": {"p256dh": URL_SAFE_NO_PAD.encode(public.as_bytes()), "auth": URL_SAFE_NO_PAD.encode(auth)}});
        let server_key = server_key.map(|k| k.trim_end_matches('=').to_owned());
        subscriptions.insert(id, Subscription { secret, auth, server_key, gone: false });
        Some(shown)
    }

    /// The person took the permission back: the endpoint is gone.
    pub fn unsubscribe(&self, endpoint: &str) {
        let id = endpoint.rsplit('/').next().unwrap_or_default();
        if let Some(subscription) = self.lock().get_mut(id) {
            subscription.gone = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Subscription>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn routed(&self, request: &Request, entry: &mut Entry) -> Result<Reply, (u16, String)> {
        let no = |status: u16, why: &str| Err((status, why.to_owned()));
        let parts = request.parts();
        let ["push", id] = parts.as_slice() else { return no(404, "no such endpoint") };
        let subscriptions = self.lock();
        let Some(subscription) = subscriptions.get(*id) else { return no(404, "no such subscription") };
        if subscription.gone {
            return no(410, "the subscription is gone");
        }
        if request.method != "POST" {
            return no(405, "POST it");
        }
        if request.body.len() > MOST_BYTES {
            return no(413, "more than 4096 bytes");
        }
        let ttl = request.header("ttl").and_then(|t| t.parse::<u32>().ok());
        if ttl.is_none() {
            return no(400, "TTL is missing");
        }
        if let Some(urgency) = request.header("urgency")
            && !["very-low", "low", "normal", "high"].contains(&urgency)
        {
            return no(400, "an urgency that is none");
        }
        if let Some(topic) = request.header("topic")
            && (topic.len() > 32
                || !topic.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
        {
            return no(400, "a topic that is none");
        }
        let key = verified(request, self.common.now_ms() / 1000)?;
        if subscription.server_key.as_ref().is_some_and(|known| *known != key) {
            return no(403, "another sender's subscription");
        }
        if !request.body.is_empty() {
            if request.header("content-encoding") != Some("aes128gcm") {
                return no(400, "the content encoding must be aes128gcm");
            }
            let plain = decrypt(&subscription.secret, &subscription.auth, &request.body)
                .ok_or_else(|| (400, "it cannot be decrypted".to_owned()))?;
            let text = String::from_utf8_lossy(&plain).into_owned();
            entry.body = serde_json::from_str(&text).unwrap_or_else(|_| text.into());
        }
        let number = format!("push-{}", entry.n);
        entry.effect = Some(number.clone());
        Ok(Reply::empty(201).with("Location", format!("{}/message/{number}", request.origin)))
    }
}

impl Fake for Push {
    fn name(&self) -> &'static str {
        "web_push"
    }

    fn note(&self, request: &Request, entry: &mut Entry) {
        entry.to = request.parts().last().map(|p| (*p).to_owned());
        entry.kind = request.header("urgency").map(Into::into);
        entry.key = request.header("topic").map(Into::into);
    }

    fn answer(&self, request: &Request, entry: &mut Entry) -> Reply {
        self.routed(request, entry).unwrap_or_else(|(status, why)| Reply::bytes(status, "text/plain", why))
    }

    fn excuse(&self, fault: &Fault) -> Reply {
        let status = if fault.kind == Kind::Busy { 429 } else { 500 };
        Reply::bytes(status, "text/plain", "try later")
    }
}

/// RFC 8292: the sender's public key, once the token is found to be good.
fn verified(request: &Request, now_s: i64) -> Result<String, (u16, String)> {
    let no = |why: &str| (403, why.to_owned());
    let header = request.header("authorization").ok_or((401, "no VAPID".to_owned()))?;
    let fields = header.strip_prefix("vapid ").ok_or_else(|| no("the scheme is not vapid"))?;
    let field = |name: &str| {
        fields.split(',').find_map(|f| f.trim().strip_prefix(name)?.strip_prefix('=').map(ToOwned::to_owned))
    };
    let token = field("t").ok_or_else(|| no("no t"))?;
    let key = field("k").ok_or_else(|| no("no k"))?.trim_end_matches('=').to_owned();
    let point = URL_SAFE_NO_PAD.decode(&key).map_err(|_| no("k is no base64url"))?;
    let (signed, mac) = token.rsplit_once('.').ok_or_else(|| no("t is no JWT"))?;
    let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| no("a signature that is none"))?;
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &mac)
        .map_err(|_| no("the signature is wrong"))?;
    let (head, claims) = signed.split_once('.').ok_or_else(|| no("t is no JWT"))?;
    let read =
        |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let head = read(head).ok_or_else(|| no("a head that is none"))?;
    let claims = read(claims).ok_or_else(|| no("claims that are none"))?;
    if head.get("alg").and_then(Value::as_str) != Some("ES256") {
        return Err(no("alg must be ES256"));
    }
    if claims.get("aud").and_then(Value::as_str) != Some(request.origin.as_str()) {
        return Err(no("aud is not this origin"));
    }
    let left = claims.get("exp").and_then(Value::as_i64).map_or(-1, |exp| exp - now_s);
    if !(1..=LONGEST_TOKEN_S).contains(&left) {
        return Err(no("exp is past or more than 24 h ahead"));
    }
    let sub = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if !sub.starts_with("mailto:") && !sub.starts_with("https://") {
        return Err(no("sub is neither mailto: nor https:"));
    }
    Ok(key)
}

/// RFC 8291: the plaintext of a body for this subscription.
fn decrypt(secret: &SecretKey, auth: &[u8; 16], body: &[u8]) -> Option<Vec<u8>> {
    let salt = body.get(..16)?;
    let record = u32::from_be_bytes(body.get(16..20)?.try_into().ok()?);
    let length = usize::from(*body.get(20)?);
    let sender = body.get(21..21 + length)?;
    let mut sealed = body.get(21 + length..)?.to_vec();
    if record < 18 || sealed.len() > record as usize {
        return None;
    }
    let their = PublicKey::from_sec1_bytes(sender).ok()?;
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), their.as_affine());
    let ours = secret.public_key().to_encoded_point(false);
    let info = [b"WebPush: info\0", ours.as_bytes(), sender].concat();
    let ikm = expand(auth, shared.raw_secret_bytes(), &info, 32)?;
    let key = expand(salt, &ikm, b"Content-Encoding: aes128gcm\0", 16)?;
    let nonce = expand(salt, &ikm, b"Content-Encoding: nonce\0", 12)?;
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_128_GCM, &key).ok()?);
    let nonce = aead::Nonce::try_assume_unique_for_key(&nonce).ok()?;
    let plain = key.open_in_place(nonce, aead::Aad::empty(), &mut sealed).ok()?;
    // The last record ends with a 2 and zeros.
    let end = plain.iter().rposition(|b| *b != 0)?;
    (plain.get(end) == Some(&2)).then(|| plain.get(..end).map(<[u8]>::to_vec)).flatten()
}

/// HKDF with SHA-256 (RFC 5869).
fn expand(salt: &[u8], secret: &[u8], info: &[u8], length: usize) -> Option<Vec<u8>> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = vec![0; length];
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[info], Length(length))
        .ok()?
        .fill(&mut out)
        .ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, appendix A.
    #[test]
    fn the_published_message_is_decrypted() {
        let secret = SecretKey::from_slice(&bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")).unwrap();
        let auth: [u8; 16] = bytes("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap();
        let mut body = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        let plain = decrypt(&secret, &auth, &body).unwrap();
        assert_eq!(plain, b"When I grow up, I want to be a watermelon");
        let last = body.len() - 1;
        body[last] ^= 1;
        assert!(decrypt(&secret, &auth, &body).is_none());
    }
}
