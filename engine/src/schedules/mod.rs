//! Work schedules: when people of the team work, week by week and on days that are otherwise.
//!
//! They warn the office that assigns a job ([`warn`]) and refuse nothing. Staff keeps everybody's, a technician the own.

pub mod rules;
mod sql;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::asker::Asker;
use crate::audit::{Action, Entry};
use crate::auth::role::Role;
use crate::check::{self, Check};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::NewEvent;
use crate::ids::UserId;
use crate::moment::{self, Moment};
use rules::{Exception, Plan, Warning, Week};

/// When somebody works.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = WorkSchedule)]
pub struct Schedule {
    /// Who.
    pub user_id: UserId,
    /// Their week, in the organization's zone.
    pub weekly: Week,
    /// Days that are otherwise, by date.
    pub exceptions: Vec<Exception>,
    /// They want to know of a job so many minutes before it begins; null: no matter.
    pub advance_notice_min: Option<i32>,
    /// 0 while nobody said anything: then nothing warns.
    pub version: i32,
    /// Last changed at.
    pub updated_at: Option<Moment>,
}

/// A whole schedule in place of the present one.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[schema(as = PutWorkSchedule)]
pub struct Put {
    /// Their week.
    pub weekly: Week,
    /// Days that are otherwise.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// They want to know of a job so many minutes before it begins.
    #[serde(default)]
    pub advance_notice_min: Option<i32>,
    /// The version that the editor saw; without it whatever is there is replaced.
    #[serde(default)]
    pub version: Option<i32>,
}

/// What speaks against giving one person a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Warned {
    /// Who.
    pub technician_id: UserId,
    /// What.
    pub warning: Warning,
}

/// Somebody's schedule.
///
/// # Errors
/// 404 for who is not there, and for everybody else's to a technician.
pub async fn get(tenant: &mut Tenant, asker: Asker, user: UserId) -> Result<Schedule> {
    may_see(tenant, asker, user).await?;
    Ok(sql::get(tenant, user, false).await?.unwrap_or_else(|| Schedule::nothing(user)))
}

/// Replaces somebody's schedule.
///
/// # Errors
/// As [`get`], `VERSION_001`, and 422 for hours that cannot be.
pub async fn put(tenant: &mut Tenant, asker: Asker, user: UserId, new: Put) -> Result<Schedule> {
    may_see(tenant, asker, user).await?;
    let mut plan =
        Plan { weekly: new.weekly, exceptions: new.exceptions, advance_notice_min: new.advance_notice_min };
    let mut check = Check::default();
    plan.check(&mut check);
    check.done()?;
    plan.exceptions.sort_by_key(|e| e.date);
    let before = sql::get(tenant, user, true).await?.unwrap_or_else(|| Schedule::nothing(user));
    check::version(new.version.unwrap_or(before.version), before.version, &before)?;
    let row = sql::put(tenant, user, &plan, asker.user).await?;
    let entry = Entry::new(Action::ScheduleChanged, asker.by(), "user").on(user.0).about(user);
    tenant.audit(entry.with("version", row.version));
    let event = NewEvent::new("user.schedule_changed", moment::now(), asker.by());
    tenant.record(event.with("user_id", user).with("version", row.version));
    Ok(row)
}

/// What speaks against giving these people a job at this time. Who has no schedule is never warned of.
pub async fn warn(
    tenant: &mut Tenant,
    people: &[UserId],
    (start, end): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> Result<Vec<Warned>> {
    let Some(start) = start.filter(|_| !people.is_empty()) else { return Ok(Vec::new()) };
    let zone: Tz = moment::zone(&sql::zone_name(tenant).await?.unwrap_or_default());
    let plans = sql::plans(tenant, people).await?;
    let against = people.iter().filter_map(|user| plans.iter().find(|(of, _)| of == user));
    Ok(against
        .flat_map(|(user, plan)| {
            let warn = |warning| Warned { technician_id: *user, warning };
            plan.warnings(zone, start, end, now).into_iter().map(warn)
        })
        .collect())
}

/// Who works when, for rules that begin and end shifts: None where nobody said.
pub async fn plan_of(tenant: &mut Tenant, user: UserId) -> Result<Option<Plan>> {
    Ok(sql::plans(tenant, &[user]).await?.into_iter().next().map(|(_, plan)| plan))
}

async fn may_see(tenant: &mut Tenant, asker: Asker, user: UserId) -> Result<()> {
    let is_own = asker.user == user;
    let is_hidden = asker.role == Role::Technician && !is_own;
    if is_hidden || !sql::is_member(tenant, user).await? {
        return Err(Error::NotFound("user"));
    }
    Ok(())
}

impl Schedule {
    fn nothing(user_id: UserId) -> Self {
        Self {
            user_id,
            weekly: Week::default(),
            exceptions: Vec::new(),
            advance_notice_min: None,
            version: 0,
            updated_at: None,
        }
    }
}
