//! One technician while a phone of theirs is connected: a shell around the pure core of campo-engine.
//!
//! Judges points, hands them to the store, and delivers what follows: the marker to the organization, arrivals and
//! promised windows to the database. A point is refused as off shift only after the shifts were read again.
mod follow;
mod messages;
mod record;

use std::collections::VecDeque;
use std::time::Duration;

use actix::prelude::*;
use campo_engine::ids::{OrgId, Source, UserId};
use campo_engine::tracking::clock::Clock;
use campo_engine::tracking::memory::{self, Memory};
use campo_engine::tracking::motion_path::Motion;
use campo_engine::tracking::phone;
pub use messages::*;
use metrics::counter;
pub use record::RecordPings;
use rustc_hash::FxHashMap;
use tracing::warn;

use crate::now_ms;
use crate::organization::{OrganizationActor, TechnicianAlive, TechnicianMoved};
use crate::registry::Registry;

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
    /// What viewers were last told to expect.
    expected: Option<Motion>,
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
            expected: None,
            held_back: None,
            idle_since_ms: now_ms(),
        }
    }

    /// Fills the core from SQL; messages wait meanwhile.
    fn load(&self) -> ResponseActFuture<Self, ()> {
        let (engine, org, user) = (self.registry.engine().clone(), self.org, self.user);
        let read = async move {
            let memory = memory::load_patiently(&engine.db, org, user).await;
            if let Err(error) = engine.estimates.prepare(&engine.db, org).await {
                // Until it is read, shipped numbers answer.
                tracing::debug!(%error, "an organization's model could not be read");
            }
            memory
        };
        Box::pin(read.into_actor(self).map(|memory, actor, ctx| {
            let Some(mut memory) = memory else {
                ctx.stop();
                return;
            };
            memory.core.learn(&actor.registry.engine().estimates.of(actor.org));
            let arrivals = std::mem::take(&mut memory.arrivals);
            let marker = memory.core.position();
            let battery = memory.core.battery();
            actor.memory = Some(memory);
            actor.commit_arrivals(arrivals, ctx);
            actor.tell_organization(marker, ctx, battery);
        }))
    }

    pub(super) fn tell_phones(&mut self, what: &ToPhone) {
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
