//! What ends by its age, every night at three in Buenos Aires; and what people who keep no history have left when their
//! shift is over. How long is the operator's to say ([`Keep`]); functional.md section 11 has the defaults.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::day::{Point, add_up};
use super::subject::Keys;
use super::{erase, export, sql};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::files::{Form, link::object_key};
use crate::ids::{FileId, OrgId, UserId};
use crate::moment;
use crate::task::{self, NewTask};

/// The schedule: one task for each organization follows.
pub const PLAN: &str = "privacy.night";
/// The task of one organization.
pub const NIGHT: &str = "privacy.retain";
/// The task that ends the history of somebody who keeps none.
pub const HISTORY: &str = "privacy.forget_history";
/// The schedule that ends it every few minutes: when a shift is over, and when late points came.
pub const QUIET: &str = "privacy.quiet";
/// Days that late points may still fall into.
const LATE_DAYS: u64 = 8;
/// Rows of one transaction.
const AT_ONCE: i64 = 500;
/// Transactions of one night for each kind: the rest is the next night's.
const ROUNDS: usize = 200;

/// How many days things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Positions; 90 at most.
    pub positions: u32,
    /// Daily summaries of them.
    pub summaries: u32,
    /// Notices inside the application.
    pub notices: u32,
    /// Messages, their media and recordings' words.
    pub messages: u32,
    /// What a job says of its customer; number, times and people stay.
    pub jobs: u32,
    /// The organization's events.
    pub events: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self { positions: 90, summaries: 1_826, notices: 183, messages: 1_826, jobs: 3_653, events: 1_826 }
    }
}

/// What a night did in an organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Night {
    /// Days of people that were added up.
    pub summaries_made: u64,
    /// Summaries that were too old.
    pub summaries: u64,
    /// Notices.
    pub notices: u64,
    /// Messages.
    pub messages: u64,
    /// Jobs that lost what they said.
    pub jobs: u64,
    /// Events.
    pub events: u64,
    /// Copies whose seven days were over.
    pub exports: u64,
}

#[derive(Serialize, Deserialize)]
struct Whose {
    org: OrgId,
    user: Option<UserId>,
}

/// The schedule [`PLAN`].
pub async fn plan(engine: &Engine) -> Result<()> {
    for org in sql::identity::organizations(&engine.db).await? {
        let mut night = NewTask::new(NIGHT, Some(org), Whose { org, user: None })?;
        night.unique_key = Some("night".into());
        engine.db.within(org, async |t| task::enqueue(t.conn(), &night).await).await?;
    }
    engine.task_written.notify_one();
    Ok(())
}

/// The task [`NIGHT`].
pub async fn carry_out(engine: &Engine, payload: &Value) -> Result<()> {
    let Whose { org, .. } = read(payload)?;
    let night = night(engine, org, Utc::now()).await?;
    tracing::info!(%org, ?night, "what was too old is gone");
    Ok(())
}

fn read(payload: &Value) -> Result<Whose> {
    Whose::deserialize(payload).map_err(|e| Error::Internal(format!("privacy: {e}")))
}

/// One night of one organization.
pub async fn night(engine: &Engine, org: OrgId, now: DateTime<Utc>) -> Result<Night> {
    let keep = engine.settings.privacy.keep;
    let since = |days: u32| now - TimeDelta::days(i64::from(days));
    let mut night = Night { summaries_made: summaries(engine, org, now).await?, ..Night::default() };
    let mut tenant = engine.db.tenant(org).await?;
    night.summaries = sql::retain::old_summaries(&mut tenant, since(keep.summaries).date_naive()).await?;
    night.notices = sql::retain::old_notices(&mut tenant, since(keep.notices)).await?;
    tenant.commit().await?;
    night.messages = messages(engine, org, since(keep.messages)).await?;
    night.jobs = jobs(engine, org, since(keep.jobs)).await?;
    let mut tenant = engine.db.tenant(org).await?;
    night.events =
        tenant.erasing(async |conn| sql::retain::old_events(conn, org, since(keep.events)).await).await?;
    tenant.commit().await?;
    night.exports = export::expire(engine, org, now).await? as u64;
    Ok(night)
}

/// Old messages go with what was made of them.
async fn messages(engine: &Engine, org: OrgId, before: DateTime<Utc>) -> Result<u64> {
    let mut all = 0;
    for _ in 0..ROUNDS {
        let mut tenant = engine.db.tenant(org).await?;
        let messages = sql::retain::old_messages(&mut tenant, before, AT_ONCE).await?;
        let count = messages.len() as u64;
        if count == 0 {
            break;
        }
        end(engine, tenant, Keys { messages, ..Keys::default() }).await?;
        all += count;
    }
    let mut tenant = engine.db.tenant(org).await?;
    sql::retain::old_requests(&mut tenant, before).await?;
    tenant.commit().await?;
    Ok(all)
}

/// Old jobs lose what they said.
async fn jobs(engine: &Engine, org: OrgId, before: DateTime<Utc>) -> Result<u64> {
    let mut all = 0;
    for _ in 0..ROUNDS {
        let mut tenant = engine.db.tenant(org).await?;
        let jobs = sql::retain::old_jobs(&mut tenant, before, AT_ONCE).await?;
        let count = jobs.len() as u64;
        if count == 0 {
            break;
        }
        end(engine, tenant, Keys { jobs, ..Keys::default() }).await?;
        all += count;
    }
    Ok(all)
}

/// Erases what hangs on the keys, then the files that nothing else names.
async fn end(engine: &Engine, mut tenant: Tenant, mut keys: Keys) -> Result<()> {
    let org = tenant.org();
    sql::follow(&mut tenant, &mut keys).await?;
    for file in &keys.files {
        crate::files::order_tidy(&mut tenant, FileId(*file), TimeDelta::zero()).await?;
    }
    erase::rows(&mut tenant, &keys).await?;
    tenant.commit().await?;
    for file in &keys.files {
        for form in [Form::Whole, Form::Thumbnail] {
            engine.files.shelf.delete(&object_key(org, FileId(*file), form)).await?;
        }
    }
    Ok(())
}

/// Adds up yesterday, and the days before it that nobody has added up yet.
async fn summaries(engine: &Engine, org: OrgId, now: DateTime<Utc>) -> Result<u64> {
    let mut tenant = engine.db.tenant(org).await?;
    let zone = moment::zone(&sql::days::zone(&mut tenant).await?);
    drop(tenant);
    let today = now.with_timezone(&zone).date_naive();
    let begin = |day: NaiveDate| zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
    let mut made = 0;
    for back in 1..=LATE_DAYS {
        let Some(day) = today.checked_sub_days(Days::new(back)) else { break };
        let Some((from, to)) = begin(day).zip(begin(day + Days::new(1))) else { continue };
        let span = (from.to_utc(), to.to_utc());
        // Points that came late change yesterday; the eighth day is final.
        let anew = back == 1 || back == LATE_DAYS;
        let people = engine.db.within(org, async |t| sql::days::to_add_up(t, day, span, anew).await).await?;
        for (user, member) in people {
            let mut tenant = engine.db.tenant(org).await?;
            made += u64::from(one_day(&mut tenant, (user, member), day, span).await?);
            tenant.commit().await?;
        }
    }
    Ok(made)
}

async fn one_day(
    tenant: &mut Tenant,
    (user, member): (UserId, i32),
    day: NaiveDate,
    span: (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool> {
    let rows = sql::days::points(tenant, member, span).await?;
    let Some((first, last)) = rows.first().zip(rows.last()) else { return Ok(false) };
    let at = (first.0, last.0);
    let points: Vec<Point> = rows
        .iter()
        .filter_map(|(at, lat_e7, lon_e7)| {
            Some(Point { at_ms: at.timestamp_millis(), coord: campo_geo::Coord::from_e7(*lat_e7, *lon_e7)? })
        })
        .collect();
    sql::days::put(tenant, user, day, &add_up(&points), at).await?;
    Ok(true)
}

/// Plans that somebody's history ends: at once, or when what is on its way has been stored.
pub(crate) async fn forget_soon(tenant: &mut Tenant, user: UserId, after: TimeDelta) -> Result<()> {
    let org = tenant.org();
    let mut forget = NewTask::new(HISTORY, Some(org), Whose { org, user: Some(user) })?;
    forget.run_at = Utc::now() + after;
    task::enqueue(tenant.conn(), &forget).await?;
    tenant.wake_worker();
    Ok(())
}

/// The schedule [`QUIET`]: what is over of people who keep no history, everywhere.
pub async fn quiet(engine: &Engine) -> Result<u64> {
    let mut erased = 0;
    for (org, user) in sql::identity::without_history(&engine.db).await? {
        erased += engine.db.within(org, async |t| forget_history(t, user).await).await?;
    }
    Ok(erased)
}

/// The task [`HISTORY`].
pub async fn forget(engine: &Engine, payload: &Value) -> Result<()> {
    let Whose { org, user: Some(user) } = read(payload)? else { return Ok(()) };
    engine.db.within(org, async |t| forget_history(t, user).await).await.map(|_| ())
}

/// Everything but the open shift, where the person keeps no history; how many positions.
async fn forget_history(tenant: &mut Tenant, user: UserId) -> Result<u64> {
    if sql::retain::keeps_history(tenant, user).await? {
        return Ok(0);
    }
    let org = tenant.org();
    tenant.erasing(async |conn| sql::retain::forget_history(conn, org, user).await).await
}

/// Messages and exports by id.
pub(super) type Ids = Vec<Uuid>;
