//! Queries of the worker over the task table.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;

/// Seconds that a claim lasts.
const LEASE_S: f64 = 30.0;

/// A task that this process holds.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Claimed {
    pub(super) task_id: Uuid,
    pub(super) kind: String,
    pub(super) payload: Value,
    pub(super) attempts: i16,
    lease: Uuid,
}

/// Claims what is due; what others hold is skipped, not waited for.
pub(super) async fn claim(db: &Db, most: i64) -> Result<Vec<Claimed>> {
    let mut tx = db.worker().await?;
    let claimed = sqlx::query_as(
        "update task set lease = gen_random_uuid(), leased_until = now() + make_interval(secs => $2),
                attempts = attempts + 1
         where task_id in (
            select task_id from task
            where state = 'ready' and run_at <= now() and (leased_until is null or leased_until < now())
            order by run_at limit $1 for update skip locked)
         returning task_id, kind, payload, attempts, lease",
    )
    .bind(most)
    .bind(LEASE_S)
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(claimed)
}

pub(super) async fn finish(db: &Db, task: &Claimed) -> Result<()> {
    let mut tx = db.worker().await?;
    sqlx::query(
        "update task set state = 'done', finished_at = now(), lease = null, leased_until = null
         where task_id = $1 and lease = $2",
    )
    .bind(task.task_id)
    .bind(task.lease)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn retry(db: &Db, task: &Claimed, wait: Duration, error: &str) -> Result<()> {
    let mut tx = db.worker().await?;
    sqlx::query(
        "update task set run_at = now() + make_interval(secs => $3), lease = null, leased_until = null, last_error = $4
         where task_id = $1 and lease = $2",
    )
    .bind(task.task_id)
    .bind(task.lease)
    .bind(wait.as_secs_f64())
    .bind(error)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn bury(db: &Db, task: &Claimed, error: &str) -> Result<()> {
    let mut tx = db.worker().await?;
    sqlx::query(
        "update task set state = 'dead', finished_at = now(), lease = null, leased_until = null, last_error = $3
         where task_id = $1 and lease = $2",
    )
    .bind(task.task_id)
    .bind(task.lease)
    .bind(error)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Erases tasks done a week ago; dead ones stay until somebody looked at them. Says how many there were.
pub(super) async fn forget_done(db: &Db) -> Result<u64> {
    let mut tx = db.worker().await?;
    let done = sqlx::query(
        "delete from task where task_id in (
            select task_id from task where state = 'done' and finished_at < now() - interval '7 days' limit 5000)",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
