//! What a server does beside answering: durable work, partition upkeep, counting.

use std::future::Future;
use std::time::Duration;

use campo_engine::Engine;
use campo_engine::auth::rotation;
use campo_engine::backup;
use campo_engine::db::keep_partitions_for;
use campo_engine::directions::usage;
use campo_engine::services::watch;
use campo_engine::worker;
use chrono::Utc;
use tokio::sync::watch::{Receiver, Sender};
use tokio::task::JoinSet;

use crate::{cli, metrics};

/// Days are made two ahead, so an hour is often enough.
const UPKEEP: Duration = Duration::from_secs(3600);
const METRICS: Duration = Duration::from_secs(5);
/// A map that was built anew serves after so long at most.
const MAP: Duration = Duration::from_secs(3);
/// Another key of access tokens is known after so long at most; it signs a quarter of a minute after it was made.
const KEYS: Duration = Duration::from_secs(3);
/// Whether the data were restored under this process.
const LIFE: Duration = Duration::from_secs(5);
/// A count over the open tasks.
const DEPTHS: Duration = Duration::from_secs(15);

/// The loops that run beside the server.
pub struct Chores {
    stop: Sender<bool>,
    restored: Receiver<bool>,
    loops: JoinSet<()>,
}

impl Chores {
    /// Done when the data are of another life than those that this process began with: all that it holds is of no use.
    pub fn restored(&self) -> impl Future<Output = ()> + use<> {
        let mut restored = self.restored.clone();
        async move {
            if restored.wait_for(|is| *is).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Ends the loops after what they are doing.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.loops.join_next().await.is_some() {}
    }
}

/// Makes the partitions that are needed now, then begins the loops.
pub async fn start(engine: &Engine) -> Result<Chores, String> {
    upkeep(engine).await.map_err(|e| format!("partition upkeep: {}", cli::words(&e)))?;
    // What is switched off holds from the first request on.
    engine.services.refresh(&engine.db).await.map_err(|e| format!("decisions: {}", cli::words(&e)))?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut loops = JoinSet::new();
    loops.spawn(every(METRICS, stopped.clone(), async || metrics::upkeep()));
    let mapped = engine.clone();
    loops.spawn(every(MAP, stopped.clone(), async move || look_for_a_map(&mapped).await));
    let keyed = engine.clone();
    loops.spawn(every(KEYS, stopped.clone(), async move || {
        if let Err(error) = rotation::follow(&keyed.db, &keyed.keys).await {
            tracing::debug!(%error, "the keys of access tokens could not be read; tried again");
        }
    }));
    let (decided, judged) = (engine.clone(), engine.clone());
    loops.spawn(every(watch::LOOK, stopped.clone(), async move || {
        if let Err(error) = decided.services.refresh(&decided.db).await {
            tracing::debug!(%error, "what other nodes decided is not known");
        }
    }));
    loops.spawn(every(watch::JUDGE, stopped.clone(), async move || {
        if let Err(error) = watch::judge_now(&judged).await {
            tracing::debug!(%error, "services could not be judged");
        }
        if let Err(error) = usage::flush(&judged).await {
            tracing::debug!(%error, "what was used of directions could not be written");
        }
    }));
    let born = backup::installation(&engine.db).await.map_err(|e| cli::words(&e))?.incarnation;
    let (say, restored) = tokio::sync::watch::channel(false);
    let lived = engine.clone();
    loops.spawn(every(LIFE, stopped.clone(), async move || match backup::installation(&lived.db).await {
        Ok(now) if now.incarnation != born => drop(say.send(true)),
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "the installation's row is not known"),
    }));
    let (upkept, measured) = (engine.clone(), engine.clone());
    loops.spawn(every(DEPTHS, stopped.clone(), async move || {
        if let Err(error) = worker::measure(&measured).await {
            tracing::debug!(%error, "the queues' depths are not known");
        }
    }));
    loops.spawn(worker::run(engine.clone(), stopped.clone()));
    loops.spawn(every(UPKEEP, stopped, async move || {
        if let Err(error) = upkeep(&upkept).await {
            tracing::warn!(%error, "upkeep failed; the next try is in an hour");
        }
    }));
    Ok(Chores { stop, restored, loops })
}

async fn every(period: Duration, mut stopped: Receiver<bool>, chore: impl AsyncFn()) {
    while tokio::time::timeout(period, stopped.wait_for(|s| *s)).await.is_err() {
        chore().await;
    }
}

/// Takes another map over if there is one, and what was learned meanwhile. Opening files blocks, so it has a thread
/// of its own.
pub async fn look_for_a_map(engine: &Engine) {
    let maps = engine.maps.clone();
    // Ends early only with the process.
    let _ = tokio::task::spawn_blocking(move || maps.refresh()).await;
    if let Err(error) = engine.estimates.look(&engine.db, &engine.maps).await {
        // A map needs no database.
        engine.estimates.renew(&engine.maps);
        tracing::debug!(%error, "what was learned could not be read; tried again");
    }
}

async fn upkeep(engine: &Engine) -> campo_engine::error::Result<()> {
    let mut owner = engine.db.owner().await?;
    let done =
        keep_partitions_for(&mut owner, Utc::now(), engine.settings.privacy.keep.positions.into()).await?;
    if done != campo_engine::db::Upkeep::default() {
        tracing::info!(
            made = done.made.len(),
            dropped = done.dropped.len(),
            erased = done.erased,
            "partition upkeep"
        );
    }
    Ok(())
}
