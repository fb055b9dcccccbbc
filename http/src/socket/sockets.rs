//! Which sockets are open in this process, and how they are ended from outside.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::prelude::*;
use campo_engine::audit::looks;
use campo_engine::auth::session;
use campo_engine::engine::Engine;
use campo_engine::ids::{LoginId, OrgId, UserId};
use campo_engine::live::Told;
use metrics::{counter, gauge};
use rustc_hash::FxHashMap;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tracing::{info, warn};
use uuid::Uuid;

/// How often nodes look for login sessions that ended elsewhere; the promise is 5 s.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often open maps are noted in the audit log; it writes once an hour and person.
const NOTE_EVERY: Duration = Duration::from_secs(60);
/// A socket that was told to end and is still there is cut.
const PATIENCE: Duration = Duration::from_secs(2);
/// A planned close is spread over this, so that phones do not come back all at once.
const SPREAD: Duration = Duration::from_secs(2);

/// Why a socket must end.
#[derive(Message, Debug, Clone, Copy)]
#[rtype(result = "()")]
pub enum Ended {
    /// Its login session ended (4401).
    Login,
    /// Another socket of the same device took over (4409).
    Replaced,
    /// The server stops (`bye`, 1012).
    Shutdown {
        /// Come back after so many milliseconds.
        retry_after_ms: u64,
    },
}

/// A frame for this socket's person alone.
#[derive(Message, Debug, Clone)]
#[rtype(result = "()")]
pub struct Notified(pub Arc<str>);

/// Who is at a socket, and whether they want to hear what is for them alone.
pub struct Listener {
    /// In which organization.
    pub org: OrgId,
    /// Who.
    pub user: UserId,
    /// Where such frames go.
    pub notified: Option<Recipient<Notified>>,
}

/// A phone's device: a second socket of it closes the first.
type Device = (OrgId, UserId, Uuid);

struct Entry {
    login: LoginId,
    device: Option<Device>,
    listener: Listener,
    told: Recipient<Ended>,
    cut: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Open {
    entries: FxHashMap<u64, Entry>,
    devices: FxHashMap<Device, u64>,
}

/// The open sockets of this process. Cheap to clone.
#[derive(Clone)]
pub struct Sockets {
    open: Arc<Mutex<Open>>,
    closing: watch::Sender<bool>,
}

impl Default for Sockets {
    fn default() -> Self {
        Self { open: Arc::default(), closing: watch::Sender::new(false) }
    }
}

impl Sockets {
    /// A phone was greeted; an earlier socket of the same device is ended.
    pub fn joined_phone(
        &self,
        id: u64,
        login: LoginId,
        (listener, device): (Listener, Uuid),
        told: Recipient<Ended>,
        cut: Arc<dyn Fn() + Send + Sync>,
    ) {
        let device = (listener.org, listener.user, device);
        let replaced = self.with(|open| {
            open.entries.insert(id, Entry { login, device: Some(device), listener, told, cut });
            open.devices.insert(device, id)
        });
        if let Some(old) = replaced.flatten().filter(|old| *old != id) {
            self.end(old, Ended::Replaced);
        }
    }

    /// A viewer was greeted.
    pub fn joined_viewer(
        &self,
        id: u64,
        login: LoginId,
        listener: Listener,
        told: Recipient<Ended>,
        cut: Arc<dyn Fn() + Send + Sync>,
    ) {
        self.with(|open| open.entries.insert(id, Entry { login, device: None, listener, told, cut }));
    }

    /// A socket is gone.
    pub fn left(&self, id: u64) {
        self.with(|open| {
            if let Some(Entry { device: Some(device), .. }) = open.entries.remove(&id)
                && open.devices.get(&device) == Some(&id)
            {
                open.devices.remove(&device);
            }
        });
    }

    /// Whether the server stops.
    pub fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Turns true when the server stops.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Open sockets.
    pub fn len(&self) -> usize {
        self.with(|open| open.entries.len()).unwrap_or(0)
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who has the live map open, in which organization.
    pub fn viewers(&self) -> Vec<(OrgId, UserId)> {
        let who = |open: &mut Open| {
            let maps = open.entries.values().filter(|e| e.device.is_none());
            maps.map(|e| (e.listener.org, e.listener.user)).collect()
        };
        self.with(who).unwrap_or_default()
    }

    /// Notes each minute who has the live map open: an hour that begins is another look.
    pub async fn note_looks(self, engine: Engine) {
        let mut minute = tokio::time::interval(NOTE_EVERY);
        minute.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut closing = self.closing();
        loop {
            tokio::select! {
                _ = closing.changed() => return,
                _ = minute.tick() => looks::go_on(&engine, self.viewers()).await,
            }
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Open) -> T) -> Option<T> {
        let mut open = self.open.lock().ok()?;
        let result = f(&mut open);
        gauge!("campo_sockets").set(open.entries.len() as f64);
        Some(result)
    }

    /// Tells a socket to end; one that is not polled any more is cut after a while.
    fn end(&self, id: u64, why: Ended) {
        let Some(Some((told, cut))) =
            self.with(|open| open.entries.get(&id).map(|e| (e.told.clone(), e.cut.clone())))
        else {
            return;
        };
        // Full or closed: the cut does it.
        let _ = told.try_send(why);
        let sockets = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            let is_there = sockets.with(|open| open.entries.contains_key(&id));
            if is_there == Some(true) {
                cut();
            }
        });
    }

    fn of_login(&self, login: LoginId) -> Vec<u64> {
        self.with(|open| open.entries.iter().filter(|(_, e)| e.login == login).map(|(id, _)| *id).collect())
            .unwrap_or_default()
    }

    fn logins(&self) -> Vec<LoginId> {
        let mut logins: Vec<_> =
            self.with(|open| open.entries.values().map(|e| e.login).collect()).unwrap_or_default();
        logins.sort_unstable();
        logins.dedup();
        logins
    }

    fn end_login(&self, login: LoginId) {
        for id in self.of_login(login) {
            self.end(id, Ended::Login);
        }
    }

    /// Ends the sockets of login sessions that ended: at once when it happened here, within seconds elsewhere.
    pub async fn watch_logins(self, engine: Engine) {
        let mut ended = engine.sessions_ended.subscribe();
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                login = ended.recv() => match login {
                    Ok(login) => self.end_login(login),
                    Err(RecvError::Lagged(_)) => look.reset_immediately(),
                    Err(RecvError::Closed) => return,
                },
                _ = look.tick() => match session::ended(&engine, &self.logins()).await {
                    Ok(logins) => logins.into_iter().for_each(|login| self.end_login(login)),
                    Err(e) => warn!(error = %e, "ended sessions could not be read; tried again in 2 s"),
                },
            }
        }
    }

    /// Passes on what is for single people. A full mailbox loses a frame: their inbox holds it.
    pub async fn pass_on(self, engine: Engine) {
        let mut told = engine.db.live().told();
        loop {
            match told.recv().await {
                Ok(Told { org, user, frame }) => {
                    for listener in self.listeners(org, user) {
                        if listener.try_send(Notified(frame.clone())).is_err() {
                            counter!("campo_notices_dropped_total").increment(1);
                        }
                    }
                }
                Err(RecvError::Lagged(n)) => counter!("campo_notices_dropped_total").increment(n),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn listeners(&self, org: OrgId, user: UserId) -> Vec<Recipient<Notified>> {
        self.with(|open| {
            let all = open.entries.values().map(|e| &e.listener);
            all.filter(|l| l.org == org && l.user == user).filter_map(|l| l.notified.clone()).collect()
        })
        .unwrap_or_default()
    }

    /// Says `bye` to everyone, spread over seconds, and waits until they are gone or `limit` is over.
    pub async fn shut(&self, limit: Duration) {
        self.closing.send_replace(true);
        let ids: Vec<u64> = self.with(|open| open.entries.keys().copied().collect()).unwrap_or_default();
        if ids.is_empty() {
            return;
        }
        info!(sockets = ids.len(), "saying bye");
        let (n, begun) = (ids.len() as u64, tokio::time::Instant::now());
        let spread = SPREAD.min(Duration::from_millis(n * 2));
        for (i, id) in (0u64..).zip(ids) {
            tokio::time::sleep_until(begun + spread.mul_f64(i as f64 / n as f64)).await;
            // Coming back is spread as well: half a second to three.
            self.end(id, Ended::Shutdown { retry_after_ms: 500 + 2_500 * i / n.max(1) });
        }
        while !self.is_empty() && begun.elapsed() < limit {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
