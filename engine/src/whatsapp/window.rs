//! The 24 hours in which free text may go: from the customer's last message, never from ours.

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};

/// Whether free text may go.
pub fn is_open(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    expires_at.is_some_and(|until| now < until)
}

/// Lets free text through.
///
/// # Errors
/// `WHATSAPP_002` outside the window: a template must be sent instead.
pub fn check(
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    present: impl FnOnce() -> Option<serde_json::Value>,
) -> Result<()> {
    if is_open(expires_at, now) {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "WHATSAPP_002",
        detail: "pasaron 24 horas desde el último mensaje del cliente: enviá una plantilla (over 24 hours since the customer's last message: send a template)".into(),
        current: present(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn it_ends_to_the_millisecond() {
        let now = Utc::now();
        for (expires_at, open) in [
            (None, false),
            (Some(now), false),
            (Some(now + TimeDelta::milliseconds(1)), true),
            (Some(now - TimeDelta::hours(1)), false),
        ] {
            assert_eq!(is_open(expires_at, now), open);
            assert_eq!(check(expires_at, now, || None).is_ok(), open);
        }
    }
}
