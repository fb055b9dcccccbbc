//! Where webhooks come in: kept before they are answered, many with one commit.
//!
//! One writer on its own thread takes whatever waits when its last commit is over: alone a webhook waits for one
//! commit, a thousand a second share a hundred. A body that was kept before is kept once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use metrics::{counter, histogram};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::sql::door as sql;
use crate::auth::keys::sha256;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::task::{self, NewTask};

/// The largest webhook: Meta documents batches of up to 3 MB, so 256 KiB (reliability.md) would refuse what is genuine.
pub const LARGEST: usize = 3 << 20;
/// The task that processes what was committed together.
pub const INBOUND: &str = "whatsapp.inbound";
/// Webhooks that may wait for the writer: at 1,000 a second four seconds of patience, then the provider comes again.
const WAITING: usize = 4_096;
/// Bytes that may wait.
const WAITING_BYTES: usize = 64 << 20;
/// Webhooks of one commit, and bytes.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 8 << 20;

/// Names what was committed together.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) batch: Uuid,
}

/// A webhook that waits for its commit.
pub(super) struct Letter {
    pub(super) source: &'static str,
    pub(super) body: Bytes,
    pub(super) hash: Vec<u8>,
    kept: oneshot::Sender<bool>,
}

/// The way in. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    queue: mpsc::Sender<Letter>,
    bytes: Arc<AtomicUsize>,
}

impl Door {
    /// Starts the writer; it ends when the last `Door` is dropped and all is written.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(db: Db, task_written: Arc<Notify>) -> std::io::Result<Self> {
        let (queue, letters) = mpsc::channel(WAITING);
        let door = Self { queue, bytes: Arc::default() };
        let writer = Writer { db, letters, task_written, bytes: door.bytes.clone() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("campo-door".into())
            .spawn(move || runtime.block_on(writer.run()))?;
        Ok(door)
    }

    /// Keeps a webhook. Answers when it is committed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away or too much waits: the provider comes again.
    pub async fn keep(&self, source: &'static str, body: Bytes) -> Result<()> {
        let away = || Error::Unavailable("the inbox of webhooks");
        let size = body.len();
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > WAITING_BYTES {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            counter!("campo_webhooks_refused_total").increment(1);
            return Err(away());
        }
        let (kept, is_kept) = oneshot::channel();
        let hash = sha256(&body);
        if self.queue.try_send(Letter { source, body, hash, kept }).is_err() {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            counter!("campo_webhooks_refused_total").increment(1);
            return Err(away());
        }
        if is_kept.await == Ok(true) { Ok(()) } else { Err(away()) }
    }
}

struct Writer {
    db: Db,
    letters: mpsc::Receiver<Letter>,
    task_written: Arc<Notify>,
    bytes: Arc<AtomicUsize>,
}

impl Writer {
    async fn run(mut self) {
        while let Some(first) = self.letters.recv().await {
            let mut size = first.body.len();
            let mut batch = vec![first];
            while batch.len() < BATCH && size < BATCH_BYTES {
                let Ok(next) = self.letters.try_recv() else { break };
                size += next.body.len();
                batch.push(next);
            }
            let begun = Instant::now();
            let written = self.write(&mut batch).await;
            histogram!("campo_webhooks_commit_seconds").record(begun.elapsed().as_secs_f64());
            if let Err(error) = &written {
                tracing::warn!(webhooks = batch.len(), %error, "webhooks cannot be kept: their senders come again");
            }
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            for letter in batch {
                // Who hung up meanwhile comes again, and is found to be kept.
                let _ = letter.kept.send(written.is_ok());
            }
        }
    }

    async fn write(&self, batch: &mut [Letter]) -> Result<()> {
        // Two nodes with the same webhooks in opposite order would wait for each other.
        batch.sort_unstable_by(|a, b| a.hash.cmp(&b.hash));
        let name = Uuid::now_v7();
        let mut tx = self.db.identity().await?;
        let fresh = sql::keep(&mut tx, name, batch).await?;
        if fresh > 0 {
            task::enqueue(&mut tx, &NewTask::new(INBOUND, None, Batch { batch: name })?).await?;
        }
        tx.commit().await?;
        if fresh > 0 {
            self.task_written.notify_one();
        }
        counter!("campo_webhooks_kept_total").increment(fresh);
        counter!("campo_webhooks_repeated_total").increment((batch.len() as u64).saturating_sub(fresh));
        Ok(())
    }
}
