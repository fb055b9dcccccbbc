//! The rounds themselves: load, kill, restart, resume.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Args, LAST_ACKS};
use crate::error::{Outcome, Trouble};
use crate::proc;
use crate::rng::Rng;
use crate::say;
use crate::server::Server;
use crate::swarm::Swarm;

/// After a kill the last bytes of the dead still arrive: acks among them count as given.
const LAST_BYTES: Duration = Duration::from_millis(60);
/// All phones must be back within this.
const BACK_WITHIN: Duration = Duration::from_secs(60);
/// How long PostgreSQL hangs before the server is killed in a stalled round, milliseconds.
const STALL_MS: (f64, f64) = (25.0, 80.0);
/// A lost socket is opened again after so long.
const RETRY: Duration = Duration::from_millis(200);

/// What is killed in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    /// The server, while PostgreSQL hangs for a moment as on a slow disk: what was acked then was acked too early.
    Stalled,
    Backend,
    Both,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Tally {
    /// Exec to ready after the server alone was killed, milliseconds.
    pub ready_ms: Vec<u64>,
    /// Exec to ready after PostgreSQL had crashed too, milliseconds.
    pub ready_after_crash_ms: Vec<u64>,
    /// A killed backend to the next ack, milliseconds.
    pub outage_ms: Vec<u64>,
    /// Rounds done.
    pub done: usize,
    /// Points without an ack at the end.
    pub unacked: usize,
    /// Points that were in flight (sent, unacked) at the kills.
    pub in_flight: usize,
}

impl Tally {
    /// The figures, for people.
    pub fn print(&self, rounds: usize) {
        say!(
            "rounds   {} of {rounds}; {} points were unacked at the moments of the kills",
            self.done,
            self.in_flight
        );
        for (what, times) in [
            ("ready after kill -9 of the server", &self.ready_ms),
            ("ready after kill -9 of server and PostgreSQL", &self.ready_after_crash_ms),
            ("next ack after kill -9 of a backend", &self.outage_ms),
        ] {
            let mut sorted = times.clone();
            sorted.sort_unstable();
            if let (Some(median), Some(most)) = (sorted.get(sorted.len() / 2), sorted.last()) {
                say!("{what}: median {median} ms, most {most} ms (n {})", sorted.len());
            }
        }
    }
}

/// Everything a run needs.
pub struct Rounds {
    server: Server,
    swarm: Swarm,
    rng: Rng,
    rounds: usize,
    load_ms: (u64, u64),
    postgres_every: usize,
    stall_every: usize,
    tally: Tally,
    next_try: Instant,
}

impl Rounds {
    /// Ready to begin.
    pub fn new(args: &Args, server: Server, swarm: Swarm) -> Self {
        Self {
            server,
            swarm,
            rng: Rng::new(args.seed ^ 0xc0a5),
            rounds: args.rounds,
            load_ms: (args.least_ms, args.most_ms.max(args.least_ms + 1)),
            postgres_every: args.postgres_every,
            stall_every: args.stall_every,
            tally: Tally::default(),
            next_try: Instant::now(),
        }
    }

    /// All rounds, then the last acks. Everything comes back, whatever happened.
    pub fn all(mut self) -> (Swarm, Server, Tally, Outcome<()>) {
        let ended = self.go();
        (self.swarm, self.server, self.tally, ended)
    }

    fn go(&mut self) -> Outcome<()> {
        self.swarm.connect()?;
        self.swarm.until_live(BACK_WITHIN)?;
        self.swarm.begin();
        for round in 1..=self.rounds {
            self.round(round).map_err(|t| t.while_doing(&format!("round {round}")))?;
            self.tally.done = round;
            if round % 10 == 0 || round == self.rounds {
                let last = self.tally.ready_ms.last().copied().unwrap_or(0);
                say!("round {round}: acked {}, last ready in {last} ms", self.swarm.stats.acked);
            }
        }
        self.load(Duration::from_millis(500))?;
        self.swarm.sending = false;
        let began = Instant::now();
        while self.swarm.waiting() > 0 && began.elapsed() < LAST_ACKS {
            self.step()?;
        }
        self.tally.unacked = self.swarm.waiting();
        Ok(())
    }

    fn victim(&self, round: usize) -> Victim {
        let turn =
            |every: usize| if every > 0 && round.is_multiple_of(every) { Some(round / every) } else { None };
        match (turn(self.postgres_every), turn(self.stall_every)) {
            (Some(turn), _) if turn.is_multiple_of(2) => Victim::Both,
            (Some(_), _) => Victim::Backend,
            (None, Some(_)) => Victim::Stalled,
            (None, None) => Victim::Server,
        }
    }

    fn round(&mut self, round: usize) -> Outcome<()> {
        let (least, most) = self.load_ms;
        let time = self.rng.between(least as f64, most as f64);
        self.load(Duration::from_micros((time * 1000.0) as u64))?;
        self.tally.in_flight += self.swarm.waiting();
        match self.victim(round) {
            Victim::Server => self.kill_server(false, &[]),
            Victim::Stalled => {
                let hung = proc::postgres_backends(self.server.pid());
                signal_all(&hung, Signal::SIGSTOP);
                let time = self.rng.between(STALL_MS.0, STALL_MS.1);
                let loaded = self.load(Duration::from_micros((time * 1000.0) as u64));
                let killed = loaded.and_then(|()| self.kill_server(false, &hung));
                signal_all(&hung, Signal::SIGCONT);
                killed
            }
            Victim::Backend => self.kill_backend(),
            Victim::Both => {
                kill_one_backend(self.server.pid(), &mut self.rng)?;
                self.load(Duration::from_millis(20))?;
                self.kill_server(true, &[])
            }
        }
    }

    /// Kills it, reads what the dead had still sent, lets `hung` backends go on, restarts, and waits for the phones.
    fn kill_server(&mut self, crashed: bool, hung: &[i32]) -> Outcome<()> {
        self.server.kill_now();
        let began = Instant::now();
        while began.elapsed() < LAST_BYTES && self.swarm.open_sockets() > 0 {
            self.swarm.step()?;
        }
        self.swarm.cut_all();
        self.server.kill();
        signal_all(hung, Signal::SIGCONT);
        let ready = self.server.restart()?.as_millis() as u64;
        if crashed { &mut self.tally.ready_after_crash_ms } else { &mut self.tally.ready_ms }.push(ready);
        self.until_live()
    }

    /// The server stays; its PostgreSQL restarts all backends. Acks must come back, from whatever sockets.
    fn kill_backend(&mut self) -> Outcome<()> {
        kill_one_backend(self.server.pid(), &mut self.rng)?;
        let began = Instant::now();
        // By then the postmaster has heard of it and has ended all backends.
        self.load(Duration::from_millis(100))?;
        let newest = self.swarm.members.iter().map(|m| u64::from(m.session.newest())).sum::<u64>();
        // Points that came after it must be settled for the outage to be over.
        while self.swarm.stats.acked < newest {
            self.step()?;
            if began.elapsed() > BACK_WITHIN {
                return Err(Trouble::new(format!("no acks {BACK_WITHIN:?} after a backend was killed")));
            }
        }
        self.tally.outage_ms.push(began.elapsed().as_millis() as u64);
        self.until_live()
    }

    fn until_live(&mut self) -> Outcome<()> {
        let began = Instant::now();
        while !self.swarm.members.iter().all(crate::swarm::member::Member::is_live) {
            self.step()?;
            if began.elapsed() > BACK_WITHIN {
                return self.swarm.until_live(Duration::ZERO);
            }
        }
        Ok(())
    }

    fn load(&mut self, time: Duration) -> Outcome<()> {
        let began = Instant::now();
        while began.elapsed() < time {
            self.step()?;
        }
        Ok(())
    }

    /// A tick, and a new socket for each phone that lost its own.
    fn step(&mut self) -> Outcome<()> {
        self.swarm.step()?;
        if self.next_try <= Instant::now() {
            self.next_try = Instant::now() + RETRY;
            // The server may be gone at this very moment: the next try tells.
            let _ = self.swarm.connect();
        }
        Ok(())
    }
}

/// A signal to each; one that has ended meanwhile needs none.
fn signal_all(pids: &[i32], signal: Signal) {
    for pid in pids {
        let _ = kill(Pid::from_raw(*pid), signal);
    }
}

/// kill -9 to one of PostgreSQL's client backends below the server.
fn kill_one_backend(server: i32, rng: &mut Rng) -> Outcome<()> {
    let backends = proc::postgres_backends(server);
    let Some(pid) = rng.pick(&backends) else {
        return Err(Trouble::new("no PostgreSQL backend below the server to kill"));
    };
    kill(Pid::from_raw(*pid), Signal::SIGKILL).map_err(|e| Trouble::new(format!("kill -9 {pid}: {e}")))
}
