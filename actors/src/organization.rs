//! One organization on this node: a shell around [`Fleet`].

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use campo_engine::event::Committed;
use campo_engine::ids::{JobId, OrgId, UserId};
use campo_engine::tracking::derive::EtaAt;
use campo_engine::tracking::fleet::{Delivery, Fleet, Frame, Heard, Start, TICK_MS, UnderWay, ViewerId};
use campo_engine::tracking::frames::Format;
use campo_engine::tracking::motion_path::Motion;
use campo_engine::tracking::overview;
use campo_engine::tracking::technician::Marker;
use campo_geo::Bounds;
use metrics::{counter, gauge};
use rustc_hash::FxHashMap;
use serde_json::Value;
use tracing::{debug, warn};

use crate::now_ms;
use crate::registry::Registry;
use crate::technician::{Rebuild, Reload, TechnicianActor, TellPhones};

/// Technician -> organization: at 20 pings/s a technician, fifty milliseconds of patience for a thousand of
/// them; when it is full the newest position wins (the technician holds it and tries again).
const MAILBOX: usize = 1_024;
/// Without technicians and viewers for so long the actor ends; it can be rebuilt from SQL.
const IDLE: Duration = Duration::from_secs(120);
/// How often silence, idle viewers and the head of the events are looked at.
const WATCH: Duration = Duration::from_secs(2);
/// Events read at once when some were missed.
const CATCH_UP: i64 = 1_000;

/// The organization's actor: newest positions, viewers, events.
pub struct OrganizationActor {
    registry: Registry,
    org: OrgId,
    fleet: Fleet,
    viewers: FxHashMap<ViewerId, Viewer>,
    technicians: FxHashMap<UserId, Addr<TechnicianActor>>,
    is_flush_due: bool,
    last_flush_ms: i64,
    is_reading: bool,
    idle_since_ms: i64,
}

struct Viewer {
    socket: Recipient<ToViewer>,
    /// Ends the connection from outside: an actor whose peer does not read is not polled any more.
    kill: Arc<dyn Fn() + Send + Sync>,
}

impl OrganizationActor {
    /// An empty shell; it is filled from SQL before its first message.
    pub fn new(registry: Registry, org: OrgId) -> Self {
        Self {
            registry,
            org,
            fleet: Fleet::default(),
            viewers: FxHashMap::default(),
            technicians: FxHashMap::default(),
            is_flush_due: false,
            last_flush_ms: 0,
            is_reading: false,
            idle_since_ms: now_ms(),
        }
    }

    /// Reads everything again and keeps what only memory knows (markers that are newer, viewers).
    fn load(&self) -> ResponseActFuture<Self, ()> {
        let (engine, links, org) = (self.registry.engine().clone(), self.registry.links().clone(), self.org);
        Box::pin(async move { overview::load_patiently(&engine.db, &links, org).await }.into_actor(self).map(
            |overview, actor, _| {
                let fresh = actor.fleet.seq() == 0 && actor.viewers.is_empty();
                overview.apply(&mut actor.fleet, fresh, now_ms());
            },
        ))
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            match delivery {
                Delivery::Send { viewer, frame, ping } => {
                    let Some(v) = self.viewers.get(&viewer) else { continue };
                    // The fleet counts what is in flight, so a full mailbox means a viewer that is not polled.
                    if v.socket.try_send(ToViewer { frame, ping }).is_err() {
                        self.end(viewer, "mailbox");
                    }
                }
                Delivery::End { viewer, why } => self.end(viewer, why),
            }
        }
    }

    fn end(&mut self, viewer: ViewerId, why: &'static str) {
        self.fleet.leave(viewer);
        if let Some(v) = self.viewers.remove(&viewer) {
            counter!("campo_viewers_ended_total", "why" => why).increment(1);
            debug!(viewer, why, "a viewer that does not read was ended");
            // 1013 reaches a socket that is still polled; the other kind is cut from outside a little later.
            let _ = v.socket.try_send(ToViewer { frame: None, ping: None });
            (v.kill)();
        }
    }

    /// Flushes at once when the last flush is a tick ago, else when the tick is over.
    fn flush_soon(&mut self, ctx: &mut Context<Self>) {
        if self.is_flush_due {
            return;
        }
        let wait_ms = TICK_MS - (now_ms() - self.last_flush_ms);
        if wait_ms <= 0 {
            self.flush(ctx);
            return;
        }
        self.is_flush_due = true;
        ctx.run_later(Duration::from_millis(wait_ms.unsigned_abs()), Self::flush);
    }

    fn flush(&mut self, ctx: &mut Context<Self>) {
        self.is_flush_due = false;
        self.last_flush_ms = now_ms();
        if self.viewers.is_empty() {
            return;
        }
        let deliveries = self.fleet.on_tick(self.last_flush_ms);
        self.deliver(deliveries);
        if self.fleet.wants_tick() {
            self.flush_soon(ctx);
        }
    }

    fn on_event(&mut self, seq: i64, body: &Value, ctx: &mut Context<Self>) {
        if seq == self.fleet.seq() + 1 {
            self.before_event(body, ctx);
        }
        let mut body = body.clone();
        self.registry.links().complete(self.org, &mut body);
        let (heard, deliveries) = self.fleet.on_event(seq, &body, now_ms());
        self.deliver(deliveries);
        if heard == Heard::Gap {
            self.read_missed(ctx);
        }
    }

    /// What an event changes in memory, before viewers are told of it.
    fn before_event(&mut self, body: &Value, ctx: &mut Context<Self>) {
        let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default();
        if let Some(job) = body.get("job") {
            self.on_job(job, body);
        }
        if let Some(user) = id(body.get("technician_id")) {
            if let Some(on) = body.get("on").and_then(Value::as_bool) {
                self.fleet.on_shift(user, on, now_ms());
                let is_paused = body.get("paused").and_then(Value::as_bool) == Some(true);
                let since = body.get("at").and_then(Value::as_i64);
                self.fleet.set_paused(user, since.filter(|_| is_paused));
            }
            if let Some(silent) = body.get("silent").and_then(Value::as_bool) {
                self.fleet.set_silent(user, silent);
            }
            self.reload(user);
            if kind == "shift.corrected" {
                self.rebuild(user, ctx);
            }
        }
        if kind.starts_with("user.") {
            ctx.spawn(self.load());
        }
    }

    /// A job changed: the fleet's states, and the phones of those who have it or had it.
    fn on_job(&mut self, job: &Value, body: &Value) {
        let Some(job_id) = id::<JobId>(job.get("id")) else { return };
        let technicians: Vec<UserId> = ids(job.get("technician_ids"));
        let under_way = match job.get("status").and_then(Value::as_str) {
            Some("en_camino") => Some(UnderWay::EnCamino),
            Some("working") => Some(UnderWay::Working),
            _ => None,
        };
        self.fleet.on_job(job_id, &technicians, under_way);
        let cut = overview::job_for_phone(job);
        for user in &technicians {
            self.tell(*user, TellPhones::Job(cut.clone()));
            self.reload(*user);
        }
        for user in ids::<UserId>(body.get("gone")) {
            self.tell(user, TellPhones::JobGone(job_id));
            self.reload(user);
        }
        for tracking in self.registry.trackings_of(job_id) {
            // A full mailbox holds an earlier Refresh, which reads the same truth.
            let _ = tracking.try_send(crate::tracking::Refresh);
        }
    }

    fn tell(&self, user: UserId, what: TellPhones) {
        if let Some(addr) = self.technicians.get(&user)
            && addr.try_send(what).is_err()
        {
            counter!("campo_phone_frames_dropped_total").increment(1);
        }
    }

    fn reload(&self, user: UserId) {
        if let Some(addr) = self.technicians.get(&user) {
            // A full mailbox: the technician reads again before it refuses anything for good.
            let _ = addr.try_send(Reload);
        }
    }

    /// Positions of a technician were erased: nothing that came from them stays in memory, here or with them.
    fn rebuild(&mut self, user: UserId, ctx: &mut Context<Self>) {
        self.fleet.forget_place(user);
        ctx.spawn(self.load());
        if let Some(addr) = self.technicians.get(&user)
            && let Err(SendError::Full(_)) = addr.try_send(Rebuild)
        {
            // What must be forgotten is not forgotten to be told.
            ctx.run_later(Duration::from_millis(500), move |actor, ctx| actor.rebuild(user, ctx));
        }
    }

    /// Events are missing: read them from the table, in order.
    fn read_missed(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.is_reading, true) {
            return;
        }
        let (engine, org, after) = (self.registry.engine().clone(), self.org, self.fleet.seq());
        let read = async move { overview::events_after(&engine.db, org, after, CATCH_UP).await };
        ctx.spawn(read.into_actor(self).map(|events, actor, ctx| {
            actor.is_reading = false;
            match events {
                Ok(events) => {
                    counter!("campo_events_repaired_total").increment(events.len() as u64);
                    for (seq, body) in &events {
                        actor.on_event(*seq, body, ctx);
                    }
                }
                Err(e) => warn!(error = %e, "missed events could not be read; tried again in 2 s"),
            }
        }));
    }

    /// Every two seconds: who fell silent, viewers that do not answer, events that were not heard of.
    fn watch(&mut self, ctx: &mut Context<Self>) {
        self.flush(ctx);
        for (user, silent) in self.fleet.silences(now_ms()) {
            let (engine, org) = (self.registry.engine().clone(), self.org);
            ctx.spawn(
                async move { overview::say_silent(&engine.db, org, user, silent).await }
                    .into_actor(self)
                    .map(move |said, actor, _| match said {
                        Ok(()) => actor.fleet.set_silent(user, silent),
                        Err(e) => warn!(error = %e, "a silence could not be told; tried again in 2 s"),
                    }),
            );
        }
        if !self.viewers.is_empty() || !self.technicians.is_empty() {
            self.idle_since_ms = now_ms();
            self.read_missed(ctx);
        } else if now_ms() - self.idle_since_ms > IDLE.as_millis() as i64 {
            self.registry.forget_organization(self.org);
            ctx.stop();
        }
        self.technicians.retain(|_, addr| addr.connected());
        counter!("campo_viewer_frames_skipped_total").increment(self.fleet.take_skipped());
        gauge!("campo_viewers").set(self.viewers.len() as f64);
    }
}

impl Actor for OrganizationActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.wait(self.load());
        ctx.run_interval(WATCH, Self::watch);
    }
}

/// A frame for a viewer's socket, and the Ping that follows it. Nothing at all: close with 1013.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ToViewer {
    /// What to send.
    pub frame: Option<Frame>,
    /// The counter of the Ping that follows.
    pub ping: Option<u32>,
}

/// A technician's newest position (and what follows from it) is on its way to the viewers.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TechnicianMoved {
    /// Who.
    pub user: UserId,
    /// Where, when it is news.
    pub marker: Option<Marker>,
    /// The estimate to the job under way, when it is news.
    pub eta: Option<EtaAt>,
    /// The charge of the phone, when it is known.
    pub battery: Option<f32>,
    /// What is expected of them from now on, when it is news.
    pub motion: Option<Motion>,
}

impl Handler<TechnicianMoved> for OrganizationActor {
    type Result = ();
    fn handle(&mut self, moved: TechnicianMoved, ctx: &mut Context<Self>) {
        let now = now_ms();
        self.fleet.on_seen(moved.user, now);
        if let Some(eta) = moved.eta {
            self.fleet.on_eta(moved.user, eta);
        }
        self.fleet.on_battery(moved.user, moved.battery);
        if let Some(motion) = moved.motion {
            self.fleet.on_motion(moved.user, motion);
            self.flush_soon(ctx);
        }
        if let Some(marker) = moved.marker {
            self.fleet.on_moved(moved.user, marker, now);
            self.flush_soon(ctx);
        }
    }
}

/// A technician's actor is alive: it hears of its jobs and shifts through here.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TechnicianAlive {
    /// Who.
    pub user: UserId,
    /// Its actor.
    pub addr: Addr<TechnicianActor>,
}

impl Handler<TechnicianAlive> for OrganizationActor {
    type Result = ();
    fn handle(&mut self, alive: TechnicianAlive, ctx: &mut Context<Self>) {
        if !self.fleet.knows(alive.user) {
            ctx.spawn(self.load());
        }
        self.technicians.insert(alive.user, alive.addr);
    }
}

/// An event was committed, here or on another node.
#[derive(Message)]
#[rtype(result = "()")]
pub struct EventCommitted(pub Committed);

impl Handler<EventCommitted> for OrganizationActor {
    type Result = ();
    fn handle(&mut self, EventCommitted(event): EventCommitted, ctx: &mut Context<Self>) {
        self.on_event(event.seq, &event.body, ctx);
    }
}

/// A viewer joins, after its `welcome`.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ViewerJoined {
    /// Its number.
    pub id: ViewerId,
    /// Its socket.
    pub socket: Recipient<ToViewer>,
    /// Ends its connection from outside.
    pub kill: Arc<dyn Fn() + Send + Sync>,
    /// How positions come.
    pub format: Format,
    /// With a snapshot or with what it missed.
    pub start: Start,
    /// Whether it wants to know what is expected between positions.
    pub motion: bool,
}

impl Handler<ViewerJoined> for OrganizationActor {
    type Result = ();
    fn handle(&mut self, joined: ViewerJoined, ctx: &mut Context<Self>) {
        self.viewers.insert(joined.id, Viewer { socket: joined.socket, kill: joined.kill });
        let deliveries = self.fleet.join(joined.id, joined.format, joined.start, now_ms());
        self.deliver(deliveries);
        if joined.motion {
            self.fleet.tell_motion(joined.id);
            self.flush_soon(ctx);
        }
        gauge!("campo_viewers").set(self.viewers.len() as f64);
    }
}

/// What a viewer's socket tells.
#[derive(Message)]
#[rtype(result = "()")]
pub enum FromViewer {
    /// It looks at other bounds.
    View(ViewerId, Option<Bounds>),
    /// It answered a Ping.
    Pong(ViewerId, u32),
    /// It is gone.
    Left(ViewerId),
}

impl Handler<FromViewer> for OrganizationActor {
    type Result = ();
    fn handle(&mut self, said: FromViewer, _: &mut Context<Self>) {
        let deliveries = match said {
            FromViewer::View(id, bounds) => self.fleet.on_view(id, bounds, now_ms()),
            FromViewer::Pong(id, counter) => self.fleet.on_pong(id, counter, now_ms()),
            FromViewer::Left(id) => {
                self.fleet.leave(id);
                self.viewers.remove(&id);
                Vec::new()
            }
        };
        self.deliver(deliveries);
    }
}

/// Breaks the actor, for the tests of its recovery.
#[cfg(feature = "breakable")]
#[derive(Message)]
#[rtype(result = "()")]
pub struct Break;

#[cfg(feature = "breakable")]
impl Handler<Break> for OrganizationActor {
    type Result = ();
    fn handle(&mut self, _: Break, _: &mut Context<Self>) {
        std::panic::resume_unwind(Box::new("told to break"));
    }
}

fn id<T: std::str::FromStr>(value: Option<&Value>) -> Option<T> {
    value?.as_str()?.parse().ok()
}

fn ids<T: std::str::FromStr>(value: Option<&Value>) -> Vec<T> {
    value
        .and_then(Value::as_array)
        .map(|a| a.iter().filter_map(|v| id(Some(v))).collect())
        .unwrap_or_default()
}
