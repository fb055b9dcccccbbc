//! How a secret may be spelled in a log, and all spellings searched in one pass. Pure.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::collect::Secret;
use crate::error::{Outcome, Trouble};
use crate::fakes::meta::hex;

/// A secret that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: String,
    /// How it was spelled.
    pub spelling: &'static str,
    /// In which line.
    pub line: String,
    /// Where in it, letters.
    pub at: usize,
}

/// Every spelling of every secret.
pub struct Net {
    search: AhoCorasick,
    patterns: Vec<Pattern>,
}

struct Pattern {
    kind: String,
    spelling: &'static str,
    text: String,
    /// Digits alone: only as a word of its own is it the secret.
    is_number: bool,
}

impl Net {
    /// Ties it.
    ///
    /// # Errors
    /// More spellings than the search takes.
    pub fn new(secrets: &[Secret]) -> Outcome<Self> {
        let mut patterns: Vec<Pattern> = secrets.iter().flat_map(spellings).collect();
        patterns.sort_by(|a, b| a.text.cmp(&b.text));
        patterns.dedup_by(|a, b| a.text == b.text);
        let texts = patterns.iter().map(|p| p.text.as_str());
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts);
        Ok(Self { search: search.map_err(|e| Trouble::new(e.to_string()))?, patterns })
    }

    /// How many spellings there are.
    pub fn spellings(&self) -> usize {
        self.patterns.len()
    }

    /// Every secret in a log, once a line.
    pub fn search(&self, log: &str) -> Vec<Found> {
        log.lines().filter_map(|line| self.in_line(line)).collect()
    }

    fn in_line(&self, line: &str) -> Option<Found> {
        self.search.find_iter(line).find_map(|hit| {
            let pattern = self.patterns.get(hit.pattern().as_usize())?;
            if pattern.is_number && !stands_alone(line, hit.start(), hit.end()) {
                return None;
            }
            let at = line.get(..hit.start()).map_or(0, |before| before.chars().count());
            Some(Found { kind: pattern.kind.clone(), spelling: pattern.spelling, line: line.to_owned(), at })
        })
    }

    /// The net catches whatever is thrown in: every spelling in a line of a log.
    ///
    /// # Errors
    /// The one that slipped through.
    pub fn check(&self) -> Outcome<()> {
        for pattern in &self.patterns {
            let line = format!(
                "2026-11-24T18:06:09.123456Z  INFO request{{id=7}}: planted value=\"{}\" n=1",
                pattern.text
            );
            if self.in_line(&line).is_none() {
                return Err(Trouble::new(format!(
                    "a planted {} ({}) was not found",
                    pattern.kind, pattern.spelling
                )));
            }
        }
        Ok(())
    }
}

fn spellings(secret: &Secret) -> Vec<Pattern> {
    let (raw, text) = (secret.raw(), secret.text());
    let is_text = std::str::from_utf8(raw).is_ok();
    let is_number = is_text && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let pattern = |spelling: &'static str, text: String, is_number: bool| Pattern {
        kind: secret.kind.clone(),
        spelling,
        text,
        is_number,
    };
    let mut all = vec![
        pattern("hexadecimal", hex(raw), false),
        pattern("hexadecimal, capitals", hex(raw).to_uppercase(), false),
        pattern("base64", STANDARD_NO_PAD.encode(raw), false),
        pattern("base64 of addresses", URL_SAFE_NO_PAD.encode(raw), false),
    ];
    if is_text {
        let encoded: String = url::form_urlencoded::byte_serialize(raw).collect();
        all.push(pattern("as it is", text.clone(), is_number));
        all.push(pattern("in an address", encoded, is_number));
        all.push(pattern(
            "in JSON",
            serde_json::Value::String(text.clone()).to_string().trim_matches('"').to_owned(),
            is_number,
        ));
    }
    // A phone without its country, as people write it.
    if is_number && text.len() == 13 {
        all.push(pattern("without the country", text.chars().skip(3).collect(), true));
    }
    // Short words would be found by chance.
    all.retain(|p| p.text.len() >= 6);
    all
}

/// No digit, letter or fraction's point beside it: 123456 in 09.123456Z is no code.
fn stands_alone(line: &str, start: usize, end: usize) -> bool {
    let before = line.get(..start).and_then(|t| t.chars().next_back());
    let after = line.get(end..).and_then(|t| t.chars().next());
    before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.' && c != '-')
        && after.is_none_or(|c| !c.is_ascii_alphanumeric())
}

/// The digits of a phone.
pub fn digits_of(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net() -> Net {
        let secrets = [
            Secret::new("token", "aB3dE6gH9/jK2+mN5"),
            Secret::phone("phone", "+54 9 11 5555-0001"),
            Secret::new("code", "123456"),
            Secret::bytes("key", vec![0xde, 0xad, 0xbe, 0xef, 0x00, 0xff]),
        ];
        Net::new(&secrets).unwrap()
    }

    /// A line with each is caught; lines that only look like it are not.
    #[test]
    fn what_is_caught() {
        for line in [
            "x aB3dE6gH9/jK2+mN5 y",
            "?t=aB3dE6gH9%2FjK2%2BmN5",
            "YUIzZEU2Z0g5L2pLMittTjU",
            "to=5491155550001",
            "to 1155550001,",
            "code=123456",
            "key deadbeef00ff",
            "DEADBEEF00FF",
            "3q2+7wD/",
        ] {
            assert_eq!(net().search(line).len(), 1, "{line}");
        }
        for line in ["09.123456Z took", "a1234567 rows", "15491155550001", "nothing"] {
            assert!(net().search(line).is_empty(), "{line}");
        }
        net().check().unwrap();
    }
}
