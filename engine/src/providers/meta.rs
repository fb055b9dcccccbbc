//! Meta's WhatsApp Cloud API: what is sent, and what its errors mean (integrations.md section 3).
//!
//! It has no idempotency key: `biz_opaque_callback_data` comes back in every status, so who is in doubt waits for one.

pub mod content;
mod errors;
pub mod media;
mod payload;

use serde::Deserialize;
use serde_json::{Value, json};

pub use errors::{Flag, Reaction, reaction};
pub use payload::{payload, recipient};

use super::{Answer, Budget, Calls, Failure, Service};
use crate::ids::OrgId;

/// What one call may take.
const BUDGET: Budget = Budget::seconds(15);

/// Where the API is.
#[derive(Debug, Clone)]
pub struct Meta {
    /// As `https://graph.facebook.com`, without a slash at the end.
    pub base_url: String,
    /// As `v24.0`.
    pub version: String,
}

/// The number that is sent from, and what opens it.
#[derive(Clone)]
pub struct Number {
    /// Whose credential it is; none for the installation's own.
    pub org: Option<OrgId>,
    /// Its id at Meta.
    pub phone_number_id: String,
    /// The access token.
    pub token: String,
    /// Meta's test number, which spells Argentine recipients in its own way.
    pub is_sandbox: bool,
}

impl std::fmt::Debug for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Number({})", self.phone_number_id)
    }
}

/// A message was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's id of it.
    pub id: String,
    /// The recipient as the provider knows them.
    pub wa_id: Option<String>,
}

/// Why a message was not taken.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// The API said no, with a code.
    Refused {
        /// Its code.
        code: i64,
        /// What to do about it.
        reaction: Reaction,
        /// Its words.
        detail: String,
    },
    /// The way there failed.
    Way(Failure),
}

impl Meta {
    /// Sends a message, `payload` being one of [`payload`]'s.
    ///
    /// # Errors
    /// Every [`Trouble`].
    pub async fn send(&self, calls: &Calls, from: &Number, payload: &Value) -> Result<Accepted, Trouble> {
        let answer = self.post(calls, from, payload).await?;
        let taken: Taken = answer.json().map_err(Trouble::Way)?;
        let Some(message) = taken.messages.into_iter().next() else {
            let detail = "an answer without a message".to_owned();
            return Err(Trouble::Way(Failure::Doubtful { detail }));
        };
        let wa_id = taken.contacts.into_iter().next().and_then(|c| c.wa_id);
        Ok(Accepted { id: message.id, wa_id })
    }

    /// Says that a customer's message was read.
    ///
    /// # Errors
    /// Every [`Trouble`].
    pub async fn mark_read(&self, calls: &Calls, from: &Number, message: &str) -> Result<(), Trouble> {
        let body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": message});
        self.post(calls, from, &body).await.map(|_| ())
    }

    async fn post(&self, calls: &Calls, from: &Number, body: &Value) -> Result<Answer, Trouble> {
        let url = format!("{}/{}/{}/messages", self.base_url, self.version, from.phone_number_id);
        let request = calls.client().post(url).bearer_auth(&from.token).json(body);
        match calls.send(Service::WhatsApp, from.org, request, BUDGET).await {
            Ok(answer) if answer.is_success() => Ok(answer),
            Ok(answer) => Err(errors::refusal(answer.status, &answer.body, None)),
            // With a code of its own it is a clear no, not a doubt.
            Err(failure) => Err(match &failure {
                Failure::Busy { retry_after, body } if errors::has_code(body) => {
                    errors::refusal(429, body, *retry_after)
                }
                Failure::Broken { status, retry_after, body } if errors::has_code(body) => {
                    errors::refusal(*status, body, *retry_after)
                }
                _ => Trouble::Way(failure),
            }),
        }
    }
}

#[derive(Deserialize)]
struct Taken {
    #[serde(default)]
    contacts: Vec<Contact>,
    #[serde(default)]
    messages: Vec<Id>,
}

#[derive(Deserialize)]
struct Contact {
    #[serde(default)]
    wa_id: Option<String>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}
