//! What a correction takes away besides positions: everything that says where somebody was outside of their shifts.
//!
//! The summary of those days, where journeys began and ended, the places of steps and of photos; the audit log says how
//! many of each. Points that were on their way to the table meanwhile are erased by a task a minute later.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;

use super::sql;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{Member, OrgId, UserId};
use crate::ledger::{Action, Entry};
use crate::task::{self, NewTask};

/// The task that looks once more.
pub const AGAIN: &str = "shift.erase_again";
/// What was accepted before a correction is stored by then: a batch takes milliseconds, an outage longer.
const SETTLED: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, Serialize, Deserialize)]
struct Span {
    org: OrgId,
    member: i32,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

/// Takes away what was derived from positions strictly between two moments, and says so in the log.
pub(super) async fn erase(
    tenant: &mut Tenant,
    member: Member,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
    positions: u64,
) -> Result<()> {
    let org = tenant.org();
    let Some(user) = sql::user_of(tenant, member).await? else { return Ok(()) };
    let derived = tenant.erasing(async |conn| derived(conn, org, user, (after, before)).await).await?;
    let entry = Entry::new(Action::PositionsErased, By::SYSTEM, "shift").about(user).on(user.0);
    let counts = json!({"positions": positions, "summaries": derived.summaries, "journeys": derived.journeys, "places": derived.places});
    tenant.audit(
        entry
            .with("reason", "shift_corrected")
            .with("after", after)
            .with("before", before)
            .with("erased", counts),
    );
    let again = Span { org, member: member.0, after, before };
    let mut again = NewTask::new(AGAIN, Some(org), again)?;
    again.run_at = Utc::now() + SETTLED;
    task::enqueue(tenant.conn(), &again).await
}

/// The task [`AGAIN`]: what lies between the moments and in no shift by now.
pub async fn erase_again(db: &Db, payload: &Value) -> Result<()> {
    let span = Span::deserialize(payload).map_err(|e| Error::Internal(format!("task {AGAIN}: {e}")))?;
    let mut tenant = db.tenant(span.org).await?;
    let erased = sql::erase_outside(&mut tenant, Member(span.member), span.after, span.before).await?;
    if erased > 0 {
        let mut entry = Entry::new(Action::PositionsErased, By::SYSTEM, "shift");
        entry.about = sql::user_of(&mut tenant, Member(span.member)).await?;
        tenant
            .audit(entry.with("reason", "shift_corrected_late").with("erased", json!({"positions": erased})));
    }
    tenant.commit().await
}

struct Derived {
    summaries: u64,
    journeys: u64,
    places: u64,
}

async fn derived(
    conn: &mut PgConnection,
    org: OrgId,
    user: UserId,
    (after, before): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
) -> Result<Derived> {
    let (mut journeys, mut places) = (0, 0);
    let summaries = sql::forget(conn, sql::Forget::Summaries, org, user, after, before).await?;
    for what in [sql::Forget::Trips, sql::Forget::Arrivals] {
        journeys += sql::forget(conn, what, org, user, after, before).await?;
    }
    for what in [sql::Forget::Steps, sql::Forget::Photos, sql::Forget::Files, sql::Forget::Told] {
        places += sql::forget(conn, what, org, user, after, before).await?;
    }
    Ok(Derived { summaries, journeys, places })
}
