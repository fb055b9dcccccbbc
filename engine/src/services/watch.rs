//! What is measured decides: counts of all nodes and long-open breakers, looked at every two seconds.

use std::time::Duration;

use super::decide;
use super::rules::judge;
use super::sql;
use crate::Engine;
use crate::error::Result;
use crate::providers::Service;

/// Other nodes' decisions are known after so long at most: contract is two seconds.
pub const LOOK: Duration = Duration::from_secs(1);
/// How often counts are written and judged.
pub const JUDGE: Duration = Duration::from_secs(2);

/// Writes what this node counted, and draws the consequences of what all of them did.
///
/// # Errors
/// When the database is away; what was counted is kept for the next time.
pub async fn judge_now(engine: &Engine) -> Result<()> {
    flush(engine).await?;
    let tallies = sql::tallies(&engine.db).await?;
    let open = long_open(engine);
    for (service, _) in &open {
        sql::hold(&engine.db, *service).await?;
    }
    let board = engine.services.board();
    let stands = |org, service| board.modes.get(&(org, service)).map(|d| d.stands);
    for change in judge(&tallies, &open, &stands, chrono::Utc::now()) {
        decide::follow(engine, &change).await?;
    }
    Ok(())
}

/// Breakers of services that stand open on this node, and for how long.
fn long_open(engine: &Engine) -> Vec<(Service, Duration)> {
    let standing = engine.calls.breakers().standing();
    standing.into_iter().filter(|s| s.org.is_none()).map(|s| (s.service, s.open_for)).collect()
}

/// Writes what this node counted since the last time.
async fn flush(engine: &Engine) -> Result<()> {
    let counts = engine.services.0.counts.take();
    if counts.is_empty() {
        return Ok(());
    }
    let written = sql::add(&engine.db, &counts).await;
    if written.is_err() {
        engine.services.0.counts.put_back(counts);
    }
    written
}
