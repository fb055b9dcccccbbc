//! The engine as one value: what every request, socket and task needs.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, broadcast};

use crate::audit::looks::Looks;
use crate::audit::place::Place;
use crate::auth::keys::Keys;
use crate::auth::session::LoginCache;
use crate::db::Db;
use crate::directions::Directions;
use crate::estimates::Estimates;
use crate::files::Files;
use crate::ids::LoginId;
use crate::ledger::Ledger;
use crate::maps::Maps;
use crate::message::DemoInbox;
use crate::notifications::outbound::Places;
use crate::notifications::templates::Templates;
use crate::providers::Calls;
use crate::services::{Capability, Services};
use crate::settings::Settings;
use crate::tracking::store::Store;
use crate::vault::Vault;
use crate::webhooks::door::Door;
use crate::whatsapp::door::Door as Intake;

/// Ended login sessions that a slow listener may have waiting; a lagging one looks into the table instead.
const ENDED_WAITING: usize = 1024;

/// What every request, socket and task needs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// The only door to SQL.
    pub db: Db,
    /// The one writer of positions.
    pub store: Store,
    /// The one writer of webhooks that come in.
    pub intake: Intake,
    /// The installation's keys.
    pub keys: Keys,
    /// Seals secrets and opens them.
    pub vault: Vault,
    /// The map that serves now, if there is one.
    pub maps: Maps,
    /// What is known of travel times now.
    pub estimates: Estimates,
    /// Which login sessions were alive a moment ago.
    pub logins: LoginCache,
    /// Tells at once, in this process, that a login session ended: its sockets close.
    pub sessions_ended: broadcast::Sender<LoginId>,
    /// What the operator decided about things outside.
    pub settings: Arc<Settings>,
    /// The way to every provider.
    pub calls: Calls,
    /// Where files lie.
    pub files: Files,
    /// The words of messages.
    pub templates: Arc<Templates>,
    /// Messages that may leave in this second.
    pub(crate) places: Places,
    /// What was asked of companies that know ways.
    pub directions: Directions,
    /// Which services run and what is switched off.
    pub services: Services,
    /// The way to customers' own systems.
    pub door: Door,
    /// Where the ends of audit chains are anchored.
    pub anchors: Arc<Place>,
    /// Who looked at whose positions in this hour.
    pub looks: Looks,
    /// Where messages go in a demonstration.
    pub inbox: Option<DemoInbox>,
    /// Wakes the worker when a task was written in this process.
    pub task_written: Arc<Notify>,
    /// Kinds and states of tasks that /metrics shows already.
    pub(crate) depths: Arc<Mutex<BTreeSet<(String, String)>>>,
}

impl Engine {
    /// Puts the parts together; the writer of positions begins on a thread of its own.
    ///
    /// # Errors
    /// When the operating system gives no thread, or the settings name certificates or templates that cannot be read.
    pub fn new(db: Db, keys: Keys, settings: Settings) -> std::io::Result<Self> {
        let calls = Calls::new(settings.extra_ca.as_deref()).map_err(std::io::Error::other)?;
        let templates =
            Templates::load(settings.whatsapp.templates.as_deref()).map_err(std::io::Error::other)?;
        let templates = Arc::new(templates);
        let (store, task_written) = (Store::start(db.clone())?, db.task_written().clone());
        let public_url = settings.public_url.as_deref().unwrap_or_default();
        let files =
            Files::new(&settings.files, calls.clone(), &keys, public_url).map_err(std::io::Error::other)?;
        let door = Door::new(settings.extra_ca.as_deref(), settings.webhooks.allow_private)
            .map_err(std::io::Error::other)?;
        let vault = Vault::new(&keys, &settings.vault).map_err(std::io::Error::other)?;
        let intake = Intake::start(db.clone(), task_written.clone())?;
        let anchors = Place::new(&settings.audit.anchors, calls.clone()).map_err(std::io::Error::other)?;
        let anchors = Arc::new(anchors);
        let (sessions_ended, _) = broadcast::channel(ENDED_WAITING);
        let services = Services::default();
        let keeps_work = services.keeps(Capability::AuditLogging, &settings);
        db.keep_ledger(Ledger::new(&keys, settings.audit.key, keeps_work));
        Ok(Self {
            db,
            store,
            intake,
            keys,
            vault,
            maps: Maps::default(),
            estimates: Estimates::default(),
            logins: LoginCache::default(),
            sessions_ended,
            settings: Arc::new(settings),
            calls,
            files,
            templates,
            places: Places::default(),
            directions: Directions::default(),
            services,
            door,
            anchors,
            looks: Looks::default(),
            inbox: None,
            task_written,
            depths: Arc::default(),
        })
    }
}
