//! Thousands of phones in one thread: the open-loop generator of `load` and `crash`.
//!
//! One `poll` a millisecond serves all sockets, frames are built in one buffer and written at once, acks are
//! read by a scan. That costs less than a task and a timer per socket, and the two cores are shared with the
//! server that is being measured. A tick adds at most a millisecond to a latency, never takes one away.

pub mod member;
pub mod stats;

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use uuid::Uuid;

use crate::client::connect::{self, Options};
use crate::client::frame;
use crate::clock::Clock;
use crate::error::{Outcome, Trouble};
use crate::rng::Rng;

use member::{Conn, Member, Stage};
use stats::Stats;

/// How often all sockets are looked at.
const TICK: Duration = Duration::from_millis(1);

/// What the swarm does.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Points a second over all members.
    pub rate: f64,
    /// Points that are gathered into one frame while nothing is late.
    pub points_per_frame: usize,
    /// Send what piled up in full frames, as phones do after a gap; without it each point stays a frame.
    pub batch_late: bool,
    /// Points due before this moment are not measured, microseconds of the clock.
    pub warm_until_us: u64,
}

/// All phones and their sockets.
#[derive(Debug)]
pub struct Swarm {
    server: SocketAddr,
    /// The run's clock.
    pub clock: Clock,
    /// What the swarm does; may be changed between steps.
    pub plan: Plan,
    /// The phones.
    pub members: Vec<Member>,
    /// What happened.
    pub stats: Stats,
    /// Whether points come due.
    pub sending: bool,
    poll: Poll,
    events: Events,
    order: Vec<usize>,
    turn: usize,
    round: u64,
    epoch_us: u64,
    next_tick: Instant,
    scratch: Vec<u8>,
    text: Vec<u8>,
}

impl Swarm {
    /// Phones for these people, with phases drawn from `seed`.
    pub fn new(server: SocketAddr, people: Vec<(Uuid, String)>, plan: Plan, seed: u64) -> Outcome<Self> {
        let mut rng = Rng::new(seed);
        let members: Vec<Member> =
            people.into_iter().map(|(user, token)| Member::new(user, token, &mut rng)).collect();
        let mut order: Vec<usize> = (0..members.len()).collect();
        let phase = |i: &usize| members.get(*i).map_or(0.0, |m| m.phase);
        order.sort_by(|a, b| phase(a).total_cmp(&phase(b)));
        Ok(Self {
            server,
            clock: Clock::start(),
            plan,
            members,
            stats: Stats::new()?,
            sending: false,
            poll: Poll::new()?,
            events: Events::with_capacity(4096),
            order,
            turn: 0,
            round: 0,
            epoch_us: 0,
            next_tick: Instant::now(),
            scratch: vec![0; 64 << 10],
            text: Vec::with_capacity(64 << 10),
        })
    }

    /// Lets points come due from now on.
    pub fn begin(&mut self) {
        self.epoch_us = self.clock.us();
        self.turn = 0;
        self.round = 0;
        self.sending = true;
    }

    /// Opens a socket for every phone without one and says hello on it.
    pub fn connect(&mut self) -> Outcome<()> {
        for i in 0..self.members.len() {
            if self.members.get(i).is_some_and(|m| m.conn.is_none()) {
                self.connect_one(i)?;
            }
        }
        Ok(())
    }

    fn connect_one(&mut self, i: usize) -> Outcome<()> {
        let options = Options { source: Some(connect::source(i)), receive_buffer: None };
        let (stream, behind) = connect::open(self.server, "/ws/technician", options)?;
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(i), Interest::READABLE | Interest::WRITABLE)?;
        let now = self.clock.wall_ms(self.clock.us());
        let Some(member) = self.members.get_mut(i) else { return Ok(()) };
        let mut conn = Conn::new(stream);
        let hello = member.session.hello(now);
        frame::encode(frame::TEXT, hello.as_bytes(), [0; 4], &mut conn.out);
        member.conn = Some(conn);
        self.hear(i, &behind);
        self.flush(i);
        Ok(())
    }

    /// Steps until every phone is signed in and on shift.
    pub fn until_live(&mut self, patience: Duration) -> Outcome<()> {
        let began = Instant::now();
        while began.elapsed() < patience {
            self.step()?;
            if self.members.iter().all(Member::is_live) {
                return Ok(());
            }
        }
        let live = self.members.iter().filter(|m| m.is_live()).count();
        let complaint = self.stats.complaints.first().cloned().unwrap_or_default();
        Err(Trouble::new(format!(
            "{live} of {} phones were live after {patience:?} {complaint}",
            self.members.len()
        )))
    }

    /// Steps until every point is settled or patience ends; says how many are left.
    pub fn drain(&mut self, patience: Duration) -> Outcome<usize> {
        self.sending = false;
        let began = Instant::now();
        while self.waiting() > 0 && began.elapsed() < patience {
            self.step()?;
        }
        Ok(self.waiting())
    }

    /// Points without an ack.
    pub fn waiting(&self) -> usize {
        self.members.iter().map(|m| m.session.waiting()).sum()
    }

    /// Phones that have a socket.
    pub fn open_sockets(&self) -> usize {
        self.members.iter().filter(|m| m.conn.is_some()).count()
    }

    /// Drops every socket without a word.
    pub fn cut_all(&mut self) {
        for member in &mut self.members {
            member.conn = None;
        }
    }

    /// One tick: waits for it, reads what came, sends what is due.
    pub fn step(&mut self) -> Outcome<()> {
        let now = Instant::now();
        if let Some(wait) = self.next_tick.checked_duration_since(now) {
            std::thread::sleep(wait);
            self.next_tick += TICK;
        } else {
            self.next_tick = now + TICK;
        }
        match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e.into()),
            _ => {}
        }
        let ready: Vec<(usize, bool)> = self
            .events
            .iter()
            .map(|e| (e.token().0, e.is_readable() || e.is_read_closed() || e.is_error()))
            .collect();
        for (i, readable) in ready {
            if readable {
                self.read(i);
            }
            self.flush(i);
        }
        self.send_due();
        Ok(())
    }

    /// Keeps every point that is due and sends it where the phone is live.
    fn send_due(&mut self) {
        if !self.sending || self.order.is_empty() {
            return;
        }
        let period_us = self.members.len() as f64 / self.plan.rate * 1e6;
        let now = self.clock.us();
        while let Some(&i) = self.order.get(self.turn) {
            let Some(member) = self.members.get_mut(i) else { break };
            let due = self.epoch_us + ((self.round as f64 + member.phase) * period_us) as u64;
            if due > now {
                break;
            }
            let at = self.clock.wall_ms(due);
            member.fix(at, due);
            self.stats.due += 1;
            self.stats.late(due, now, &self.plan);
            if member.session.unsent() >= self.plan.points_per_frame {
                self.send(i);
            }
            self.turn += 1;
            if self.turn == self.order.len() {
                self.turn = 0;
                self.round += 1;
            }
        }
    }

    /// Sends what this phone has kept, unless its socket is still busy with earlier bytes.
    fn send(&mut self, i: usize) {
        let now = self.clock.wall_ms(self.clock.us());
        let Some(member) = self.members.get_mut(i) else { return };
        let Some(conn) = member.conn.as_mut().filter(|c| c.stage == Stage::Live) else { return };
        while conn.out.is_empty() && member.session.unsent() > 0 {
            let late = self.plan.batch_late && member.session.unsent() > self.plan.points_per_frame;
            let most = if late { usize::MAX } else { self.plan.points_per_frame };
            self.text.clear();
            let taken = member.session.write_frame(most, now, &mut self.text);
            self.stats.frames += 1;
            self.stats.sent += taken as u64;
            frame::encode(frame::TEXT, &self.text, [0; 4], &mut conn.out);
            if conn.write_out().is_err() {
                member.conn = None;
                self.stats.lost_sockets += 1;
                return;
            }
        }
    }

    fn flush(&mut self, i: usize) {
        let Some(member) = self.members.get_mut(i) else { return };
        let Some(conn) = member.conn.as_mut() else { return };
        if !conn.out.is_empty() && conn.write_out().is_err() {
            member.conn = None;
            self.stats.lost_sockets += 1;
            return;
        }
        // After a welcome, or once a full socket has room again, what was kept goes out.
        if member.session.unsent() >= self.plan.points_per_frame
            || (!self.sending && member.session.unsent() > 0)
        {
            self.send(i);
        }
    }

    /// Reads until the kernel has no more; a short read says so without another call.
    fn read(&mut self, i: usize) {
        let mut scratch = std::mem::take(&mut self.scratch);
        while let Some(conn) = self.members.get_mut(i).and_then(|m| m.conn.as_mut()) {
            match conn.stream.read(&mut scratch) {
                Ok(n) if n > 0 => {
                    self.hear(i, scratch.get(..n).unwrap_or_default());
                    if n < scratch.len() {
                        break;
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                _ => {
                    if let Some(member) = self.members.get_mut(i) {
                        member.conn = None;
                    }
                    self.stats.lost_sockets += 1;
                    break;
                }
            }
        }
        self.scratch = scratch;
    }

    fn hear(&mut self, i: usize, bytes: &[u8]) {
        let now_us = self.clock.us();
        let now_ms = self.clock.wall_ms(now_us);
        let Some(member) = self.members.get_mut(i) else { return };
        let whole = member.hear(bytes, now_us, now_ms, &self.plan, &mut self.stats);
        if let Err(trouble) = whole {
            self.stats.complain(trouble.to_string());
            member.conn = None;
        }
    }
}

impl Conn {
    /// Writes what is pending until the kernel takes no more.
    fn write_out(&mut self) -> io::Result<()> {
        let mut done = 0;
        while done < self.out.len() {
            match self.stream.write(self.out.get(done..).unwrap_or_default()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.out.drain(..done);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
