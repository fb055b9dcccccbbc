//! The one writer of positions in a process: all organizations' points in one INSERT, then receipts.
//!
//! A frame's receipt is given only after the commit that holds its points. Frames are settled in the order
//! in which they were submitted, so a receipt is one number. While the database is away frames wait here,
//! up to [`MAX_ROWS`]; beyond that they are refused and the phone sends them again later.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{counter, gauge, histogram};
use sqlx::postgres::PgConnection;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{error, warn};

use super::refusal::Refusal;
use super::sql::{self, Row};
use crate::db::Db;
use crate::error::{Error, is_outage};

/// Rows that may wait: about 20 MB, ten seconds at 20,000 a second.
pub const MAX_ROWS: usize = 200_000;
/// A quiet writer commits at once; a busy one at most each 20 ms (measured: latency against rows a commit).
const TICK: Duration = Duration::from_millis(20);
/// Rows that end the tick early.
const BATCH: usize = 1_000;
/// Rows a batch takes when more are waiting already.
const DRAIN: usize = 5_000;

/// Where a socket's frames are settled: shared by socket, technician and writer.
pub struct Receipt {
    settled: AtomicU64,
    woken: AtomicBool,
    broken: AtomicBool,
    refused: Mutex<Vec<(u64, i64, Refusal)>>,
    wake: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Receipt {
    /// `wake` tells the socket that something was settled; it answers whether the message was taken.
    pub fn new(wake: impl Fn() -> bool + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            settled: AtomicU64::new(0),
            woken: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            refused: Mutex::new(Vec::new()),
            wake: Box::new(wake),
        })
    }

    /// Notes a point that was refused for good; told when its frame is settled.
    pub fn refuse(&self, frame: u64, seq: i64, why: Refusal) {
        if let Ok(mut refused) = self.refused.lock() {
            refused.push((frame, seq, why));
        }
    }

    /// A frame was not taken: nothing after it may be settled, since acks are cumulative.
    pub fn give_up(&self) {
        self.broken.store(true, Ordering::Release);
    }

    /// Every frame up to and including `frame` is settled. Acks are cumulative: the newest wins.
    fn settle(&self, frame: u64) {
        if self.broken.load(Ordering::Acquire) {
            return;
        }
        self.settled.fetch_max(frame, Ordering::AcqRel);
        if !self.woken.swap(true, Ordering::AcqRel) && !(self.wake)() {
            // The mailbox is full: the socket looks here by itself with the next message or heartbeat.
            self.woken.store(false, Ordering::Release);
        }
    }

    /// The last settled frame, and the refusals among the settled frames since the last call.
    pub fn take(&self) -> (u64, Vec<(i64, Refusal)>) {
        self.woken.store(false, Ordering::Release);
        let settled = self.settled.load(Ordering::Acquire);
        let mut taken = Vec::new();
        if let Ok(mut refused) = self.refused.lock() {
            refused.retain(|(frame, seq, why)| {
                let is_settled = *frame <= settled;
                if is_settled {
                    taken.push((*seq, *why));
                }
                !is_settled
            });
        }
        (settled, taken)
    }
}

/// A frame's rows (none when all its points were refused) and where to say that they are settled.
struct Submission {
    rows: Vec<Row>,
    receipt: Arc<Receipt>,
    frame: u64,
}

/// The queue is full: the database is away or too slow.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

/// The writer's front: cheap to clone.
#[derive(Clone)]
pub struct Store {
    queue: mpsc::UnboundedSender<Submission>,
    waiting: Arc<AtomicUsize>,
    healthy: Arc<AtomicBool>,
}

impl Store {
    /// Starts the writer on a thread of its own, so that no busy worker delays a commit. It ends when the last
    /// `Store` is dropped and all is written.
    pub fn start(db: Db) -> std::io::Result<Self> {
        let (queue, submissions) = mpsc::unbounded_channel();
        let store =
            Self { queue, waiting: Arc::new(AtomicUsize::new(0)), healthy: Arc::new(AtomicBool::new(true)) };
        let writer = Writer {
            db,
            submissions,
            waiting: store.waiting.clone(),
            healthy: store.healthy.clone(),
            conn: None,
            rows: Vec::new(),
            receipts: Vec::new(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("campo-store".into())
            .spawn(move || runtime.block_on(writer.run()))?;
        Ok(store)
    }

    /// Queues a frame. Its receipt is settled after the commit, in the order of submission.
    pub fn submit(&self, rows: Vec<Row>, receipt: Arc<Receipt>, frame: u64) -> Result<(), Full> {
        let n = rows.len();
        if self.waiting.load(Ordering::Relaxed) + n > MAX_ROWS {
            counter!("campo_store_full_total").increment(1);
            receipt.give_up();
            return Err(Full);
        }
        self.waiting.fetch_add(n, Ordering::Relaxed);
        self.queue.send(Submission { rows, receipt, frame }).map_err(|_| Full)
    }

    /// Rows that wait for their commit.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits until everything that was submitted is committed, at most `limit`; says whether it is.
    pub async fn drained(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while self.waiting() > 0 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.waiting() == 0
    }

    /// Whether the last batch went through.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }
}

struct Writer {
    db: Db,
    submissions: mpsc::UnboundedReceiver<Submission>,
    waiting: Arc<AtomicUsize>,
    healthy: Arc<AtomicBool>,
    conn: Option<PgConnection>,
    rows: Vec<Row>,
    receipts: Vec<(Arc<Receipt>, u64)>,
}

impl Writer {
    async fn run(mut self) {
        let mut last_flush = Instant::now();
        while let Some(first) = self.submissions.recv().await {
            self.take(first);
            self.gather(last_flush + TICK).await;
            self.flush().await;
            last_flush = Instant::now();
            gauge!("campo_store_waiting_rows").set(self.waiting.load(Ordering::Relaxed) as f64);
        }
    }

    fn take(&mut self, submission: Submission) {
        self.rows.extend_from_slice(&submission.rows);
        self.receipts.push((submission.receipt, submission.frame));
    }

    /// Takes what is there, and waits for more until the tick is over or the batch is full.
    async fn gather(&mut self, until: Instant) {
        while self.rows.len() < DRAIN {
            if let Ok(next) = self.submissions.try_recv() {
                self.take(next);
                continue;
            }
            if self.rows.len() >= BATCH || Instant::now() >= until {
                return;
            }
            match tokio::time::timeout_at(until, self.submissions.recv()).await {
                Ok(Some(next)) => self.take(next),
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Writes the batch, however long the database is away, and settles its frames.
    async fn flush(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        let n = rows.len();
        // Two writers in opposite order deadlock: every batch goes in key order.
        rows.sort_unstable_by_key(Row::key);
        if cfg!(feature = "sabotage-ack-before-commit") {
            self.settle();
        }
        let begun = Instant::now();
        let mut parts = vec![rows.as_slice()];
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.insert(part).await {
                Ok(()) => {}
                Err(e) if part.len() > 1 => {
                    warn!(rows = part.len(), error = %e, "a batch of positions failed: bisecting");
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([left, right]);
                }
                Err(e) => self.set_aside(part, &e),
            }
        }
        histogram!("campo_store_commit_seconds").record(begun.elapsed().as_secs_f64());
        counter!("campo_positions_stored_total").increment(n as u64);
        counter!("campo_store_commits_total").increment(1);
        self.settle();
        self.waiting.fetch_sub(n, Ordering::Relaxed);
        rows.clear();
        self.rows = rows;
    }

    fn settle(&mut self) {
        for (receipt, frame) in self.receipts.drain(..) {
            receipt.settle(frame);
        }
    }

    /// Inserts and commits; an outage is waited out here, a refusal of the rows is returned.
    async fn insert(&mut self, rows: &[Row]) -> Result<(), Error> {
        let mut wait = Duration::from_millis(20);
        loop {
            match self.try_insert(rows).await {
                Ok(()) => {
                    self.healthy.store(true, Ordering::Relaxed);
                    return Ok(());
                }
                Err(e) if is_outage(&e) => {
                    if self.healthy.swap(false, Ordering::Relaxed) {
                        warn!(error = %e, "positions wait: the database is away");
                    }
                    counter!("campo_store_retries_total").increment(1);
                    self.conn = None;
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(1));
                }
                Err(e) => return Err(e.into()),
            }
        }
    }

    async fn try_insert(&mut self, rows: &[Row]) -> Result<(), sqlx::Error> {
        if self.conn.is_none() {
            match self.db.ingest().await {
                Ok(conn) => self.conn = Some(conn),
                Err(Error::Database(e)) => return Err(e),
                Err(e) => return Err(sqlx::Error::Protocol(e.to_string())),
            }
        }
        let Some(conn) = self.conn.as_mut() else { return Err(sqlx::Error::WorkerCrashed) };
        sql::insert_positions(conn, rows).await
    }

    /// A row that the database will never take is refused for good, aloud: it must not hold back the others.
    fn set_aside(&self, part: &[Row], why: &Error) {
        for row in part {
            error!(member = row.member.0, source = row.source.0, seq = row.seq, error = %why, "a position was set aside");
            counter!("campo_positions_set_aside_total").increment(1);
            for (receipt, frame) in &self.receipts {
                if row.receipt_of == Arc::as_ptr(receipt) as usize && row.frame == *frame {
                    receipt.refuse(*frame, i64::from(row.seq), Refusal::Range);
                }
            }
        }
    }
}
