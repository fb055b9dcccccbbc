//! How often somebody may try (functional.md section 9): sliding windows in this process; a refusal is 429 with
//! `RATE_001` and `Retry-After`.
//!
//! | what | limit | key |
//! | --- | --- | --- |
//! | signing in | 10 a minute; with `--demo` 600 from this machine itself | address |
//! | refreshing | 100 a minute: fifty at once with one token are one page that woke up | address and token |
//! | WhatsApp by hand | `CAMPO_WHATSAPP_PER_MINUTE`, 50 | organization |
//! | voice notes handed in | 20 a minute | organization |
//! | uploads begun | 20 a minute | person |
//! | replays of webhooks | 5 a minute | organization |
//! | webhooks with a wrong signature | 1,000 a minute | address |
//! | phone apps | 1,200 a minute | device |
//! | everything of an organization with a tier | 30, 100, 500, 2,000 a minute and 100 a second | organization |

mod window;

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use campo_engine::Engine;
use campo_engine::directions;
use campo_engine::error::Error;
use campo_engine::ids::{OrgId, UserId};
use rustc_hash::FxHashMap;
use window::Window;

/// Tries to sign in of one address.
const TRIES: usize = 10;
/// Tries from this machine itself in a demonstration.
const DEMO_TRIES: usize = 600;
/// Refreshes with one token.
const REFRESHES: usize = 100;
/// Uploads that one person begins.
const UPLOADS: usize = 20;
/// Voice notes that one organization hands in.
const VOICE: usize = 20;
/// What one organization does in bulk.
const BULK: usize = 5;
/// Forged webhooks of one address.
const FORGED: usize = 1_000;
/// Requests of one phone app: an hour without network is 120 of them in a few seconds.
const INGEST: usize = 1_200;
/// Requests of an organization with a tier in one second.
const BURST: usize = 100;
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// Keys remembered; beyond that the empty ones are forgotten.
const MOST: usize = 100_000;

/// Counts tries by key.
#[derive(Debug)]
pub struct Limits {
    demo: bool,
    windows: Mutex<FxHashMap<String, Window>>,
    /// What tiers allow, by organization.
    tiers: Mutex<FxHashMap<OrgId, (Instant, Option<usize>)>>,
}

impl Limits {
    /// Nobody tried yet.
    pub fn new(demo: bool) -> Self {
        Self { demo, windows: Mutex::default(), tiers: Mutex::default() }
    }

    /// Counts a try to sign in from an address; refuses when it is one too many.
    pub fn sign_in(&self, ip: IpAddr) -> Result<(), Error> {
        let most = if self.is_at_home(ip) { DEMO_TRIES } else { TRIES };
        self.count(format!("sign-in {}", crate::address::limit_key(ip)), most, MINUTE)
    }

    /// Whether this is a demonstration and the address this machine's own.
    pub fn is_at_home(&self, ip: IpAddr) -> bool {
        self.demo && ip.to_canonical().is_loopback()
    }

    /// Counts a refresh of one token from an address: a whole office behind one address refreshes at once, so
    /// the address alone is no key here.
    pub fn refresh(&self, ip: IpAddr, token: &str) -> Result<(), Error> {
        let start: String = token.chars().take(64).collect();
        self.count(format!("refresh {} {start}", crate::address::limit_key(ip)), REFRESHES, MINUTE)
    }

    /// Counts an upload that somebody begins.
    pub fn upload(&self, user: UserId) -> Result<(), Error> {
        self.count(format!("upload {user}"), UPLOADS, MINUTE)
    }

    /// Counts a message that a person of an organization sends by hand.
    pub fn whatsapp(&self, engine: &Engine, org: OrgId) -> Result<(), Error> {
        let most = usize::try_from(engine.settings.whatsapp.per_minute).unwrap_or(usize::MAX);
        self.count(format!("whatsapp {org}"), most, MINUTE)
    }

    /// Counts a voice note that an organization hands in: each costs money.
    pub fn voice(&self, org: OrgId) -> Result<(), Error> {
        self.count(format!("voice {org}"), VOICE, MINUTE)
    }

    /// Counts what an organization does in bulk.
    pub fn bulk(&self, org: OrgId) -> Result<(), Error> {
        self.count(format!("bulk {org}"), BULK, MINUTE)
    }

    /// Counts a webhook that nobody we know signed: true ones are never refused here.
    pub fn forged(&self, ip: IpAddr) -> Result<(), Error> {
        self.count(format!("forged {}", crate::address::limit_key(ip)), FORGED, MINUTE)
    }

    /// Counts a request of a phone app: one each second, and a backlog that is sent one by one, are well below.
    pub fn ingest(&self, device: &str) -> Result<(), Error> {
        self.count(format!("ingest {device}"), INGEST, MINUTE)
    }

    /// Counts a request of an organization, where the operator has set a tier. Positions are not requests.
    pub async fn organization(&self, engine: &Engine, org: OrgId) -> Result<(), Error> {
        let Some(most) = self.most_of(engine, org).await else { return Ok(()) };
        self.count(format!("second {org}"), BURST, SECOND)?;
        self.count(format!("minute {org}"), most, MINUTE)
    }

    /// What an organization's tier allows in a minute, known for a minute.
    async fn most_of(&self, engine: &Engine, org: OrgId) -> Option<usize> {
        let known = self.tiers.lock().unwrap_or_else(PoisonError::into_inner).get(&org).copied();
        if let Some((at, most)) = known
            && at.elapsed() < MINUTE
        {
            return most;
        }
        let most = directions::present_tier(engine, org).await?.as_deref().and_then(per_minute);
        let mut tiers = self.tiers.lock().unwrap_or_else(PoisonError::into_inner);
        if tiers.len() >= MOST {
            tiers.retain(|_, (at, _)| at.elapsed() < MINUTE);
        }
        tiers.insert(org, (Instant::now(), most));
        most
    }

    fn count(&self, key: String, most: usize, span: Duration) -> Result<(), Error> {
        self.count_at(key, (most, span), Instant::now())
    }

    fn count_at(&self, key: String, (most, span): (usize, Duration), now: Instant) -> Result<(), Error> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MOST {
            windows.retain(|_, window| !window.is_empty(MINUTE, now));
        }
        windows.entry(key).or_default().enter(most, span, now).map_err(|wait| Error::TooMany {
            code: "RATE_001",
            retry_after_s: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
            detail: "demasiados intentos (too many tries)",
        })
    }
}

/// Requests a minute of a tier.
fn per_minute(tier: &str) -> Option<usize> {
    match tier.to_ascii_uppercase().as_str() {
        "FREE" => Some(30),
        "INICIAL" => Some(100),
        "PROFESIONAL" => Some(500),
        "EMPRESA" => Some(2_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_minute_and_no_more() {
        let limits = Limits::new(false);
        let start = Instant::now();
        let count =
            |key: &str, at: u64| limits.count_at(key.into(), (10, MINUTE), start + Duration::from_secs(at));
        for at in 0..10 {
            count("a", at).unwrap();
        }
        let Err(Error::TooMany { retry_after_s, code, .. }) = count("a", 20) else {
            panic!("the eleventh was let in")
        };
        assert_eq!((retry_after_s, code), (40, "RATE_001"));
        count("b", 20).unwrap();
        count("a", 60).unwrap();
        assert!(count("a", 60).is_err(), "the window slides, it does not begin anew");
        count("a", 61).unwrap();
    }

    #[test]
    fn tiers() {
        assert_eq!(
            ["free", "INICIAL", "profesional", "EMPRESA", "x"].map(per_minute),
            [Some(30), Some(100), Some(500), Some(2_000), None]
        );
    }
}
