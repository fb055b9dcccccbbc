//! Jobs in numbers: how many stand where, today, and how often somebody was there in time.

use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::list::{edge, zone};
use super::sql::{self, Counted};
use super::state::Status;
use crate::asker::Asker;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::UserId;
use crate::moment;

/// Somebody who comes so many minutes after the beginning that was said is still in time.
const GRACE_MIN: i32 = 15;
/// Punctuality is of the last days, when nobody says which.
const USUAL: TimeDelta = TimeDelta::days(30);

/// `GET /api/jobs/stats`: of which jobs.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatsQuery {
    /// Scheduled to begin at or after (and, for `on_time`, completed): a day of the organization, or RFC 3339.
    pub from: Option<String>,
    /// Before the end of this day, or before this moment.
    pub to: Option<String>,
    /// One person's jobs; always one's own for a technician.
    #[serde(alias = "technician_id", alias = "assigned_to")]
    pub technician: Option<UserId>,
}

/// Jobs in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct JobStats {
    /// How many in all.
    pub total: i64,
    /// How many in each state.
    pub by_status: ByStatus,
    /// Open ones without anybody on them.
    pub unassigned: i64,
    /// Pending and scheduled ones that should have begun by now.
    pub overdue: i64,
    /// Of today: scheduled for it, under way, or ended on it.
    pub today: ByStatus,
    /// How often somebody was there in time.
    pub on_time: OnTime,
}

/// A number for each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[allow(missing_docs, reason = "the states of jobs")]
pub struct ByStatus {
    pub pending: i64,
    pub scheduled: i64,
    pub en_camino: i64,
    pub working: i64,
    pub completed: i64,
    pub cancelled: i64,
}

/// Punctuality: of the completed jobs with a date, arrivals (or beginnings) at most 15 minutes late.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OnTime {
    /// Completed jobs that had a date, of the last 30 days when nobody says which.
    pub completed: i64,
    /// In time.
    pub on_time: i64,
    /// 0 to 1; null without any.
    pub share: Option<f64>,
    /// Minutes that count as in time.
    pub grace_min: i32,
}

/// Jobs in numbers; a technician's own for a technician.
pub async fn stats(tenant: &mut Tenant, asker: Asker, query: &StatsQuery) -> Result<JobStats> {
    let technician = asker.jobs_of()?.or(query.technician);
    let zone = zone(tenant).await?;
    let from = query.from.as_deref().map(|t| edge("from", t, zone, moment::day_start)).transpose()?;
    let to = query.to.as_deref().map(|t| edge("to", t, zone, moment::day_end)).transpose()?;
    let now = Utc::now();
    let counted = sql::counts(tenant, technician, (from, to), moment::day_of(zone, now)).await?;
    let span = (from.unwrap_or(now - USUAL), to.unwrap_or(now + TimeDelta::days(1)));
    let (completed, on_time) = sql::punctual(tenant, technician, span, GRACE_MIN).await?;
    let open = |c: &&Counted| !c.status.is_terminal();
    Ok(JobStats {
        total: counted.iter().map(|c| c.jobs).sum(),
        by_status: ByStatus::of(&counted, |c| c.jobs),
        unassigned: counted.iter().filter(open).map(|c| c.unassigned).sum(),
        overdue: counted.iter().map(|c| c.overdue).sum(),
        today: ByStatus::of(&counted, |c| c.today),
        on_time: OnTime {
            completed,
            on_time,
            share: (completed > 0).then(|| on_time as f64 / completed as f64),
            grace_min: GRACE_MIN,
        },
    })
}

impl ByStatus {
    fn of(counted: &[Counted], number: fn(&Counted) -> i64) -> Self {
        let mut all = Self::default();
        for row in counted {
            let place = match row.status {
                Status::Pending => &mut all.pending,
                Status::Scheduled => &mut all.scheduled,
                Status::EnCamino => &mut all.en_camino,
                Status::Working => &mut all.working,
                Status::Completed => &mut all.completed,
                Status::Cancelled => &mut all.cancelled,
            };
            *place = number(row);
        }
        all
    }
}
