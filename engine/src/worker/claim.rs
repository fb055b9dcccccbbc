//! Who comes next: one claimer at a time over all nodes, so that limits and shares are exact.

use sqlx::postgres::PgConnection;

use crate::db::Db;
use crate::error::Result;
use crate::task::kinds;
use crate::task::schedules::SCHEDULES;
use chrono::Utc;

use super::sql::{self, Claimed};

/// Tasks of one organization that run at once, over all nodes.
pub(super) const SHARE: i64 = 10;

/// What a look at the queue brought.
pub(super) enum Look {
    /// These are ours now.
    Claimed(Vec<Claimed>),
    /// Another node is claiming this very moment.
    Busy,
}

/// Claims at most `slots` tasks; with `upkeep` it first fires what is due and takes over what stalled.
pub(super) async fn claim(db: &Db, slots: i64, upkeep: bool) -> Result<Look> {
    let mut tx = db.worker().await?;
    if !sql::claim_alone(&mut tx).await? {
        return Ok(Look::Busy);
    }
    if upkeep {
        keep_up(&mut tx).await?;
    }
    let (names, limits): (Vec<&str>, Vec<i64>) = kinds::limits().unzip();
    let claimed = sql::claim(&mut tx, slots, SHARE, &names, &limits, kinds::COMMON_AT_ONCE).await?;
    tx.commit().await?;
    Ok(Look::Claimed(claimed))
}

/// What time alone makes ready: schedules, waits that are over, leases that ran out.
async fn keep_up(tx: &mut PgConnection) -> Result<()> {
    let now = Utc::now();
    for schedule in &SCHEDULES {
        if sql::fire(tx, schedule.kind, now, schedule.when.after(now)).await? {
            let priority = kinds::policy(schedule.kind).priority;
            sql::write_firing(tx, schedule.kind, priority).await?;
        }
    }
    sql::ripen(tx).await?;
    for (share, lane) in sql::take_over(tx).await? {
        sql::next_in_lane(tx, share, &lane).await?;
    }
    Ok(())
}
