//! What no line of a log may show (functional.md section 11): CUIT, phones of 10 to 13 digits, CBU, bearer and other tokens,
//! API keys, passwords in addresses, named fields, and the secrets that the operator configured. Pure.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Stands where something was taken out.
const GONE: &str = "[redacted]";
/// A configured secret shorter than this would take words out.
const SHORTEST: usize = 6;
/// Fields whose value is a secret, whatever it looks like.
const NAMED: [&str; 15] = [
    "access_token",
    "refresh_token",
    "token",
    "secret",
    "app_secret",
    "password",
    "passwd",
    "api_key",
    "apikey",
    "auth_token",
    "private_key",
    "authorization",
    "cookie",
    "cuit",
    "cbu",
];
/// How keys of companies begin.
const KEYS: [&str; 9] = ["sk-", "EAA", "AKIA", "ASIA", "pk.", "sk.", "AIza", "whsec_", "APP_USR-"];
/// Paths whose next part opens something.
const OPENING: [&str; 4] = ["/t/", "/r/", "/ingest/", "/files/raw/"];

/// Takes secrets out of lines.
#[derive(Debug, Default)]
pub struct Redactor {
    known: Vec<String>,
}

impl Redactor {
    /// One that knows these secrets too, also in base64, hexadecimal and as part of an address.
    pub fn knowing(secrets: &[String]) -> Self {
        let mut known: Vec<String> = secrets
            .iter()
            .filter(|s| s.len() >= SHORTEST)
            .flat_map(|s| {
                let hex = s.bytes().map(|b| format!("{b:02x}")).collect();
                let encoded: String = url::form_urlencoded::byte_serialize(s.as_bytes()).collect();
                [s.clone(), encoded, STANDARD_NO_PAD.encode(s), URL_SAFE_NO_PAD.encode(s), hex]
            })
            .collect();
        known.sort_by_key(|s| std::cmp::Reverse(s.len()));
        known.dedup();
        Self { known }
    }

    /// The text without them.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.known {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), GONE));
            }
        }
        match shapes(&text) {
            Some(clean) => Cow::Owned(clean),
            None => text,
        }
    }
}

/// The text without what looks like a secret; none where there is none.
fn shapes(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut kept, mut at) = (0, 0);
    let mut previous = ' ';
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        if let Some((skip, length)) = secret_at(previous, rest) {
            out.push_str(text.get(kept..at + skip).unwrap_or_default());
            out.push_str(GONE);
            at += skip + length;
            kept = at;
            previous = ']';
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        // Words are looked at once, at their beginning.
        let word = if is_word(c) { length_of(rest, is_word) } else { c.len_utf8() };
        previous = rest.get(..word).and_then(|w| w.chars().last()).unwrap_or(c);
        at += word;
    }
    if kept == 0 {
        return None;
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    Some(out)
}

/// A secret at the beginning of `rest`: how many bytes of it may stay, and how many go.
fn secret_at(previous: char, rest: &str) -> Option<(usize, usize)> {
    let first = rest.chars().next()?;
    if let Some(path) = OPENING.iter().find(|p| first == '/' && rest.starts_with(**p)) {
        let length = length_of(rest.get(path.len()..)?, is_token);
        return (length >= 16).then_some((path.len(), length));
    }
    if first == ':' && rest.starts_with("://") {
        return password(rest);
    }
    if first == '+' {
        return phone(rest);
    }
    if is_word(previous) || previous == '-' || !first.is_ascii_alphanumeric() {
        return None;
    }
    named(rest)
        .or_else(|| bearer(rest))
        .or_else(|| key(rest))
        .or_else(|| digits(rest))
        .or_else(|| random(rest))
}

/// `://user:password@`
fn password(rest: &str) -> Option<(usize, usize)> {
    let end = rest
        .get(3..)?
        .find(|c: char| c.is_whitespace() || c == '/' || c == '"')
        .map_or(rest.len(), |n| n + 3);
    let host = rest.get(..end)?;
    let at = host.rfind('@')?;
    let colon = host.get(3..at)?.find(':')? + 3;
    (at > colon + 1).then_some((colon + 1, at - colon - 1))
}

/// `name=value`, `name: value`, `"name":"value"`, also with a backslash before the quotes of JSON in JSON.
fn named(rest: &str) -> Option<(usize, usize)> {
    let name = rest.get(..length_of(rest, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-'))?;
    let plain = name.to_ascii_lowercase().replace('-', "_");
    NAMED.iter().find(|n| **n == plain)?;
    let behind = rest.get(name.len()..)?;
    let gap = length_of(behind, |c| matches!(c, '"' | '\\' | ' ' | ':' | '='));
    let between = behind.get(..gap)?;
    if !between.contains([':', '=']) {
        return None;
    }
    let value = behind.get(gap..)?;
    let scheme = ["Bearer ", "Basic "].iter().find(|s| value.starts_with(**s)).map_or(0, |s| s.len());
    let length = length_of(value.get(scheme..)?, |c| !c.is_whitespace() && !"\"\\,;&})]".contains(c));
    (length > 0).then_some((name.len() + gap + scheme, length))
}

/// `Bearer ..`, `Basic ..`
fn bearer(rest: &str) -> Option<(usize, usize)> {
    let scheme = ["bearer ", "basic "]
        .iter()
        .find(|s| rest.get(..s.len()).is_some_and(|r| r.eq_ignore_ascii_case(s)))?;
    let length = length_of(rest.get(scheme.len()..)?, |c| is_token(c) || "./+=~".contains(c));
    (length >= 8).then_some((scheme.len(), length))
}

/// A company's key, a signed token.
fn key(rest: &str) -> Option<(usize, usize)> {
    let length = length_of(rest, |c| is_token(c) || c == '.');
    let is_key = KEYS.iter().any(|k| rest.starts_with(k)) && length >= 16;
    let is_signed = rest.starts_with("eyJ") && length >= 24;
    (is_key || is_signed).then_some((0, length))
}

/// CUIT, phones, CBU.
fn digits(rest: &str) -> Option<(usize, usize)> {
    let run = length_of(rest, |c| c.is_ascii_digit());
    let end = |length: usize| rest.get(length..).and_then(|r| r.chars().next()).is_none_or(|c| !is_word(c));
    if run == 2 && rest.get(2..3) == Some("-") {
        let middle = length_of(rest.get(3..)?, |c| c.is_ascii_digit());
        let is_cuit = middle == 8
            && rest.get(11..12) == Some("-")
            && rest.get(12..13).is_some_and(|d| d.parse::<u8>().is_ok());
        return (is_cuit && end(13)).then_some((0, 13));
    }
    // A point behind: a fraction of seconds, or the end of a sentence.
    let is_hidden = matches!(run, 10 | 11 | 22) || (matches!(run, 12 | 13) && rest.starts_with("54"));
    (is_hidden && end(run)).then_some((0, run))
}

/// `+54 9 11 5555-0001`
fn phone(rest: &str) -> Option<(usize, usize)> {
    let span = length_of(rest.get(1..)?, |c| c.is_ascii_digit() || " -()".contains(c));
    let text = rest.get(1..=span)?;
    let length = 1 + text.trim_end_matches([' ', '-', '(', ')']).len();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (rest.get(1..2)?.parse::<u8>().is_ok() && (10..=15).contains(&digits)).then_some((0, length))
}

/// 32 bytes in hexadecimal: what refresh tokens and keys are.
fn random(rest: &str) -> Option<(usize, usize)> {
    let length = length_of(rest, is_word);
    let is_hex = rest.get(..length)?.bytes().all(|b| b.is_ascii_hexdigit());
    (length == 64 && is_hex).then_some((0, length))
}

fn length_of(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_token(c: char) -> bool {
    is_word(c) || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(text: &str) -> String {
        Redactor::default().clean(text).into_owned()
    }

    /// The line, and what is left of it.
    #[test]
    fn what_goes() {
        for (line, left) in [
            ("to=+5491155550001 sent", "to=[redacted] sent"),
            ("a phone +54 9 11 5555-0001, twice", "a phone [redacted], twice"),
            ("call 1155550001 or 11155550001.", "call [redacted] or [redacted]."),
            (r#"{"to":"5491155550001","at":"x"}"#, r#"{"to":"[redacted]","at":"x"}"#),
            ("cuit 20-12345678-6 is wrong", "cuit [redacted] is wrong"),
            ("cuit 20123456786", "cuit [redacted]"),
            ("cbu 2850590940090418135201", "cbu [redacted]"),
            ("authorization: Bearer abc.def-ghi_123", "authorization: Bearer [redacted]"),
            ("sent Bearer abcdefgh12345678 there", "sent Bearer [redacted] there"),
            ("key sk-proj-abcdefghijklmnop1234 refused", "key [redacted] refused"),
            ("EAAGm0PX4ZCpsBAKZC1234567890 expired", "[redacted] expired"),
            ("jwt eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.sig-x_y", "jwt [redacted]"),
            ("postgres://campo:hunter2@db:5432/x", "postgres://campo:[redacted]@db:5432/x"),
            ("GET /t/aB3dE6gH9jK2mN5pQ8sT1vW4 404", "GET /t/[redacted] 404"),
            ("POST /ingest/aB3dE6gH9jK2mN5pQ8sT1vW4/osmand?x=1", "POST /ingest/[redacted]/osmand?x=1"),
            ("url=https://x/y?access_token=abc&z=1", "url=https://x/y?access_token=[redacted]&z=1"),
            (r#"{"refresh_token":"abc","n":1}"#, r#"{"refresh_token":"[redacted]","n":1}"#),
            (r#"body="{\"token\":\"abc\",\"n\":1}""#, r#"body="{\"token\":\"[redacted]\",\"n\":1}""#),
        ] {
            assert_eq!(clean(line), left);
        }
        let hex = "0123456789abcdef".repeat(4);
        assert_eq!(clean(&format!("refresh {hex} used")), "refresh [redacted] used");
    }

    /// What an operator needs stays.
    #[test]
    fn what_stays() {
        for line in [
            "2026-11-24T18:06:09.123456Z  INFO campo_http::server: listening url=http://127.0.0.1:8080 address=127.0.0.1:8080",
            "job 0192f3a4-1234-7abc-8def-123456789012 moved; code=AUTH_004 version=12",
            "took 1234567 us, 5000000 bytes; at 1790000000123 ms",
            "a token was refused",
            "GET /api/jobs 200; a bearer of news",
            "GET /t/ 404, ñandú, +1 and 1+1",
        ] {
            assert_eq!(clean(line), line);
        }
    }

    /// Configured secrets go in every usual spelling.
    #[test]
    fn what_the_operator_configured() {
        let redactor = Redactor::knowing(&["It's a Secret/to Everybody".into(), "abc".into()]);
        for line in [
            "x It's a Secret/to Everybody y",
            "x It%27s+a+Secret%2Fto+Everybody y",
            "x SXQncyBhIFNlY3JldC90byBFdmVyeWJvZHk y",
        ] {
            assert_eq!(redactor.clean(line), "x [redacted] y", "{line}");
        }
        assert_eq!(redactor.clean("abc"), "abc", "too short to be told from a word");
    }

    proptest! {
        /// No text breaks it, and a clean text is clean.
        #[test]
        fn any_text(text in ".{0,120}") {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once);
        }

        /// A phone is found wherever it stands between words.
        #[test]
        fn phones_anywhere(before in "[a-zñ ,:=(\"]{0,20}", after in "[ ,;\")]{1}[a-z ]{0,20}", digits in "549[1-9][0-9]{9}") {
            let text = format!("{before} {digits}{after}");
            prop_assert!(!clean(&text).contains(&digits));
        }
    }
}
