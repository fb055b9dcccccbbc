//! Twilio: SMS, its error codes, and the signature of its webhooks (integrations.md section 4).
//!
//! Sending is not idempotent: who is in doubt lists what was sent to the number before sending again.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use ring::hmac;
use serde::Deserialize;

use super::{Answer, Budget, Calls, Failure, Service};

/// What one call may take.
const BUDGET: Budget = Budget::seconds(15);
/// Letters of a message at most.
pub const MOST_TEXT: usize = 1_600;

/// The account that is sent from.
#[derive(Clone)]
pub struct Twilio {
    /// As `https://api.twilio.com`, without a slash at the end.
    pub base_url: String,
    /// The account.
    pub account: String,
    /// The user of the API: the account or a key.
    pub user: String,
    /// What opens it.
    pub password: String,
    /// The number that is sent from, or a messaging service (`MG..`).
    pub from: String,
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Twilio({}, {})", self.account, self.from)
    }
}

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// The same again later.
    Retry,
    /// That number gets no SMS.
    Undeliverable,
    /// They answered STOP.
    OptedOut,
    /// Our account: a person must look.
    Configuration,
    /// What we sent is not well formed.
    Content,
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

/// What an error code asks for; `status` decides where the code is unknown.
pub fn reaction(code: i64, status: u16) -> Reaction {
    match code {
        20_429 | 30_001 | 30_002 | 30_008 => Reaction::Retry,
        21_610 => Reaction::OptedOut,
        21_211 | 21_612 | 21_614 | 30_003 | 30_005 | 30_006 | 30_007 => Reaction::Undeliverable,
        20_003 | 20_404 | 21_408 | 21_606 | 21_659 | 21_212 => Reaction::Configuration,
        _ if status == 429 || status >= 500 => Reaction::Retry,
        _ if matches!(status, 401 | 403) => Reaction::Configuration,
        _ => Reaction::Content,
    }
}

/// A message as Twilio keeps it.
#[derive(Debug, Clone, Deserialize)]
struct Kept {
    sid: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    date_created: Option<String>,
    #[serde(default)]
    direction: Option<String>,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    messages: Vec<Kept>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    message: String,
}

impl Twilio {
    /// Sends an SMS to a stored phone (`+549..`); answers its id. `callback` is told how it goes on.
    ///
    /// # Errors
    /// Every [`Trouble`].
    pub async fn send(
        &self,
        calls: &Calls,
        to: &str,
        text: &str,
        callback: Option<&str>,
    ) -> Result<String, Trouble> {
        let sender = if self.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let mut form = vec![("To", to), (sender, self.from.as_str()), ("Body", text)];
        form.extend(callback.map(|url| ("StatusCallback", url)));
        let request =
            calls.client().post(self.messages()).basic_auth(&self.user, Some(&self.password)).form(&form);
        let answer = checked(calls.send(Service::Twilio, None, request, BUDGET).await)?;
        Ok(answer.json::<Kept>().map_err(Trouble::Way)?.sid)
    }

    /// The id of a message with these words to this phone since `since`, if Twilio has one: the one in doubt.
    ///
    /// # Errors
    /// Every [`Trouble`].
    pub async fn find(
        &self,
        calls: &Calls,
        to: &str,
        text: &str,
        since: DateTime<Utc>,
    ) -> Result<Option<String>, Trouble> {
        // The day before too: attempts around midnight.
        let after = since.date_naive().pred_opt().unwrap_or(since.date_naive()).to_string();
        let query = [("To", to), ("DateSent>", after.as_str()), ("PageSize", "100")];
        let request =
            calls.client().get(self.messages()).basic_auth(&self.user, Some(&self.password)).query(&query);
        let answer = checked(calls.send(Service::Twilio, None, request, BUDGET).await)?;
        let list: List = answer.json().map_err(Trouble::Way)?;
        // Its clock shows whole seconds and is not ours.
        let least = since - chrono::TimeDelta::seconds(5);
        Ok(list
            .messages
            .into_iter()
            .filter(|m| m.body.as_deref().is_some_and(|b| b == text || b.ends_with(text)))
            .filter(|m| m.direction.as_deref().is_none_or(|d| d.starts_with("outbound")))
            .find(|m| {
                let at = m.date_created.as_deref().and_then(|d| DateTime::parse_from_rfc2822(d).ok());
                at.is_none_or(|at| at >= least)
            })
            .map(|m| m.sid))
    }

    fn messages(&self) -> String {
        format!("{}/2010-04-01/Accounts/{}/Messages.json", self.base_url, self.account)
    }
}

/// A good answer, or what stands against it.
fn checked(outcome: Result<Answer, Failure>) -> Result<Answer, Trouble> {
    let (status, body) = match &outcome {
        Ok(answer) if answer.is_success() => return outcome.map_err(Trouble::Way),
        Ok(answer) => (answer.status, &answer.body),
        Err(Failure::Busy { body, .. }) => (429, body),
        Err(Failure::Broken { status, body, .. }) => (*status, body),
        Err(failure) => return Err(Trouble::Way(failure.clone())),
    };
    match (serde_json::from_slice::<Refusal>(body), outcome) {
        // With a wait of its own the worker shall hear of it.
        (_, Err(failure @ Failure::Busy { .. })) => Err(Trouble::Way(failure)),
        (Ok(Refusal { code, message }), _) => {
            let detail = message.chars().take(500).collect();
            Err(Trouble::Refused { code, reaction: reaction(code, status), detail })
        }
        (Err(_), Err(failure)) => Err(Trouble::Way(failure)),
        (Err(_), Ok(_)) => {
            let reaction = reaction(i64::MAX, status);
            Err(Trouble::Refused { code: i64::from(status), reaction, detail: format!("HTTP {status}") })
        }
    }
}

/// Whether a webhook is Twilio's: `signature` is its `X-Twilio-Signature`, `url` our public address with path and query.
///
/// The port that the scheme implies may stand in what was signed or not. A body that is no form is signed by its
/// SHA-256 in the query (`bodySHA256`).
pub fn is_signed(
    auth_token: &str,
    url: &str,
    params: &[(String, String)],
    body: &[u8],
    signature: &str,
) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    let hash = query_value(url, "bodySHA256");
    let params = if hash.is_some() { String::new() } else { joined(params) };
    if let Some(hash) = hash {
        let ours = crate::auth::keys::hex(&crate::auth::keys::sha256(body));
        if !ours.eq_ignore_ascii_case(&hash) {
            return false;
        }
    }
    spellings(url).iter().any(|url| {
        let signed = format!("{url}{params}");
        hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    })
}

/// Names in order, each with its distinct values in order.
fn joined(params: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in params {
        sorted.entry(name).or_default().insert(value);
    }
    let values = |(name, values): (&str, BTreeSet<&str>)| -> String {
        values.into_iter().flat_map(|value| [name, value]).collect()
    };
    sorted.into_iter().map(values).collect()
}

fn query_value(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| value.to_owned())
    })
}

/// The address as it is, with the scheme's port, and without a port.
fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let port = if scheme == "https" { ":443" } else { ":80" };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    match host.rsplit_once(':') {
        Some((bare, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            all.push(format!("{scheme}://{bare}{path}"));
        }
        _ => all.push(format!("{scheme}://{host}{port}{path}")),
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p() -> Vec<(String, String)> {
        [
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .to_vec()
    }

    /// Twilio's published vectors (twilio-python's request validator), token 12345.
    #[test]
    fn published_signatures() {
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        for (url, signature) in [
            (url, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
            ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
            ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            // Signed with a port, looked at without one, and the other way round.
            (url, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ] {
            assert!(is_signed("12345", url, &p(), b"", signature), "{url}");
            assert!(!is_signed("12346", url, &p(), b"", signature), "{url}");
            let mut other = p();
            other[1].1.push('5');
            assert!(!is_signed("12345", url, &other, b"", signature), "{url}");
        }
        let repeated = [
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert!(is_signed("12345", url, &repeated, b"", "IK+Dwps556ElfBT0I3Rgjkr1wJU="));
        let json =
            format!("{url}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620");
        let body = br#"{"property": "value", "boolean": true}"#;
        assert!(is_signed("12345", &json, &[], body, "a9nBmqA0ju/hNViExpshrM61xv4="));
        assert!(!is_signed("12345", &json, &[], b"{}", "a9nBmqA0ju/hNViExpshrM61xv4="));
    }

    /// No flipped bit of a signature passes.
    #[test]
    fn every_bit_counts() {
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let right = STANDARD.decode("RSOYDt4T1cUTdK1PDd93/VVr8B8=").unwrap();
        for bit in 0..right.len() * 8 {
            let mut wrong = right.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_signed("12345", url, &p(), b"", &STANDARD.encode(&wrong)), "{bit}");
        }
        assert!(!is_signed("12345", url, &p(), b"", "nonsense"));
    }

    #[test]
    fn codes_and_what_they_ask_for() {
        for (code, status, expected) in [
            (21_211, 400, Reaction::Undeliverable),
            (21_614, 400, Reaction::Undeliverable),
            (21_408, 403, Reaction::Configuration),
            (21_610, 400, Reaction::OptedOut),
            (20_003, 401, Reaction::Configuration),
            (20_429, 429, Reaction::Retry),
            (30_003, 0, Reaction::Undeliverable),
            (30_006, 0, Reaction::Undeliverable),
            (30_007, 0, Reaction::Undeliverable),
            (30_008, 0, Reaction::Retry),
            (99_999, 500, Reaction::Retry),
            (99_999, 400, Reaction::Content),
        ] {
            assert_eq!(reaction(code, status), expected, "{code}");
        }
    }
}
