//! Who is alive in this process. All can be rebuilt from SQL, so a closed address is replaced by a fresh actor.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use actix::{Actor, Addr, ArbiterHandle};
use campo_engine::engine::Engine;
use campo_engine::ids::{JobId, OrgId, SessionId, UserId};
use campo_engine::jobs::Links;
use metrics::{counter, gauge};
use rustc_hash::FxHashMap;

use crate::organization::OrganizationActor;
use crate::technician::TechnicianActor;
use crate::tracking::TrackingActor;

/// The actors of this process. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    engine: Engine,
    links: Links,
    arbiters: Vec<ArbiterHandle>,
    next_socket: AtomicU64,
    organizations: Mutex<FxHashMap<OrgId, Addr<OrganizationActor>>>,
    technicians: Mutex<FxHashMap<(OrgId, UserId), Addr<TechnicianActor>>>,
    trackings: Mutex<FxHashMap<SessionId, (JobId, Addr<TrackingActor>)>>,
}

impl Registry {
    /// A registry whose actors live on these arbiters: an organization and its technicians share one.
    pub fn new(engine: Engine, links: Links, arbiters: Vec<ArbiterHandle>) -> Self {
        Self(Arc::new(Inner {
            engine,
            links,
            arbiters,
            next_socket: AtomicU64::new(1),
            organizations: Mutex::default(),
            technicians: Mutex::default(),
            trackings: Mutex::default(),
        }))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Makes customers' links.
    pub fn links(&self) -> &Links {
        &self.0.links
    }

    /// A number for a new socket, unique in the process.
    pub fn socket_id(&self) -> u64 {
        self.0.next_socket.fetch_add(1, Ordering::Relaxed)
    }

    /// The organization's actor; started when there is none, or when the last one broke.
    pub fn organization(&self, org: OrgId) -> Option<Addr<OrganizationActor>> {
        let arbiter = self.arbiter(org)?;
        alive(&self.0.organizations, org, "organization", || {
            let registry = self.clone();
            OrganizationActor::start_in_arbiter(&arbiter, move |_| OrganizationActor::new(registry, org))
        })
    }

    /// The organization's actor where one is alive.
    pub fn organization_alive(&self, org: OrgId) -> Option<Addr<OrganizationActor>> {
        self.0.organizations.lock().ok()?.get(&org).filter(|a| a.connected()).cloned()
    }

    /// The technician's actor; started when there is none, or when the last one broke.
    pub fn technician(&self, org: OrgId, user: UserId) -> Option<Addr<TechnicianActor>> {
        let arbiter = self.arbiter(org)?;
        let organization = self.organization(org)?;
        alive(&self.0.technicians, (org, user), "technician", || {
            let registry = self.clone();
            TechnicianActor::start_in_arbiter(&arbiter, move |_| {
                TechnicianActor::new(registry, org, user, organization)
            })
        })
    }

    /// The actor of a tracking session; started when there is none.
    pub fn tracking(&self, org: OrgId, session: SessionId, job: JobId) -> Option<Addr<TrackingActor>> {
        let arbiter = self.arbiter(org)?;
        let mut trackings = self.0.trackings.lock().ok()?;
        if let Some((_, addr)) = trackings.get(&session).filter(|(_, a)| a.connected()) {
            return Some(addr.clone());
        }
        let registry = self.clone();
        let addr =
            TrackingActor::start_in_arbiter(&arbiter, move |_| TrackingActor::new(registry, org, session));
        trackings.insert(session, (job, addr.clone()));
        gauge!("campo_actors", "kind" => "tracking").set(trackings.len() as f64);
        Some(addr)
    }

    /// The actor of a tracking session where somebody watches it.
    pub fn tracking_alive(&self, session: SessionId) -> Option<Addr<TrackingActor>> {
        self.0.trackings.lock().ok()?.get(&session).map(|(_, a)| a.clone()).filter(Addr::connected)
    }

    /// The actors of all watched sessions of a job.
    pub fn trackings_of(&self, job: JobId) -> Vec<Addr<TrackingActor>> {
        let Ok(trackings) = self.0.trackings.lock() else { return Vec::new() };
        trackings.values().filter(|(j, a)| *j == job && a.connected()).map(|(_, a)| a.clone()).collect()
    }

    /// Forgets an actor that stopped by itself.
    pub fn forget_organization(&self, org: OrgId) {
        forget(&self.0.organizations, &org, "organization");
    }

    /// Forgets an actor that stopped by itself.
    pub fn forget_technician(&self, org: OrgId, user: UserId) {
        forget(&self.0.technicians, &(org, user), "technician");
    }

    /// Forgets an actor that stopped by itself.
    pub fn forget_tracking(&self, session: SessionId) {
        forget(&self.0.trackings, &session, "tracking");
    }

    /// Organizations that are alive here.
    pub fn organizations_alive(&self) -> Vec<Addr<OrganizationActor>> {
        let Ok(organizations) = self.0.organizations.lock() else { return Vec::new() };
        organizations.values().filter(|a| a.connected()).cloned().collect()
    }

    /// An organization and its technicians live on one arbiter.
    fn arbiter(&self, org: OrgId) -> Option<ArbiterHandle> {
        let n = self.0.arbiters.len().max(1) as u128;
        self.0.arbiters.get((org.0.as_u128() % n) as usize).cloned()
    }
}

/// The address in the map, or a fresh one where there is none or the actor is gone (it panicked: actix ends it
/// for good, supervisor or not).
fn alive<K: std::hash::Hash + Eq + Copy, A: Actor<Context = actix::Context<A>>>(
    map: &Mutex<FxHashMap<K, Addr<A>>>,
    key: K,
    kind: &'static str,
    start: impl FnOnce() -> Addr<A>,
) -> Option<Addr<A>> {
    let mut map = map.lock().ok()?;
    match map.get(&key) {
        Some(addr) if addr.connected() => return Some(addr.clone()),
        Some(_) => counter!("campo_actor_restarts_total", "kind" => kind).increment(1),
        None => {}
    }
    let addr = start();
    map.insert(key, addr.clone());
    gauge!("campo_actors", "kind" => kind).set(map.len() as f64);
    Some(addr)
}

/// An actor that stops by itself is taken out; one that was replaced meanwhile stays.
fn forget<K: std::hash::Hash + Eq, V>(map: &Mutex<FxHashMap<K, V>>, key: &K, kind: &'static str) {
    let Ok(mut map) = map.lock() else { return };
    map.remove(key);
    gauge!("campo_actors", "kind" => kind).set(map.len() as f64);
}
