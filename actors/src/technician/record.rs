//! Points: judged, taken into the core, handed to the store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use actix::prelude::*;
use campo_engine::estimates::leads::Leads;
use campo_engine::ids::{OrgId, Source};
use campo_engine::tracking::fix::Fix;
use campo_engine::tracking::memory::{self, Memory, Present};
use campo_engine::tracking::point::RawPoint;
use campo_engine::tracking::refusal::{Refusal, ShiftSpans, judge};
use campo_engine::tracking::sql::Row;
use campo_engine::tracking::store::Receipt;
use campo_engine::tracking::technician::{Arrived, Marker, Outcome};
use campo_engine::tracking::verdict;
use metrics::counter;
use tracing::{error, warn};

use super::{AGAIN, MAX_PARKED, TechnicianActor, ToPhone};

impl TechnicianActor {
    /// Reads shifts and journeys again. Frames wait meanwhile: what was committed before them must count.
    pub(super) fn read_again(&mut self, ctx: &mut Context<Self>) {
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

    pub(super) fn take_present(&mut self, present: Present, ctx: &mut Context<Self>) {
        let Some(memory) = self.memory.as_mut() else { return };
        memory.spans = present.spans;
        memory.core.learn(&self.registry.engine().estimates.of(self.org));
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
                    let mut leads = old.leads;
                    if old.trip.destination != new.trip.destination {
                        arrivals.extend(memory.core.redirect_trip(new.trip.session, new.trip.destination));
                        // What was said of the other place is forgotten.
                        leads = Leads::default();
                    }
                    journeys.push(memory::Journey { promise: old.promise, leads, ..new });
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
        // A journey that began after the newest position would otherwise wait for the next one.
        self.ask_outside(ctx);
        let marker = self.memory.as_ref().and_then(|m| m.core.position());
        if marker.is_some() {
            self.tell_organization(marker, ctx, None);
        }
    }

    /// Frames whose shifts are certain now; those behind them follow, and may have to wait themselves.
    pub(super) fn unpark(&mut self, certain: usize, ctx: &mut Context<Self>) {
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
    pub(super) fn record(
        &mut self,
        frame: RecordPings,
        certain: bool,
        ctx: &mut Context<Self>,
    ) -> Option<RecordPings> {
        let clock = self.clocks.entry(frame.source).or_default();
        let before = clock.correction_ms();
        let correction_ms = clock.on_frame(frame.phone_now_ms, frame.received_ms);
        if before != Some(correction_ms) {
            self.keep_correction(frame.source, correction_ms, ctx);
        }
        let memory = self.memory.as_mut()?;
        memory.core.learn(&self.registry.engine().estimates.of(self.org));
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
}

/// What a frame's points lead to.
#[derive(Default)]
pub(super) struct News {
    pub(super) moved: Option<Marker>,
    pub(super) arrivals: Vec<Arrived>,
    pub(super) eta_changed: bool,
    pub(super) battery: Option<f32>,
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
    fn judge(&self, correction_ms: i64, spans: &ShiftSpans) -> Vec<Result<Fix, (i64, Refusal)>> {
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
        // A phone app of others has no socket: while it sends, the technician is not idle.
        self.idle_since_ms = frame.received_ms;
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
