//! What a technician's actor hears and says, besides points.

use actix::prelude::*;
use bytes::Bytes;
use campo_engine::ids::{JobId, Source};
use campo_engine::tracking::clock::Clock;
use campo_engine::tracking::frames;
use serde_json::Value;

use super::{Phone, TechnicianActor};
use crate::now_ms;
use crate::tracking::{SessionMoved, TrackingActor};

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

/// Positions of this technician were erased: what was made of them is read anew from SQL.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Rebuild;

impl Handler<Rebuild> for TechnicianActor {
    type Result = ();
    fn handle(&mut self, _: Rebuild, ctx: &mut Context<Self>) {
        self.held_back = None;
        self.expected = None;
        // Frames wait meanwhile, as at the start.
        ctx.wait(self.load());
    }
}

/// What a phone's socket must hear.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub enum ToPhone {
    /// A frame, as JSON.
    Frame(Bytes),
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
