//! Viewers of a fleet: who joins and leaves, what each may have in flight, and the frames of positions.

use bytes::Bytes;
use campo_geo::Bounds;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Fleet;
use super::viewer::{Delivery, Frame, IDLE_PING_MS, PONG_LIMIT_MS, Start, TICK_MS, Viewer, ViewerId, pack};
use crate::tracking::frames::{self, Format};

impl Fleet {
    /// A viewer joins: with a snapshot (its jobs read at `cursor`) or with the events it missed.
    pub fn join(&mut self, id: ViewerId, format: Format, start: Start, now_ms: i64) -> Vec<Delivery> {
        let mut out = Vec::new();
        let mut viewer = Viewer {
            format,
            bounds: None,
            inside: FxHashSet::default(),
            since: 0,
            cursor: 0,
            owes_answer: false,
            counter: 0,
            in_flight: None,
            event_bytes: 0,
            last_sent_ms: now_ms,
            last_positions_ms: 0,
            motion_since: None,
        };
        match start {
            Start::Snapshot { cursor, jobs } => {
                viewer.cursor = cursor;
                let frame = frames::snapshot(cursor, &self.views(now_ms), &jobs);
                let ping = viewer.charge(now_ms);
                out.push(Delivery::Send { viewer: id, frame: Some(Frame::Text(frame)), ping });
            }
            Start::Missed { cursor, events } => {
                viewer.cursor = cursor;
                for (seq, body) in &events {
                    let frame = self.event_frame(*seq, body, now_ms);
                    viewer.send_event(id, *seq, frame, now_ms, &mut out);
                    // What was missed may be long: only what comes on top of it counts against the viewer.
                    viewer.event_bytes = 0;
                }
            }
        }
        let first_known = self.recent.front().map_or(self.seq + 1, |(seq, _)| *seq);
        if viewer.cursor < self.seq && viewer.cursor + 1 < first_known {
            out.push(Delivery::End { viewer: id, why: "gap" });
            return out;
        }
        for (seq, frame) in &self.recent {
            if *seq > viewer.cursor {
                viewer.send_event(id, *seq, frame.clone(), now_ms, &mut out);
            }
        }
        self.viewers.insert(id, viewer);
        out
    }

    /// A viewer wants to know what is expected between positions: it hears all of it with its next positions.
    pub fn tell_motion(&mut self, id: ViewerId) {
        if let Some(viewer) = self.viewers.get_mut(&id) {
            viewer.motion_since = Some(0);
        }
    }

    /// A viewer is gone.
    pub fn leave(&mut self, id: ViewerId) {
        self.viewers.remove(&id);
    }

    /// A viewer looks at other bounds (`None`: all). Answered by one frame of positions, even an empty one.
    pub fn on_view(&mut self, id: ViewerId, bounds: Option<Bounds>, now_ms: i64) -> Vec<Delivery> {
        if let Some(viewer) = self.viewers.get_mut(&id) {
            viewer.bounds = bounds;
            viewer.inside.clear();
            viewer.since = 0;
            viewer.owes_answer = true;
            viewer.last_positions_ms = 0;
        }
        self.positions_for(&[id], now_ms)
    }

    /// A Pong came back: the viewer has read everything up to its Ping.
    pub fn on_pong(&mut self, id: ViewerId, counter: u32, now_ms: i64) -> Vec<Delivery> {
        let Some(viewer) = self.viewers.get_mut(&id) else { return Vec::new() };
        if viewer.in_flight.is_none_or(|(expected, _)| expected != counter) {
            return Vec::new();
        }
        viewer.in_flight = None;
        viewer.event_bytes = 0;
        self.positions_for(&[id], now_ms)
    }

    /// Sends positions to every viewer that has credit and something to hear; ends those that do not answer.
    pub fn on_tick(&mut self, now_ms: i64) -> Vec<Delivery> {
        let ids: Vec<ViewerId> = self.viewers.keys().copied().collect();
        let mut out = self.positions_for(&ids, now_ms);
        for (id, viewer) in &mut self.viewers {
            match viewer.in_flight {
                Some((_, sent)) if now_ms - sent > PONG_LIMIT_MS => {
                    out.push(Delivery::End { viewer: *id, why: "no pong" });
                }
                None if now_ms - viewer.last_sent_ms > IDLE_PING_MS => {
                    let ping = viewer.charge(now_ms);
                    out.push(Delivery::Send { viewer: *id, frame: None, ping });
                }
                _ => {}
            }
        }
        self.drop_ended(&out);
        out
    }

    /// Whether a viewer with credit waits for the next tick.
    pub fn wants_tick(&self) -> bool {
        self.viewers.values().any(|v| v.in_flight.is_none() && v.since < self.generation)
    }

    pub(super) fn drop_ended(&mut self, out: &[Delivery]) {
        for delivery in out {
            if let Delivery::End { viewer, .. } = delivery {
                self.viewers.remove(viewer);
            }
        }
    }

    /// One frame of positions for each of these viewers that may have one now. Equal frames share their bytes.
    pub(super) fn positions_for(&mut self, ids: &[ViewerId], now_ms: i64) -> Vec<Delivery> {
        let mut out = Vec::new();
        let mut shared: FxHashMap<(u64, bool), Option<Bytes>> = FxHashMap::default();
        let generation = self.generation;
        for id in ids {
            let Some(viewer) = self.viewers.get_mut(id) else { continue };
            if viewer.in_flight.is_some() && viewer.since < generation {
                self.skipped += 1;
            }
            let is_due = viewer.in_flight.is_none()
                && (viewer.owes_answer
                    || (viewer.since < generation && now_ms - viewer.last_positions_ms >= TICK_MS));
            if !is_due {
                continue;
            }
            let is_binary = viewer.format == Format::Binary;
            let bytes = if viewer.bounds.is_none() {
                let since = viewer.since;
                shared
                    .entry((since, is_binary))
                    .or_insert_with(|| {
                        let rows = self.technicians.iter().filter(|(_, t)| t.moved > since);
                        pack(rows.filter_map(|(u, t)| Some((*u, t.marker?))), is_binary, now_ms)
                    })
                    .clone()
            } else {
                let rows = viewer.rows_in_bounds(&self.technicians);
                pack(rows.into_iter(), is_binary, now_ms)
            };
            viewer.since = generation;
            let motions = viewer.motions(&self.technicians, generation);
            let bytes = match bytes {
                Some(bytes) => Some(bytes),
                None if viewer.owes_answer => Some(frames::empty_positions(is_binary, now_ms)),
                None => None,
            };
            if bytes.is_none() && motions.is_empty() {
                continue;
            }
            viewer.owes_answer = false;
            viewer.last_positions_ms = now_ms;
            // The Ping follows the last of them, so that its Pong says that all were read.
            let last = motions.len().saturating_sub(1);
            for (i, frame) in motions.into_iter().enumerate() {
                let ping = if bytes.is_none() && i == last { viewer.charge(now_ms) } else { None };
                out.push(Delivery::Send { viewer: *id, frame: Some(Frame::Text(frame)), ping });
            }
            let Some(bytes) = bytes else { continue };
            let frame = if is_binary { Frame::Binary(bytes) } else { Frame::Text(bytes) };
            let ping = viewer.charge(now_ms);
            out.push(Delivery::Send { viewer: *id, frame: Some(frame), ping });
        }
        out
    }
}
