//! An organization's technicians as its viewers see them: newest positions, states, and who must hear what. Pure.
//!
//! Positions are latest-value: a viewer has one frame of them in flight and the newest wins meanwhile; a Pong
//! gives the credit back. Events are never skipped: they go out at once and are counted in bytes since the
//! last Pong. A viewer without a Pong for [`PONG_LIMIT_MS`] or with more than [`EVENT_LIMIT`] is ended.

mod viewer;
mod viewers;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::derive::EtaAt;
use super::frames::{self, EtaView, PositionView, TechnicianStatus, TechnicianView};
use super::motion_path::Motion;
use super::technician::Marker;
use crate::ids::{JobId, UserId};

use viewer::Viewer;
pub use viewer::{Delivery, EVENT_LIMIT, Frame, IDLE_PING_MS, PONG_LIMIT_MS, Start, TICK_MS, ViewerId};

/// Events kept for viewers that join while the actor moves on.
const RECENT_EVENTS: usize = 512;

/// A job that a technician is under way to or works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnderWay {
    /// Under way to it.
    EnCamino,
    /// At work.
    Working,
}

#[derive(Debug, Clone)]
struct Technician {
    name: Arc<str>,
    on_shift: bool,
    /// Silence is counted from the beginning of the shift at the earliest.
    on_shift_since_ms: Option<i64>,
    /// A pause within the shift, while which they count as off shift.
    paused_since_ms: Option<i64>,
    is_silent: bool,
    jobs: Vec<(JobId, UnderWay)>,
    marker: Option<Marker>,
    eta: Option<EtaAt>,
    battery: Option<f32>,
    last_seen_ms: Option<i64>,
    /// The generation of the fleet in which the marker last moved.
    moved: u64,
    /// What is expected of them, as it was told, and the generation of that.
    motion: Option<(u64, Bytes)>,
}

/// What the actor must see to after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It was the next one.
    Next,
    /// It was known.
    Known,
    /// Events between the last known and this one are missing: read them from the table.
    Gap,
}

/// One organization's technicians and viewers.
#[derive(Debug, Default)]
pub struct Fleet {
    technicians: FxHashMap<UserId, Technician>,
    viewers: FxHashMap<ViewerId, Viewer>,
    generation: u64,
    seq: i64,
    recent: VecDeque<(i64, Bytes)>,
    ping_every_s: i64,
    skipped: u64,
}

impl Fleet {
    /// An empty fleet whose events are known up to `seq`.
    pub fn new(seq: i64, ping_every_s: i64) -> Self {
        Self { seq, ping_every_s, ..Self::default() }
    }

    /// The last event known.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Viewers that are open.
    pub fn viewers(&self) -> usize {
        self.viewers.len()
    }

    /// How often a viewer was passed over because it had not answered, since the last call.
    pub fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    /// Whether this person is known as a technician.
    pub fn knows(&self, user: UserId) -> bool {
        self.technicians.contains_key(&user)
    }

    /// Adds a technician, or renames one and sets whether the shift is open; what moved stays.
    pub fn set_technician(
        &mut self,
        user: UserId,
        name: &str,
        on_shift: bool,
        is_silent: bool,
        last_seen_ms: Option<i64>,
    ) {
        let technician = self.technicians.entry(user).or_insert_with(|| Technician {
            name: Arc::from(name),
            on_shift,
            on_shift_since_ms: None,
            paused_since_ms: None,
            is_silent,
            jobs: Vec::new(),
            marker: None,
            eta: None,
            battery: None,
            last_seen_ms: None,
            moved: 0,
            motion: None,
        });
        technician.name = Arc::from(name);
        technician.on_shift = on_shift;
        technician.is_silent = is_silent;
        technician.last_seen_ms = technician.last_seen_ms.max(last_seen_ms);
    }

    /// Takes out those who are not technicians any more.
    pub fn retain_technicians(&mut self, keep: impl Fn(UserId) -> bool) {
        self.technicians.retain(|user, _| keep(*user));
    }

    /// Says which jobs a technician has under way.
    pub fn set_job(&mut self, user: UserId, job: JobId, under_way: Option<UnderWay>) {
        let Some(technician) = self.technicians.get_mut(&user) else { return };
        technician.jobs.retain(|(id, _)| *id != job);
        if let Some(under_way) = under_way {
            technician.jobs.push((job, under_way));
        } else if !technician.jobs.iter().any(|(_, u)| *u == UnderWay::EnCamino) {
            technician.eta = None;
        }
    }

    /// A job changed: only the named technicians have it, and only while it is under way.
    pub fn on_job(&mut self, job: JobId, technicians: &[UserId], under_way: Option<UnderWay>) {
        for technician in self.technicians.values_mut() {
            technician.jobs.retain(|(id, _)| *id != job);
        }
        for user in technicians {
            self.set_job(*user, job, under_way);
        }
        for technician in self.technicians.values_mut() {
            if !technician.jobs.iter().any(|(_, u)| *u == UnderWay::EnCamino) {
                technician.eta = None;
            }
        }
    }

    /// A shift began or ended.
    pub fn on_shift(&mut self, user: UserId, on: bool, now_ms: i64) {
        if let Some(technician) = self.technicians.get_mut(&user) {
            technician.on_shift = on;
            technician.on_shift_since_ms = on.then_some(now_ms);
            technician.is_silent = false;
        }
    }

    /// A pause within the shift: since when, while it lasts.
    pub fn set_paused(&mut self, user: UserId, since_ms: Option<i64>) {
        if let Some(technician) = self.technicians.get_mut(&user) {
            technician.paused_since_ms = since_ms;
        }
    }

    /// A newer position. Older ones than the known are no news.
    pub fn on_moved(&mut self, user: UserId, marker: Marker, now_ms: i64) {
        let Some(technician) = self.technicians.get_mut(&user) else { return };
        technician.last_seen_ms = technician.last_seen_ms.max(Some(now_ms));
        if technician.marker.is_some_and(|m| m.at_ms >= marker.at_ms) {
            return;
        }
        self.generation += 1;
        technician.marker = Some(marker);
        technician.moved = self.generation;
    }

    /// Where a technician was is known no more; what was said of where they would be goes too.
    pub fn forget_place(&mut self, user: UserId) {
        if let Some(technician) = self.technicians.get_mut(&user) {
            (technician.marker, technician.motion, technician.eta) = (None, None, None);
        }
    }

    /// What is expected of a technician from now on.
    pub fn on_motion(&mut self, user: UserId, motion: Motion) {
        let Some(technician) = self.technicians.get_mut(&user) else { return };
        self.generation += 1;
        let frame = frames::to_bytes(&frames::DispatchServer::Motion { technician: user, motion });
        technician.motion = Some((self.generation, frame));
    }

    /// Something was heard of a phone.
    pub fn on_seen(&mut self, user: UserId, now_ms: i64) {
        if let Some(technician) = self.technicians.get_mut(&user) {
            technician.last_seen_ms = technician.last_seen_ms.max(Some(now_ms));
        }
    }

    /// A new estimate of a technician under way.
    pub fn on_eta(&mut self, user: UserId, eta: EtaAt) {
        if let Some(technician) = self.technicians.get_mut(&user)
            && technician.jobs.iter().any(|(_, u)| *u == UnderWay::EnCamino)
        {
            technician.eta = Some(eta);
        }
    }

    /// The charge of a technician's phone, when it said one.
    pub fn on_battery(&mut self, user: UserId, battery: Option<f32>) {
        if let Some(technician) = self.technicians.get_mut(&user) {
            technician.battery = battery.or(technician.battery);
        }
    }

    /// Who fell silent or was heard again since that was last said: to be committed, then told by its event.
    pub fn silences(&self, now_ms: i64) -> Vec<(UserId, bool)> {
        self.technicians
            .iter()
            .filter_map(|(user, t)| {
                let silent = self.is_silent(t, now_ms);
                (silent != t.is_silent).then_some((*user, silent))
            })
            .collect()
    }

    /// It was said that this person fell silent, or was heard again.
    pub fn set_silent(&mut self, user: UserId, silent: bool) {
        if let Some(technician) = self.technicians.get_mut(&user) {
            technician.is_silent = silent;
        }
    }

    /// Only on shift, with no job under way, and nothing heard for twice the interval plus a minute.
    fn is_silent(&self, technician: &Technician, now_ms: i64) -> bool {
        let limit_ms = (2 * self.ping_every_s + 60) * 1000;
        technician.on_shift
            && technician.jobs.is_empty()
            && technician
                .last_seen_ms
                .max(technician.on_shift_since_ms)
                .is_none_or(|heard| now_ms - heard > limit_ms)
    }

    fn status(&self, technician: &Technician, now_ms: i64) -> TechnicianStatus {
        let has = |what| technician.jobs.iter().any(|(_, u)| *u == what);
        if has(UnderWay::Working) {
            TechnicianStatus::Working
        } else if has(UnderWay::EnCamino) {
            TechnicianStatus::EnCamino
        } else if !technician.on_shift {
            TechnicianStatus::OffShift
        } else if self.is_silent(technician, now_ms) {
            TechnicianStatus::Offline
        } else {
            TechnicianStatus::Available
        }
    }

    /// A technician as viewers get it.
    pub fn view(&self, user: UserId, now_ms: i64) -> Option<TechnicianView> {
        let t = self.technicians.get(&user)?;
        let job = t
            .jobs
            .iter()
            .find(|(_, u)| *u == UnderWay::Working)
            .or_else(|| t.jobs.last())
            .map(|(job, _)| *job);
        Some(TechnicianView {
            id: user,
            name: t.name.to_string(),
            status: self.status(t, now_ms),
            job,
            position: t.marker.map(PositionView::from),
            eta: t.eta.map(EtaView::from),
            last_seen: t.last_seen_ms,
            paused_since: t.paused_since_ms,
            battery: t.battery,
        })
    }

    /// All technicians as viewers get them, by name.
    pub fn views(&self, now_ms: i64) -> Vec<TechnicianView> {
        let mut views: Vec<_> = self.technicians.keys().filter_map(|user| self.view(*user, now_ms)).collect();
        views.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        views
    }

    /// Takes an event: tells every viewer that has not had it, in order.
    pub fn on_event(&mut self, seq: i64, body: &Value, now_ms: i64) -> (Heard, Vec<Delivery>) {
        if seq <= self.seq {
            return (Heard::Known, Vec::new());
        }
        if seq > self.seq + 1 {
            return (Heard::Gap, Vec::new());
        }
        self.seq = seq;
        let frame = self.event_frame(seq, body, now_ms);
        self.recent.push_back((seq, frame.clone()));
        if self.recent.len() > RECENT_EVENTS {
            self.recent.pop_front();
        }
        let mut out = Vec::new();
        for (id, viewer) in &mut self.viewers {
            if viewer.cursor < seq {
                viewer.send_event(*id, seq, frame.clone(), now_ms, &mut out);
            }
        }
        self.drop_ended(&out);
        (Heard::Next, out)
    }

    /// An event as viewers get it; the technician it speaks of is added as they are now.
    fn event_frame(&self, seq: i64, body: &Value, now_ms: i64) -> Bytes {
        let technician = body
            .get("technician_id")
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok())
            .or_else(|| body.pointer("/job/technician_ids/0")?.as_str()?.parse().ok())
            .and_then(|user| self.view(user, now_ms));
        let mut event = match body {
            Value::Object(map) => map.clone(),
            _ => Map::new(),
        };
        if let Some(view) = technician.and_then(|t| serde_json::to_value(t).ok()) {
            event.insert("technician".into(), view);
        }
        frames::to_bytes(&frames::DispatchServer::Event {
            cursor: frames::cursor(seq),
            event: Value::Object(event),
        })
    }
}

#[cfg(test)]
mod tests;
