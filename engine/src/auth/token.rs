//! Access tokens: JWT signed with Ed25519, 15 minutes (functional.md section 2, reliability.md section 6).
//!
//! The verifier accepts exactly what the signer writes: one algorithm, a key of our own ring, one type, one lifetime.

use chrono::{DateTime, Utc};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::base64;
use super::keys::Keys;
use super::role::Role;
use crate::error::{Error, Result};
use crate::ids::{LoginId, OrgId, UserId};

/// Seconds that an access token lasts.
pub const LIFETIME_S: i64 = 15 * 60;
/// Seconds by which an expired token is still taken, for clocks of other nodes.
const LEEWAY_S: i64 = 30;
/// Seconds by which a token may come from the future.
const AHEAD_S: i64 = 60;
/// Ours have about 600 bytes; longer ones are not worth a look.
const LONGEST: usize = 2048;
const ISSUER: &str = "campo";
const AUDIENCE: &str = "campo-api";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The person.
    pub sub: UserId,
    /// The organization in which they act.
    pub org_id: OrgId,
    /// What they are there.
    pub role: Role,
    /// The login session; the token is worth nothing once it ended.
    pub sid: LoginId,
    /// Made at, Unix seconds.
    pub iat: i64,
    /// Good until, Unix seconds.
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    /// Names this token.
    pub jti: Uuid,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// Signs a token for a login session.
pub fn sign(
    keys: &Keys,
    user: UserId,
    org: OrgId,
    role: Role,
    login: LoginId,
    now: DateTime<Utc>,
) -> Result<String> {
    let claims = Claims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: user,
        org_id: org,
        role,
        sid: login,
        iat: now.timestamp(),
        exp: now.timestamp() + LIFETIME_S,
        nbf: None,
        jti: Uuid::new_v4(),
    };
    let ring = keys.ring();
    let key = ring.signer(now).ok_or_else(|| Error::Internal("no key signs".into()))?;
    let head = Head { alg: "EdDSA", typ: "at+jwt", kid: &key.kid };
    let defect = |e: serde_json::Error| Error::Internal(format!("access token: {e}"));
    let head = serde_json::to_vec(&head).map_err(defect)?;
    let claims = serde_json::to_vec(&claims).map_err(defect)?;
    let signed = format!("{}.{}", base64::encode(&head), base64::encode(&claims));
    let signature = key.sign(signed.as_bytes());
    Ok(format!("{signed}.{}", base64::encode(signature.as_ref())))
}

/// Checks a token and says what it claims.
///
/// # Errors
/// `AUTH_004` for everything that we did not sign for this purpose, `AUTH_005` once it is over.
/// Whether its login session still lives is another question ([`super::session`]).
pub fn verify(keys: &Keys, token: &str, now: DateTime<Utc>) -> Result<Claims> {
    let claims =
        genuine(keys, token, now).ok_or(Error::Unauthorized { code: "AUTH_004", detail: "invalid token" })?;
    let now = now.timestamp();
    // A longer life than ours is nothing that we signed.
    if claims.exp.checked_sub(claims.iat) != Some(LIFETIME_S) {
        return Err(Error::Unauthorized { code: "AUTH_004", detail: "invalid token" });
    }
    if claims.iat > now + AHEAD_S || claims.nbf.is_some_and(|n| n > now + LEEWAY_S) {
        return Err(Error::Unauthorized { code: "AUTH_004", detail: "this token is not valid yet" });
    }
    if now >= claims.exp + LEEWAY_S {
        return Err(Error::Unauthorized { code: "AUTH_005", detail: "the token expired" });
    }
    Ok(claims)
}

/// The claims, if the token is ours and meant for this purpose.
fn genuine(keys: &Keys, token: &str, now: DateTime<Utc>) -> Option<Claims> {
    if token.len() > LONGEST {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let head = base64::decode(head)?;
    let head: Head<'_> = serde_json::from_slice(&head).ok()?;
    if head.alg != "EdDSA" || head.typ != "at+jwt" {
        return None;
    }
    let ring = keys.ring();
    UnparsedPublicKey::new(&ED25519, ring.named(head.kid, now)?.public())
        .verify(signed.as_bytes(), &base64::decode(signature)?)
        .ok()?;
    let claims: Claims = serde_json::from_slice(&base64::decode(claims)?).ok()?;
    (claims.iss == ISSUER && claims.aud == AUDIENCE).then_some(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::hmac;
    use serde_json::{Value, json};

    fn keys() -> Keys {
        Keys::derive(&[7; 32]).unwrap()
    }

    fn kid(keys: &Keys) -> String {
        keys.ring().signer(Utc::now()).unwrap().kid.clone()
    }

    fn token(now: DateTime<Utc>) -> String {
        sign(&keys(), UserId::new(), OrgId::new(), Role::Dispatcher, LoginId::new(), now).unwrap()
    }

    fn code(result: Result<Claims>) -> &'static str {
        match result {
            Ok(_) => "ok",
            Err(Error::Unauthorized { code, .. }) => code,
            Err(e) => panic!("{e}"),
        }
    }

    /// A token of any head and claims, truly signed by our key.
    fn signed(head: &str, claims: &str) -> String {
        let signed = format!("{}.{}", base64::encode(head.as_bytes()), base64::encode(claims.as_bytes()));
        let signature = keys().ring().all()[0].sign(signed.as_bytes());
        format!("{signed}.{}", base64::encode(signature.as_ref()))
    }

    fn head() -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid(&keys())})
    }

    fn claims(now: DateTime<Utc>) -> Value {
        json!({"iss": "campo", "aud": "campo-api", "sub": UserId::new(), "org_id": OrgId::new(), "role": "owner",
               "sid": LoginId::new(), "iat": now.timestamp(), "exp": now.timestamp() + 900, "jti": Uuid::new_v4()})
    }

    #[test]
    fn ours_is_taken_until_it_is_over() {
        let now = Utc::now();
        let token = token(now);
        assert_eq!(verify(&keys(), &token, now).unwrap().role, Role::Dispatcher);
        assert_eq!(code(verify(&keys(), &token, now + chrono::TimeDelta::seconds(LIFETIME_S + 29))), "ok");
        assert_eq!(
            code(verify(&keys(), &token, now + chrono::TimeDelta::seconds(LIFETIME_S + 31))),
            "AUTH_005"
        );
        assert_eq!(code(verify(&keys(), &token, now - chrono::TimeDelta::seconds(61))), "AUTH_004");
        assert_eq!(code(verify(&Keys::derive(&[8; 32]).unwrap(), &token, now)), "AUTH_004");
    }

    #[test]
    fn the_test_itself_can_make_a_good_token() {
        let now = Utc::now();
        assert_eq!(code(verify(&keys(), &signed(&head().to_string(), &claims(now).to_string()), now)), "ok");
    }

    /// Heads and claims that must not pass, each signed with the true key.
    #[test]
    fn hostile_heads_and_claims() {
        let now = Utc::now();
        let good = claims(now).to_string();
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("eddsa")),
            ("typ", json!("JWT")),
            ("kid", json!("../../etc/passwd")),
            ("jku", json!("https://evil.example/keys")),
            ("crit", json!(["x"])),
        ] {
            let mut head = head();
            head[name] = value;
            assert_eq!(code(verify(&keys(), &signed(&head.to_string(), &good), now)), "AUTH_004", "{head}");
        }
        for (name, value) in [
            ("aud", json!("campo-refresh")),
            ("aud", json!(["campo-api"])),
            ("iss", json!("else")),
            ("role", json!("root")),
            ("sub", json!("1")),
            ("exp", json!("9999999999")),
            ("sid", Value::Null),
            ("iat", json!(now.timestamp() + 3600)),
            // A lifetime that we never give.
            ("exp", json!(now.timestamp() + 86_400)),
            ("iat", json!(now.timestamp() - 1)),
            ("iat", json!(i64::MIN)),
            ("nbf", json!(now.timestamp() + 3600)),
        ] {
            let mut claims = claims(now);
            claims[name] = value;
            assert_eq!(
                code(verify(&keys(), &signed(&head().to_string(), &claims.to_string()), now)),
                "AUTH_004",
                "{claims}"
            );
        }
        let twice = good.replacen('{', "{\"role\":\"technician\",", 1);
        assert_eq!(
            code(verify(&keys(), &signed(&head().to_string(), &twice), now)),
            "AUTH_004",
            "duplicate claim"
        );
        for twice in ["{\"alg\":\"none\",", "{\"kid\":\"x\",", "{\"typ\":\"JWT\","] {
            let head = head().to_string().replacen('{', twice, 1);
            assert_eq!(code(verify(&keys(), &signed(&head, &good), now)), "AUTH_004", "{head}");
        }
    }

    /// An hour ahead is refused to the second: 60 s is the clock of another node, 61 s is none.
    #[test]
    fn made_in_the_future() {
        let now = Utc::now();
        let at = |ahead_s: i64| {
            let mut claims = claims(now);
            claims["iat"] = json!(now.timestamp() + ahead_s);
            claims["exp"] = json!(now.timestamp() + ahead_s + 900);
            code(verify(&keys(), &signed(&head().to_string(), &claims.to_string()), now))
        };
        assert_eq!((at(60), at(61)), ("ok", "AUTH_004"));
    }

    /// What else we sign is no access token.
    #[test]
    fn tokens_for_other_purposes() {
        let (keys, now, login) = (keys(), Utc::now(), LoginId::new());
        let resume = super::super::resume::Resume {
            path: super::super::resume::Path::Dispatch,
            login,
            org: OrgId::new(),
            user: UserId::new(),
            device: Uuid::nil(),
            boot: Uuid::nil(),
            n: 1,
        };
        for token in [
            super::super::refresh::token(&keys, login, 1),
            super::super::resume::sign(&keys, &resume, now),
            keys.link_token(crate::ids::SessionId::new(), 1),
            keys.rating_token(crate::ids::JobId::new()),
            keys.invitation_token(Uuid::now_v7()),
            keys.ticket(Uuid::now_v7()),
        ] {
            assert_eq!(code(verify(&keys, &token, now)), "AUTH_004", "{token}");
        }
    }

    /// A token of the key before is taken for thirty days, and then no more; a key that is not ours never.
    #[test]
    fn keys_follow_each_other() {
        use super::super::ring::{Generation, OLD_DAYS};
        let (keys, now) = (keys(), Utc::now());
        let sign_with = |keys: &Keys, at| {
            sign(keys, UserId::new(), OrgId::new(), Role::Owner, LoginId::new(), at).unwrap()
        };
        let first = sign_with(&keys, now);
        let rotated = |ends_at| {
            let second = Generation { number: 2, signs_from: now, ends_at: None };
            [Generation { ends_at: Some(ends_at), ..Generation::FIRST }, second]
        };
        let clone = keys.clone();
        assert!(keys.take_over(&rotated(now + chrono::TimeDelta::days(OLD_DAYS))).unwrap());
        assert!(!keys.take_over(&rotated(now + chrono::TimeDelta::days(OLD_DAYS))).unwrap(), "no news");
        let second = sign_with(&clone, now);
        assert_ne!(first.split('.').next(), second.split('.').next(), "clones follow");
        assert_eq!((code(verify(&keys, &first, now)), code(verify(&keys, &second, now))), ("ok", "ok"));
        keys.take_over(&rotated(now)).unwrap();
        assert_eq!(code(verify(&keys, &first, now)), "AUTH_004", "its key is over");
        assert_eq!(code(verify(&keys, &second, now)), "ok");
        let other = Keys::derive(&[9; 32]).unwrap();
        assert_eq!(code(verify(&keys, &sign_with(&other, now), now)), "AUTH_004");
    }

    #[test]
    fn forged_signatures() {
        let now = Utc::now();
        let (head_none, good) =
            (json!({"alg": "none", "typ": "at+jwt", "kid": kid(&keys())}), claims(now).to_string());
        let body = |head: &Value| {
            format!("{}.{}", base64::encode(head.to_string().as_bytes()), base64::encode(good.as_bytes()))
        };
        let hs = json!({"alg": "HS256", "typ": "at+jwt", "kid": kid(&keys())});
        let public = hmac::Key::new(hmac::HMAC_SHA256, keys().ring().all()[0].public());
        let mac = hmac::sign(&public, body(&hs).as_bytes());
        for token in [
            String::new(),
            ".".into(),
            "..".into(),
            "a.b.c".into(),
            "ñ.ñ.ñ".into(),
            format!("{}.", body(&head_none)),
            format!("{}.{}", body(&hs), base64::encode(mac.as_ref())),
            format!("{}.{}", body(&head()), base64::encode(&[0; 64])),
            format!("{}.{}", token(now), base64::encode(&[1; 64])),
            "x".repeat(10_240),
            format!("{}{}", token(now), "A".repeat(10_240)),
        ] {
            assert_eq!(code(verify(&keys(), &token, now)), "AUTH_004");
        }
    }

    /// Every single sign of a token counts.
    #[test]
    fn any_changed_sign_is_found() {
        let now = Utc::now();
        let token = token(now);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(code(verify(&keys(), &changed, now)), "AUTH_004", "sign {at}");
        }
    }
}
