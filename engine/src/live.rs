//! Fan-out of committed events to the actors of this process.
//!
//! A publish never waits: when the channel is full the event is dropped here, and the receiver finds
//! the gap in `seq` and fills it from the `event` table.

use std::sync::Arc;

use metrics::counter;
use tokio::sync::{broadcast, mpsc};

use crate::event::Committed;
use crate::ids::{OrgId, UserId};

/// Events in flight between commit and the actors; at 1,400 commits a second, three seconds of patience.
const CAPACITY: usize = 4096;
/// Frames to single people in flight; what a lagging listener misses stands in their inbox.
const TOLD: usize = 1024;

/// A frame for the open sockets of one person.
#[derive(Debug, Clone)]
pub struct Told {
    /// In which organization.
    pub org: OrgId,
    /// Who.
    pub user: UserId,
    /// As it goes over the wire.
    pub frame: Arc<str>,
}

/// The sending end: cheap to clone.
#[derive(Clone)]
pub struct Live {
    events: mpsc::Sender<Committed>,
    told: broadcast::Sender<Told>,
}

impl Live {
    /// A channel: the engine publishes, http joins the receiving end to the actors.
    pub fn channel() -> (Self, mpsc::Receiver<Committed>) {
        let (events, receiver) = mpsc::channel(CAPACITY);
        (Self { events, told: broadcast::Sender::new(TOLD) }, receiver)
    }

    /// Tells one person's sockets. Without any it is lost: what matters stands in SQL.
    pub fn tell(&self, told: Told) {
        let _ = self.told.send(told);
    }

    /// Hears what single people are told from now on.
    pub fn told(&self) -> broadcast::Receiver<Told> {
        self.told.subscribe()
    }

    /// Tells the actors. A full channel costs a look into the `event` table later, never an event.
    pub fn publish(&self, event: Committed) {
        if self.events.try_send(event).is_err() {
            counter!("campo_live_dropped_total").increment(1);
        }
    }
}
