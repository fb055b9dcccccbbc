//! What was secret in a run.

use serde_json::Value;

use super::spell::digits_of;
use crate::fakes::meta::{Hooks, Number};
use crate::fakes::{openai, twilio};
use crate::worlds::World;
use crate::worlds::names::TOKENS;
use crate::worlds::office::Office;

/// One secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// What it is.
    pub kind: String,
    bytes: Vec<u8>,
}

impl Secret {
    /// A text.
    pub fn new(kind: &str, text: &str) -> Self {
        Self { kind: kind.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    /// Bytes.
    pub fn bytes(kind: &str, bytes: Vec<u8>) -> Self {
        Self { kind: kind.to_owned(), bytes }
    }

    /// A phone: its digits.
    pub fn phone(kind: &str, phone: &str) -> Self {
        Self::new(kind, &digits_of(phone))
    }

    /// As text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// As bytes.
    pub fn raw(&self) -> &[u8] {
        &self.bytes
    }
}

/// Everything secret that a run had: what the servers gave out, what people have, what the operator configured.
pub fn of_run(world: &World, office: &Office<'_>) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for (what, value) in office.seen.values() {
        walk(None, value, &mut secrets);
        opened(what, &mut secrets);
    }
    for person in &office.people {
        secrets.push(Secret::new("access_token", &person.token));
        secrets.push(Secret::new("refresh_token", &person.refresh));
        secrets.push(Secret::phone("a person's phone", &person.phone));
        for bubble in world.fakes.common.phones.of(&digits_of(&person.phone)) {
            let text = bubble.content.to_string();
            let code = text.split(|c: char| !c.is_ascii_digit()).find(|w| w.len() == 6);
            secrets.extend(code.map(|code| Secret::new("a sign-in code", code)));
        }
    }
    for (_, phone, _) in &office.customers {
        secrets.push(Secret::phone("a customer's phone", phone));
        for bubble in world.fakes.common.phones.of(&digits_of(phone)) {
            opened(&bubble.content.to_string(), &mut secrets);
        }
    }
    let hooks = Hooks::default();
    for (kind, text) in [
        ("the app secret", hooks.app_secret.as_str()),
        ("the verify token", hooks.verify_token.as_str()),
        ("WhatsApp's token", Number::default().token.as_str()),
        ("an organization's WhatsApp token", office.cast.number().token.as_str()),
        ("Twilio's token", twilio::TOKEN),
        ("OpenAI's key", openai::KEY),
    ] {
        secrets.push(Secret::new(kind, text));
    }
    secrets.sort_by(|a, b| a.raw().cmp(b.raw()));
    secrets.dedup_by(|a, b| a.raw() == b.raw());
    secrets.retain(|s| s.raw().len() >= 6);
    secrets
}

/// Fields that are tokens, and links in any text.
fn walk(key: Option<&str>, value: &Value, secrets: &mut Vec<Secret>) {
    match value {
        Value::String(text) => {
            // A page's cursor opens nothing, a provider's id neither.
            let is_token = key
                .is_some_and(|k| TOKENS.contains(&k) && !["next", "provider_id", "challenge"].contains(&k));
            if is_token {
                secrets.push(Secret::new(key.unwrap_or_default(), text));
            }
            opened(text, secrets);
        }
        Value::Array(items) => items.iter().for_each(|v| walk(key, v, secrets)),
        Value::Object(fields) => fields.iter().for_each(|(key, v)| walk(Some(key), v, secrets)),
        _ => {}
    }
}

/// The tokens of links in a text.
fn opened(text: &str, secrets: &mut Vec<Secret>) {
    for (path, kind) in
        [("/t/", "a customer's link"), ("/r/", "a rating link"), ("/ingest/", "a device token")]
    {
        for part in text.split(path).skip(1) {
            let token: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            // The link that nobody has, and ids that are asked for in vain.
            if token.len() >= 16 && !token.starts_with("AAAA") && !token.starts_with("00000000-") {
                secrets.push(Secret::new(kind, &token));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_and_links_are_found() {
        let mut secrets = Vec::new();
        walk(
            None,
            &json!({"access_token": "abcdef", "next": "n", "items": [{"url": "http://x/t/aB3dE6gH9jK2mN5pQ8sT1vW4?x"}]}),
            &mut secrets,
        );
        assert_eq!(
            secrets,
            [
                Secret::new("access_token", "abcdef"),
                Secret::new("a customer's link", "aB3dE6gH9jK2mN5pQ8sT1vW4")
            ]
        );
    }
}
