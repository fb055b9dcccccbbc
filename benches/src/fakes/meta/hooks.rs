//! Meta's webhooks: bodies in Meta's own spelling, signed with the app secret.

use std::fmt::Write as _;
use std::time::Duration;

use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fakes::post::Hook;

/// Where webhooks go and how they come.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Hooks {
    /// The callback; without one nothing leaves.
    pub url: Option<String>,
    /// Signs every body.
    pub app_secret: String,
    /// What the callback must know.
    pub verify_token: String,
    /// Whether messages get statuses by themselves.
    pub statuses: bool,
    /// Milliseconds from accepted to `sent`.
    pub sent_ms: u64,
    /// .. to `delivered`.
    pub delivered_ms: u64,
    /// .. to `read`; none: when the phone is looked at.
    pub read_ms: Option<u64>,
    /// Each webhook so many times.
    pub copies: u32,
    /// Statuses in any order.
    pub shuffle: bool,
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            url: None,
            app_secret: "fake-app-secret".into(),
            verify_token: "fake-verify-token".into(),
            statuses: true,
            sent_ms: 150,
            delivered_ms: 500,
            read_ms: None,
            copies: 1,
            shuffle: false,
        }
    }
}

impl Hooks {
    /// When a status leaves. Shuffled: by the message's own hash, so that a run can be repeated.
    pub fn wait(&self, status: &str, id: &str) -> Option<Duration> {
        let ms = match status {
            "sent" => self.sent_ms,
            "delivered" => self.delivered_ms,
            _ => self.read_ms?,
        };
        if !self.shuffle {
            return Some(Duration::from_millis(ms));
        }
        let hash = id.bytes().chain(status.bytes()).fold(17u64, |a, b| a.wrapping_mul(31) + u64::from(b));
        Some(Duration::from_millis(hash % (self.delivered_ms.max(self.sent_ms) + 1)))
    }

    /// The webhook of a value; `None` where nobody wants any.
    pub fn hook(&self, waba: &str, value: &Value) -> Option<Hook> {
        let url = self.url.clone()?;
        let body = spelled(&json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": waba, "changes": [{"value": value, "field": "messages"}]}],
        }));
        let signature = signature(&self.app_secret, body.as_bytes());
        let headers = vec![("Content-Type", "application/json".into()), ("X-Hub-Signature-256", signature)];
        Some(Hook { url, headers, body: body.into() })
    }
}

/// `sha256=` and the HMAC of the bytes.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex(hmac::sign(&key, body).as_ref()))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// JSON as Meta writes it: slashes escaped, nothing but ASCII.
pub fn spelled(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub's published vector: the same scheme.
    #[test]
    fn the_signature_is_the_published_one() {
        let signed = signature("It's a Secret to Everybody", b"Hello, World!");
        assert_eq!(signed, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    }

    #[test]
    fn metas_spelling_says_the_same() {
        let value = json!({"text": "mañana 🚰 a/b \"\\\""});
        let text = spelled(&value);
        assert!(
            text.is_ascii() && text.contains("\\/") && text.contains("\\u00f1") && text.contains("\\ud83d")
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
