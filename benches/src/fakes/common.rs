//! What all fakes share: the ledger, the phones, the post office and a clock that can be set forward.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use super::ledger::{Ledger, now_us};
use super::phones::Phones;
use super::post::Post;

/// What all fakes share.
#[derive(Debug)]
pub struct Common {
    /// Every request.
    pub ledger: Arc<Ledger>,
    /// Every customer's phone.
    pub phones: Phones,
    /// Webhooks that leave.
    pub post: Post,
    runtime: Handle,
    ahead_ms: AtomicI64,
    keys: Mutex<(usize, HashMap<String, String>)>,
}

impl Common {
    /// Nothing has happened yet.
    pub fn new(runtime: Handle) -> Self {
        Self {
            ledger: Arc::default(),
            phones: Phones::default(),
            post: Post::new(runtime.clone()),
            runtime,
            ahead_ms: AtomicI64::new(0),
            keys: Mutex::default(),
        }
    }

    /// The providers' time, Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        now_us() / 1_000 + self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Sets the providers' clock forward: windows close, links and tokens end.
    pub fn advance(&self, seconds: i64) {
        self.ahead_ms.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    /// Runs beside.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// The client's key of what took effect under this provider's id.
    pub fn key_of(&self, effect: &str) -> Option<String> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, known) = &mut *keys;
        // Those still open have no effect yet: the last hundred are looked at again.
        for entry in self.ledger.entries(None, seen.saturating_sub(100)) {
            *seen = entry.n + 1;
            if let (Some(effect), Some(key)) = (entry.effect, entry.key) {
                known.insert(effect, key);
            }
        }
        known.get(effect).cloned()
    }
}
