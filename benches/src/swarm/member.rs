//! One phone of the swarm.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Plan;
use super::stats::Stats;
use crate::client::frame::{self, Decoder};
use crate::client::heard::{self, Heard};
use crate::client::point::Point;
use crate::client::session::Session;
use crate::error::Outcome;
use crate::rng::Rng;

/// How far a socket has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// `hello` is out.
    Hello,
    /// The shift is being opened.
    Shift,
    /// Points may go out.
    Live,
}

/// An open socket.
#[derive(Debug)]
pub struct Conn {
    /// The connection.
    pub stream: mio::net::TcpStream,
    /// What arrived in part.
    pub decoder: Decoder,
    /// What the kernel has not taken yet.
    pub out: Vec<u8>,
    /// How far it has come.
    pub stage: Stage,
}

impl Conn {
    /// A fresh socket.
    pub fn new(stream: mio::net::TcpStream) -> Self {
        Self { stream, decoder: Decoder::default(), out: Vec::new(), stage: Stage::Hello }
    }
}

/// One technician with a phone.
#[derive(Debug)]
pub struct Member {
    /// The user's id.
    pub user: Uuid,
    /// Points kept and numbered.
    pub session: Session,
    /// Place in the period, `[0, 1)`.
    pub phase: f64,
    /// The socket, while there is one.
    pub conn: Option<Conn>,
    /// Points acked as stored: number and `at`.
    pub acked: Vec<(u32, i64)>,
    lat_e7: i32,
    lon_e7: i32,
    step_e7: i32,
}

impl Member {
    /// A phone somewhere in the town, at rest or driving north.
    pub fn new(user: Uuid, token: String, rng: &mut Rng) -> Self {
        Self {
            user,
            session: Session::new(rng.uuid(), rng.uuid(), token),
            phase: rng.unit(),
            conn: None,
            acked: Vec::new(),
            lat_e7: (rng.between(-34.95, -34.85) * 1e7) as i32,
            lon_e7: (rng.between(-60.05, -59.95) * 1e7) as i32,
            // Up to 0.5 m a fix at 20 fixes a second: 10 m/s, so that no point is an outlier.
            step_e7: rng.between(0.0, 45.0) as i32,
        }
    }

    /// Whether points may go out.
    pub fn is_live(&self) -> bool {
        self.conn.as_ref().is_some_and(|c| c.stage == Stage::Live)
    }

    /// Takes a fix.
    pub fn fix(&mut self, at: i64, due_us: u64) {
        self.lat_e7 += self.step_e7;
        let point = Point {
            at,
            lat_e7: self.lat_e7,
            lon_e7: self.lon_e7,
            accuracy_dm: Some(50),
            speed_cms: Some(850),
            heading_deg: Some(0),
            battery_pct: None,
        };
        self.session.push(point, due_us);
    }

    /// Hears bytes of this phone's socket.
    pub fn hear(
        &mut self,
        bytes: &[u8],
        now_us: u64,
        now_ms: i64,
        plan: &Plan,
        stats: &mut Stats,
    ) -> Outcome<()> {
        let Self { session, conn: Some(conn), acked, .. } = self else { return Ok(()) };
        let Conn { decoder, out, stage, .. } = conn;
        decoder.feed(bytes, |opcode, payload| match opcode {
            frame::TEXT => match heard::read(payload) {
                Heard::Ack(ack) => {
                    stats.acks += 1;
                    session.on_ack(&ack, |queued, code| match code {
                        None => {
                            acked.push((queued.seq, queued.point.at));
                            stats.settled(queued.due_us, now_us, plan);
                        }
                        Some(code) => stats.refused(code),
                    });
                }
                Heard::Other(value) => other(&value, session, out, stage, now_ms, stats),
                Heard::Nonsense => stats.complain("a frame that is not JSON".to_owned()),
            },
            frame::PING => frame::encode(frame::PONG, payload, [0; 4], out),
            frame::CLOSE => {
                let (code, reason) = frame::close_code(payload);
                stats.complain(format!("closed with {code} {reason}"));
            }
            _ => {}
        })
    }
}

fn other(
    value: &Value,
    session: &mut Session,
    out: &mut Vec<u8>,
    stage: &mut Stage,
    now: i64,
    stats: &mut Stats,
) {
    match value.get("type").and_then(Value::as_str) {
        Some("welcome") => {
            session.on_welcome(value);
            if value.get("shift").and_then(Value::as_bool) == Some(true) {
                *stage = Stage::Live;
                return;
            }
            *stage = Stage::Shift;
            let shift = json!({"type": "shift", "id": Uuid::new_v4(), "on": true, "at": now - 1_000});
            frame::encode(frame::TEXT, shift.to_string().as_bytes(), [0; 4], out);
        }
        Some("result") if value.get("ok").and_then(Value::as_bool) == Some(true) => *stage = Stage::Live,
        Some("job" | "job_gone" | "bye") => {}
        _ => stats.complain(value.to_string()),
    }
}
