//! The Graph API's errors. Clients decide on the code.

use serde_json::{Value, json};

use crate::fakes::wire::Reply;

/// An error as the Graph API tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// HTTP's status.
    pub status: u16,
    /// Meta's code.
    pub code: u32,
    /// Its title.
    pub title: &'static str,
    /// What exactly is wrong.
    pub details: String,
}

/// Code, status and title of what can be refused.
const KNOWN: [(u32, u16, &str); 21] = [
    (1, 400, "An unknown error occurred"),
    (2, 500, "Service temporarily unavailable"),
    (4, 400, "Application request limit reached"),
    (100, 400, "Invalid parameter"),
    (190, 401, "Error validating access token"),
    (80_007, 400, "Rate limit issues"),
    (130_429, 429, "Rate limit hit"),
    (131_000, 500, "Something went wrong"),
    (131_008, 400, "Required parameter is missing"),
    (131_009, 400, "Parameter value is not valid"),
    (131_026, 400, "Message undeliverable"),
    (131_030, 400, "Recipient phone number not in allowed list"),
    (131_047, 400, "Re-engagement message"),
    (131_051, 400, "Unsupported message type"),
    (131_053, 400, "Media upload error"),
    (131_056, 400, "(Business Account, Consumer Account) pair rate limit hit"),
    (132_000, 400, "Number of parameters does not match the expected number of params"),
    (132_001, 404, "Template name does not exist in the translation"),
    (132_005, 400, "Template hydrated text too long"),
    (132_012, 400, "Parameter format does not match format in the created template"),
    (132_015, 400, "Template is paused"),
];

impl GraphError {
    /// An error of this code.
    pub fn new(code: u32, details: impl Into<String>) -> Self {
        let known = KNOWN.iter().find(|(c, ..)| *c == code);
        let (_, status, title) = known.copied().unwrap_or((code, 400, "Error"));
        Self { status, code, title, details: details.into() }
    }

    /// As an answer.
    pub fn reply(&self) -> Reply {
        let body = json!({"error": {
            "message": format!("(#{}) {}", self.code, self.title),
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "AFakeTraceOfTheGraph",
        }});
        Reply::json(self.status, &body)
    }

    /// As an entry of a status webhook.
    pub fn in_webhook(&self) -> Value {
        json!({
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        })
    }
}
