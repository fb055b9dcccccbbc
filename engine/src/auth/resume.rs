//! Resume tokens of sockets: good for `hello` alone, so that a reconnect needs no refresh call.
//!
//! `r1.` + base64url(fields + HMAC). Bound to login session, path, and (for phones) device and boot; 7 days, and
//! dead with the session. `n` lets the newest use end those before it.

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use uuid::Uuid;

use super::base64;
use super::keys::Keys;
use crate::ids::{LoginId, OrgId, UserId};

const PREFIX: &str = "r1.";
const DAYS: i64 = 7;
/// 1 path + 5 UUIDs + n + expiry.
const FIELDS: usize = 1 + 5 * 16 + 4 + 8;
const MAC: usize = 32;

/// Which socket a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Path {
    /// `/ws/technician`.
    Technician = 1,
    /// `/ws/dispatch`.
    Dispatch = 2,
}

/// What a resume token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The socket it is for.
    pub path: Path,
    /// The login session.
    pub login: LoginId,
    /// Its organization.
    pub org: OrgId,
    /// Its person.
    pub user: UserId,
    /// The phone's device; a viewer's line of tokens.
    pub device: Uuid,
    /// The phone's boot; nil for viewers.
    pub boot: Uuid,
    /// Counts the tokens of one device and boot, or of one line.
    pub n: i32,
}

/// Whether this looks like a resume token (as opposed to an access token).
pub fn is_resume(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// Makes a token.
pub fn sign(keys: &Keys, resume: &Resume, now: DateTime<Utc>) -> String {
    let mut bytes = Vec::with_capacity(FIELDS + MAC);
    bytes.push(resume.path as u8);
    for id in [resume.login.0, resume.org.0, resume.user.0, resume.device, resume.boot] {
        bytes.extend_from_slice(id.as_bytes());
    }
    bytes.extend_from_slice(&resume.n.to_be_bytes());
    bytes.extend_from_slice(&(now + TimeDelta::days(DAYS)).timestamp().to_be_bytes());
    let mac = hmac::sign(keys.resume(), &bytes);
    bytes.extend_from_slice(mac.as_ref());
    format!("{PREFIX}{}", base64::encode(&bytes))
}

/// Reads a token that is ours and not over.
pub fn verify(keys: &Keys, token: &str, now: DateTime<Utc>) -> Option<Resume> {
    let bytes = base64::decode(token.strip_prefix(PREFIX).filter(|t| t.len() < 256)?)?;
    let (fields, mac) = (bytes.get(..FIELDS)?, bytes.get(FIELDS..)?);
    hmac::verify(keys.resume(), fields, mac).ok()?;
    let id = |i: usize| Uuid::from_slice(fields.get(1 + 16 * i..17 + 16 * i)?).ok();
    let expires = i64::from_be_bytes(fields.get(85..93)?.try_into().ok()?);
    if now.timestamp() >= expires {
        return None;
    }
    Some(Resume {
        path: match fields.first()? {
            1 => Path::Technician,
            2 => Path::Dispatch,
            _ => return None,
        },
        login: LoginId(id(0)?),
        org: OrgId(id(1)?),
        user: UserId(id(2)?),
        device: id(3)?,
        boot: id(4)?,
        n: i32::from_be_bytes(fields.get(81..85)?.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resume(seed: u128, n: i32) -> Resume {
        Resume {
            path: Path::Technician,
            login: LoginId(Uuid::from_u128(seed)),
            org: OrgId(Uuid::from_u128(seed ^ 1)),
            user: UserId(Uuid::from_u128(seed ^ 2)),
            device: Uuid::from_u128(seed ^ 3),
            boot: Uuid::from_u128(seed ^ 4),
            n,
        }
    }

    proptest! {
        /// What was signed is read back; a changed sign, another key or a later week is nothing.
        #[test]
        fn only_what_we_signed_is_read(seed: u128, n: i32, at in 0..200usize) {
            let keys = Keys::derive(&[7; 32]).unwrap();
            let now = Utc::now();
            let token = sign(&keys, &resume(seed, n), now);
            prop_assert_eq!(verify(&keys, &token, now), Some(resume(seed, n)));
            prop_assert_eq!(verify(&keys, &token, now + TimeDelta::days(7)), None);
            prop_assert_eq!(verify(&Keys::derive(&[8; 32]).unwrap(), &token, now), None);
            let mut bytes = token.into_bytes();
            let at = PREFIX.len() + at % (bytes.len() - PREFIX.len() - 1);
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            prop_assert_eq!(verify(&keys, std::str::from_utf8(&bytes).unwrap(), now), None);
        }
    }
}
