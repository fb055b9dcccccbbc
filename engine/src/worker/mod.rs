//! The worker: carries out tasks, each at least once, in the process that claimed it.
//!
//! - [`claim`]: who comes next: fair between organizations, bounded by kind.
//! - [`hold`]: the tasks that this process is at.
//! - [`rules`]: when a failed one is tried again.
//!
//! A claim is a lease, renewed while its process lives: who dies with it loses it after a minute, and the
//! lease's token keeps a late finisher from overwriting another's work.

mod claim;
mod hold;
mod rules;
mod sql;

use std::time::Duration;

use metrics::gauge;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::Engine;
use crate::audit::place;
use crate::auth::otp;
use crate::error::{Error, Result};
use crate::estimates::{learn, speeds};
use crate::files;
use crate::jobs::{expire, remind};
use crate::mail;
use crate::notifications::{codes, outbound, sms};
use crate::privacy::{erase, export, leave, request, retain};
use crate::push;
use crate::services::{self, tell};
use crate::shifts::{lookout, off_shift};
use crate::task::kinds;
use crate::vault::rotate;
use crate::voice;
use crate::webhooks::{deliver, spread};
use crate::whatsapp::{door, inbound, inbox, media, read, requests};
use claim::Look;
use hold::Held;

/// Tasks that one process carries out at once: they mostly wait for others.
const SLOTS: usize = 32;
/// A task that another process wrote waits at most this long; ours wake the worker.
const LOOK: Duration = Duration::from_millis(500);
/// Two claimers met: the other one is done by then.
const BUSY: Duration = Duration::from_millis(15);
/// Between two looks that brought something: what ended or was written meanwhile is one look's work, and under load
/// looking costs a fraction of what working does.
const BREATH: Duration = Duration::from_millis(10);
/// What time alone makes ready is looked for so often.
const UPKEEP: Duration = Duration::from_millis(200);
/// After the database was away.
const PAUSE: Duration = Duration::from_secs(2);
/// Leases are renewed so often.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How long tasks may go on after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// Rows erased by one statement.
const FORGET: i64 = 5_000;

/// Carries out tasks until told to stop; ends when those at hand are over.
pub async fn run(engine: Engine, mut stopped: watch::Receiver<bool>) {
    let mut held = Held::new(engine.clone());
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The next look at the table: at once, while there was something at the last one.
    let (mut look_at, mut is_hungry) = (Instant::now(), true);
    let (mut not_before, mut upkeep_at) = (Instant::now(), Instant::now());
    while !*stopped.borrow() {
        let free = SLOTS.saturating_sub(held.count());
        let now = Instant::now();
        if free > 0 && now >= look_at.max(not_before) {
            let upkeep = now >= upkeep_at;
            let pause = match claim::claim(&engine.db, free as i64, upkeep).await {
                Ok(Look::Claimed(tasks)) => {
                    is_hungry = !tasks.is_empty();
                    held.begin(tasks);
                    not_before = Instant::now() + BREATH;
                    if upkeep {
                        upkeep_at = now + UPKEEP;
                    }
                    LOOK
                }
                Ok(Look::Busy) => BUSY,
                Err(error) => {
                    tracing::warn!(%error, "tasks cannot be claimed");
                    PAUSE
                }
            };
            look_at = Instant::now() + pause;
        }
        tokio::select! {
            () = engine.task_written.notified() => look_at = Instant::now(),
            () = sleep_until(look_at.max(not_before)), if free > 0 => {}
            () = held.ended() => {
                if is_hungry {
                    look_at = Instant::now();
                }
            }
            _ = heartbeat.tick() => held.renew().await,
            _ = stopped.changed() => {}
        }
    }
    held.farewell(FAREWELL).await;
}

/// What each kind of task means.
async fn carry_out(engine: &Engine, task: &sql::Claimed) -> Result<()> {
    match task.kind.as_str() {
        otp::REFUSED => otp::note_refusal(engine, &task.payload).await,
        otp::SEND => codes::deliver(engine, &task.payload).await,
        outbound::SEND => outbound::send::send(engine, &task.payload, task.attempts).await,
        outbound::DUE => outbound::send::due(engine, &task.payload).await,
        expire::EXPIRE => expire::expire(&engine.db, &task.payload).await,
        learn::LEARN => learn::plan(engine).await.map(|_| ()),
        learn::LEARN_OWN => learn::carry_out(engine, &task.payload).await,
        speeds::SHARE => speeds::share(engine).await.map(|_| ()),
        tell::TELL => tell::tell(engine, &task.payload).await,
        voice::TRANSCRIBE => voice::transcribe(engine, &task.payload, task.attempts).await,
        voice::EXTRACT => voice::extract(engine, &task.payload, task.attempts).await,
        voice::WATCH => voice::watch(engine, &task.payload).await,
        voice::FOLLOW => voice::follow(engine, &task.payload).await,
        voice::CONFIRM => voice::confirm(engine, &task.payload).await,
        voice::FORGET => voice::forget(engine, &task.payload).await,
        lookout::WATCH => lookout::watch(&engine.db, &task.payload).await,
        lookout::PAUSE => lookout::watch_pause(&engine.db, &task.payload).await,
        lookout::EXPECT => lookout::expected(&engine.db, &task.payload).await,
        remind::REMIND => remind::remind(&engine.db, &task.payload).await,
        push::SEND => push::deliver(engine, &task.payload).await,
        mail::SEND => mail::deliver(engine, &task.payload).await,
        spread::SPREAD => spread::spread(engine, &task.payload).await,
        deliver::DELIVER => deliver::deliver(engine, &task.payload).await,
        door::INBOUND => inbound::process(engine, &task.payload).await,
        inbound::UPKEEP => inbound::upkeep(engine).await,
        requests::FLUSH => requests::flush(engine, &task.payload).await,
        media::FETCH => media::fetch(engine, &task.payload, task.attempts).await,
        inbox::READ => read::tell(engine, &task.payload).await,
        place::ANCHOR => place::anchor(engine).await.map(|_| ()),
        leave::CODE => leave::send_code(engine, &task.payload).await,
        export::EXPORT => export::carry_out(engine, &task.payload).await,
        erase::ERASE => erase::carry_out(engine, &task.payload).await,
        erase::FORGET => erase::forget(engine, &task.payload).await,
        request::WATCH => request::watch(engine).await,
        retain::PLAN => retain::plan(engine).await,
        retain::NIGHT => retain::carry_out(engine, &task.payload).await,
        off_shift::AGAIN => off_shift::erase_again(&engine.db, &task.payload).await,
        retain::QUIET => retain::quiet(engine).await.map(|_| ()),
        retain::HISTORY => retain::forget(engine, &task.payload).await,
        kinds::SWEEP => sweep(engine).await,
        rotate::REWRAP => rotate::rewrap(engine, &task.payload).await,
        rotate::UPKEEP => rotate::upkeep(engine).await,
        files::TIDY => files::tidy(engine, &task.payload).await,
        files::upload::SWEEP => files::upload::sweep(engine, &task.payload).await,
        other => Err(Error::Internal(format!("no such task: {other}"))),
    }
}

/// Erases what nothing looks at any more, revives what a passing trouble killed.
async fn sweep(engine: &Engine) -> Result<()> {
    forget_done(engine).await?;
    let revived = sql::revive(&engine.db).await?;
    if revived > 0 {
        tracing::info!(revived, "dead tasks begin again");
    }
    sms::sweep(engine).await?;
    services::sql::forget_counts(&engine.db).await?;
    otp::sweep(engine).await
}

/// Erases what was done a week ago. Says how many tasks there were.
pub async fn forget_done(engine: &Engine) -> Result<u64> {
    let mut all = 0;
    // Bounded: a backlog of a million goes in one run, the rest in the next.
    for _ in 0..200 {
        let erased = sql::forget(&engine.db, FORGET).await?;
        all += erased;
        if erased < FORGET as u64 {
            break;
        }
    }
    Ok(all)
}

/// Shows how deep the queues are; call it now and then.
pub async fn measure(engine: &Engine) -> Result<()> {
    let depths = sql::depths(&engine.db).await?;
    // Kinds that are empty now keep their last number otherwise.
    let mut shown = engine.depths.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for key in shown.iter() {
        gauge!("campo_tasks", "kind" => key.0.clone(), "state" => key.1.clone()).set(0.0);
        gauge!("campo_tasks_oldest_ready_seconds", "kind" => key.0.clone()).set(0.0);
    }
    for (kind, state, count, oldest_s) in depths {
        gauge!("campo_tasks", "kind" => kind.clone(), "state" => state.clone()).set(count as f64);
        if state == "ready" {
            gauge!("campo_tasks_oldest_ready_seconds", "kind" => kind.clone()).set(oldest_s);
        }
        shown.insert((kind, state));
    }
    Ok(())
}
