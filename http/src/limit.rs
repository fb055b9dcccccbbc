//! How often somebody may try: fixed windows in this process.
//!
//! Signing in: 10 a minute for each address (functional.md section 2). With `--demo`, 600 from this machine
//! itself, so that a demonstration and its checks can sign many people in.

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use campo_engine::error::Error;
use campo_engine::ids::UserId;
use rustc_hash::FxHashMap;

/// Tries of one key in one window.
const TRIES: u32 = 10;
/// Tries from this machine itself in a demonstration.
const DEMO_TRIES: u32 = 600;
/// Uploads that one person begins in one window.
const UPLOADS: u32 = 20;
/// Requests of one phone app: an hour without network is 120 of them in a few seconds.
const INGEST_TRIES: u32 = 1_200;
const WINDOW: Duration = Duration::from_secs(60);
/// Keys remembered; beyond that the finished windows are forgotten.
const MOST: usize = 100_000;

/// Counts tries by key.
#[derive(Debug)]
pub struct Limits {
    demo: bool,
    windows: Mutex<FxHashMap<String, (Instant, u32)>>,
}

impl Limits {
    /// Nobody tried yet.
    pub fn new(demo: bool) -> Self {
        Self { demo, windows: Mutex::default() }
    }

    /// Counts a try to sign in from an address; refuses when it is one too many.
    pub fn sign_in(&self, ip: IpAddr) -> Result<(), Error> {
        let most = if self.is_at_home(ip) { DEMO_TRIES } else { TRIES };
        self.count(format!("sign-in {}", crate::address::limit_key(ip)), most, Instant::now())
    }

    /// Whether this is a demonstration and the address this machine's own.
    pub fn is_at_home(&self, ip: IpAddr) -> bool {
        self.demo && ip.to_canonical().is_loopback()
    }

    /// Counts a refresh of one token from an address: a whole office behind one address refreshes at once, so
    /// the address alone is no key here.
    pub fn refresh(&self, ip: IpAddr, token: &str) -> Result<(), Error> {
        let start: String = token.chars().take(64).collect();
        // Fifty requests with one token at once are one page that woke up.
        self.count(format!("refresh {} {start}", crate::address::limit_key(ip)), TRIES * 10, Instant::now())
    }

    /// Counts an upload that somebody begins: 20 a minute for each person (functional.md section 9).
    pub fn upload(&self, user: UserId) -> Result<(), Error> {
        self.count(format!("upload {user}"), UPLOADS, Instant::now())
    }

    /// Counts a request of a phone app: one each second, and a backlog that is sent one by one, are well below.
    pub fn ingest(&self, device: &str) -> Result<(), Error> {
        self.count(format!("ingest {device}"), INGEST_TRIES, Instant::now())
    }

    fn count(&self, key: String, most: u32, now: Instant) -> Result<(), Error> {
        let mut windows = self.windows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if windows.len() >= MOST {
            windows.retain(|_, (begun, _)| now.saturating_duration_since(*begun) < WINDOW);
        }
        let (begun, tries) = windows.entry(key).or_insert((now, 0));
        if now.saturating_duration_since(*begun) >= WINDOW {
            (*begun, *tries) = (now, 0);
        }
        *tries += 1;
        if *tries <= most {
            return Ok(());
        }
        let left = WINDOW.saturating_sub(now.saturating_duration_since(*begun));
        Err(Error::TooMany {
            code: "RATE_001",
            retry_after_s: left.as_secs() + 1,
            detail: "demasiados intentos (too many tries)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_minute_and_no_more() {
        let limits = Limits::new(false);
        let start = Instant::now();
        for _ in 0..10 {
            limits.count("a".into(), 10, start).unwrap();
        }
        let Err(Error::TooMany { retry_after_s, .. }) =
            limits.count("a".into(), 10, start + Duration::from_secs(20))
        else {
            panic!("the eleventh was let in")
        };
        assert_eq!(retry_after_s, 41);
        limits.count("b".into(), 10, start).unwrap();
        limits.count("a".into(), 10, start + WINDOW).unwrap();
    }
}
