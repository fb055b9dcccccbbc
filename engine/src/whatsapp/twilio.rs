//! What Twilio tells of an SMS: a signed form, merged into its message.

use url::form_urlencoded;

use super::sql::door as sql;
use crate::Engine;
use crate::error::Result;
use crate::moment;
use crate::notifications::outbound::{self, Fault, Receipt, State};
use crate::providers::twilio;

/// A form's fields, in their order.
pub fn params(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// Whether Twilio signed it; without an account nothing is.
pub fn is_signed(
    engine: &Engine,
    url: &str,
    params: &[(String, String)],
    body: &[u8],
    signature: &str,
) -> bool {
    let token = engine.settings.twilio.auth_token.as_deref().filter(|t| !t.is_empty());
    token.is_some_and(|token| twilio::is_signed(token, url, params, body, signature))
}

/// Merges a status into its message. What names no message of ours changes nothing.
pub async fn take(engine: &Engine, params: &[(String, String)]) -> Result<()> {
    let get = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let Some(id) = get("MessageSid").or_else(|| get("SmsSid")) else { return Ok(()) };
    let Some(state) = get("MessageStatus").or_else(|| get("SmsStatus")).and_then(state_of) else {
        return Ok(());
    };
    let error = get("ErrorCode").filter(|code| !code.is_empty() && *code != "0").map(|code| Fault {
        code: code.to_owned(),
        detail: get("ErrorMessage").unwrap_or_default().to_owned(),
    });
    let mut tx = engine.db.identity().await?;
    let whose = sql::whose_sms(&mut tx, id).await?;
    drop(tx);
    let receipt = Receipt { provider_id: id, callback: None, state, at: moment::now(), error };
    // A sign-in code belongs to no organization.
    let Some(org) = whose else { return outbound::status(engine, None, receipt).await.map(|_| ()) };
    engine.db.within(org, async |t| outbound::receive(t, receipt).await.map(|_| ())).await
}

/// Twilio's word as a state; None where it says nothing new.
fn state_of(word: &str) -> Option<State> {
    Some(match word {
        "sent" => State::Sent,
        "delivered" => State::Delivered,
        "read" => State::Read,
        "undelivered" => State::Undeliverable,
        "failed" | "canceled" => State::Failed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_words() {
        let form = params(b"MessageSid=SM1&MessageStatus=delivered&To=%2B5491155550001&Body=a+b");
        assert_eq!(form[2], ("To".into(), "+5491155550001".into()));
        assert_eq!(form[3].1, "a b");
        assert_eq!(state_of("delivered"), Some(State::Delivered));
        assert_eq!(state_of("undelivered"), Some(State::Undeliverable));
        for word in ["queued", "sending", "accepted", "x"] {
            assert_eq!(state_of(word), None);
        }
    }
}
