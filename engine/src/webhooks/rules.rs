//! When a delivery is tried again, which events an endpoint hears, and how it is signed.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;

/// Every kind of event that an endpoint can hear, as [`crate::event::NewEvent`] names them.
pub const KINDS: &[&str] = &[
    "capability.changed",
    "change_request.approved",
    "change_request.created",
    "change_request.rejected",
    "conversation.changed",
    "customer.changed",
    "customer.created",
    "customer.deactivated",
    "customer.erased",
    "customer.merged",
    "job.arrived",
    "job.assigned",
    "job.created",
    "job.eta_updated",
    "job.photo_added",
    "job.rated",
    "job.signed",
    "job.status_changed",
    "job.updated",
    "message.changed",
    "message.received",
    "message.sent",
    "organization.changed",
    "organization.service_types_changed",
    "service.mode_changed",
    "shift.corrected",
    "technician.privacy_changed",
    "technician.status_changed",
    "user.changed",
    "user.created",
    "user.deactivated",
    "user.erased",
    "user.schedule_changed",
    "voice.decided",
    "voice.reopened",
    "voice.reviewed",
    "voice.waiting",
];

/// The waits after the first, second, .. failed try, in seconds; after the eighth try it is over.
const WAITS_S: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
/// Without a success for so long an endpoint is turned off.
pub const PATIENCE: TimeDelta = TimeDelta::days(5);
/// The secret before signs so long after a rotation.
pub const BOTH_SECRETS: TimeDelta = TimeDelta::hours(24);
/// How long an endpoint may take to answer.
pub const ANSWER: Duration = Duration::from_secs(15);
/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;
/// What secrets begin with (Standard Webhooks).
const SECRET_PREFIX: &str = "whsec_";

/// When a delivery that failed `tries` times is tried again; None when that was the last.
///
/// Now, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, within 5 %, so that what failed together does not come back
/// together. `jitter` is 0..1.
pub fn next_try(tries: i16, now: DateTime<Utc>, jitter: f64) -> Option<DateTime<Utc>> {
    let wait_s = *WAITS_S.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let spread = 0.95 + 0.1 * jitter.clamp(0.0, 1.0);
    Some(now + TimeDelta::milliseconds((wait_s as f64 * 1_000.0 * spread) as i64))
}

/// Whether an endpoint has failed for so long that it is turned off.
pub fn is_given_up(failing_since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    failing_since.is_some_and(|since| now - since >= PATIENCE)
}

/// Whether a pattern names something: `*`, `job.*`, or a kind.
pub fn is_pattern(pattern: &str) -> bool {
    pattern == "*"
        || KINDS.contains(&pattern)
        || pattern.strip_suffix(".*").is_some_and(|noun| KINDS.iter().any(|kind| is_of(kind, noun)))
}

/// Whether an endpoint with these patterns hears events of a kind.
pub fn hears(patterns: &[String], kind: &str) -> bool {
    patterns
        .iter()
        .any(|p| p == "*" || p == kind || p.strip_suffix(".*").is_some_and(|noun| is_of(kind, noun)))
}

fn is_of(kind: &str, noun: &str) -> bool {
    kind.strip_prefix(noun).is_some_and(|rest| rest.starts_with('.'))
}

/// A secret as people see it: `whsec_` and base64.
pub fn show_secret(secret: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(secret))
}

/// The value of `webhook-signature`: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, one for each secret,
/// separated by blanks (Standard Webhooks 1.0.0).
pub fn sign(secrets: &[Vec<u8>], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut signatures = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        signatures.push(format!("v1,{}", STANDARD.encode(context.sign().as_ref())));
    }
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the Standard Webhooks specification and of its libraries.
    #[test]
    fn the_published_vector() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn both_secrets_sign_while_one_replaces_the_other() {
        let both = sign(&[vec![1; 32], vec![2; 32]], "m", 1, b"x");
        let each: Vec<&str> = both.split(' ').collect();
        assert_eq!(each, [sign(&[vec![1; 32]], "m", 1, b"x"), sign(&[vec![2; 32]], "m", 1, b"x")]);
        assert_ne!(each[0], each[1]);
    }

    #[test]
    fn eight_tries_over_twenty_seven_hours() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let waits: Vec<i64> =
            (1..10).map_while(|n| Some((next_try(n, now, 0.5)? - now).num_seconds())).collect();
        assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
        assert_eq!(
            (next_try(0, now, 0.5), next_try(8, now, 0.5), next_try(-1, now, 0.5)),
            (None, None, None)
        );
    }

    #[test]
    fn who_hears_what() {
        let of = |patterns: &[&str], kind| {
            hears(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>(), kind)
        };
        assert!(
            of(&["*"], "job.created") && of(&["job.*"], "job.created") && of(&["job.created"], "job.created")
        );
        assert!(
            !of(&["job.*"], "jobs.created")
                && !of(&["job.created"], "job.updated")
                && !of(&[], "job.created")
        );
        assert!(["*", "job.*", "customer.created"].iter().all(|p| is_pattern(p)));
        assert!(!["", "job", "job.", "job.x", "jo.*", "*.*", ".*", "x.*"].iter().any(|p| is_pattern(p)));
    }

    /// A kind that is recorded somewhere and cannot be subscribed to would be lost in silence.
    #[test]
    fn every_kind_that_is_recorded_can_be_heard() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                for rest in text.split("NewEvent::new(").skip(1) {
                    let quoted = rest.trim_start().strip_prefix('"').and_then(|r| r.split('"').next());
                    let is_kind = |k: &str| k.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b));
                    found.extend(quoted.filter(|k| is_kind(k)).map(str::to_owned));
                }
            }
        }
        assert!(found.len() >= 12, "{found:?}");
        let unknown: Vec<_> = found.iter().filter(|k| !KINDS.contains(&k.as_str())).collect();
        assert!(unknown.is_empty(), "add to KINDS and docs/protocol.md: {unknown:?}");
    }

    proptest! {
        /// Waits stay within a tenth of the schedule, whatever the dice say.
        #[test]
        fn waits_are_the_schedules(tries in 1..8i16, jitter in 0.0..=1.0f64) {
            let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let wait_ms = (next_try(tries, now, jitter).unwrap() - now).num_milliseconds() as f64;
            let planned_ms = WAITS_S[usize::try_from(tries).unwrap() - 1] as f64 * 1_000.0;
            prop_assert!((wait_ms / planned_ms - 1.0).abs() <= 0.051);
        }
    }
}
