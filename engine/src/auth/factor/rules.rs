//! Time-based one-time passwords (RFC 6238 over RFC 4226): pure.

use ring::hmac;

use crate::auth::keys::{Keys, random};
use crate::error::Result;
use crate::ids::UserId;

/// Seconds of a time step.
pub const STEP_S: i64 = 30;
/// Steps around the present that are taken, for phones whose clock is off.
const AROUND: i64 = 1;
/// Bytes of a secret: what RFC 4226 recommends for SHA-1.
pub const SECRET: usize = 20;
/// Codes for the day on which the phone is gone.
pub const RECOVERY_CODES: usize = 10;
/// Signs of a recovery code, without its dash: 31^10 are 49 bits.
const RECOVERY_LENGTH: usize = 10;
/// Failures after which the factor rests.
const FAILURES: i32 = 10;
/// Seconds that it rests.
const REST_S: i64 = 900;
/// Lower-case letters and digits that nobody misreads.
const SIGNS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The code of a time step, as a number of so many digits.
fn code(secret: &[u8], step: i64, digits: u32) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = tag.last().map_or(0, |b| usize::from(b & 0x0f));
    let four = tag.get(at..at + 4).and_then(|b| b.first_chunk::<4>()).copied().unwrap_or_default();
    (u32::from_be_bytes(four) & 0x7fff_ffff) % 10u32.pow(digits)
}

/// The time step of a code that is good now; none where it is wrong, over, or not younger than the last one taken.
pub fn matching(secret: &[u8], given: &str, last_step: i64, now_s: i64) -> Option<i64> {
    if given.len() != 6 || !given.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let given: u32 = given.parse().ok()?;
    let present = now_s.div_euclid(STEP_S);
    // All steps are computed, whichever fits.
    let fits = |step: i64| (code(secret, step, 6) == given).then_some(step);
    let found: Vec<i64> = (present - AROUND..=present + AROUND).filter_map(fits).collect();
    // The youngest: two steps may have one code, which is still taken once.
    found.into_iter().filter(|step| *step > last_step).max()
}

/// Whether a factor rests after failures, and for how many seconds more.
pub fn rests(failures: i32, since_failed_s: Option<i64>) -> Option<u64> {
    let left = REST_S - since_failed_s?;
    (failures >= FAILURES && left > 0).then(|| u64::try_from(left).unwrap_or(1))
}

/// Base 32 (RFC 4648) without padding, as authenticator apps read it.
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let at = usize::try_from((buffer >> bits) & 31).unwrap_or(0);
            text.push(char::from(LETTERS.get(at).copied().unwrap_or(b'A')));
        }
    }
    if bits > 0 {
        let at = usize::try_from((buffer << (5 - bits)) & 31).unwrap_or(0);
        text.push(char::from(LETTERS.get(at).copied().unwrap_or(b'A')));
    }
    text
}

/// What an authenticator app reads from a QR code (Key Uri Format).
pub fn url(secret: &[u8], phone: &str) -> String {
    let label = phone.replace('+', "%2B");
    format!(
        "otpauth://totp/CampoTech:{label}?secret={}&issuer=CampoTech&algorithm=SHA1&digits=6&period={STEP_S}",
        base32(secret)
    )
}

/// Ten recovery codes as `abcde-fgh23`.
pub fn recovery_codes() -> Result<Vec<String>> {
    (0..RECOVERY_CODES).map(|_| recovery_code()).collect()
}

fn recovery_code() -> Result<String> {
    let mut signs = String::with_capacity(RECOVERY_LENGTH + 1);
    while signs.len() < RECOVERY_LENGTH + 1 {
        for byte in random::<32>()? {
            // 248 = 8 x 31: above it the remainder would favour the first signs.
            if byte >= 248 || signs.len() > RECOVERY_LENGTH {
                continue;
            }
            if signs.len() == RECOVERY_LENGTH / 2 {
                signs.push('-');
            }
            signs.push(char::from(SIGNS.get(usize::from(byte) % SIGNS.len()).copied().unwrap_or(b'a')));
        }
    }
    Ok(signs)
}

/// What is stored of a recovery code; spelled in any way (capitals, without the dash) it is the same.
pub fn recovery_seal(keys: &Keys, user: UserId, code: &str) -> Vec<u8> {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(64).collect();
    let mut context = hmac::Context::with_key(&keys.mac("campo recovery-code v1"));
    context.update(user.0.as_bytes());
    context.update(plain.as_bytes());
    context.sign().as_ref().to_vec()
}

/// Whether something looks like a recovery code and not like six digits.
pub fn is_recovery(code: &str) -> bool {
    code.chars().filter(char::is_ascii_alphanumeric).count() == RECOVERY_LENGTH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6238, appendix B (SHA-1), and RFC 4226, appendix D.
    #[test]
    fn vectors_of_the_rfcs() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(code(secret, seconds / STEP_S, 8), expected, "{seconds}");
        }
        for (count, expected) in
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489]
                .into_iter()
                .enumerate()
        {
            assert_eq!(code(secret, count as i64, 6), expected);
        }
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_vectors() {
        for (plain, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    proptest! {
        /// A code is taken around its time and once: never again, nor any older one after it.
        #[test]
        fn none_is_taken_twice(secret: [u8; SECRET], now in 0..4_000_000_000i64, off in -3..=3i64) {
            let given = format!("{:06}", code(&secret, now.div_euclid(STEP_S) + off, 6));
            let step = matching(&secret, &given, 0, now);
            if off.abs() <= 1 && now >= 60 {
                let step = step.unwrap();
                prop_assert_eq!(matching(&secret, &given, step, now), None);
                prop_assert_eq!(matching(&secret, &given, step + 1, now), None);
            }
        }

        /// What is no code is survived.
        #[test]
        fn rubbish_is_no_code(given: String) {
            prop_assume!(given.len() != 6);
            prop_assert_eq!(matching(&[1; SECRET], &given, 0, 1_000_000), None);
            let _ = is_recovery(&given);
        }
    }

    #[test]
    fn recovery_codes_are_readable_and_different() {
        let keys = Keys::derive(&[7; 32]).unwrap();
        let (user, codes) = (UserId::new(), recovery_codes().unwrap());
        let mut seals: Vec<_> = codes.iter().map(|c| recovery_seal(&keys, user, c)).collect();
        assert!(
            codes.iter().all(|c| c.len() == 11 && c.as_bytes()[5] == b'-' && is_recovery(c)),
            "{codes:?}"
        );
        assert_eq!(seals[0], recovery_seal(&keys, user, &codes[0].to_uppercase().replace('-', " ")));
        assert_ne!(seals[0], recovery_seal(&keys, UserId::new(), &codes[0]));
        seals.sort();
        seals.dedup();
        assert_eq!(seals.len(), RECOVERY_CODES);
        assert!(!is_recovery("123456"));
    }

    #[test]
    fn ten_failures_rest_a_quarter_of_an_hour() {
        assert_eq!(rests(9, Some(0)), None);
        assert_eq!(rests(10, Some(0)), Some(900));
        assert_eq!(rests(10, Some(900)), None);
        assert_eq!(rests(10, None), None);
    }

    #[test]
    fn what_apps_read() {
        let url = url(b"12345678901234567890", "+5491155550001");
        assert_eq!(
            url,
            "otpauth://totp/CampoTech:%2B5491155550001?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=CampoTech&algorithm=SHA1&digits=6&period=30"
        );
    }
}
