//! Renaming by first appearance. Pure.
//!
//! Two runs of one script get other ids, tokens and times. Each is named by its order of appearance in its own run, so
//! that what must be the same reads the same: `#1` an id, `k1` a token, `h1` a hash, `w1` a message's id at Meta.
//! Times near the run are `T`; others stand as the script chose them.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::DateTime;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Times this close to the run are its own doing, milliseconds.
const NEAR_MS: i64 = 2 * 24 * 3600 * 1000;
/// A word of letters and digits this long that no person wrote is a token.
const TOKEN: usize = 20;
/// Fields whose whole text is a token, however short or regular it looks.
pub const TOKENS: [&str; 9] = [
    "token",
    "resume",
    "challenge",
    "next",
    "secret",
    "access_token",
    "refresh_token",
    "push_key",
    "provider_id",
];
/// Fields that say how long something took or has waited.
const CLOCKS: [&str; 7] = [
    "oldest_ready_s",
    "open_s",
    "server_time",
    "latency_ms",
    "delay_s",
    "decided_p95_s",
    "reviewed_median_s",
];

/// The names that one run has given.
#[derive(Debug, Clone)]
pub struct Names {
    near: std::ops::Range<i64>,
    known: HashMap<String, String>,
    next: HashMap<char, usize>,
    /// Whether what is new gets a name; else it is `?`.
    names_new: bool,
}

impl Names {
    /// Nothing is named; the run was about `now_ms`, Unix milliseconds.
    pub fn new(now_ms: i64) -> Self {
        let near = now_ms - NEAR_MS..now_ms + NEAR_MS;
        Self { near, known: HashMap::new(), next: HashMap::new(), names_new: true }
    }

    /// A value as one line, all names given.
    pub fn line(&mut self, value: &Value) -> String {
        self.value(None, value).to_string()
    }

    /// A value as one line in which what has no name yet is `?`: what orders values that came in any order.
    pub fn sketch(&self, value: &Value) -> String {
        let mut blind = Self { names_new: false, ..self.clone() };
        blind.line(value)
    }

    fn value(&mut self, key: Option<&str>, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.field(key, text)),
            Value::Number(_) if key.is_some_and(|k| CLOCKS.contains(&k)) => "~".into(),
            Value::Number(number) => match number.as_i64() {
                Some(n) if self.is_near(n) || self.is_near(n.saturating_mul(1000)) => "T".into(),
                _ => value.clone(),
            },
            Value::Array(items) => items.iter().map(|v| self.value(key, v)).collect(),
            Value::Object(fields) => {
                let mut named = Map::new();
                for (key, value) in fields {
                    let name = self.text(key);
                    named.insert(name, self.value(Some(key), value));
                }
                named.into()
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn field(&mut self, key: Option<&str>, text: &str) -> String {
        match key {
            Some(key) if TOKENS.contains(&key) && !text.is_empty() => self.name('k', text),
            // Silence for two minutes: a matter of the machine's speed.
            Some("status") if text == "offline" => "available".into(),
            _ => self.text(text),
        }
    }

    /// A text with its ids, tokens and times named.
    pub fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut after_digit = false;
        while let Some(first) = rest.chars().next() {
            // Tokens begin with anything of their alphabet.
            if !first.is_ascii_alphanumeric() && first != '-' && first != '_' {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                after_digit = false;
                continue;
            }
            let used = if after_digit { 0 } else { self.time(rest, &mut out) };
            let used = if used > 0 { used } else { self.word(rest, &mut out) };
            after_digit = rest.get(..used).and_then(|w| w.chars().last()).is_some_and(|c| c.is_ascii_digit());
            rest = rest.get(used.max(1)..).unwrap_or_default();
        }
        out
    }

    /// A time at the beginning of `rest`: how long it is, 0 where there is none.
    fn time(&self, rest: &str, out: &mut String) -> usize {
        let shape: String = rest.chars().take(11).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        if shape == "0000-00-00T" {
            let end = rest.find(|c: char| !"0123456789-T:.Z+".contains(c)).unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            if let Ok(time) = DateTime::parse_from_rfc3339(word) {
                // The script's own times are whole seconds; a clock's are not.
                let is_clock = time.timestamp_subsec_millis() != 0 || self.is_near(time.timestamp_millis());
                out.push_str(if is_clock { "T" } else { word });
                return end;
            }
        }
        if shape.get(..5) == Some("00:00") && shape.get(5..6).is_none_or(|c| c != "0") {
            out.push_str("hh:mm");
            return 5;
        }
        0
    }

    /// A word at the beginning of `rest`: how long it is.
    fn word(&mut self, rest: &str, out: &mut String) -> usize {
        let at_meta = rest.starts_with("wamid.");
        let is_part =
            |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || (at_meta && ".=+/".contains(c));
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        if at_meta {
            out.push_str(&self.name('w', word));
            return end;
        }
        if let Some((before, id, after)) = id_in(word) {
            out.push_str(before);
            out.push_str(&self.name('#', id));
            out.push_str(after);
            return end;
        }
        // A file's link says until when it opens: another one every now and then.
        if out.ends_with("/files/") && word.len() >= TOKEN {
            out.push_str("link");
            return end;
        }
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let is_hex = word.bytes().all(|b| b.is_ascii_hexdigit());
        let has = |f: fn(&u8) -> bool| word.bytes().any(|b| f(&b));
        let mixes = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
            || has(u8::is_ascii_lowercase) && digits > 3;
        let is_number = digits == word.len();
        let number = if is_number { word.parse::<i64>().ok() } else { None };
        match number {
            Some(n) if self.is_near(n) || self.is_near(n.saturating_mul(1000)) => out.push('T'),
            None if word.len() >= TOKEN && is_hex => out.push_str(&self.name('h', word)),
            None if word.len() >= TOKEN && mixes => out.push_str(&self.name('k', word)),
            _ => out.push_str(word),
        }
        end
    }

    fn is_near(&self, ms: i64) -> bool {
        self.near.contains(&ms)
    }

    fn name(&mut self, kind: char, what: &str) -> String {
        if let Some(name) = self.known.get(what) {
            return name.clone();
        }
        if !self.names_new {
            return format!("{kind}?");
        }
        let next = self.next.entry(kind).or_default();
        *next += 1;
        let mut name = String::from(kind);
        let _ = write!(name, "{next}");
        self.known.insert(what.to_owned(), name.clone());
        name
    }
}

/// The first UUID inside a word, with what stands around it.
fn id_in(word: &str) -> Option<(&str, &str, &str)> {
    let last = word.len().checked_sub(36)?;
    (0..=last).find_map(|at| {
        let (before, rest) = word.split_at_checked(at)?;
        let (id, after) = rest.split_at_checked(36)?;
        Uuid::parse_str(id).ok().map(|_| (before, id, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: i64 = 1_790_000_000_000;

    fn said(value: &Value) -> String {
        Names::new(NOW).line(value)
    }

    /// What differs by chance alone reads the same; what differs otherwise does not.
    #[test]
    fn chance_is_renamed_and_nothing_else() {
        let run = |id: Uuid, token: &str, at: i64, name: &str| {
            json!({"id": id, "url": format!("/t/{token}"), "access_token": token, "at": at, "name": name,
                   "again": format!("job {id}, 15:04"), "far": "2027-03-01T10:00:00.000Z", "version": 3})
        };
        let a = run(Uuid::from_u128(7), "aB3dE6gH9jK2mN5pQ8sT1vW4", NOW - 5, "Ana");
        let b = run(Uuid::from_u128(8), "Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2", NOW + 900, "Ana");
        assert_eq!(said(&a), said(&b));
        assert_ne!(said(&a), said(&run(Uuid::from_u128(8), "Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2", NOW, "Eva")));
        let text = said(&a);
        for part in ["\"#1\"", "job #1, hh:mm", "2027-03-01T10:00:00.000Z", "\"T\"", "\"version\":3"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn two_are_two_and_one_is_one() {
        let (x, y) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_ne!(said(&json!([x, y])), said(&json!([x, x])));
        assert_eq!(said(&json!([x, y, x])), said(&json!([y, x, y])));
        assert_eq!(
            said(&json!(["e12", "JOB-00001", 42, "technician_en_route_tracking"])),
            r##"["e12","JOB-00001",42,"technician_en_route_tracking"]"##
        );
    }

    proptest! {
        /// No text breaks it, and text without ids, tokens and times stays as it is.
        #[test]
        fn any_text(text in ".{0,80}", plain in "[a-zñ ,.!]{0,60}") {
            let mut names = Names::new(NOW);
            let _ = names.text(&text);
            prop_assert_eq!(names.text(&plain), plain);
        }
    }
}
