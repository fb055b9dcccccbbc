//! What each fake was asked, and what came of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;

/// One request at a provider's door.
#[derive(Debug, Clone, Serialize, Default)]
pub struct Entry {
    /// Its place in the ledger, from 0.
    pub n: usize,
    /// `whatsapp`, `twilio`, `openai`, `email`, `web_push` ..
    pub service: &'static str,
    /// When the whole request had been read, Unix microseconds.
    pub at_us: i64,
    /// When the answer had been written (or broken off), Unix microseconds.
    pub done_us: i64,
    /// Method and path.
    pub request: String,
    /// The client's own name for what it wants: callback data, `Idempotency-Key`, `Message-ID`.
    pub key: Option<String>,
    /// Who it is for.
    pub to: Option<String>,
    /// What it is, as `text`, `template`, `read`.
    pub kind: Option<String>,
    /// The provider's id of what took effect; none where nothing did.
    pub effect: Option<String>,
    /// The status that was answered; 0 none.
    pub status: u16,
    /// Whether the whole answer left.
    pub answered: bool,
    /// The scripted fault that struck.
    pub fault: Option<&'static str>,
    /// What was asked, without secrets; null where it is large.
    pub body: Value,
}

/// The sums of one service.
#[derive(Debug, Clone, Serialize, Default, PartialEq, Eq)]
pub struct Sums {
    /// Requests that were read.
    pub requests: usize,
    /// Requests whose whole answer left.
    pub answered: usize,
    /// Things that took effect (a message that was sent, a recording that was transcribed).
    pub effects: usize,
    /// Different keys among the effects.
    pub keys: usize,
    /// Keys with more than one effect.
    pub doubled: usize,
    /// Faults that struck.
    pub faults: usize,
}

/// All requests of all fakes, in the order of their arrival.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Vec<Entry>>);

impl Ledger {
    /// Takes a request that was just read; returns its place.
    pub fn open(&self, mut entry: Entry) -> usize {
        let mut all = self.lock();
        entry.n = all.len();
        entry.at_us = now_us();
        let n = entry.n;
        all.push(entry);
        n
    }

    /// Says what has become of it.
    pub fn close(&self, done: Entry) {
        let mut all = self.lock();
        if let Some(entry) = all.get_mut(done.n) {
            *entry = Entry { at_us: entry.at_us, done_us: now_us(), ..done };
        }
    }

    /// The entries of a service (all: `None`) from place `from`.
    pub fn entries(&self, service: Option<&str>, from: usize) -> Vec<Entry> {
        let wanted = |e: &&Entry| service.is_none_or(|s| e.service == s);
        self.lock().iter().skip(from).filter(wanted).cloned().collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether nothing was asked yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sums of each service that was asked anything.
    pub fn sums(&self) -> BTreeMap<&'static str, Sums> {
        let mut sums: BTreeMap<&'static str, Sums> = BTreeMap::new();
        let mut keys: HashMap<(&'static str, String), usize> = HashMap::new();
        for entry in self.lock().iter() {
            let sum = sums.entry(entry.service).or_default();
            sum.requests += 1;
            sum.answered += usize::from(entry.answered);
            sum.faults += usize::from(entry.fault.is_some());
            if entry.effect.is_some() {
                sum.effects += 1;
                if let Some(key) = &entry.key {
                    *keys.entry((entry.service, key.clone())).or_default() += 1;
                }
            }
        }
        for ((service, _), effects) in keys {
            let sum = sums.entry(service).or_default();
            sum.keys += 1;
            sum.doubled += usize::from(effects > 1);
        }
        sums
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unix microseconds of the real clock.
pub fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_counted_by_key() {
        let ledger = Ledger::default();
        for (key, effect) in [("a", Some("1")), ("a", Some("2")), ("b", Some("3")), ("c", None)] {
            let mut entry = Entry { service: "whatsapp", key: Some(key.into()), ..Entry::default() };
            entry.n = ledger.open(entry.clone());
            ledger.close(Entry { effect: effect.map(Into::into), answered: true, ..entry });
        }
        let sums = ledger.sums();
        let expected = Sums { requests: 4, answered: 4, effects: 3, keys: 2, doubled: 1, faults: 0 };
        assert_eq!(sums.get("whatsapp"), Some(&expected));
        assert_eq!(ledger.entries(Some("twilio"), 0).len(), 0);
        assert_eq!(ledger.entries(None, 3).len(), 1);
    }
}
