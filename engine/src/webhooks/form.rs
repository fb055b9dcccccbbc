//! What people ask of webhooks, and what they get to see.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::door::Door;
use super::rules;
use crate::check::Check;
use crate::error::Result;
use crate::field::{self, Field};
use crate::moment::Moment;

/// An address that hears events.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: Uuid,
    /// Where events are posted.
    pub url: String,
    /// What it is for, in words.
    pub description: Option<String>,
    /// `*`, `job.*` or kinds of events.
    pub kinds: Vec<String>,
    /// Whether it hears anything.
    pub is_active: bool,
    /// Why it does not: `manual`, or `failing` after five days without a success.
    pub disabled_reason: Option<String>,
    /// Since when it does not.
    pub disabled_at: Option<Moment>,
    /// The number of the last event that is on its way or beyond.
    pub cursor: i64,
    /// The first failure since the last success.
    pub failing_since: Option<Moment>,
    /// Until when the secret before signs too.
    pub previous_secret_until: Option<Moment>,
    /// Rises with every change by a person.
    pub version: i32,
    /// Made at.
    pub created_at: Moment,
    /// Last changed at.
    pub updated_at: Moment,
}

/// An endpoint with its secret: told when it is made and when the secret is replaced, never again.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: WebhookEndpoint,
    /// `whsec_` and base64: the key of the signatures.
    pub secret: String,
}

/// An endpoint to make.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
pub struct NewEndpoint {
    /// `https://..`, on a public address.
    pub url: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// `*`, `job.*` or kinds of events; all when absent.
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
}

/// What may change of an endpoint.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct EditEndpoint {
    /// The version that the editor saw.
    pub version: i32,
    /// Another address.
    pub url: Option<String>,
    /// What it is for; null empties.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub description: Field<String>,
    /// Other kinds.
    pub kinds: Option<Vec<String>>,
    /// Whether it hears anything. What happened meanwhile is sent when it is turned on again.
    pub is_active: Option<bool>,
}

/// From which event on everything is sent again.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, utoipa::ToSchema)]
pub struct Replay {
    /// The number of the last event that need not come: 0 for all there are.
    pub after: i64,
}

/// What a replay will send.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Replayed {
    /// As asked.
    pub after: i64,
    /// How many events there are beyond, of whatever kind.
    pub events: i64,
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct WebhookDelivery {
    /// Its id; `webhook-id` is `msg_` and this without hyphens.
    pub id: Uuid,
    /// The event's number.
    pub cursor: i64,
    /// The event's kind.
    pub kind: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// Tries of the present round.
    pub tries: i16,
    /// When it is tried next.
    pub next_at: Option<Moment>,
    /// The last status that came back.
    pub last_status: Option<i16>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was last tried.
    pub last_at: Option<Moment>,
    /// When it was taken.
    pub delivered_at: Option<Moment>,
    /// When it was written.
    pub created_at: Moment,
    /// Every try, the newest first, at most twenty.
    #[sqlx(json)]
    pub attempts: Vec<WebhookAttempt>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WebhookAttempt {
    /// When.
    pub at: Moment,
    /// What came back.
    pub status: Option<i16>,
    /// Why it failed.
    pub error: Option<String>,
    /// The first words of the answer.
    pub answer: Option<String>,
    /// How long it took.
    pub took_ms: i32,
}

/// Which deliveries a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Only these: pending, delivered or failed.
    pub state: Option<String>,
}

impl DeliveryFilter {
    pub(super) fn check(&self) -> Result<()> {
        let mut check = Check::default();
        if self.state.as_deref().is_some_and(|s| !["pending", "delivered", "failed"].contains(&s)) {
            check.wrong("state", "pending, delivered, failed");
        }
        check.done()
    }
}

impl NewEndpoint {
    /// The address in its one form, the words, the kinds.
    pub(super) fn check(&self, door: &Door) -> Result<(String, Option<String>, Vec<String>)> {
        let mut check = Check::default();
        let url = address(&mut check, door, &self.url);
        let description = check.optional("description", self.description.as_deref(), 200);
        let kinds = patterns(&mut check, self.kinds.as_deref().unwrap_or(&["*".to_owned()]));
        check.done()?;
        Ok((url, description, kinds))
    }
}

impl EditEndpoint {
    /// The row as it shall be.
    pub(super) fn apply(&self, door: &Door, mut row: WebhookEndpoint) -> Result<WebhookEndpoint> {
        let mut check = Check::default();
        if let Some(url) = &self.url {
            row.url = address(&mut check, door, url);
        }
        if let Some(description) = &self.description {
            row.description = check.optional("description", description.as_deref(), 200);
        }
        if let Some(kinds) = &self.kinds {
            row.kinds = patterns(&mut check, kinds);
        }
        check.done()?;
        row.is_active = self.is_active.unwrap_or(row.is_active);
        Ok(row)
    }
}

fn address(check: &mut Check, door: &Door, url: &str) -> String {
    if url.len() > 2_000 {
        check.wrong("url", "hasta 2000 letras (up to 2000 letters)");
        return String::new();
    }
    door.check(url).map(String::from).unwrap_or_else(|reason| {
        check.wrong("url", reason);
        String::new()
    })
}

fn patterns(check: &mut Check, kinds: &[String]) -> Vec<String> {
    if kinds.is_empty() || kinds.len() > 50 || !kinds.iter().all(|k| rules::is_pattern(k)) {
        check.wrong("kinds", format!("*, job.*, .. o de {} (of these)", rules::KINDS.join(", ")));
    }
    let mut kinds = kinds.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
