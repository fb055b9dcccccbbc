//! Which push services there are, what a message may carry, and what their answers mean.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::auth::keys::sha256;
use crate::ids::JobId;

/// Hosts of the browsers' push services (integrations.md section 6); those with a dot in front are suffixes.
const SERVICES: [&str; 4] =
    ["fcm.googleapis.com", ".push.apple.com", "updates.push.services.mozilla.com", ".notify.windows.com"];

/// Bytes of a message's text: with the encryption's 86 well below the 4,096 that services take.
pub const MOST_BYTES: usize = 3_000;

/// How soon a message should wake its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// When it is awake anyway.
    Low,
    /// Soon.
    Normal,
    /// Now.
    High,
}

impl Urgency {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// What a browser is to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// As `job_assigned`.
    pub kind: String,
    /// One line.
    pub title: String,
    /// A sentence or two.
    pub body: String,
    /// Where a click leads, from the root: `/tecnico?job=..`.
    pub path: String,
    /// A later message of the same tag replaces this one, on its way and on the screen.
    pub tag: String,
    /// How soon.
    pub urgency: Urgency,
    /// How long a service keeps it for a device that is off, in seconds.
    pub ttl_s: u32,
    /// The job that it speaks of to one who does it: what waited is judged again when it leaves.
    #[serde(default)]
    pub job: Option<JobId>,
}

/// Whether an address is one of a push service; `others` are origins that the operator named.
pub fn is_service(endpoint: &str, others: &[String]) -> bool {
    let Ok(url) = url::Url::parse(endpoint) else { return false };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if plain && others.contains(&url.origin().ascii_serialization()) {
        return true;
    }
    let Some(host) = url.host_str().filter(|_| plain && url.scheme() == "https" && url.port().is_none())
    else {
        return false;
    };
    SERVICES.iter().any(|s| if s.starts_with('.') { host.ends_with(s) } else { host == *s })
}

/// The origin of an endpoint: the audience of our token.
pub fn origin(endpoint: &str) -> Option<String> {
    Some(url::Url::parse(endpoint).ok()?.origin().ascii_serialization())
}

/// The text of a message, at most [`MOST_BYTES`]: the body is cut first.
///
/// The declarative form (`web_push` 8030), which Safari shows without a worker; the worker reads the same fields.
/// `public_url` makes the address that a click opens.
pub fn text(push: &Push, public_url: &str) -> String {
    let of = |body: &str| -> String {
        let form: Value = json!({
            "web_push": 8030,
            "notification": {
                "title": cut(&push.title, 300),
                "body": body,
                "navigate": format!("{public_url}{}", push.path),
                "tag": cut(&push.tag, 100),
                "lang": "es-AR",
            },
            "kind": push.kind,
            "path": push.path,
        });
        form.to_string()
    };
    let mut body = cut(&push.body, 2_000);
    loop {
        let whole = of(&body);
        if whole.len() <= MOST_BYTES || body.is_empty() {
            return whole;
        }
        // At least one sign less each time; signs that JSON writes long cost more than they count.
        let keep = body.chars().count() * 3 / 4;
        body = body.chars().take(keep).collect();
    }
}

/// The `Topic`: 32 signs of base64url for a tag.
pub fn topic(tag: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(tag.as_bytes())).chars().take(32).collect()
}

/// Whether a message is of no use once its job is over or another's.
pub fn needs_its_job(kind: &str) -> bool {
    matches!(kind, "job_assigned" | "job_updated" | "schedule_change" | "job_reminder")
}

/// What a push service's status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It has the message.
    Taken,
    /// The subscription is over: it is deleted.
    Gone,
    /// It will say the same again: too big, or our key or token is wrong.
    Refused,
}

/// What a complete answer means; 429 and 5xx are failures before it comes here.
pub fn meaning(status: u16) -> Meaning {
    match status {
        200..300 => Meaning::Taken,
        404 | 410 => Meaning::Gone,
        _ => Meaning::Refused,
    }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn services_and_others() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://web.push.apple.com/QK1",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "https://wns2-bl2p.notify.windows.com/w/?token=x",
        ] {
            assert!(is_service(good, &[]), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evil.example/fcm.googleapis.com",
            "https://push.apple.com.evil.example/",
            "https://evilpush.apple.com.example/",
            "https://fcm.googleapis.com:8443/x",
            "https://u:p@fcm.googleapis.com/x",
            "https://fcm.googleapis.com@evil.example/x",
            "https://127.0.0.1/x",
            "https://notify.windows.com.evil.example/",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!is_service(bad, &[]), "{bad}");
        }
        let ours = ["http://127.0.0.1:9999".to_owned()];
        assert!(
            is_service("http://127.0.0.1:9999/x", &ours) && !is_service("http://127.0.0.1:9998/x", &ours)
        );
    }

    #[test]
    fn answers() {
        assert_eq!(
            (meaning(201), meaning(200), meaning(202)),
            (Meaning::Taken, Meaning::Taken, Meaning::Taken)
        );
        assert_eq!((meaning(404), meaning(410)), (Meaning::Gone, Meaning::Gone));
        assert!([400, 401, 403, 413, 301].iter().all(|s| meaning(*s) == Meaning::Refused));
    }

    proptest! {
        /// Whatever is said, it fits, it is JSON, and title and target stay whole.
        #[test]
        fn every_text_fits(title in ".{1,200}", body in "(\u{1}|\"|ñ|🙂|.){0,3000}", path in "/[a-z?=/]{0,60}", tag in ".{0,40}") {
            let push = Push { kind: "x".into(), title: title.clone(), body, path: path.clone(), tag: tag.clone(), urgency: Urgency::High, ttl_s: 60, job: None };
            let text = text(&push, "https://campo.example");
            prop_assert!(text.len() <= MOST_BYTES, "{}", text.len());
            let form: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(form["notification"]["title"].as_str(), Some(title.as_str()));
            prop_assert_eq!(form["notification"]["navigate"].as_str().unwrap(), format!("https://campo.example{path}"));
            let topic = topic(&tag);
            prop_assert!(topic.len() == 32 && topic.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        }
    }
}
