//! RFC 8291 against a decryption of the tests' own: ECDH by p256, HKDF and AES-GCM by ring.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use proptest::prelude::*;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::{Auth, p256};

use super::*;

const PLAIN: &str = "When I grow up, I want to be a watermelon";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
const UA_PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const UA_PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AS_PRIVATE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

struct Long(usize);
impl KeyType for Long {
    fn len(&self) -> usize {
        self.0
    }
}

fn hkdf(salt: &[u8], ikm: &[u8], info: &[u8], long: usize) -> Vec<u8> {
    let mut out = vec![0; long];
    let prk = Salt::new(HKDF_SHA256, salt).extract(ikm);
    prk.expand(&[info], Long(long)).unwrap().fill(&mut out).unwrap();
    out
}

/// Key and nonce of a record (RFC 8291, 3.3 and 3.4): `mine` is either side's private key, `other` the other's point.
fn key_and_nonce(
    mine: &p256::SecretKey,
    other: &[u8],
    (ua, server): (&[u8], &[u8]),
    auth: &[u8],
    salt: &[u8],
) -> (LessSafeKey, Nonce) {
    let other = p256::PublicKey::from_sec1_bytes(other).unwrap();
    let shared = p256::ecdh::diffie_hellman(mine.to_nonzero_scalar(), other.as_affine());
    let info = [b"WebPush: info\0".as_slice(), ua, server].concat();
    let ikm = hkdf(auth, shared.raw_secret_bytes().as_ref(), &info, 32);
    let key = hkdf(salt, &ikm, b"Content-Encoding: aes128gcm\0", 16);
    let nonce = hkdf(salt, &ikm, b"Content-Encoding: nonce\0", 12);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
    (key, Nonce::try_assume_unique_for_key(&nonce).unwrap())
}

/// What a browser does with a message (RFC 8188 with one record).
fn opened(body: &[u8], ua: &p256::SecretKey, auth: &[u8]) -> Vec<u8> {
    let (salt, rest) = body.split_at(16);
    let record = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
    let (server, closed) = rest[5..].split_at(usize::from(rest[4]));
    assert!(closed.len() <= record, "one record");
    let mine = ua.public_key().to_encoded_point(false);
    let (key, nonce) = key_and_nonce(ua, server, (mine.as_bytes(), server), auth, salt);
    let mut text = closed.to_vec();
    let text = key.open_in_place(nonce, Aad::empty(), &mut text).unwrap();
    let end = text.iter().rposition(|b| *b != 0).unwrap();
    assert_eq!(text[end], 2, "the last record");
    text[..end].to_vec()
}

fn private(text: &str) -> p256::SecretKey {
    p256::SecretKey::from_slice(&B64.decode(text).unwrap()).unwrap()
}

/// RFC 8291 Appendix A: the vector opens by the library and by the tests' own hands, and closes to the same bytes.
#[test]
fn the_vector_of_the_rfc_both_ways() {
    let (body, auth) = (B64.decode(BODY).unwrap(), B64.decode(AUTH).unwrap());
    let secret: [u8; 16] = auth.as_slice().try_into().unwrap();
    let theirs = web_push_native::decrypt(body.clone(), &private(UA_PRIVATE), &Auth::from(secret)).unwrap();
    assert_eq!(theirs, PLAIN.as_bytes());
    assert_eq!(opened(&body, &private(UA_PRIVATE), &auth), PLAIN.as_bytes());
    let (ua, salt, server) = (B64.decode(UA_PUBLIC).unwrap(), B64.decode(SALT).unwrap(), private(AS_PRIVATE));
    let point = server.public_key().to_encoded_point(false);
    let (key, nonce) = key_and_nonce(&server, &ua, (&ua, point.as_bytes()), &auth, &salt);
    let mut closed = [PLAIN.as_bytes(), &[2]].concat();
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut closed).unwrap();
    let whole = [&salt, &4096u32.to_be_bytes()[..], &[65], point.as_bytes(), &closed].concat();
    assert_eq!(whole, body);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// What leaves is opened by its browser alone, and fits.
    #[test]
    fn what_leaves_is_opened_by_its_browser(text in proptest::collection::vec(any::<u8>(), 1..rules::MOST_BYTES), seed in 1..u64::MAX) {
        let mut bytes = [3; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let ua = p256::SecretKey::from_slice(&bytes).unwrap();
        let auth = [9u8; 16];
        let body = web_push_native::encrypt(text.clone(), &ua.public_key(), &Auth::from(auth)).unwrap();
        prop_assert!(body.len() <= 4_096);
        prop_assert_eq!(opened(&body, &ua, &auth), text);
        let again = web_push_native::encrypt(b"x".to_vec(), &ua.public_key(), &Auth::from(auth)).unwrap();
        prop_assert_ne!(&again[..16], &body[..16], "a salt of its own");
    }
}

#[test]
fn subscriptions_are_checked() {
    let token = |endpoint: &str, p256dh: &str, auth: &str| PushToken {
        endpoint: endpoint.into(),
        keys: PushKeys { p256dh: p256dh.into(), auth: auth.into() },
    };
    let good = "https://fcm.googleapis.com/fcm/send/x";
    assert!(check(&token(good, UA_PUBLIC, AUTH), &[]).is_ok());
    // The other alphabet, with signs at the end.
    let old = UA_PUBLIC.replace('-', "+").replace('_', "/") + "=";
    assert_eq!(
        check(&token(good, &old, "BTBZMqHH6r4Tts7J/aSIgg=="), &[]).unwrap().p256dh,
        B64.decode(UA_PUBLIC).unwrap()
    );
    for (endpoint, p256dh, auth) in [
        ("https://evil.example/x", UA_PUBLIC, AUTH),
        (good, AUTH, AUTH),
        (good, UA_PUBLIC, "AA"),
        (good, "", ""),
        // A point that is not on the curve.
        (good, &format!("{}A", &UA_PUBLIC[..86]), AUTH),
    ] {
        assert!(check(&token(endpoint, p256dh, auth), &[]).is_err(), "{endpoint} {p256dh} {auth}");
    }
}
