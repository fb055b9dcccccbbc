//! One viewer: its credit, what it has had, and what it must be sent.

use bytes::Bytes;
use campo_geo::Bounds;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::Technician;
use crate::ids::UserId;
use crate::tracking::frames::{self, Format};
use crate::tracking::technician::Marker;

/// Positions go out at most this often to one viewer.
pub const TICK_MS: i64 = 50;
/// A viewer that has not answered a Ping for so long is ended.
pub const PONG_LIMIT_MS: i64 = 20_000;
/// Bytes of events in flight to one viewer.
pub const EVENT_LIMIT: usize = 256 * 1024;
/// A quiet viewer is pinged this often.
pub const IDLE_PING_MS: i64 = 20_000;

/// A viewer's socket within the process.
pub type ViewerId = u64;

/// What a viewer must be sent, or that it must be ended.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// A frame, followed by a Ping with this counter where one is given.
    Send {
        /// To whom.
        viewer: ViewerId,
        /// What; nothing for a bare Ping.
        frame: Option<Frame>,
        /// The counter of the Ping that follows.
        ping: Option<u32>,
    },
    /// End it from outside: it does not read.
    End {
        /// Whom.
        viewer: ViewerId,
        /// Why, for the metric.
        why: &'static str,
    },
}

/// Bytes shared by all viewers that get them.
#[derive(Debug, Clone)]
pub enum Frame {
    /// JSON.
    Text(Bytes),
    /// The packed form.
    Binary(Bytes),
}

impl Frame {
    /// Its length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(b) | Self::Binary(b) => b.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[derive(Debug)]
pub(super) struct Viewer {
    pub(super) format: Format,
    pub(super) bounds: Option<Bounds>,
    /// Those inside the bounds, so that who leaves gets one last row.
    pub(super) inside: FxHashSet<UserId>,
    /// The generation up to which positions were sent.
    pub(super) since: u64,
    /// The last event sent.
    pub(super) cursor: i64,
    /// A `view` waits for its answer.
    pub(super) owes_answer: bool,
    pub(super) counter: u32,
    pub(super) in_flight: Option<(u32, i64)>,
    pub(super) event_bytes: usize,
    pub(super) last_sent_ms: i64,
    pub(super) last_positions_ms: i64,
    /// The generation up to which expectations were sent; `None` where they are not wanted.
    pub(super) motion_since: Option<u64>,
}

/// How a viewer starts.
#[derive(Debug)]
pub enum Start {
    /// With everything: jobs as JSON, read when the events stood at `cursor`.
    Snapshot {
        /// Events up to this one are contained.
        cursor: i64,
        /// The jobs, a JSON array.
        jobs: String,
    },
    /// With the events after `cursor`, oldest first.
    Missed {
        /// The last event it has.
        cursor: i64,
        /// Number and body.
        events: Vec<(i64, Value)>,
    },
}

/// `None` when there is no row.
pub(super) fn pack(
    rows: impl Iterator<Item = (UserId, Marker)>,
    is_binary: bool,
    now_ms: i64,
) -> Option<Bytes> {
    let mut rows = rows.peekable();
    rows.peek()?;
    Some(if is_binary {
        frames::binary_positions(rows, now_ms)
    } else {
        frames::json_positions(rows, now_ms)
    })
}

impl Viewer {
    /// Takes the credit: a Ping goes out with this frame, unless one is out already.
    pub(super) fn charge(&mut self, now_ms: i64) -> Option<u32> {
        self.last_sent_ms = now_ms;
        if self.in_flight.is_some() {
            return None;
        }
        self.counter = self.counter.wrapping_add(1);
        self.in_flight = Some((self.counter, now_ms));
        Some(self.counter)
    }

    pub(super) fn send_event(
        &mut self,
        id: ViewerId,
        seq: i64,
        frame: Bytes,
        now_ms: i64,
        out: &mut Vec<Delivery>,
    ) {
        self.cursor = seq;
        self.event_bytes += frame.len();
        if self.event_bytes > EVENT_LIMIT {
            out.push(Delivery::End { viewer: id, why: "events" });
            return;
        }
        let ping = self.charge(now_ms);
        out.push(Delivery::Send { viewer: id, frame: Some(Frame::Text(frame)), ping });
    }

    /// What is expected of whom since the last time, as frames.
    pub(super) fn motions(
        &mut self,
        technicians: &FxHashMap<UserId, Technician>,
        generation: u64,
    ) -> Vec<Bytes> {
        let Some(since) = self.motion_since.replace(generation) else {
            self.motion_since = None;
            return Vec::new();
        };
        let told = technicians.values().filter_map(|t| t.motion.as_ref());
        told.filter(|(told, _)| *told > since).map(|(_, frame)| frame.clone()).collect()
    }

    /// Moved since the last frame and inside the bounds, or just left them.
    pub(super) fn rows_in_bounds(
        &mut self,
        technicians: &FxHashMap<UserId, Technician>,
    ) -> Vec<(UserId, Marker)> {
        let Some(bounds) = self.bounds else { return Vec::new() };
        let mut rows = Vec::new();
        for (user, technician) in technicians.iter().filter(|(_, t)| t.moved > self.since) {
            let Some(marker) = technician.marker else { continue };
            let is_inside = bounds.contains(marker.coord);
            let was_inside = if is_inside { !self.inside.insert(*user) } else { self.inside.remove(user) };
            if is_inside || was_inside {
                rows.push((*user, marker));
            }
        }
        rows
    }
}
