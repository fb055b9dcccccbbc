//! `GET /ws/dispatch`: a viewer. Sends what the organization hands it; a Pong gives the credit back.

use std::sync::Arc;
use std::time::Instant;

use actix::prelude::*;
use actix_web_actors::ws::{CloseCode, CloseReason, Message, ProtocolError, WebsocketContext};
use campo_actors::organization::{FromViewer, OrganizationActor, ToViewer, ViewerJoined};
use campo_actors::registry::Registry;
use campo_engine::audit::looks;
use campo_engine::error::Error;
use campo_engine::tracking::fleet::{Frame, Start};
use campo_engine::tracking::frames::{self, DispatchClient, DispatchServer, ErrorFrame, Format};
use campo_engine::tracking::hello::{self, Viewer};
use campo_engine::tracking::overview;
use campo_geo::Bounds;
use metrics::counter;
use tracing::warn;

use super::scan::{Fault, FaultFlag};
use super::technician::utf8;
use super::wire::Wire;
use super::{
    CLOSE_BUSY, CLOSE_GOING_AWAY, CLOSE_LOGIN, Ended, HELLO_LIMIT, LINGER, Listener, Notified, PING_EVERY,
    SILENCE_LIMIT, Sockets,
};

/// Bad frames that a viewer may send.
const MAX_ERRORS: u32 = 10;
/// Organization -> socket: what is in flight is counted by the organization, in bytes.
const MAILBOX: usize = 1_024;
/// More missed events than this are answered by a new snapshot.
const MAX_MISSED: i64 = 500;

/// One viewer's socket.
pub struct ViewerSocket {
    registry: Registry,
    sockets: Sockets,
    id: u64,
    flag: FaultFlag,
    wire: Option<Arc<Wire>>,
    state: State,
    /// A `view` that came before the snapshot waits for it.
    early_view: Option<Option<Bounds>>,
    errors: u32,
    heard: Instant,
}

enum State {
    Fresh,
    Greeting,
    Open(Addr<OrganizationActor>),
    Closing,
}

/// A viewer that was let in, and how it starts.
struct Admitted {
    viewer: Viewer,
    format: Format,
    motion: bool,
    notifications: bool,
    start: Start,
}

impl ViewerSocket {
    /// A socket that has said nothing yet.
    pub fn new(registry: Registry, sockets: Sockets, flag: FaultFlag, wire: Option<Wire>) -> Self {
        Self {
            id: registry.socket_id(),
            registry,
            sockets,
            flag,
            wire: wire.map(Arc::new),
            state: State::Fresh,
            early_view: None,
            errors: 0,
            heard: Instant::now(),
        }
    }

    fn close(&mut self, ctx: &mut WebsocketContext<Self>, code: u16, reason: &str) {
        if matches!(self.state, State::Closing) {
            return;
        }
        self.leave();
        self.state = State::Closing;
        ctx.close(Some(CloseReason { code: CloseCode::from(code), description: Some(reason.into()) }));
        ctx.run_later(LINGER, |_, ctx| ctx.stop());
    }

    fn leave(&mut self) {
        if let State::Open(organization) = &self.state {
            // A full mailbox: the organization finds the closed address, or misses the Pong.
            let _ = organization.try_send(FromViewer::Left(self.id));
            self.sockets.left(self.id);
        }
    }

    fn refuse(&mut self, ctx: &mut WebsocketContext<Self>, code: &str, detail: String) {
        self.errors += 1;
        counter!("campo_frames_refused_total").increment(1);
        let frame = DispatchServer::Error(ErrorFrame { code: code.into(), detail });
        ctx.text(utf8(frames::to_bytes(&frame)));
        if self.errors >= MAX_ERRORS {
            self.close(ctx, 1008, "too many bad frames");
        }
    }

    fn on_text(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        match serde_json::from_str(text) {
            Ok(DispatchClient::Hello { token, after, format, motion, notifications }) => {
                if matches!(self.state, State::Fresh) {
                    self.greet(token, after, (format, motion, notifications), ctx);
                } else {
                    self.refuse(ctx, "FRAME_002", "hello was said already".into());
                }
            }
            Ok(DispatchClient::View { bounds }) => self.on_view(bounds, ctx),
            Err(e) => self.refuse(ctx, "FRAME_001", format!("not a frame of the contract: {e}")),
        }
    }

    fn on_view(&mut self, bounds: Option<[f64; 4]>, ctx: &mut WebsocketContext<Self>) {
        let bounds = match bounds.map(Bounds::new) {
            Some(None) => {
                let detail = "bounds are [west, south, east, north] in degrees, south <= north".into();
                self.refuse(ctx, "FRAME_007", detail);
                return;
            }
            Some(Some(bounds)) => Some(bounds),
            None => None,
        };
        match &self.state {
            State::Fresh => self.close(ctx, CLOSE_LOGIN, "hello comes first"),
            State::Greeting => self.early_view = Some(bounds),
            State::Open(organization) => {
                if organization.try_send(FromViewer::View(self.id, bounds)).is_err() {
                    self.close(ctx, CLOSE_BUSY, "try again later");
                }
            }
            State::Closing => {}
        }
    }

    fn greet(
        &mut self,
        token: String,
        after: Option<String>,
        (format, motion, notifications): (Format, bool, bool),
        ctx: &mut WebsocketContext<Self>,
    ) {
        self.state = State::Greeting;
        let (engine, links) = (self.registry.engine().clone(), self.registry.links().clone());
        let greeting = async move {
            let viewer = hello::viewer(&engine, &token, chrono::Utc::now()).await?;
            looks::live_map(&engine, viewer.org, viewer.user).await?;
            let missed = match after.as_deref().and_then(frames::parse_cursor) {
                Some(after) => {
                    overview::missed(&engine.db, viewer.org, after, MAX_MISSED).await?.map(|e| (after, e))
                }
                None => None,
            };
            let start = match missed {
                Some((cursor, mut events)) => {
                    events.iter_mut().for_each(|(_, body)| links.complete(viewer.org, body));
                    Start::Missed { cursor, events }
                }
                None => {
                    let (cursor, jobs) = overview::snapshot_jobs(&engine.db, &links, viewer.org).await?;
                    Start::Snapshot { cursor, jobs }
                }
            };
            Ok(Admitted { viewer, format, motion, notifications, start })
        };
        ctx.spawn(greeting.into_actor(self).map(|admitted, socket, ctx| match admitted {
            Ok(admitted) => socket.open(admitted, ctx),
            Err(e @ (Error::Unauthorized { .. } | Error::Forbidden)) => {
                socket.close(ctx, CLOSE_LOGIN, &e.to_string());
            }
            Err(e) => {
                warn!(error = %e, "a viewer could not be greeted");
                socket.close(ctx, CLOSE_BUSY, "try again later");
            }
        }));
    }

    fn open(&mut self, admitted: Admitted, ctx: &mut WebsocketContext<Self>) {
        let Admitted { viewer, format, motion, notifications, start } = admitted;
        let organization = self.registry.organization(viewer.org);
        let Some(organization) = organization.filter(|_| matches!(self.state, State::Greeting)) else {
            self.close(ctx, CLOSE_BUSY, "try again later");
            return;
        };
        let wire = self.wire.clone();
        let kill: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
            if let Some(wire) = &wire {
                wire.cut();
            }
        });
        let notified = notifications.then(|| ctx.address().recipient());
        let listener = Listener { org: viewer.org, user: viewer.user, notified };
        self.sockets.joined_viewer(self.id, viewer.login, listener, ctx.address().recipient(), kill.clone());
        let welcome = DispatchServer::Welcome { resume: viewer.resume, server_time: campo_actors::now_ms() };
        ctx.text(utf8(frames::to_bytes(&welcome)));
        let joined =
            ViewerJoined { id: self.id, socket: ctx.address().recipient(), kill, format, motion, start };
        let view = self.early_view.take().map(|bounds| FromViewer::View(self.id, bounds));
        let is_taken = organization.try_send(joined).is_ok()
            && view.is_none_or(|view| organization.try_send(view).is_ok());
        self.state = State::Open(organization);
        if !is_taken {
            self.close(ctx, CLOSE_BUSY, "try again later");
        }
    }

    fn heartbeat(&mut self, ctx: &mut WebsocketContext<Self>) {
        if self.heard.elapsed() > SILENCE_LIMIT {
            self.close(ctx, CLOSE_GOING_AWAY, "silence");
        } else if let State::Open(organization) = &self.state
            && !organization.connected()
        {
            self.close(ctx, CLOSE_GOING_AWAY, "come back");
        }
    }

    fn on_pong(&mut self, bytes: &[u8], ctx: &mut WebsocketContext<Self>) {
        let Ok(counter) = bytes.try_into().map(u32::from_be_bytes) else { return };
        if let State::Open(organization) = &self.state
            && organization.try_send(FromViewer::Pong(self.id, counter)).is_err()
        {
            // Without its credit the viewer would wait for ever.
            self.close(ctx, CLOSE_BUSY, "try again later");
        }
    }
}

impl Actor for ViewerSocket {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.run_interval(PING_EVERY, Self::heartbeat);
        ctx.run_later(HELLO_LIMIT, |socket, ctx| {
            if matches!(socket.state, State::Fresh) {
                socket.close(ctx, CLOSE_LOGIN, "no hello");
            }
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.leave();
        self.wire = None;
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for ViewerSocket {
    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        self.heard = Instant::now();
        if matches!(self.state, State::Closing) {
            if matches!(message, Ok(Message::Close(_))) {
                ctx.stop();
            }
            return;
        }
        match message {
            Ok(Message::Text(text)) => self.on_text(&text, ctx),
            Ok(Message::Ping(bytes)) => ctx.pong(&bytes),
            Ok(Message::Pong(bytes)) => self.on_pong(&bytes, ctx),
            Ok(Message::Binary(_) | Message::Continuation(_)) => {
                self.refuse(ctx, "FRAME_005", "frames are unfragmented JSON text".into());
            }
            Ok(Message::Close(reason)) => {
                ctx.close(reason);
                ctx.stop();
            }
            Ok(Message::Nop) => {}
            Err(_) => match self.flag.get() {
                Some(Fault::TooLarge) => self.close(ctx, 1009, "frame too large"),
                Some(Fault::Broken) => self.close(ctx, 1002, "broken framing"),
                None => self.refuse(ctx, "FRAME_006", "text must be UTF-8".into()),
            },
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<ToViewer> for ViewerSocket {
    type Result = ();
    fn handle(&mut self, told: ToViewer, ctx: &mut Self::Context) {
        if !matches!(self.state, State::Open(_)) {
            return;
        }
        match (&told.frame, told.ping) {
            (None, None) => {
                self.close(ctx, CLOSE_BUSY, "too slow");
                return;
            }
            (Some(Frame::Text(bytes)), _) => ctx.text(utf8(bytes.clone())),
            (Some(Frame::Binary(bytes)), _) => ctx.binary(bytes.clone()),
            (None, Some(_)) => {}
        }
        if let Some(counter) = told.ping {
            ctx.ping(&counter.to_be_bytes());
        }
    }
}

impl Handler<Notified> for ViewerSocket {
    type Result = ();
    fn handle(&mut self, Notified(frame): Notified, ctx: &mut Self::Context) {
        if matches!(self.state, State::Open(_)) {
            ctx.text(&*frame);
        }
    }
}

impl Handler<Ended> for ViewerSocket {
    type Result = ();
    fn handle(&mut self, why: Ended, ctx: &mut Self::Context) {
        match why {
            Ended::Login => self.close(ctx, CLOSE_LOGIN, "the session was ended"),
            Ended::Replaced => {}
            Ended::Shutdown { retry_after_ms } => {
                ctx.text(utf8(frames::to_bytes(&DispatchServer::Bye { retry_after_ms })));
                self.close(ctx, 1012, "restart");
            }
        }
    }
}
