//! The engine as one value: what every request, socket and task needs.

use std::sync::Arc;

use tokio::sync::{Notify, broadcast};

use crate::auth::keys::Keys;
use crate::auth::session::LoginCache;
use crate::db::Db;
use crate::ids::LoginId;
use crate::message::DemoInbox;

/// Ended login sessions that a slow listener may have waiting; a lagging one looks into the table instead.
const ENDED_WAITING: usize = 1024;

/// What every request, socket and task needs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// The only door to SQL.
    pub db: Db,
    /// The installation's keys.
    pub keys: Keys,
    /// Which login sessions were alive a moment ago.
    pub logins: LoginCache,
    /// Tells at once, in this process, that a login session ended: its sockets close.
    pub sessions_ended: broadcast::Sender<LoginId>,
    /// Where messages go in a demonstration.
    pub inbox: Option<DemoInbox>,
    /// Wakes the worker when a task was written in this process.
    pub task_written: Arc<Notify>,
}

impl Engine {
    /// Puts the parts together.
    pub fn new(db: Db, keys: Keys) -> Self {
        let (sessions_ended, _) = broadcast::channel(ENDED_WAITING);
        Self {
            db,
            keys,
            logins: LoginCache::default(),
            sessions_ended,
            inbox: None,
            task_written: Arc::new(Notify::new()),
        }
    }
}
