//! A phone's side of the promise: points are kept until acked and sent again, oldest first, after `welcome`.

use std::collections::VecDeque;

use serde_json::{Value, json};
use uuid::Uuid;

use super::heard::Ack;
use super::point::{self, Point};

/// The most points a `pings` frame may carry.
pub const FRAME_POINTS: usize = 500;

/// A point that waits for its ack.
#[derive(Debug, Clone, Copy)]
pub struct Queued {
    /// Its number within the boot.
    pub seq: u32,
    /// When it should have been sent, microseconds of the run's clock.
    pub due_us: u64,
    /// The fix.
    pub point: Point,
}

/// The state of one phone that outlives its sockets. Plain data: no socket, no clock.
#[derive(Debug)]
pub struct Session {
    /// The device's id.
    pub device: Uuid,
    /// The id of this store of points.
    pub boot: Uuid,
    /// What `hello` carries until a `resume` is known.
    pub token: String,
    resume: Option<String>,
    next: u32,
    queue: VecDeque<Queued>,
    in_flight: usize,
    socket_upto: u32,
    last_at: i64,
    /// What the server did that the wire contract forbids; empty in a good run.
    pub violations: Vec<String>,
}

impl Session {
    /// A phone with an empty store.
    pub fn new(device: Uuid, boot: Uuid, token: String) -> Self {
        Self {
            device,
            boot,
            token,
            resume: None,
            next: 1,
            queue: VecDeque::new(),
            in_flight: 0,
            socket_upto: 0,
            last_at: i64::MIN,
            violations: Vec::new(),
        }
    }

    /// The `hello` for a fresh socket. Everything unacked will be sent again on it.
    pub fn hello(&mut self, now: i64) -> String {
        self.in_flight = 0;
        self.socket_upto = 0;
        let token = self.resume.as_deref().unwrap_or(&self.token);
        json!({"type": "hello", "token": token, "device": self.device, "boot": self.boot,
               "app": "campo-bench/0.1", "now": now})
        .to_string()
    }

    /// Takes `welcome`'s new resume token.
    pub fn on_welcome(&mut self, welcome: &Value) {
        if let Some(resume) = welcome.get("resume").and_then(Value::as_str) {
            self.resume = Some(resume.to_owned());
        }
    }

    /// Forgets the resume token: the login session ended (4401) and `token` is a fresh one.
    pub fn sign_in_again(&mut self, token: String) {
        self.token = token;
        self.resume = None;
    }

    /// Keeps a fix. No two of a boot get the same `at`: a later one moves up by a millisecond.
    pub fn push(&mut self, mut point: Point, due_us: u64) -> u32 {
        point.at = point.at.max(self.last_at.saturating_add(1));
        self.last_at = point.at;
        let seq = self.next;
        self.next += 1;
        self.queue.push_back(Queued { seq, due_us, point });
        seq
    }

    /// How many kept points this socket has not been sent yet.
    pub fn unsent(&self) -> usize {
        self.queue.len() - self.in_flight
    }

    /// How many points wait for an ack.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Number of the newest point, 0 before the first.
    pub fn newest(&self) -> u32 {
        self.next - 1
    }

    /// Appends the next `pings` text with at most `most` unsent points, oldest first; says how many it took.
    pub fn write_frame(&mut self, most: usize, now: i64, out: &mut Vec<u8>) -> usize {
        let take = self.unsent().min(most).min(FRAME_POINTS);
        let Some(first) = self.queue.get(self.in_flight) else { return 0 };
        let points = self.queue.iter().skip(self.in_flight).take(take).map(|q| &q.point);
        point::write_pings(first.seq, now, points, out);
        self.in_flight += take;
        take
    }

    /// Settles points. `on` hears each one that leaves the store, with the code if it was refused.
    pub fn on_ack(&mut self, ack: &Ack, mut on: impl FnMut(&Queued, Option<&str>)) {
        if ack.upto < self.socket_upto {
            self.violations.push(format!("upto fell from {} to {}", self.socket_upto, ack.upto));
            return;
        }
        let last_sent = self.in_flight.checked_sub(1).and_then(|i| self.queue.get(i)).map(|q| q.seq);
        let highest = last_sent.unwrap_or_else(|| self.queue.front().map_or(self.next, |q| q.seq) - 1);
        if ack.upto > highest {
            self.violations.push(format!("upto {} covers points never sent (last {highest})", ack.upto));
        }
        self.socket_upto = ack.upto;
        while let Some(first) = self.queue.front().filter(|q| q.seq <= ack.upto) {
            let code = ack.rejected.iter().find(|(seq, _)| *seq == first.seq).map(|(_, code)| code.as_str());
            on(first, code);
            self.queue.pop_front();
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session() -> Session {
        Session::new(Uuid::nil(), Uuid::nil(), "t".into())
    }

    proptest! {
        /// Through any mixture of sends, acks and lost sockets: every point leaves exactly once, in order,
        /// each resend begins at the oldest unacked, and no point is forgotten.
        #[test]
        fn nothing_is_forgotten(steps in prop::collection::vec((0u8..4, 1u32..40), 1..120)) {
            let mut session = session();
            let mut settled = Vec::new();
            for (step, n) in steps {
                match step {
                    0 => (0..n).for_each(|_| { session.push(Point::at(5, 0.0, 0.0), 0); }),
                    1 => { session.write_frame(n as usize, 0, &mut Vec::new()); }
                    2 => { session.hello(0); }
                    _ => {
                        let first = session.queue.front().map_or(session.next, |q| q.seq);
                        let upto = (first - 1 + n).min(first - 1 + session.in_flight as u32);
                        let ack = Ack { upto, ..Ack::default() };
                        session.on_ack(&ack, |q, _| settled.push((q.seq, q.point.at)));
                    }
                }
                prop_assert!(session.violations.is_empty());
                prop_assert_eq!(settled.len() + session.waiting(), session.newest() as usize);
            }
            session.hello(0);
            let mut text = Vec::new();
            if session.write_frame(1, 0, &mut text) == 1 {
                let frame: Value = serde_json::from_slice(&text).unwrap();
                prop_assert_eq!(frame["from"].as_u64().unwrap(), settled.len() as u64 + 1);
            }
            prop_assert!(settled.iter().enumerate().all(|(i, (seq, _))| *seq == i as u32 + 1));
            prop_assert!(settled.windows(2).all(|w| w[0].1 < w[1].1));
        }
    }

    #[test]
    fn an_ack_of_what_was_never_sent_is_a_violation() {
        let mut session = session();
        session.push(Point::at(1, 0.0, 0.0), 0);
        session.on_ack(&Ack { upto: 1, ..Ack::default() }, |_, _| {});
        assert_eq!(session.violations.len(), 1);
    }
}
