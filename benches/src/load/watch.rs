//! The dispatchers of a load run: those who read and measure, and those who stop reading.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::Args;
use crate::client::connect::{self, Options};
use crate::client::frame;
use crate::client::viewer::{Seen, Viewer};
use crate::clock::{Clock, now_ms};
use crate::error::{Outcome, Trouble};
use crate::proc;
use crate::rest::Office;
use crate::swarm::stats::histogram;
use crate::target::Stage;

/// A stalled viewer's receive buffer: small, so that the server soon feels it.
const SMALL_BUFFER: usize = 4 << 10;

/// What the dispatchers saw. Latencies are microseconds.
#[derive(Debug)]
pub struct Watched {
    /// Ping to frame without stalled neighbours.
    pub alone: Histogram<u64>,
    /// Ping to frame beside stalled ones.
    pub beside: Histogram<u64>,
    /// `positions` frames read.
    pub frames: u64,
    /// What the stalled ones cost, where there were any.
    pub stalled: Option<Stalled>,
}

/// What stalled viewers cost the server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stalled {
    /// How many were opened.
    pub count: usize,
    /// How many the server ended by the end of the run.
    pub ended: usize,
    /// Most resident bytes of the server before they came.
    pub resident_before: u64,
    /// Most resident bytes while they were there.
    pub resident_during: u64,
    /// Most kernel bytes of the server's sockets to them.
    pub kernel: u64,
}

/// What one reader gives back: latencies alone, latencies beside stalled ones, frames.
type Read = (Histogram<u64>, Histogram<u64>, u64);

/// Running dispatchers.
pub struct Watch {
    readers: Vec<JoinHandle<Outcome<Read>>>,
    stalled: Option<JoinHandle<Outcome<Stalled>>>,
    stop: watch::Sender<bool>,
}

/// When the stalled ones come; `u64::MAX` before it is known.
type Moment = Arc<AtomicU64>;

impl Watch {
    /// Opens the readers and, where asked, lets the stalled ones come at half time.
    pub async fn start(args: &Args, stage: &Stage, office: &Office, clock: Clock) -> Outcome<Self> {
        let (stop, stopped) = watch::channel(false);
        let began = clock.us();
        let measured_from = began + args.warm_seconds * 1_000_000;
        let half = measured_from + args.seconds * 500_000;
        let comes: Moment = Arc::new(AtomicU64::new(u64::MAX));
        let mut readers = Vec::new();
        for _ in 0..args.viewers {
            let mut viewer =
                Viewer::open(stage.address, &office.token().await, !args.json, None, Options::default())
                    .await?;
            viewer.view(None).await?;
            let reader = Reader { viewer, clock, from: measured_from, comes: comes.clone() };
            readers.push(tokio::spawn(reader.run(stopped.clone())));
        }
        let stalled = (args.stalled_viewers > 0).then(|| {
            let crowd = Crowd {
                server: stage.address,
                token_of: office.clone(),
                count: args.stalled_viewers,
                pid: stage.pid(),
                clock,
                half,
                comes,
            };
            tokio::spawn(crowd.run(stopped))
        });
        Ok(Self { readers, stalled, stop })
    }

    /// Ends them and gathers what they saw.
    pub async fn finish(self) -> Outcome<Watched> {
        let _ = self.stop.send(true);
        let (mut alone, mut beside, mut frames) = (histogram()?, histogram()?, 0);
        for reader in self.readers {
            let (a, b, n) = reader.await.map_err(|e| Trouble::new(e.to_string()))??;
            alone.add(a).map_err(|e| Trouble::new(e.to_string()))?;
            beside.add(b).map_err(|e| Trouble::new(e.to_string()))?;
            frames += n;
        }
        let stalled = match self.stalled {
            Some(task) => Some(task.await.map_err(|e| Trouble::new(e.to_string()))??),
            None => None,
        };
        Ok(Watched { alone, beside, frames, stalled })
    }
}

/// A dispatcher that reads.
struct Reader {
    viewer: Viewer,
    clock: Clock,
    from: u64,
    comes: Moment,
}

impl Reader {
    /// Every row with a newer `at` of its technician is one measurement: `at` is when it should have been sent.
    async fn run(mut self, mut stop: watch::Receiver<bool>) -> Outcome<Read> {
        let (mut alone, mut beside, mut frames) = (histogram()?, histogram()?, 0u64);
        let mut newest: HashMap<Uuid, i64> = HashMap::new();
        loop {
            let seen = tokio::select! {
                seen = self.viewer.next() => seen?,
                _ = stop.changed() => return Ok((alone, beside, frames)),
            };
            match seen {
                Seen::Positions(rows) => {
                    let now_us = self.clock.us();
                    let now = self.clock.wall_ms(now_us);
                    let comes = self.comes.load(Ordering::Relaxed);
                    frames += 1;
                    let into = if now_us >= comes { &mut beside } else { &mut alone };
                    for row in rows {
                        let before = newest.insert(row.technician, row.at);
                        let due_us = now_us.saturating_sub(((now - row.at).max(0) * 1000) as u64);
                        // What was due before the present phase belongs to neither.
                        let phase_from = if now_us >= comes { comes } else { self.from };
                        if before.is_some_and(|at| row.at > at) && due_us >= phase_from {
                            into.saturating_record(((now - row.at).max(0) * 1000) as u64);
                        }
                    }
                }
                Seen::Closed(code, reason) => {
                    return Err(Trouble::new(format!(
                        "a reading dispatcher was closed with {code} {reason}"
                    )));
                }
                Seen::Event(_) | Seen::Other(_) => {}
            }
        }
    }
}

/// Dispatchers that say hello and never read.
struct Crowd {
    server: SocketAddr,
    token_of: Office,
    count: usize,
    pid: i32,
    clock: Clock,
    half: u64,
    comes: Moment,
}

impl Crowd {
    async fn run(self, mut stop: watch::Receiver<bool>) -> Outcome<Stalled> {
        let mut found = Stalled { count: self.count, ..Stalled::default() };
        while self.clock.us() < self.half {
            found.resident_before = found.resident_before.max(proc::resident_bytes(self.pid));
            if pause(&mut stop).await {
                return Ok(found);
            }
        }
        let token = self.token_of.token().await;
        let (server, count) = (self.server, self.count);
        let open = tokio::task::spawn_blocking(move || open(server, &token, count));
        let sockets = open.await.map_err(|e| Trouble::new(e.to_string()))??;
        self.comes.store(self.clock.us(), Ordering::Relaxed);
        let ports: Vec<u16> = sockets.iter().filter_map(|s| Some(s.local_addr().ok()?.port())).collect();
        loop {
            found.resident_during = found.resident_during.max(proc::resident_bytes(self.pid));
            let (port, theirs) = (self.server.port(), ports.clone());
            let kernel = tokio::task::spawn_blocking(move || proc::socket_bytes(port, &theirs)).await;
            found.kernel = found.kernel.max(kernel.unwrap_or(0));
            if pause(&mut stop).await {
                break;
            }
        }
        found.ended = sockets.iter().filter(|s| has_ended(s)).count();
        Ok(found)
    }
}

/// Half a second, or the end.
async fn pause(stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(500)) => false,
        _ = stop.changed() => true,
    }
}

fn open(server: SocketAddr, token: &str, count: usize) -> Outcome<Vec<std::net::TcpStream>> {
    let options = Options { source: None, receive_buffer: Some(SMALL_BUFFER) };
    let hello = serde_json::json!({"type": "hello", "token": token, "now": now_ms()}).to_string();
    let mut bytes = Vec::new();
    frame::encode(frame::TEXT, hello.as_bytes(), [0; 4], &mut bytes);
    (0..count)
        .map(|_| {
            let (mut stream, _) = connect::open(server, "/ws/dispatch", options)?;
            std::io::Write::write_all(&mut stream, &bytes)?;
            Ok(stream)
        })
        .collect()
}

/// A reset shows as a pending socket error; the unread bytes are left alone.
fn has_ended(stream: &std::net::TcpStream) -> bool {
    matches!(stream.take_error(), Ok(Some(_)) | Err(_)) || stream.peer_addr().is_err()
}
