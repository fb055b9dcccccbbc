//! The worker: carries out tasks, each at least once, in the process that claimed it.
//!
//! A claim is a lease: who dies with it loses it after thirty seconds, and the lease's token keeps a late
//! finisher from overwriting another's work. Failures wait 1, 2, 4 .. seconds; after eight the task is dead.

mod rules;
mod sql;

use std::time::Duration;

use metrics::counter;
use tokio::sync::watch;

use crate::Engine;
use crate::auth::otp;
use crate::error::{Error, Result};
use crate::jobs::expire;

/// Tasks claimed at once.
const BATCH: i64 = 16;
/// A task that another process wrote waits at most this long; ours wake the worker.
const LOOK: Duration = Duration::from_millis(500);
/// After the database was away.
const PAUSE: Duration = Duration::from_secs(2);

/// Carries out tasks until told to stop; ends after the batch at hand.
pub async fn run(engine: Engine, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let wait = match batch(&engine).await {
            Ok(0) => LOOK,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "tasks cannot be claimed");
                PAUSE
            }
        };
        tokio::select! {
            () = engine.task_written.notified() => {}
            () = tokio::time::sleep(wait) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Erases what was done a week ago; call it now and then. Says how many tasks there were.
pub async fn forget_done(engine: &Engine) -> Result<u64> {
    sql::forget_done(&engine.db).await
}

/// Claims and carries out one batch; says how many there were.
async fn batch(engine: &Engine) -> Result<usize> {
    let claimed = sql::claim(&engine.db, BATCH).await?;
    for task in &claimed {
        match carry_out(engine, task).await {
            Ok(()) => {
                sql::finish(&engine.db, task).await?;
                counter!("campo_tasks_done_total", "kind" => task.kind.clone()).increment(1);
            }
            Err(error) => fail(engine, task, &error).await?,
        }
    }
    Ok(claimed.len())
}

/// What each kind of task means.
async fn carry_out(engine: &Engine, task: &sql::Claimed) -> Result<()> {
    match task.kind.as_str() {
        otp::SEND => otp::deliver(engine, &task.payload).await,
        expire::EXPIRE => expire::expire(&engine.db, &task.payload).await,
        other => Err(Error::Internal(format!("no such task: {other}"))),
    }
}

async fn fail(engine: &Engine, task: &sql::Claimed, error: &Error) -> Result<()> {
    counter!("campo_tasks_failed_total", "kind" => task.kind.clone()).increment(1);
    match rules::wait(task.attempts, jitter()) {
        Some(wait) => {
            tracing::warn!(kind = task.kind, task = %task.task_id, attempt = task.attempts, %error, "a task failed; it is tried again");
            sql::retry(&engine.db, task, wait, &error.to_string()).await
        }
        None => {
            tracing::error!(kind = task.kind, task = %task.task_id, %error, "a task is dead after its last attempt");
            sql::bury(&engine.db, task, &error.to_string()).await
        }
    }
}

/// 0..1, so that what failed together does not come back together.
fn jitter() -> f64 {
    let byte = crate::auth::keys::random::<1>().map_or(128, |[b]| b);
    f64::from(byte) / 255.0
}
