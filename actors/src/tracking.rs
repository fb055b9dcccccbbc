//! One tracking session while somebody watches it: a shell that holds what the customer's stream says.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use campo_engine::ids::{OrgId, SessionId};
use campo_engine::services::{self, Capability};
use campo_engine::tracking::frames::CustomerLive;
use campo_engine::tracking::session::{self, Known};
use campo_engine::tracking::technician::Marker;
use tokio::sync::watch;
use tracing::warn;

use crate::now_ms;
use crate::registry::Registry;
use crate::technician::Watched;

/// Without watchers for so long the actor ends; it can be rebuilt from SQL.
const IDLE: Duration = Duration::from_secs(60);
/// A position goes to customers at most this often.
const MAILBOX: usize = 64;

/// The actor of a tracking session.
pub struct TrackingActor {
    registry: Registry,
    org: OrgId,
    session: SessionId,
    known: Option<Known>,
    marker: Option<Marker>,
    /// The way ahead from the marker of this moment.
    route: Option<(i64, Option<Vec<[f64; 2]>>)>,
    said: watch::Sender<Option<Arc<CustomerLive>>>,
    unwatched_since_ms: Option<i64>,
}

impl TrackingActor {
    /// An empty shell; it is filled from SQL before its first message.
    pub fn new(registry: Registry, org: OrgId, session: SessionId) -> Self {
        let (said, _) = watch::channel(None);
        Self {
            registry,
            org,
            session,
            known: None,
            marker: None,
            route: None,
            said,
            unwatched_since_ms: None,
        }
    }

    fn load(&self) -> ResponseActFuture<Self, ()> {
        let (engine, org, session) = (self.registry.engine().clone(), self.org, self.session);
        Box::pin(async move { session::known(&engine.db, org, session).await }.into_actor(self).map(
            |known, actor, ctx| match known {
                Ok(known) => {
                    let is_first = actor.known.is_none();
                    actor.known = known;
                    actor.say();
                    if is_first {
                        actor.ask_where(ctx);
                    }
                }
                Err(e) => {
                    warn!(error = %e, "a tracking session could not be read; tried again");
                    ctx.run_later(Duration::from_secs(1), |actor, ctx| {
                        let load = actor.load();
                        ctx.spawn(load);
                    });
                }
            },
        ))
    }

    /// Asks the technician where they are: whoever opens the page need not wait for the next position.
    fn ask_where(&self, ctx: &mut Context<Self>) {
        let Some(known) = self.known.as_ref().filter(|k| !session::is_over(k)) else { return };
        if let Some(technician) = self.registry.technician(self.org, known.user_id) {
            // A full mailbox holds positions, and the newest of them says it.
            let _ = technician.try_send(Watched(ctx.address()));
        }
    }

    /// Says what the customer may know now; the same again is not said.
    fn say(&mut self) {
        let Some(known) = &self.known else { return };
        let shows_map = services::allows(self.registry.engine(), Some(self.org), Capability::CustomerPortal)
            && services::allows(self.registry.engine(), Some(self.org), Capability::TechnicianGps);
        let mut live = session::live(known, self.marker.filter(|_| shows_map), now_ms());
        if let (Some(marker), Some(_)) = (&self.marker, &live.position) {
            if self.route.as_ref().is_none_or(|(at_ms, _)| *at_ms != marker.at_ms) {
                let map = self.registry.engine().maps.current();
                let route = map.and_then(|map| session::route(known, marker, &map));
                self.route = Some((marker.at_ms, route));
            }
            live.route = self.route.as_ref().and_then(|(_, route)| route.clone());
        }
        self.said.send_if_modified(|said| {
            let is_news = said.as_deref() != Some(&live);
            if is_news {
                *said = Some(Arc::new(live));
            }
            is_news
        });
    }

    fn watch(&mut self, ctx: &mut Context<Self>) {
        if self.said.receiver_count() > 0 {
            self.unwatched_since_ms = None;
            // A link that ends, or a position that grows old, changes what may be said without any event.
            self.say();
            return;
        }
        let since = *self.unwatched_since_ms.get_or_insert_with(now_ms);
        if now_ms() - since > IDLE.as_millis() as i64 {
            self.registry.forget_tracking(self.session);
            ctx.stop();
        }
    }
}

impl Actor for TrackingActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.wait(self.load());
        ctx.run_interval(Duration::from_secs(5), Self::watch);
    }
}

/// Something of the session or its job was committed: read it again.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Refresh;

impl Handler<Refresh> for TrackingActor {
    type Result = ();
    fn handle(&mut self, _: Refresh, ctx: &mut Context<Self>) {
        let load = self.load();
        ctx.spawn(load);
    }
}

/// The technician of the session moved.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionMoved(pub Marker);

impl Handler<SessionMoved> for TrackingActor {
    type Result = ();
    fn handle(&mut self, SessionMoved(marker): SessionMoved, _: &mut Context<Self>) {
        if self.marker.is_none_or(|m| m.at_ms < marker.at_ms) {
            self.marker = Some(marker);
            self.say();
        }
    }
}

/// Somebody watches: the receiver holds what is to be said, newest wins.
#[derive(Message)]
#[rtype(result = "watch::Receiver<Option<Arc<CustomerLive>>>")]
pub struct Watch;

impl Handler<Watch> for TrackingActor {
    type Result = MessageResult<Watch>;
    fn handle(&mut self, _: Watch, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.said.subscribe())
    }
}
