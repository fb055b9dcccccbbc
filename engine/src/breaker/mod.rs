//! Circuit breakers, per service and per organization's credential (functional.md section 9).
//!
//! One organization's bad certificate opens its own breaker and nobody else's. Each process has its own:
//! what is decided for all of them (panic, kill switches) is in SQL.

mod rules;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use metrics::{counter, gauge};

use crate::ids::OrgId;
use crate::providers::Service;
pub use rules::{Breaker, Leave, Limits};

/// When the breaker of a service opens; functional.md section 9 names the first and the third.
pub fn limits(service: Service) -> Limits {
    let (failures, open_s, probe_s) = match service {
        Service::WhatsApp => (10, 60, 15),
        Service::OpenAi => (3, 30, 10),
        // Each address of a customer's system and each browser's push service fails alone.
        Service::Webhooks | Service::WebPush => (20, 30, 10),
        Service::GoogleRoutes | Service::Mapbox | Service::Osrm | Service::Valhalla => (5, 60, 15),
        Service::Twilio | Service::Email | Service::Storage => (5, 60, 15),
    };
    Limits { failures, open: Duration::from_secs(open_s), probe: Duration::from_secs(probe_s) }
}

type Key = (Service, Option<OrgId>);

/// All breakers of a process.
#[derive(Debug)]
pub struct Breakers {
    since: Instant,
    kept: Mutex<HashMap<Key, Breaker>>,
}

impl Default for Breakers {
    fn default() -> Self {
        Self { since: Instant::now(), kept: Mutex::default() }
    }
}

/// A breaker as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The service.
    pub service: Service,
    /// Whose credential; none for the service itself.
    pub org: Option<OrgId>,
    /// `open` or `half_open`.
    pub word: &'static str,
    /// How long it has not been closed.
    pub open_for: Duration,
}

impl Breakers {
    /// Leave to call a service, with the credential of `org`.
    ///
    /// # Errors
    /// How long to wait.
    pub fn enter(&self, service: Service, org: Option<OrgId>) -> Result<Permit<'_>, Duration> {
        let now = self.since.elapsed();
        let mut kept = self.lock();
        // All are looked at before any is asked: a probe must not be given to somebody who may not call.
        if let Some(wait) = keys(service, org).filter_map(|key| kept.get(&key)?.wait(now)).max() {
            return Err(wait);
        }
        for key in keys(service, org) {
            if let Some(breaker) = kept.get_mut(&key) {
                breaker.ask(now);
            }
        }
        drop(kept);
        Ok(Permit { breakers: self, service, org, is_told: false })
    }

    /// Every breaker that is not closed.
    pub fn standing(&self) -> Vec<Standing> {
        let now = self.since.elapsed();
        let kept = self.lock();
        let mut all: Vec<_> = kept
            .iter()
            .filter_map(|((service, org), breaker)| {
                let open_for = breaker.open_for(now)?;
                Some(Standing { service: *service, org: *org, word: breaker.word(), open_for })
            })
            .collect();
        all.sort_by_key(|s| (s.service, s.org.map(|o| o.0)));
        all
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Breaker>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn good(&self, key: Key) {
        let mut kept = self.lock();
        let Some(breaker) = kept.get_mut(&key) else { return };
        breaker.good();
        if breaker.is_fresh() {
            kept.remove(&key);
            drop(kept);
            show(key, 0.0);
        }
    }

    fn fault(&self, key: Key) {
        let now = self.since.elapsed();
        let (service, org) = key;
        let opened = self.lock().entry(key).or_insert_with(|| Breaker::new(limits(service))).fault(now);
        if opened {
            counter!("campo_breaker_opened_total", "service" => service.as_str()).increment(1);
            let org = org.map(|o| o.0.to_string());
            tracing::warn!(
                service = service.as_str(),
                org,
                "a breaker opens: its service fails again and again"
            );
            show(key, 1.0);
        }
    }
}

/// One figure a service: organizations' own would make a series each.
fn show((service, org): Key, is_open: f64) {
    if org.is_none() {
        gauge!("campo_breaker_open", "service" => service.as_str()).set(is_open);
    }
}

/// The breakers that a call passes.
fn keys(service: Service, org: Option<OrgId>) -> impl Iterator<Item = Key> {
    org.map(|o| (service, Some(o))).into_iter().chain(std::iter::once((service, None)))
}

/// Leave to make one call; it is told how that went. Dropped without a word it counts as a fault.
#[derive(Debug)]
pub struct Permit<'a> {
    breakers: &'a Breakers,
    service: Service,
    org: Option<OrgId>,
    is_told: bool,
}

impl Permit<'_> {
    /// The service answered.
    pub fn good(mut self) {
        self.is_told = true;
        for key in keys(self.service, self.org) {
            self.breakers.good(key);
        }
    }

    /// The service failed.
    pub fn fault(mut self) {
        self.tell_fault();
    }

    /// The service works and does not take this credential: only its owner's breaker hears of it.
    pub fn credential_fault(mut self) {
        self.is_told = true;
        self.breakers.good((self.service, None));
        // The installation's own credential has no other breaker.
        self.breakers.fault((self.service, self.org));
    }

    fn tell_fault(&mut self) {
        self.is_told = true;
        for key in keys(self.service, self.org) {
            self.breakers.fault(key);
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell_fault();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_bad_credential_opens_only_its_own() {
        let breakers = Breakers::default();
        let (a, b) = (Some(OrgId(Uuid::from_u128(1))), Some(OrgId(Uuid::from_u128(2))));
        for _ in 0..10 {
            breakers.enter(Service::WhatsApp, a).unwrap().credential_fault();
        }
        assert!(breakers.enter(Service::WhatsApp, a).is_err());
        breakers.enter(Service::WhatsApp, b).unwrap().good();
        breakers.enter(Service::WhatsApp, None).unwrap().good();
        let standing: Vec<_> = breakers.standing().into_iter().map(|s| (s.service, s.org, s.word)).collect();
        assert_eq!(standing, [(Service::WhatsApp, a, "open")]);
    }

    #[test]
    fn a_service_that_fails_many_is_closed_to_all() {
        let breakers = Breakers::default();
        for n in 0..10u128 {
            // One of them is given up by its caller.
            let permit = breakers.enter(Service::WhatsApp, Some(OrgId(Uuid::from_u128(n)))).unwrap();
            if n == 5 { drop(permit) } else { permit.fault() }
        }
        assert!(breakers.enter(Service::WhatsApp, Some(OrgId(Uuid::from_u128(99)))).is_err());
        assert!(breakers.enter(Service::Twilio, None).is_ok());
    }
}
