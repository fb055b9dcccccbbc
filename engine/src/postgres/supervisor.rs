//! The thread that owns PostgreSQL's process: starts it, restarts it when it dies, ends it.
//!
//! The kernel sends the death signal when the *thread* that spawned the child ends, so this one lasts
//! exactly as long as PostgreSQL is wanted.

use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::watch;

use super::PostgresError;
use super::process::{Launch, end, pid_of};

/// How often the process is looked at: a death is noticed within this.
const WATCH: Duration = Duration::from_millis(20);

/// The first pause after a death; doubled after each failed restart.
const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// The longest pause between restarts.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// What becomes of the private PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It takes connections.
    Ready {
        /// The postmaster's process id.
        pid: i32,
        /// How often it was restarted since the server began.
        restarts: u32,
    },
    /// It died and is being restarted.
    Down {
        /// Why, in its own or the system's words.
        why: String,
    },
    /// It was told to end and has ended.
    Stopped,
}

/// The order to end. The closed channel means the same.
#[derive(Debug)]
struct Stop;

/// The handle on the thread.
#[derive(Debug)]
pub(super) struct Supervisor {
    orders: Sender<Stop>,
    state: watch::Receiver<State>,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Starts the thread and PostgreSQL in it; returns once PostgreSQL takes connections.
    pub(super) fn start(launch: Launch) -> Result<Supervisor, PostgresError> {
        let log = launch.folder.log();
        let failed = |why: String| PostgresError::Start { why, log: log.clone() };
        let (orders, inbox) = mpsc::channel();
        let (said, first) = mpsc::channel();
        let body = move || run(&launch, &inbox, &said);
        let thread = thread::Builder::new().name("postgres".to_owned()).spawn(body);
        let thread = thread.map_err(|cause| failed(cause.to_string()))?;
        let state = first.recv().map_err(|_| failed("its thread ended".to_owned()))??;
        Ok(Supervisor { orders, state, thread: Some(thread) })
    }

    /// The postmaster's process id, 0 while it is down.
    pub(super) fn pid(&self) -> i32 {
        match *self.state.borrow() {
            State::Ready { pid, .. } => pid,
            State::Down { .. } | State::Stopped => 0,
        }
    }

    /// Follows the state.
    pub(super) fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Ends PostgreSQL and waits for that.
    pub(super) fn stop(&mut self) {
        // A thread that is gone has ended PostgreSQL already.
        let _ = self.orders.send(Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

type First = Result<watch::Receiver<State>, PostgresError>;

fn run(launch: &Launch, inbox: &Receiver<Stop>, said: &Sender<First>) {
    let mut child = match launch.start(|| is_over(inbox)) {
        Ok(Some(child)) => child,
        Ok(None) => return,
        Err(error) => {
            // Nobody listening any more is as good.
            let _ = said.send(Err(error));
            return;
        }
    };
    let (state, watched) = watch::channel(State::Ready { pid: pid_of(&child), restarts: 0 });
    let _ = said.send(Ok(watched));
    let mut restarts = 0;
    while let Some(why) = watch_child(&mut child, inbox) {
        tracing::error!(%why, "PostgreSQL died; restarting it");
        state.send_replace(State::Down { why });
        let Some(next) = restart(launch, inbox, &state) else { break };
        child = next;
        restarts += 1;
        tracing::info!(restarts, "PostgreSQL is back");
        state.send_replace(State::Ready { pid: pid_of(&child), restarts });
    }
    end(&mut child);
    state.send_replace(State::Stopped);
}

/// Watches until the order to end (`None`) or its death (why).
fn watch_child(child: &mut Child, inbox: &Receiver<Stop>) -> Option<String> {
    loop {
        match inbox.recv_timeout(WATCH) {
            Ok(Stop) | Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status.to_string());
        }
    }
}

/// Tries until it is back, with growing pauses; `None` on the order to end.
fn restart(launch: &Launch, inbox: &Receiver<Stop>, state: &watch::Sender<State>) -> Option<Child> {
    let mut pause = BACKOFF_MIN;
    loop {
        match launch.start(|| is_over(inbox)) {
            Ok(child) => return child,
            Err(error) => {
                tracing::error!(%error, "PostgreSQL did not come back");
                state.send_replace(State::Down { why: error.to_string() });
            }
        }
        match inbox.recv_timeout(pause) {
            Ok(Stop) | Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => pause = (pause * 2).min(BACKOFF_MAX),
        }
    }
}

fn is_over(inbox: &Receiver<Stop>) -> bool {
    !matches!(inbox.try_recv(), Err(TryRecvError::Empty))
}
