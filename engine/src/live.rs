//! Fan-out of committed events to the actors of this process.
//!
//! A publish never waits: when the channel is full the event is dropped here, and the receiver finds
//! the gap in `seq` and fills it from the `event` table.

use metrics::counter;
use tokio::sync::mpsc;

use crate::event::Committed;

/// Events in flight between commit and the actors; at 1,400 commits a second, three seconds of patience.
const CAPACITY: usize = 4096;

/// The sending end: cheap to clone.
#[derive(Clone)]
pub struct Live {
    events: mpsc::Sender<Committed>,
}

impl Live {
    /// A channel: the engine publishes, http joins the receiving end to the actors.
    pub fn channel() -> (Self, mpsc::Receiver<Committed>) {
        let (events, receiver) = mpsc::channel(CAPACITY);
        (Self { events }, receiver)
    }

    /// Tells the actors. A full channel costs a look into the `event` table later, never an event.
    pub fn publish(&self, event: Committed) {
        if self.events.try_send(event).is_err() {
            counter!("campo_live_dropped_total").increment(1);
        }
    }
}
