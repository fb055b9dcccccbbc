//! The demonstration's inbox: every message that left or would have left ([`crate::notifications`] writes them).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use crate::moment::Moment;

/// Messages that the demonstration keeps.
const KEPT: usize = 500;

/// A message as it would have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The phone it goes to.
    pub to: String,
    /// `whatsapp` or `sms`.
    pub channel: &'static str,
    /// Its words.
    pub text: String,
    /// When it left.
    pub at: Moment,
}

/// Every message that would have left, in memory alone. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct DemoInbox(Arc<Mutex<VecDeque<Message>>>);

impl DemoInbox {
    /// Takes a message; the oldest goes when there are more than 500.
    pub fn push(&self, message: Message) {
        let mut kept = self.lock();
        kept.push_front(message);
        kept.truncate(KEPT);
    }

    /// All messages, newest first.
    pub fn newest_first(&self) -> Vec<Message> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Message>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    #[test]
    fn the_newest_500_are_kept() {
        let inbox = DemoInbox::default();
        for n in 0..600 {
            let at = Utc::now().into();
            inbox.push(Message { to: "+5491155550001".into(), channel: "whatsapp", text: n.to_string(), at });
        }
        let kept = inbox.newest_first();
        assert_eq!((kept.len(), kept[0].text.as_str(), kept[499].text.as_str()), (500, "599", "100"));
    }
}
