//! Who comes next: one claimer at a time over all nodes, so that limits and shares are exact.

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

/// Fires what is due, takes over what stalled, claims at most `slots` tasks.
pub(super) async fn claim(db: &Db, slots: i64) -> Result<Look> {
    let mut tx = db.worker().await?;
    if !sql::claim_alone(&mut tx).await? {
        return Ok(Look::Busy);
    }
    let now = Utc::now();
    for schedule in &SCHEDULES {
        if sql::fire(&mut tx, schedule.kind, now, schedule.when.after(now)).await? {
            let priority = kinds::policy(schedule.kind).priority;
            sql::write_firing(&mut tx, schedule.kind, priority).await?;
        }
    }
    sql::ripen(&mut tx).await?;
    for (share, lane) in sql::take_over(&mut tx).await? {
        sql::next_in_lane(&mut tx, share, &lane).await?;
    }
    let (names, limits): (Vec<&str>, Vec<i64>) = kinds::limits().unzip();
    let claimed = sql::claim(&mut tx, slots, SHARE, &names, &limits, kinds::COMMON_AT_ONCE).await?;
    tx.commit().await?;
    Ok(Look::Claimed(claimed))
}
