//! `GET /ws/technician`: a phone. Decodes, keeps the ledger, hands points to the technician's actor.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use actix_http::ws::Item;
use actix_web_actors::ws::{CloseCode, CloseReason, Message, ProtocolError, WebsocketContext};
use bytes::Bytes;
use campo_actors::registry::Registry;
use campo_actors::technician::{Attach, Detach, Heard, RecordPings, Reload, TechnicianActor, ToPhone};
use campo_engine::error::Error;
use campo_engine::ids::{OrgId, Source, UserId};
use campo_engine::jobs::CommandResult;
use campo_engine::tracking::frames::{
    self, CommandFrame, ErrorFrame, PauseFrame, Pings, ShiftFrame, TechnicianClient, TechnicianHello,
    TechnicianServer,
};
use campo_engine::tracking::hello::{self, Phone};
use campo_engine::tracking::ledger::Ledger;
use campo_engine::tracking::order;
use campo_engine::tracking::store::Receipt;
use metrics::counter;
use tracing::{debug, warn};

use super::scan::{Fault, FaultFlag};
use super::wire::Wire;
use super::{
    CLOSE_BUSY, CLOSE_GOING_AWAY, CLOSE_LOGIN, CLOSE_REPLACED, Ended, HELLO_LIMIT, LINGER, Listener,
    Notified, PING_EVERY, SILENCE_LIMIT, Sockets,
};

/// Frames that may wait for a hello, a shift or a command before them.
const MAX_WAITING: usize = 256;
/// Points of one frame.
const MAX_POINTS: usize = 500;
/// Bad frames that a phone may send.
const MAX_ERRORS: u32 = 10;
/// A planned close waits so long for the acks of the last points.
const LAST_ACK: Duration = Duration::from_millis(250);
/// Store and technician -> socket: acks are cumulative and events few.
const MAILBOX: usize = 256;

/// One phone's socket.
pub struct TechnicianSocket {
    registry: Registry,
    sockets: Sockets,
    id: u64,
    flag: FaultFlag,
    wire: Option<Arc<Wire>>,
    state: State,
    /// Frames that wait for their turn: a hello, shift or command before them is still being carried out.
    waiting: VecDeque<TechnicianClient>,
    is_busy: bool,
    is_leaving: bool,
    errors: u32,
    heard: Instant,
    fragments: Vec<u8>,
    fragments_are_text: bool,
}

/// How far the conversation is.
enum State {
    /// Nothing was said.
    Fresh,
    /// A hello is being looked at.
    Greeting,
    /// Points may come.
    Open(Box<Open>),
    /// A close frame is on its way.
    Closing,
}

struct Open {
    org: OrgId,
    user: UserId,
    source: Source,
    ping_every_s: u32,
    technician: Addr<TechnicianActor>,
    ledger: Ledger,
    receipt: Arc<Receipt>,
}

impl TechnicianSocket {
    /// A socket that has said nothing yet.
    pub fn new(registry: Registry, sockets: Sockets, flag: FaultFlag, wire: Option<Wire>) -> Self {
        Self {
            id: registry.socket_id(),
            registry,
            sockets,
            flag,
            wire: wire.map(Arc::new),
            state: State::Fresh,
            waiting: VecDeque::new(),
            is_busy: false,
            is_leaving: false,
            errors: 0,
            heard: Instant::now(),
            fragments: Vec::new(),
            fragments_are_text: false,
        }
    }

    /// Sends a close frame and lingers, so that it is not lost to a reset by what the peer still sends.
    fn close(&mut self, ctx: &mut WebsocketContext<Self>, code: u16, reason: &str) {
        if matches!(self.state, State::Closing) {
            return;
        }
        self.detach();
        self.state = State::Closing;
        self.waiting.clear();
        ctx.close(Some(CloseReason { code: CloseCode::from(code), description: Some(reason.into()) }));
        ctx.run_later(LINGER, |_, ctx| ctx.stop());
    }

    fn detach(&mut self) {
        if let State::Open(open) = &self.state {
            // A full mailbox: the technician finds the closed address with its next frame.
            let _ = open.technician.try_send(Detach { socket: self.id });
            self.sockets.left(self.id);
        }
    }

    /// A frame that cannot be taken; ten of them end the socket.
    fn refuse(&mut self, ctx: &mut WebsocketContext<Self>, code: &str, detail: String) {
        self.errors += 1;
        counter!("campo_frames_refused_total").increment(1);
        let frame = TechnicianServer::Error(ErrorFrame { code: code.into(), detail });
        ctx.text(utf8(frames::to_bytes(&frame)));
        if self.errors >= MAX_ERRORS {
            self.close(ctx, 1008, "too many bad frames");
        }
    }

    fn on_text(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        match TechnicianClient::parse(text) {
            Ok(frame) => self.on_frame(frame, ctx),
            Err(e) => self.refuse(ctx, "FRAME_001", format!("not a frame of the contract: {e}")),
        }
    }

    /// Carries a frame out, or lets it wait for its turn.
    fn on_frame(&mut self, frame: TechnicianClient, ctx: &mut WebsocketContext<Self>) {
        if self.is_leaving {
            // Not taken, hence not acknowledged: the phone sends it again after its next welcome.
            return;
        }
        if self.is_busy {
            if self.waiting.len() >= MAX_WAITING {
                self.close(ctx, CLOSE_BUSY, "too many frames wait");
                return;
            }
            self.waiting.push_back(frame);
            return;
        }
        match (&self.state, frame) {
            (State::Closing, _) => {}
            (State::Fresh, TechnicianClient::Hello(hello)) => self.greet(hello, ctx),
            (State::Fresh | State::Greeting, _) => self.close(ctx, CLOSE_LOGIN, "hello comes first"),
            (State::Open(_), TechnicianClient::Hello(_)) => {
                self.refuse(ctx, "FRAME_002", "hello was said already".into());
            }
            (State::Open(_), TechnicianClient::Pings(pings)) => self.on_pings(pings, ctx),
            (State::Open(_), TechnicianClient::Command(command)) => self.on_command(command, ctx),
            (State::Open(_), TechnicianClient::Shift(shift)) => self.on_shift(shift, ctx),
            (State::Open(_), TechnicianClient::Pause(pause)) => self.on_pause(pause, ctx),
        }
    }

    /// Frames after this one wait until the future is done: their meaning depends on it.
    fn in_turn<T: 'static>(
        &mut self,
        ctx: &mut WebsocketContext<Self>,
        future: impl Future<Output = T> + 'static,
        then: impl FnOnce(&mut Self, T, &mut WebsocketContext<Self>) + 'static,
    ) {
        self.is_busy = true;
        ctx.spawn(future.into_actor(self).map(|result, socket, ctx| {
            socket.is_busy = false;
            then(socket, result, ctx);
            while !socket.is_busy
                && let Some(frame) = socket.waiting.pop_front()
            {
                socket.on_frame(frame, ctx);
            }
        }));
    }

    fn greet(&mut self, hello: TechnicianHello, ctx: &mut WebsocketContext<Self>) {
        self.state = State::Greeting;
        let engine = self.registry.engine().clone();
        let (device, wants_notices) = (hello.device, hello.notifications);
        let greeting = async move { hello::phone(&engine, &hello, chrono::Utc::now()).await };
        self.in_turn(ctx, greeting, move |socket, greeted, ctx| match greeted {
            Ok(phone) => socket.open(phone, (device, wants_notices), ctx),
            Err(e @ (Error::Unauthorized { .. } | Error::Forbidden)) => {
                socket.close(ctx, CLOSE_LOGIN, &e.to_string());
            }
            Err(e) => {
                warn!(error = %e, "a phone could not be greeted");
                socket.close(ctx, CLOSE_BUSY, "try again later");
            }
        });
    }

    fn open(
        &mut self,
        phone: Phone,
        (device, wants_notices): (uuid::Uuid, bool),
        ctx: &mut WebsocketContext<Self>,
    ) {
        if matches!(self.state, State::Closing) {
            return;
        }
        let Some(technician) = self.registry.technician(phone.org, phone.user) else {
            self.close(ctx, CLOSE_BUSY, "try again later");
            return;
        };
        let (address, phone_recipient) = (ctx.address(), ctx.address().recipient());
        let receipt = Receipt::new(move || address.try_send(Settled).is_ok());
        let attach =
            Attach { socket: self.id, source: phone.source, clock: phone.clock, phone: phone_recipient };
        if technician.try_send(attach).is_err() {
            self.close(ctx, CLOSE_BUSY, "try again later");
            return;
        }
        let notified = wants_notices.then(|| ctx.address().recipient());
        let listener = Listener { org: phone.org, user: phone.user, notified };
        self.sockets.joined_phone(
            self.id,
            phone.login,
            (listener, device),
            ctx.address().recipient(),
            self.cutter(),
        );
        let welcome = TechnicianServer::Welcome {
            resume: phone.resume,
            server_time: campo_actors::now_ms(),
            ping_every_s: phone.ping_every_s,
            shift: phone.shift,
            paused_since: phone.paused_since.map(|at| at.timestamp_millis()),
            jobs: phone.jobs,
        };
        ctx.text(utf8(frames::to_bytes(&welcome)));
        counter!("campo_phones_greeted_total").increment(1);
        self.state = State::Open(Box::new(Open {
            org: phone.org,
            user: phone.user,
            source: phone.source,
            ping_every_s: phone.ping_every_s,
            technician,
            ledger: Ledger::default(),
            receipt,
        }));
    }

    fn cutter(&self) -> Arc<dyn Fn() + Send + Sync> {
        let wire = self.wire.clone();
        Arc::new(move || {
            if let Some(wire) = &wire {
                wire.cut();
            }
        })
    }

    fn on_pings(&mut self, pings: Pings, ctx: &mut WebsocketContext<Self>) {
        let State::Open(open) = &mut self.state else { return };
        if pings.points.len() > MAX_POINTS {
            self.refuse(ctx, "FRAME_003", format!("at most {MAX_POINTS} points a frame"));
            return;
        }
        let Some(frame) = open.ledger.on_frame(pings.from, pings.points.len()) else {
            self.refuse(
                ctx,
                "FRAME_004",
                "from must be 1..2147483647, and so must every point's number".into(),
            );
            return;
        };
        let record = RecordPings {
            source: open.source,
            receipt: open.receipt.clone(),
            frame,
            from: pings.from,
            phone_now_ms: pings.now,
            received_ms: campo_actors::now_ms(),
            points: pings.points,
        };
        match open.technician.try_send(record) {
            Ok(()) => {}
            // No point is dropped in silence: without an ack the phone keeps it, and sends it again.
            Err(SendError::Full(_)) => self.close(ctx, CLOSE_BUSY, "too many positions wait"),
            Err(SendError::Closed(_)) => self.close(ctx, CLOSE_GOING_AWAY, "come back"),
        }
    }

    fn on_command(&mut self, command: CommandFrame, ctx: &mut WebsocketContext<Self>) {
        let State::Open(open) = &self.state else { return };
        let (engine, org, user, source) = (self.registry.engine().clone(), open.org, open.user, open.source);
        let carry_out = async move { order::command(&engine, org, user, source, command).await };
        self.in_turn(ctx, carry_out, Self::answer);
    }

    fn on_shift(&mut self, shift: ShiftFrame, ctx: &mut WebsocketContext<Self>) {
        let State::Open(open) = &self.state else { return };
        let (engine, org, user, source) = (self.registry.engine().clone(), open.org, open.user, open.source);
        let carry_out = async move { order::shift(&engine, org, user, source, shift).await };
        self.in_turn(ctx, carry_out, Self::answer_reloaded);
    }

    fn on_pause(&mut self, pause: PauseFrame, ctx: &mut WebsocketContext<Self>) {
        let State::Open(open) = &self.state else { return };
        let (engine, org, user, source) = (self.registry.engine().clone(), open.org, open.user, open.source);
        let carry_out = async move { order::pause(&engine, org, user, source, pause).await };
        self.in_turn(ctx, carry_out, Self::answer_reloaded);
    }

    /// Answers a change of the shift, and has it read before the points that follow.
    fn answer_reloaded(
        &mut self,
        result: campo_engine::error::Result<CommandResult>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        if let State::Open(open) = &self.state {
            // A technician that missed it reads again before refusing any.
            let _ = open.technician.try_send(Reload);
        }
        self.answer(result, ctx);
    }

    fn answer(
        &mut self,
        result: campo_engine::error::Result<CommandResult>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        match result {
            Ok(result) => ctx.text(utf8(frames::to_bytes(&TechnicianServer::Result(result)))),
            Err(e) => {
                warn!(error = %e, "a command could not be carried out");
                // Unanswered, the phone keeps the command and sends it again.
                self.close(ctx, CLOSE_BUSY, "try again later");
            }
        }
    }

    /// Acknowledges what is settled.
    fn ack(&mut self, ctx: &mut WebsocketContext<Self>) {
        let State::Open(open) = &mut self.state else { return };
        let (settled, refused) = open.receipt.take();
        if let Some(ack) = open.ledger.on_settled(settled, &refused) {
            ctx.text(frames::ack(ack.upto, &ack.rejected, open.ping_every_s));
        }
    }

    fn heartbeat(&mut self, ctx: &mut WebsocketContext<Self>) {
        self.ack(ctx);
        if self.heard.elapsed() > SILENCE_LIMIT {
            debug!(socket = self.id, "a phone fell silent");
            self.close(ctx, CLOSE_GOING_AWAY, "silence");
            return;
        }
        if let State::Open(open) = &self.state {
            if !open.technician.connected() {
                self.close(ctx, CLOSE_GOING_AWAY, "come back");
                return;
            }
            ctx.ping(b"");
        }
    }
}

impl Actor for TechnicianSocket {
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
        self.detach();
        self.wire = None;
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for TechnicianSocket {
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
            Ok(Message::Pong(_)) => {
                if let State::Open(open) = &self.state {
                    // A full mailbox holds news of the same kind.
                    let _ = open.technician.try_send(Heard);
                }
            }
            Ok(Message::Binary(_)) => self.refuse(ctx, "FRAME_005", "frames are JSON text".into()),
            Ok(Message::Continuation(part)) => self.on_fragment(part, ctx),
            Ok(Message::Close(reason)) => {
                ctx.close(reason);
                ctx.stop();
            }
            Ok(Message::Nop) => {}
            Err(_) => match self.flag.get() {
                Some(Fault::TooLarge) => self.close(ctx, 1009, "frame too large"),
                Some(Fault::Broken) => self.close(ctx, 1002, "broken framing"),
                // The codec passes on what is not UTF-8 as an input error; framing itself was scanned.
                None => self.refuse(ctx, "FRAME_006", "text must be UTF-8".into()),
            },
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl TechnicianSocket {
    /// Puts a fragmented message together; its size was judged on the wire.
    fn on_fragment(&mut self, part: Item, ctx: &mut WebsocketContext<Self>) {
        match part {
            Item::FirstText(bytes) => {
                self.fragments_are_text = true;
                self.fragments = bytes.to_vec();
            }
            Item::FirstBinary(_) => {
                self.fragments_are_text = false;
                self.fragments.clear();
            }
            Item::Continue(bytes) => self.fragments.extend_from_slice(&bytes),
            Item::Last(bytes) => {
                self.fragments.extend_from_slice(&bytes);
                let whole = std::mem::take(&mut self.fragments);
                if !self.fragments_are_text {
                    self.refuse(ctx, "FRAME_005", "frames are JSON text".into());
                    return;
                }
                match std::str::from_utf8(&whole) {
                    Ok(text) => self.on_text(text, ctx),
                    Err(_) => self.refuse(ctx, "FRAME_006", "text must be UTF-8".into()),
                }
            }
        }
    }
}

/// The writer settled frames of this socket.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Settled;

impl Handler<Settled> for TechnicianSocket {
    type Result = ();
    fn handle(&mut self, _: Settled, ctx: &mut Self::Context) {
        self.ack(ctx);
    }
}

impl Handler<ToPhone> for TechnicianSocket {
    type Result = ();
    fn handle(&mut self, told: ToPhone, ctx: &mut Self::Context) {
        if !matches!(self.state, State::Open(_)) {
            return;
        }
        match told {
            ToPhone::Frame(text) => ctx.text(utf8(text)),
            ToPhone::Overloaded => self.close(ctx, CLOSE_BUSY, "too many positions wait"),
        }
    }
}

impl Handler<Notified> for TechnicianSocket {
    type Result = ();
    fn handle(&mut self, Notified(frame): Notified, ctx: &mut Self::Context) {
        if matches!(self.state, State::Open(_)) {
            ctx.text(&*frame);
        }
    }
}

impl Handler<Ended> for TechnicianSocket {
    type Result = ();
    fn handle(&mut self, why: Ended, ctx: &mut Self::Context) {
        match why {
            Ended::Login => self.close(ctx, CLOSE_LOGIN, "the session was ended"),
            Ended::Replaced => self.close(ctx, CLOSE_REPLACED, "another socket of this device"),
            Ended::Shutdown { retry_after_ms } => {
                self.ack(ctx);
                let in_flight = if let State::Open(open) = &self.state { open.ledger.in_flight() } else { 0 };
                if in_flight > 0 && !std::mem::replace(&mut self.is_leaving, true) {
                    // The last points are nearly committed: their ack saves sending them again.
                    ctx.run_later(LAST_ACK, move |_, ctx| ctx.notify(why));
                    return;
                }
                ctx.text(utf8(frames::to_bytes(&TechnicianServer::Bye { retry_after_ms })));
                self.close(ctx, 1012, "restart");
            }
        }
    }
}

/// Our own JSON is UTF-8.
pub(super) fn utf8(bytes: Bytes) -> bytestring::ByteString {
    bytestring::ByteString::try_from(bytes).unwrap_or_default()
}

/// For tests of the limits.
#[cfg(test)]
const _: () = assert!(MAX_POINTS <= 500 && Duration::from_secs(5).as_secs() == HELLO_LIMIT.as_secs());
