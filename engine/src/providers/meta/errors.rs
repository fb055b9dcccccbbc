//! What the Cloud API's error codes mean for us. Pure.

use std::time::Duration;

use serde::Deserialize;

use super::Trouble;

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// The same again, not before so long.
    Retry(Option<Duration>),
    /// The customer has not written for 24 hours: a template may go.
    UseTemplate,
    /// This recipient gets none of this; the contact is flagged.
    Stop(Flag),
    /// Our number, token or account: a person must look.
    Configuration,
    /// What we sent is not well formed.
    Content,
    /// The template is missing, paused or has other parameters.
    Template,
}

/// Why a recipient gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Not on WhatsApp, or too old a version.
    Undeliverable,
    /// Meta holds marketing back from them; not soon again.
    HeldBack,
    /// They want no marketing.
    OptedOut,
    /// It is our own number.
    Ourselves,
    /// Not on the test number's list.
    NotListed,
}

/// Pair rate: one message to the same person in six seconds.
const PAIR: Duration = Duration::from_secs(6);

/// What an error code asks for; `status` decides where the code is unknown.
pub fn reaction(code: i64, status: u16) -> Reaction {
    match code {
        131_056 => Reaction::Retry(Some(PAIR)),
        1 | 2 | 4 | 80_007 | 130_429 | 131_016 | 131_000 | 133_004 => Reaction::Retry(None),
        131_047 => Reaction::UseTemplate,
        131_026 | 131_062 => Reaction::Stop(Flag::Undeliverable),
        131_049 | 130_472 => Reaction::Stop(Flag::HeldBack),
        131_050 => Reaction::Stop(Flag::OptedOut),
        131_021 => Reaction::Stop(Flag::Ourselves),
        131_030 => Reaction::Stop(Flag::NotListed),
        0 | 190 | 3 | 10 | 200..=299 | 131_042 | 131_031 | 368 | 131_037 | 131_045 | 133_010 => {
            Reaction::Configuration
        }
        131_008 | 131_009 | 131_051..=131_053 | 100 => Reaction::Content,
        132_000..=132_999 => Reaction::Template,
        _ if status == 429 || status >= 500 => Reaction::Retry(None),
        _ if matches!(status, 401 | 403) => Reaction::Configuration,
        _ => Reaction::Content,
    }
}

#[derive(Deserialize)]
struct Envelope {
    error: Body,
}

#[derive(Deserialize)]
struct Body {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    error_data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    details: Option<String>,
}

/// Whether a body is one of the API's own errors.
pub(super) fn has_code(body: &[u8]) -> bool {
    serde_json::from_slice::<Envelope>(body).is_ok()
}

/// A refusal as the caller hears it.
pub(super) fn refusal(status: u16, body: &[u8], retry_after: Option<Duration>) -> Trouble {
    let Ok(Envelope { error }) = serde_json::from_slice(body) else {
        // Nothing of the API's own: a proxy, a wrong address.
        let reaction = reaction(i64::MAX, status);
        return Trouble::Refused { code: i64::from(status), reaction, detail: format!("HTTP {status}") };
    };
    let details = error.error_data.and_then(|d| d.details);
    let detail = match details {
        Some(details) if !details.is_empty() && details != error.message => {
            format!("{}: {details}", error.message)
        }
        _ => error.message,
    };
    let reaction = match (reaction(error.code, status), retry_after) {
        (Reaction::Retry(least), Some(asked)) => Reaction::Retry(Some(least.unwrap_or_default().max(asked))),
        (reaction, _) => reaction,
    };
    Trouble::Refused { code: error.code, reaction, detail: detail.chars().take(500).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of integrations.md section 3, code by code.
    #[test]
    fn codes_and_what_they_ask_for() {
        for code in [4, 80_007, 130_429, 131_016, 131_000, 133_004, 1, 2] {
            assert_eq!(reaction(code, 400), Reaction::Retry(None), "{code}");
        }
        assert_eq!(reaction(131_056, 400), Reaction::Retry(Some(Duration::from_secs(6))));
        assert_eq!(reaction(131_047, 400), Reaction::UseTemplate);
        for (code, flag) in [
            (131_026, Flag::Undeliverable),
            (131_049, Flag::HeldBack),
            (130_472, Flag::HeldBack),
            (131_050, Flag::OptedOut),
            (131_021, Flag::Ourselves),
            (131_030, Flag::NotListed),
        ] {
            assert_eq!(reaction(code, 400), Reaction::Stop(flag), "{code}");
        }
        for code in [0, 190, 3, 10, 200, 250, 299, 131_042, 131_031, 368, 131_037, 131_045, 133_010] {
            assert_eq!(reaction(code, 401), Reaction::Configuration, "{code}");
        }
        for code in [131_008, 131_009, 131_051, 131_052, 131_053, 100] {
            assert_eq!(reaction(code, 400), Reaction::Content, "{code}");
        }
        for code in [132_000, 132_001, 132_005, 132_007, 132_008, 132_012, 132_015, 132_016, 132_068, 132_069]
        {
            assert_eq!(reaction(code, 400), Reaction::Template, "{code}");
        }
        assert_eq!(reaction(999_999, 503), Reaction::Retry(None));
        assert_eq!(reaction(999_999, 400), Reaction::Content);
    }

    #[test]
    fn a_refusal_says_code_and_words() {
        let body = br#"{"error":{"message":"(#131047) Re-engagement message","type":"OAuthException","code":131047,
            "error_data":{"messaging_product":"whatsapp","details":"More than 24 hours have passed"},"fbtrace_id":"A"}}"#;
        let Trouble::Refused { code, reaction, detail } = refusal(400, body, None) else { panic!() };
        assert_eq!((code, reaction), (131_047, Reaction::UseTemplate));
        assert!(detail.contains("Re-engagement") && detail.contains("24 hours"), "{detail}");
        let Trouble::Refused { code, reaction, .. } = refusal(404, b"<html>", None) else { panic!() };
        assert_eq!((code, reaction), (404, Reaction::Content));
        let busy = br#"{"error":{"message":"x","code":130429}}"#;
        let Trouble::Refused { reaction, .. } = refusal(429, busy, Some(Duration::from_secs(9))) else {
            panic!()
        };
        assert_eq!(reaction, Reaction::Retry(Some(Duration::from_secs(9))));
    }
}
