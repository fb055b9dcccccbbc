//! One technician while a phone of theirs is connected: a shell around the pure core of campo-engine.
//!
//! Judges points, hands them to the store, and delivers what follows: the marker to the organization, arrivals and
//! promised windows to the database. A point is refused as off shift only after the shifts were read again.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use campo_engine::error::Error;
use campo_engine::ids::{JobId, OrgId, SessionId, Source, UserId};
use campo_engine::jobs;
use campo_engine::tracking::clock::Clock;
use campo_engine::tracking::derive::EtaAt;
use campo_engine::tracking::fix::Fix;
use campo_engine::tracking::memory::{self, Memory, Present};
use campo_engine::tracking::point::RawPoint;
use campo_engine::tracking::refusal::{Refusal, judge};
use campo_engine::tracking::sql::{Row, from_ms};
use campo_engine::tracking::store::Receipt;
use campo_engine::tracking::technician::{Arrived, Marker, Outcome};
use campo_engine::tracking::verdict;
use campo_engine::tracking::{frames, phone, session};
use metrics::counter;
use rustc_hash::FxHashMap;
use serde_json::Value;
use tracing::{error, warn};

use crate::now_ms;
use crate::organization::{OrganizationActor, TechnicianAlive, TechnicianMoved};
use crate::registry::Registry;
use crate::tracking::{SessionMoved, TrackingActor};

/// Phone -> technician: at one frame each 30 s it is a backlog's worth; at 20 a second, over ten seconds.
const MAILBOX: usize = 256;
/// Without phones for so long the actor ends; it can be rebuilt from SQL.
const IDLE: Duration = Duration::from_secs(120);
/// What did not get through is tried again after this.
const AGAIN: Duration = Duration::from_millis(100);
/// How often it is kept that the phones were heard of.
const KEEP_SEEN: Duration = Duration::from_secs(300);
/// Frames that wait while shifts are read again.
const MAX_PARKED: usize = 512;

/// The technician's actor.
pub struct TechnicianActor {
    registry: Registry,
    org: OrgId,
    user: UserId,
    organization: Addr<OrganizationActor>,
    memory: Option<Memory>,
    phones: FxHashMap<u64, Phone>,
    clocks: FxHashMap<Source, Clock>,
    /// Frames that wait until the shifts are read again.
    parked: VecDeque<RecordPings>,
    is_reading: bool,
    reads_again: bool,
    /// The newest news that the organization's full mailbox did not take.
    held_back: Option<TechnicianMoved>,
    idle_since_ms: i64,
}

struct Phone {
    source: Source,
    recipient: Recipient<ToPhone>,
}

impl TechnicianActor {
    /// An empty shell; it is filled from SQL before its first message.
    pub fn new(registry: Registry, org: OrgId, user: UserId, organization: Addr<OrganizationActor>) -> Self {
        Self {
            registry,
            org,
            user,
            organization,
            memory: None,
            phones: FxHashMap::default(),
            clocks: FxHashMap::default(),
            parked: VecDeque::new(),
            is_reading: false,
            reads_again: false,
            held_back: None,
            idle_since_ms: now_ms(),
        }
    }

    /// Fills the core from SQL; messages wait meanwhile.
    fn load(&self) -> ResponseActFuture<Self, ()> {
        let (engine, org, user) = (self.registry.engine().clone(), self.org, self.user);
        Box::pin(async move { memory::load_patiently(&engine.db, org, user).await }.into_actor(self).map(
            |memory, actor, ctx| {
                let Some(mut memory) = memory else {
                    ctx.stop();
                    return;
                };
                let arrivals = std::mem::take(&mut memory.arrivals);
                let marker = memory.core.position();
                let battery = memory.core.battery();
                actor.memory = Some(memory);
                actor.commit_arrivals(arrivals, ctx);
                actor.tell_organization(marker, ctx, battery);
            },
        ))
    }

    /// Reads shifts and journeys again. Frames wait meanwhile: what was committed before them must count.
    fn read_again(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.is_reading, true) {
            self.reads_again = true;
            return;
        }
        let (engine, org, user) = (self.registry.engine().clone(), self.org, self.user);
        let certain = self.parked.len();
        let read = async move { memory::present(&engine.db, org, user).await };
        ctx.spawn(read.into_actor(self).map(move |present, actor, ctx| {
            actor.is_reading = false;
            let reads_again = std::mem::take(&mut actor.reads_again);
            match present {
                Ok(present) => actor.take_present(present, ctx),
                Err(e) => {
                    warn!(error = %e, "shifts and journeys could not be read; tried again");
                    actor.is_reading = true;
                    ctx.run_later(AGAIN * 5, |actor, ctx| {
                        actor.is_reading = false;
                        actor.read_again(ctx);
                    });
                    return;
                }
            }
            // Something changed while it was read: what waits is judged by the next reading.
            if reads_again { actor.read_again(ctx) } else { actor.unpark(certain, ctx) }
        }));
    }

    fn take_present(&mut self, present: Present, ctx: &mut Context<Self>) {
        let Some(memory) = self.memory.as_mut() else { return };
        memory.spans = present.spans;
        let mut arrivals = Vec::new();
        for old in &memory.journeys {
            if !present.journeys.iter().any(|j| j.trip.session == old.trip.session) {
                memory.core.end_trip(old.trip.session);
            }
        }
        let mut journeys = Vec::with_capacity(present.journeys.len());
        for new in present.journeys {
            match memory.journeys.iter().find(|j| j.trip.session == new.trip.session) {
                Some(old) => {
                    if old.trip.destination != new.trip.destination {
                        arrivals.extend(memory.core.redirect_trip(new.trip.session, new.trip.destination));
                    }
                    journeys.push(memory::Journey { promise: old.promise, ..new });
                }
                None => {
                    arrivals.extend(memory.core.begin_trip(new.trip));
                    journeys.push(new);
                }
            }
        }
        memory.journeys = journeys;
        self.commit_arrivals(arrivals, ctx);
        self.after_estimates(ctx);
        let marker = self.memory.as_ref().and_then(|m| m.core.position());
        if marker.is_some() {
            self.tell_organization(marker, ctx, None);
        }
    }

    /// Frames whose shifts are certain now; those behind them follow, and may have to wait themselves.
    fn unpark(&mut self, certain: usize, ctx: &mut Context<Self>) {
        for i in 0..self.parked.len() {
            let Some(frame) = self.parked.pop_front() else { return };
            if let Some(frame) = self.record(frame, i < certain, ctx) {
                self.parked.push_front(frame);
                self.read_again(ctx);
                return;
            }
        }
    }

    /// Judges and stores a frame. Gives it back when a point looks off shift and the shifts are not certain.
    fn record(&mut self, frame: RecordPings, certain: bool, ctx: &mut Context<Self>) -> Option<RecordPings> {
        let clock = self.clocks.entry(frame.source).or_default();
        let before = clock.correction_ms();
        let correction_ms = clock.on_frame(frame.phone_now_ms, frame.received_ms);
        if before != Some(correction_ms) {
            self.keep_correction(frame.source, correction_ms, ctx);
        }
        let memory = self.memory.as_mut()?;
        let judged = frame.judge(correction_ms, &memory.spans);
        if !certain && judged.iter().any(|p| matches!(p, Err((_, Refusal::OffShift)))) {
            return Some(frame);
        }
        let mut news = News::default();
        let mut rows = Vec::with_capacity(judged.len());
        let mut broken = false;
        for point in judged {
            match point {
                Ok(fix) => rows.push(take(memory, fix, &frame, self.org, &mut news, &mut broken)),
                Err((seq, why)) => {
                    counter!("campo_points_refused_total", "code" => why.code()).increment(1);
                    frame.receipt.refuse(frame.frame, seq, why);
                }
            }
        }
        if self.registry.engine().store.submit(rows, frame.receipt.clone(), frame.frame).is_err() {
            self.tell_phones(&ToPhone::Overloaded);
        }
        if broken {
            ctx.wait(self.load());
        }
        self.deliver(news, ctx);
        None
    }

    fn deliver(&mut self, news: News, ctx: &mut Context<Self>) {
        self.commit_arrivals(news.arrivals, ctx);
        if news.eta_changed {
            self.after_estimates(ctx);
        }
        if let Some(marker) = news.moved {
            for journey in self.memory.iter().flat_map(|m| &m.journeys) {
                if let Some(tracking) = self.registry.tracking_alive(SessionId(journey.trip.session)) {
                    // A newer position is on its way: this one may be lost.
                    let _ = tracking.try_send(SessionMoved(marker));
                }
            }
        }
        self.tell_organization(news.moved, ctx, news.battery);
    }

    /// The organization hears of the newest position; when its mailbox is full the newest waits here.
    fn tell_organization(&mut self, marker: Option<Marker>, ctx: &mut Context<Self>, battery: Option<f32>) {
        let eta = self.memory.as_ref().and_then(|m| m.core.etas().map(|(_, _, eta)| eta).last());
        let held = self.held_back.take();
        let is_retried = held.is_some();
        let marker = marker.or(held.and_then(|h| h.marker));
        match self.organization.try_send(TechnicianMoved { user: self.user, marker, eta, battery }) {
            Ok(()) => {}
            Err(SendError::Full(moved)) => {
                counter!("campo_markers_held_back_total").increment(1);
                self.held_back = Some(moved);
                if !is_retried {
                    ctx.run_later(AGAIN, |actor, ctx| {
                        if actor.held_back.is_some() {
                            actor.tell_organization(None, ctx, None);
                        }
                    });
                }
            }
            Err(SendError::Closed(_)) => self.find_organization(ctx),
        }
    }

    /// The organization's actor is gone: a fresh one takes over.
    fn find_organization(&mut self, ctx: &mut Context<Self>) {
        if let Some(organization) = self.registry.organization(self.org) {
            self.organization = organization;
            // It reads everything when it starts; a full mailbox is met again by the next position.
            let _ = self.organization.try_send(TechnicianAlive { user: self.user, addr: ctx.address() });
        }
    }

    /// New windows for customers, where an estimate makes one due.
    fn after_estimates(&mut self, ctx: &mut Context<Self>) {
        let Some(memory) = self.memory.as_mut() else { return };
        let etas: Vec<(uuid::Uuid, EtaAt)> =
            memory.core.etas().map(|(session, _, eta)| (session, eta)).collect();
        let mut promises = Vec::new();
        for (session, eta) in etas {
            let journey = memory.journeys.iter_mut().find(|j| j.trip.session == session);
            if let Some(window) = journey.and_then(|j| j.promise.on_eta(&eta)) {
                promises.push((SessionId(session), window));
            }
        }
        for (session, window) in promises {
            let (engine, org) = (self.registry.engine().clone(), self.org);
            let (from, to) = (from_ms(window.from_ms), from_ms(window.to_ms));
            let promise = async move { session::promise(&engine.db, org, session, from, to).await };
            ctx.spawn(promise.into_actor(self).map(|promised, _, _| {
                if let Err(e) = promised {
                    // The next change of the window is promised instead.
                    warn!(error = %e, "a window could not be promised");
                }
            }));
        }
    }

    /// Commits arrivals, however long the database is away: they were seen, and a restart would see them again.
    fn commit_arrivals(&mut self, arrivals: Vec<Arrived>, ctx: &mut Context<Self>) {
        for arrived in arrivals {
            let (engine, org) = (self.registry.engine().clone(), self.org);
            let commit = async move {
                loop {
                    let (at, place) = (from_ms(arrived.at_ms), (arrived.coord.lat(), arrived.coord.lon()));
                    match jobs::arrive_by_fence(&engine.db, org, SessionId(arrived.session), at, Some(place))
                        .await
                    {
                        Err(e) if e.is_outage() => {
                            warn!(error = %e, "an arrival could not be committed; tried again");
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                        Err(Error::NotFound(_)) | Ok(_) => return,
                        Err(e) => {
                            error!(error = %e, "an arrival was not committed");
                            return;
                        }
                    }
                }
            };
            ctx.spawn(commit.into_actor(self));
        }
    }

    fn keep_correction(&self, source: Source, correction_ms: i64, ctx: &mut Context<Self>) {
        let (engine, org) = (self.registry.engine().clone(), self.org);
        ctx.spawn(
            async move { phone::keep_correction(&engine.db, org, source, correction_ms).await }
                .into_actor(self)
                .map(|kept, _, _| {
                    if let Err(e) = kept {
                        warn!(error = %e, "a clock correction could not be kept");
                    }
                }),
        );
    }

    fn tell_phones(&mut self, what: &ToPhone) {
        self.phones.retain(|_, phone| match phone.recipient.try_send(what.clone()) {
            Ok(()) => true,
            Err(SendError::Full(_)) => {
                // It hears the whole truth with its next welcome.
                counter!("campo_phone_frames_dropped_total").increment(1);
                true
            }
            Err(SendError::Closed(_)) => false,
        });
    }

    /// Once in a while: keep that phones were heard of, or end when there are none.
    fn watch(&mut self, ctx: &mut Context<Self>) {
        self.phones.retain(|_, phone| phone.recipient.connected());
        if self.phones.is_empty() {
            if now_ms() - self.idle_since_ms > IDLE.as_millis() as i64 {
                self.registry.forget_technician(self.org, self.user);
                ctx.stop();
            }
            return;
        }
        self.idle_since_ms = now_ms();
        if !self.organization.connected() {
            self.find_organization(ctx);
        }
    }

    fn keep_seen(&mut self, ctx: &mut Context<Self>) {
        let sources: Vec<i32> = self.phones.values().map(|p| p.source.0).collect();
        if sources.is_empty() {
            return;
        }
        let (engine, org, user) = (self.registry.engine().clone(), self.org, self.user);
        let keep = async move { phone::keep_seen(&engine.db, org, user, &sources).await };
        ctx.spawn(keep.into_actor(self).map(|kept, _, _| {
            if let Err(e) = kept {
                warn!(error = %e, "it could not be kept that a phone was heard of");
            }
        }));
    }
}

/// What a frame's points lead to.
#[derive(Default)]
struct News {
    moved: Option<Marker>,
    arrivals: Vec<Arrived>,
    eta_changed: bool,
    battery: Option<f32>,
}

impl News {
    fn add(&mut self, outcome: Outcome) {
        self.moved = outcome.moved.or(self.moved);
        self.eta_changed |= outcome.eta_changed;
        self.arrivals.extend(outcome.arrivals);
    }
}

/// Takes a point into the core and makes its row. A point that breaks the core is stored and set aside: the core is
/// rebuilt without its help, and its neighbours never notice.
fn take(
    memory: &mut Memory,
    fix: Fix,
    frame: &RecordPings,
    org: OrgId,
    news: &mut News,
    broken: &mut bool,
) -> Row {
    let receipt_of = Arc::as_ptr(&frame.receipt) as usize;
    let row =
        |verdict| memory::row(&fix, org, memory.member, verdict, frame.received_ms, receipt_of, frame.frame);
    if *broken {
        return row(verdict::alone(&fix).verdict);
    }
    let core = &mut memory.core;
    match catch_unwind(AssertUnwindSafe(|| core.on_fix(fix, frame.received_ms))) {
        Ok(outcome) => {
            let verdict = outcome.judged.verdict;
            news.battery = fix.battery.or(news.battery);
            news.add(outcome);
            row(verdict)
        }
        Err(_) => {
            *broken = true;
            counter!("campo_poison_points_total").increment(1);
            error!(
                source = fix.source,
                seq = fix.seq,
                "a point broke the tracking core; it is stored and set aside"
            );
            row(verdict::alone(&fix).verdict)
        }
    }
}

impl Actor for TechnicianActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        // A full mailbox: the organization reads everything when it starts, and finds us at the next position.
        let _ = self.organization.try_send(TechnicianAlive { user: self.user, addr: ctx.address() });
        ctx.wait(self.load());
        ctx.run_interval(Duration::from_secs(10), Self::watch);
        ctx.run_interval(KEEP_SEEN, Self::keep_seen);
    }
}

/// Points of a phone, to be judged and stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RecordPings {
    /// The boot they come from.
    pub source: Source,
    /// Where it is said that they are settled.
    pub receipt: Arc<Receipt>,
    /// The frame's name in the socket's ledger.
    pub frame: u64,
    /// The first sequence number.
    pub from: i64,
    /// The phone's clock at sending.
    pub phone_now_ms: i64,
    /// The server's clock at receipt.
    pub received_ms: i64,
    /// The points.
    pub points: Vec<RawPoint>,
}

impl RecordPings {
    /// Each point as the core takes it, or its number and why it is refused for good.
    fn judge(
        &self,
        correction_ms: i64,
        spans: &campo_engine::tracking::refusal::ShiftSpans,
    ) -> Vec<Result<Fix, (i64, Refusal)>> {
        let judge_one = |(seq, point): (i64, &RawPoint)| {
            let fix = point
                .fix(self.source.0, i32::try_from(seq).unwrap_or(i32::MAX), correction_ms)
                .map_err(|why| (seq, why))?;
            judge(fix.corrected_ms, self.received_ms, spans).map_err(|why| (seq, why))?;
            Ok(fix)
        };
        (self.from..).zip(&self.points).map(judge_one).collect()
    }
}

impl Handler<RecordPings> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, frame: RecordPings, ctx: &mut Context<Self>) {
        // Frames are settled in order: behind a parked one all wait.
        let waits = self.is_reading || !self.parked.is_empty();
        let frame = if waits { Some(frame) } else { self.record(frame, false, ctx) };
        let Some(frame) = frame else { return };
        if self.parked.len() >= MAX_PARKED {
            frame.receipt.give_up();
            self.tell_phones(&ToPhone::Overloaded);
            return;
        }
        self.parked.push_back(frame);
        if !waits {
            self.read_again(ctx);
        }
    }
}

/// A phone was greeted.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Attach {
    /// Its socket.
    pub socket: u64,
    /// Its boot.
    pub source: Source,
    /// The clock correction in force.
    pub clock: Clock,
    /// Where it hears.
    pub phone: Recipient<ToPhone>,
}

impl Handler<Attach> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, attach: Attach, ctx: &mut Context<Self>) {
        self.clocks.insert(attach.source, attach.clock);
        self.phones.insert(attach.socket, Phone { source: attach.source, recipient: attach.phone });
        self.idle_since_ms = now_ms();
        self.tell_organization(None, ctx, None);
        // What changed between its hello and now is heard by nobody else.
        self.read_again(ctx);
    }
}

/// A phone is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Detach {
    /// Its socket.
    pub socket: u64,
}

impl Handler<Detach> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, detach: Detach, _: &mut Context<Self>) {
        self.phones.remove(&detach.socket);
        self.idle_since_ms = now_ms();
    }
}

/// A phone answered a Ping: it is there, wherever it is.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Heard;

impl Handler<Heard> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, _: Heard, ctx: &mut Context<Self>) {
        self.tell_organization(None, ctx, None);
    }
}

/// Somebody watches a journey of this technician: it is told where they are. What a customer may see of it is
/// the session's to judge.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Watched(pub Addr<TrackingActor>);

impl Handler<Watched> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, Watched(tracking): Watched, _: &mut Context<Self>) {
        if let Some(marker) = self.memory.as_ref().and_then(|m| m.core.position()) {
            // A full mailbox holds positions, and the newest of them says it.
            let _ = tracking.try_send(SessionMoved(marker));
        }
    }
}

/// Shifts or journeys of this technician changed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Reload;

impl Handler<Reload> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, _: Reload, ctx: &mut Context<Self>) {
        self.read_again(ctx);
    }
}

/// What a phone's socket must hear.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub enum ToPhone {
    /// A frame, as JSON.
    Frame(Bytes),
    /// Seconds between positions, for the next acks.
    PingEvery(u32),
    /// Frames were not taken: close, so that they are sent again.
    Overloaded,
}

/// What all phones of this technician must hear.
#[derive(Message)]
#[rtype(result = "()")]
pub enum TellPhones {
    /// A job was assigned or changed.
    Job(Value),
    /// A job is no longer theirs.
    JobGone(JobId),
}

impl Handler<TellPhones> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, what: TellPhones, _: &mut Context<Self>) {
        let frame = match what {
            TellPhones::Job(job) => serde_json::json!({"type": "job", "job": job}),
            TellPhones::JobGone(id) => serde_json::json!({"type": "job_gone", "id": id}),
        };
        self.tell_phones(&ToPhone::Frame(frames::to_bytes(&frame)));
    }
}

/// Breaks the actor, for the tests of its recovery.
#[cfg(feature = "breakable")]
#[derive(Message)]
#[rtype(result = "()")]
pub struct Break;

#[cfg(feature = "breakable")]
impl Handler<Break> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, _: Break, _: &mut Context<Self>) {
        std::panic::resume_unwind(Box::new("told to break"));
    }
}
