//! The tasks that this process is at: begun, renewed, ended, given up.

use std::collections::HashMap;
use std::time::Duration;

use chrono::Utc;
use metrics::{counter, histogram};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout};

use super::carry_out;
use super::rules::{self, Next};
use super::sql::{self, Claimed, End};
use crate::Engine;
use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::{Again, Error};
use crate::ids::OrgId;
use crate::mail;
use crate::notices::{self, Notice};
use crate::task::kinds;

/// A task under way.
struct Running {
    task: Claimed,
    abort: AbortHandle,
}

/// The tasks under way.
pub(super) struct Held {
    engine: Engine,
    attempts: JoinSet<()>,
    running: HashMap<Id, Running>,
}

impl Held {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, attempts: JoinSet::new(), running: HashMap::new() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.running.len()
    }

    pub(super) fn begin(&mut self, tasks: Vec<Claimed>) {
        for task in tasks {
            let abort = self.attempts.spawn(attempt(self.engine.clone(), task.clone()));
            self.running.insert(abort.id(), Running { task, abort });
        }
    }

    /// Waits until one is over; for ever when there is none. Dropped while it waits it loses nothing.
    pub(super) async fn ended(&mut self) {
        let Some(first) = self.attempts.join_next_with_id().await else {
            return std::future::pending().await;
        };
        self.note(first);
        // Those that ended meanwhile, so that one look at the table serves all.
        while let Some(next) = self.attempts.try_join_next_with_id() {
            self.note(next);
        }
    }

    fn note(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, is_panic) = match ended {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), error.is_panic()),
        };
        let Some(Running { task, .. }) = self.running.remove(&id) else { return };
        if is_panic {
            let broke = Err(Error::Internal("the task panicked".to_owned()));
            self.attempts.spawn(settle(self.engine.clone(), task, broke));
        }
    }

    /// Renews the leases; what is no longer ours is broken off.
    pub(super) async fn renew(&mut self) {
        let leases: Vec<_> = self.running.values().map(|r| r.task.lease).collect();
        if leases.is_empty() {
            return;
        }
        let ours = match sql::renew(&self.engine.db, &leases).await {
            Ok(ours) => ours,
            Err(error) => {
                tracing::warn!(%error, "leases cannot be renewed");
                return;
            }
        };
        for lost in self.running.values().filter(|r| !ours.contains(&r.task.lease)) {
            tracing::warn!(kind = lost.task.kind, task = %lost.task.task_id, "a lease is lost; the attempt is broken off");
            counter!("campo_tasks_lost_total", "kind" => lost.task.kind.clone()).increment(1);
            lost.abort.abort();
        }
    }

    /// Lets those at hand end; what is not over in time is another process's.
    pub(super) async fn farewell(mut self, within: Duration) {
        let all = async {
            while !self.attempts.is_empty() {
                self.ended().await;
            }
        };
        if timeout(within, all).await.is_err() {
            tracing::warn!("tasks were still under way at the end; another process takes them over");
        }
    }
}

/// One attempt, within its time.
async fn attempt(engine: Engine, task: Claimed) {
    let since = Instant::now();
    let limit = kinds::policy(&task.kind).timeout;
    let outcome = timeout(limit, carry_out(&engine, &task)).await;
    histogram!("campo_task_seconds", "kind" => task.kind.clone()).record(since.elapsed().as_secs_f64());
    settle(engine, task, outcome.unwrap_or(Err(Error::Unavailable("an answer in time")))).await;
}

/// Notes how an attempt ended.
async fn settle(engine: Engine, task: Claimed, outcome: Result<(), Error>) {
    let end = judge(&task, outcome);
    if let Err(error) = sql::finish(&engine.db, &task, &end).await {
        // Its lease runs out and another attempt follows: tasks are carried out at least once.
        tracing::warn!(kind = task.kind, task = %task.task_id, %error, "how a task ended cannot be noted");
    }
    if matches!(end, End::Dead { .. })
        && let Err(error) = tell_of_dead(&engine, &task).await
    {
        tracing::warn!(kind = task.kind, task = %task.task_id, %error, "nobody could be told of a dead task");
    }
}

/// Owners and admins hear of dead tasks, at most once an hour for each kind: the page of queues shows them all.
async fn tell_of_dead(engine: &Engine, task: &Claimed) -> Result<(), Error> {
    if task.share.is_nil() {
        return Ok(());
    }
    if task.kind == mail::SEND {
        mail::gave_up(engine, &task.payload).await?;
    }
    let notice = Notice {
        kind: "task_dead",
        title: "Una tarea no se pudo completar".into(),
        body: format!("{}: mirá la causa y decidí si se intenta de nuevo.", task.kind),
        params: serde_json::json!({ "kind": task.kind }),
        entity: Some(("task", task.task_id)),
        dedupe: format!("task_dead/{}/{}", task.kind, Utc::now().format("%Y-%m-%dT%H")),
    };
    let work = async |t: &mut Tenant| notices::add_for_roles(t, &[Role::Owner, Role::Admin], &notice).await;
    engine.db.within(OrgId(task.share), work).await
}

/// How an attempt ends: counted, said, and what follows.
fn judge(task: &Claimed, outcome: Result<(), Error>) -> End {
    let Err(error) = outcome else {
        counter!("campo_tasks_done_total", "kind" => task.kind.clone()).increment(1);
        return End::Done;
    };
    counter!("campo_tasks_failed_total", "kind" => task.kind.clone()).increment(1);
    let (is_transient, said) = (error.is_outage(), error.to_string());
    let again = match error {
        Error::Provider { again, .. } => again,
        _ => Again::Soon,
    };
    match rules::next(kinds::policy(&task.kind), task.attempts, again, jitter()) {
        Some(Next { wait, counts }) => {
            tracing::warn!(kind = task.kind, task = %task.task_id, attempt = task.attempts, error = said, "a task failed; it is tried again");
            End::Retry { wait, error: said, counts }
        }
        None => {
            tracing::error!(kind = task.kind, task = %task.task_id, error = said, "a task is dead after its last attempt");
            counter!("campo_tasks_dead_total", "kind" => task.kind.clone()).increment(1);
            End::Dead { error: said, is_transient }
        }
    }
}

/// 0..1, so that what failed together does not come back together.
fn jitter() -> f64 {
    let byte = crate::auth::keys::random::<1>().map_or(128, |[b]| b);
    f64::from(byte) / 255.0
}
