//! Which services run and what is switched off, for the installation and for each organization.
//!
//! - [`capability`]: what can be switched off, and what then happens instead.
//! - [`rules`]: when a service goes into panic by itself, and when it comes back (pure).
//! - [`decide`]: a person or the operator decides.
//! - [`watch`]: what is measured decides.
//! - [`view`] and [`words`]: how it stands, and what people are told.
//! - `board` (decisions in memory), `counts` (what went well or badly), `drain` (who waits comes back a little at a time), `tell` (everyone hears).
//!
//! Who sends asks [`leave`] before each attempt and hands its error to the worker as it is; who wants to know more asks
//! [`allows`] and [`mode_for`]. Answers come from memory: at once after a decision of this node, within two seconds
//! after one of another. What went well or badly is told to [`observe`].

mod board;
pub mod capability;
mod counts;
pub mod decide;
mod drain;
pub mod rules;
pub(crate) mod sql;
pub mod tell;
pub mod view;
pub mod watch;
pub mod words;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use metrics::{counter, gauge};

use crate::Engine;
use crate::db::Db;
use crate::error::{Again, Error, Result};
use crate::ids::OrgId;
use crate::providers::Service;
use crate::settings::Settings;
use board::Board;
pub use capability::Capability;
use counts::Counts;
use drain::Drain;
pub use rules::{Cause, Mode, Signal};

/// What is decided. Cheap to clone: all clones see the same.
#[derive(Debug, Clone, Default)]
pub struct Services(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    board: RwLock<Arc<Board>>,
    counts: Counts,
    drain: Drain,
}

impl Services {
    /// Asks, whenever it is called, whether an organization has a capability on: for rooms below this one.
    pub fn keeps(
        &self,
        capability: Capability,
        settings: &Settings,
    ) -> impl Fn(OrgId) -> bool + Send + Sync + use<> {
        let (services, is_off) = (self.clone(), settings.disabled.contains(&capability));
        move |org| !is_off && services.board().allows(Some(org), capability)
    }

    fn board(&self) -> Arc<Board> {
        // A poisoned lock holds a whole value all the same: it is replaced in one assignment.
        Arc::clone(&self.0.board.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the decisions again where another node or the operator made one. Cheap where nothing is new.
    ///
    /// # Errors
    /// When the database is away: what was known goes on.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        if sql::version(db).await? == self.board().version {
            return Ok(());
        }
        let fresh = sql::board(db).await?;
        for service in Service::ALL {
            let mode = fresh.mode(None, service) as u8;
            gauge!("campo_service_mode", "service" => service.as_str()).set(f64::from(mode));
        }
        let mut held = self.0.board.write().unwrap_or_else(PoisonError::into_inner);
        // Two may read at once; the later decision stays.
        if fresh.version > held.version {
            *held = Arc::new(fresh);
        }
        Ok(())
    }
}

/// Whether a capability is on: not switched off by the operator's environment, for the installation, or by `org`.
pub fn allows(engine: &Engine, org: Option<OrgId>, capability: Capability) -> bool {
    !engine.settings.disabled.contains(&capability) && engine.services.board().allows(org, capability)
}

/// How a service stands for the whole installation. An open breaker of this node makes it degraded at least.
pub fn mode(engine: &Engine, service: Service) -> Mode {
    mode_for(engine, None, service)
}

/// How a service stands for an organization: the worse of its own and the installation's.
pub fn mode_for(engine: &Engine, org: Option<OrgId>, service: Service) -> Mode {
    let decided = engine.services.board().mode(org, service);
    let concerns = |of: Option<OrgId>| of.is_none() || of == org;
    let is_open = || {
        let open = engine.calls.breakers().standing();
        open.iter().any(|s| s.service == service && concerns(s.org))
    };
    if decided == Mode::Ok && is_open() { Mode::Degraded } else { decided }
}

/// Leave to use a service for an organization.
///
/// # Errors
/// [`Error::Provider`] that postpones the task without counting the attempt: the service is in panic (`code`
/// `panic`) or its capability is switched off (`switched_off`). Those who wait come back a little at a time.
pub fn leave(engine: &Engine, org: Option<OrgId>, service: Service) -> Result<()> {
    let Some(wait) = wait(engine, org, service) else { return Ok(()) };
    Err(Error::Provider {
        service: service.as_str(),
        again: Again::Postponed(wait),
        code: closed(engine, org, service).unwrap_or("panic").into(),
        detail: "not asked: it waits until the service is back".into(),
    })
}

/// Whether a service may be used for an organization now.
pub fn is_open(engine: &Engine, org: Option<OrgId>, service: Service) -> bool {
    closed(engine, org, service).is_none()
}

/// How long to wait before it is asked again whether a service may be used; None where it may now.
pub fn wait(engine: &Engine, org: Option<OrgId>, service: Service) -> Option<Duration> {
    let code = closed(engine, org, service)?;
    counter!("campo_service_refused_total", "service" => service.as_str(), "why" => code).increment(1);
    Some(pause(engine, service))
}

/// A place among those who wait for a service: they come back one after the other, ten a second and node.
pub fn pause(engine: &Engine, service: Service) -> Duration {
    engine.services.0.drain.wait(service)
}

/// Why a service may not be used.
fn closed(engine: &Engine, org: Option<OrgId>, service: Service) -> Option<&'static str> {
    if capability_of(service).is_some_and(|c| !allows(engine, org, c)) {
        return Some("switched_off");
    }
    (engine.services.board().mode(org, service) == Mode::Panic).then_some("panic")
}

/// What stands for a service among the capabilities.
pub fn capability_of(service: Service) -> Option<Capability> {
    match service {
        Service::WhatsApp => Some(Capability::WhatsApp),
        Service::OpenAi => Some(Capability::WhatsAppVoiceAi),
        Service::WebPush => Some(Capability::PushNotifications),
        _ => None,
    }
}

/// Refuses what a switched-off part of the business would do.
///
/// # Errors
/// `CAPABILITY_001`, with what happens instead.
pub fn require(engine: &Engine, org: OrgId, capability: Capability) -> Result<()> {
    if allows(engine, Some(org), capability) {
        return Ok(());
    }
    use crate::tracking::window::Language::{En, Es};
    let detail = format!("{} ({})", capability.fallback(Es), capability.fallback(En));
    Err(Error::Conflict { code: "CAPABILITY_001", detail, current: None })
}

/// Counts how something went. `org` is whose it was: none for the installation itself.
///
/// Cheap; written to SQL in batches, so that all nodes judge by what all of them saw. A crash loses two seconds of it.
pub fn observe(engine: &Engine, org: Option<OrgId>, signal: Signal, is_good: bool) {
    engine.services.0.counts.add(org, signal, is_good);
}

/// Reads the operator's list of switched-off capabilities, as `whatsapp,whatsapp_voice_ai`.
///
/// # Errors
/// Names the first one that does not exist.
pub fn disabled(list: &str) -> Result<BTreeSet<Capability>, String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::parse).collect()
}
