//! Reminders of a job in people's pages and browsers: one a job, person and interval.
//!
//! Each is a task that is due later and judged anew then: it says nothing where the job was moved, taken away or
//! ended, or where the person no longer wants that interval. A job that moves brings tasks of its new date.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::notice;
use super::sql;
use super::state::Status;
use super::step::News;
use super::view::JobView;
use crate::auth::role::Role;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::{JobId, OrgId, UserId};
use crate::notifications::preferences;
use crate::shifts::lookout;
use crate::task::{self, NewTask};

/// The kind of the task.
pub const REMIND: &str = "job.remind";

#[derive(Debug, Serialize, Deserialize)]
struct Remind {
    org: OrgId,
    job: JobId,
    user: UserId,
    minutes: i32,
    /// The beginning that it speaks of, Unix milliseconds.
    start_ms: i64,
}

/// Plans what a change of a job makes due; what is planned already stays one.
pub(super) async fn follow(tenant: &mut Tenant, job: &JobView, news: &[News]) -> Result<()> {
    let now = Utc::now();
    let Some(start) = notice::ahead(job, now).filter(|_| news.iter().any(is_cause)) else { return Ok(()) };
    let org = tenant.org();
    for user in &job.technician_ids {
        lookout::expect(tenant, *user, job.id, start).await?;
        let wanted = preferences::of(tenant, *user).await?;
        for (minutes, run_at) in due(start, &wanted.reminder_intervals, now) {
            let start_ms = start.timestamp_millis();
            let remind = Remind { org, job: job.id, user: *user, minutes, start_ms };
            let mut task = NewTask::new(REMIND, Some(org), remind)?;
            task.unique_key = Some(format!("{}/{user}/{minutes}/{start_ms}", job.id));
            task.run_at = run_at;
            task::enqueue(tenant.conn(), &task).await?;
        }
    }
    Ok(())
}

/// Reminds a person, if everything is still as it was said.
pub async fn remind(db: &Db, payload: &Value) -> Result<()> {
    let due: Remind =
        serde_json::from_value(payload.clone()).map_err(|e| Error::Internal(format!("{REMIND}: {e}")))?;
    let mut tenant = db.tenant(due.org).await?;
    let Some(row) = sql::find(&mut tenant, due.job, Some(due.user)).await? else { return Ok(()) };
    let job = row.view();
    let is_same =
        notice::ahead(&job, Utc::now()).is_some_and(|start| start.timestamp_millis() == due.start_ms);
    let wanted = preferences::of(&mut tenant, due.user).await?;
    if !is_same || !wanted.reminder_intervals.contains(&due.minutes) {
        return Ok(());
    }
    let mut notice = notice::worded(&job, "job_reminder");
    notice.dedupe = format!("job_reminder/{}/{}/{}", job.id, due.minutes, due.start_ms);
    notice::reach(&mut tenant, due.user, Role::Technician, &job, notice).await?;
    tenant.commit().await
}

/// Whether something may have brought a date or a person.
fn is_cause(news: &News) -> bool {
    matches!(
        news,
        News::Created
            | News::Assigned { .. }
            | News::Updated { moved: true, .. }
            | News::Went { to: Status::Scheduled, .. }
    )
}

/// The moments that are still ahead.
fn due(start: DateTime<Utc>, minutes: &[i32], now: DateTime<Utc>) -> Vec<(i32, DateTime<Utc>)> {
    let at = |m: &i32| (*m, start - TimeDelta::minutes(i64::from(*m)));
    minutes.iter().map(at).filter(|(_, run_at)| *run_at > now).collect()
}
