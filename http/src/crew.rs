//! The actors' threads, and how committed events reach the actors.

use std::time::Duration;

use actix::Arbiter;
use campo_actors::organization::EventCommitted;
use campo_actors::registry::Registry;
use campo_engine::Engine;
use campo_engine::event::Committed;
use campo_engine::jobs::Links;
use metrics::counter;
use tokio::sync::mpsc;

use crate::app::App;

/// How long phones and viewers have to answer a planned close.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long the last points have to be committed.
const LAST_COMMIT: Duration = Duration::from_secs(5);

/// The threads that organizations and their technicians live on.
pub struct Crew {
    arbiters: Vec<Arbiter>,
    /// The actors of this process.
    pub registry: Registry,
}

impl Crew {
    /// Starts a thread for each core. Needs a running actix system.
    pub fn start(engine: Engine, public_url: &str, threads: usize) -> Self {
        let arbiters: Vec<Arbiter> = (0..threads.max(1)).map(|_| Arbiter::new()).collect();
        let links = Links::new(engine.keys.clone(), public_url).with_files(engine.files.links.clone());
        let registry = Registry::new(engine, links, arbiters.iter().map(Arbiter::handle).collect());
        Self { arbiters, registry }
    }

    /// Says bye to sockets and waits for the last points.
    pub async fn farewell(&self, app: &App) {
        app.sockets.shut(FAREWELL).await;
        if !app.engine.store.drained(LAST_COMMIT).await {
            let rows = app.engine.store.waiting();
            tracing::warn!(rows, "the last points could not be committed; phones keep them");
        }
    }

    /// Ends the threads. Last of all: an actor that still held a connection could not give it back.
    pub fn end(self) {
        for arbiter in self.arbiters {
            arbiter.stop();
            // An arbiter that panicked has ended as well.
            let _ = arbiter.join();
        }
    }
}

/// Hands committed events to the organizations that are alive here. What a full mailbox does not take is found by
/// its gap.
pub async fn route_events(registry: Registry, mut events: mpsc::Receiver<Committed>) {
    while let Some(event) = events.recv().await {
        if let Some(organization) = registry.organization_alive(event.org)
            && organization.try_send(EventCommitted(event)).is_err()
        {
            counter!("campo_events_deferred_total").increment(1);
        }
    }
}
