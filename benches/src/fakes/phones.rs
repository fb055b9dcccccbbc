//! What customers see on their phones: one conversation a phone, whatever service brought the messages.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

/// One message as the customer's phone shows it.
#[derive(Debug, Clone, Serialize, Default)]
pub struct Bubble {
    /// The provider's id.
    pub id: String,
    /// The customer's phone, digits.
    pub phone: String,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Whether the customer wrote it.
    pub mine: bool,
    /// `whatsapp` or `sms`.
    pub via: &'static str,
    /// The business's side: its number's id, or the SMS sender.
    pub business: String,
    /// `text`, `template`, `interactive`, `image`, `audio`, `location` ..
    pub kind: String,
    /// What there is to show.
    pub content: Value,
    /// `accepted`, `sent`, `delivered`, `read`, `failed`.
    pub status: &'static str,
    /// The message that it answers.
    pub context: Option<String>,
    /// Rises with every change of any bubble.
    pub change: u64,
}

/// All phones.
#[derive(Debug, Default)]
pub struct Phones(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    bubbles: Vec<Bubble>,
    by_id: HashMap<String, usize>,
    change: u64,
}

impl Phones {
    /// A new message on a phone.
    pub fn add(&self, mut bubble: Bubble) {
        let mut state = self.lock();
        state.change += 1;
        bubble.change = state.change;
        let place = state.bubbles.len();
        state.by_id.insert(bubble.id.clone(), place);
        state.bubbles.push(bubble);
    }

    /// A message got a status; never backwards. Whether that changed anything.
    pub fn status(&self, id: &str, status: &'static str) -> bool {
        let mut state = self.lock();
        let next = state.change + 1;
        let place = state.by_id.get(id).copied();
        let Some(bubble) = place.and_then(|place| state.bubbles.get_mut(place)) else { return false };
        if rank(bubble.status) >= rank(status) {
            return false;
        }
        bubble.status = status;
        bubble.change = next;
        state.change = next;
        true
    }

    /// One message.
    pub fn get(&self, id: &str) -> Option<Bubble> {
        let state = self.lock();
        state.by_id.get(id).and_then(|place| state.bubbles.get(*place)).cloned()
    }

    /// What changed after `change`, in order of the messages, and the newest change.
    pub fn since(&self, change: u64) -> (Vec<Bubble>, u64) {
        let state = self.lock();
        let news = state.bubbles.iter().filter(|b| b.change > change).cloned().collect();
        (news, state.change)
    }

    /// Everything on one phone.
    pub fn of(&self, phone: &str) -> Vec<Bubble> {
        self.lock().bubbles.iter().filter(|b| b.phone == phone).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rank(status: &str) -> u8 {
    match status {
        "accepted" => 0,
        "sent" => 1,
        "delivered" => 2,
        "read" => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_never_goes_back_and_only_news_is_told() {
        let phones = Phones::default();
        phones.add(Bubble { id: "a".into(), phone: "1".into(), status: "accepted", ..Bubble::default() });
        let (first, seen) = phones.since(0);
        assert_eq!(first.len(), 1);
        assert!(phones.status("a", "read") && !phones.status("a", "sent") && !phones.status("b", "sent"));
        let (news, seen) = phones.since(seen);
        assert_eq!((news.len(), news[0].status), (1, "read"));
        assert!(phones.since(seen).0.is_empty());
    }
}
