//! Webhooks that leave the fakes: late, doubled, out of order, and again until somebody takes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::runtime::Handle;

/// The first wait after a refusal; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(15);
/// Tries in all: some minutes, where the real ones go on for days.
const TRIES: usize = 40;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One webhook.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Where to.
    pub url: String,
    /// Content type, signature.
    pub headers: Vec<(&'static str, String)>,
    /// Its bytes: exactly what was signed.
    pub body: Bytes,
}

/// How webhooks fare.
#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    tries: AtomicUsize,
    taken: AtomicUsize,
    given_up: AtomicUsize,
}

/// The same as numbers.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub struct Posted {
    /// Webhooks, copies included.
    pub made: usize,
    /// Requests.
    pub tries: usize,
    /// Answered with 2xx.
    pub taken: usize,
    /// Refused for good.
    pub given_up: usize,
}

/// The post office. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Post {
    runtime: Handle,
    client: reqwest::Client,
    counts: Arc<Counts>,
}

impl Post {
    /// One that works on this runtime.
    pub fn new(runtime: Handle) -> Self {
        // One provider of cryptography for the process; a second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { runtime, client: reqwest::Client::new(), counts: Arc::default() }
    }

    /// Sends it after `wait`, and again until it is taken.
    pub fn send(&self, hook: Hook, wait: Duration) {
        self.counts.made.fetch_add(1, Ordering::Relaxed);
        let this = self.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            this.until_taken(&hook).await;
        });
    }

    /// One GET, as when a webhook's address is verified: status and text.
    pub async fn ask(&self, url: &str) -> Option<(u16, String)> {
        let answer = self.client.get(url).timeout(PATIENCE).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.text().await.ok()?))
    }

    /// How they fare.
    pub fn posted(&self) -> Posted {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let c = &self.counts;
        Posted { made: of(&c.made), tries: of(&c.tries), taken: of(&c.taken), given_up: of(&c.given_up) }
    }

    async fn until_taken(&self, hook: &Hook) {
        let mut wait = FIRST;
        for _ in 0..TRIES {
            if self.taken(hook).await {
                self.counts.taken.fetch_add(1, Ordering::Relaxed);
                return;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST);
        }
        self.counts.given_up.fetch_add(1, Ordering::Relaxed);
    }

    async fn taken(&self, hook: &Hook) -> bool {
        self.counts.tries.fetch_add(1, Ordering::Relaxed);
        let mut request = self.client.post(&hook.url).timeout(PATIENCE).body(hook.body.clone());
        for (name, value) in &hook.headers {
            request = request.header(*name, value);
        }
        match request.send().await {
            Ok(answer) => answer.status().is_success(),
            Err(_) => false,
        }
    }
}
