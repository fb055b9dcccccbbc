//! The calendar: jobs of some days, by day and technician; those without a date apart.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::for_asker;
use super::list::{edge, statuses, zone};
use super::sql;
use super::state::Status;
use super::view::{JobView, Links};
use crate::asker::Asker;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{JobId, UserId};
use crate::moment::{self, Moment};

/// Days of one answer at most.
const LONGEST: TimeDelta = TimeDelta::days(62);
/// Jobs of one answer at most: fifty technicians with a dozen jobs on each day of a month are fewer.
const MOST: usize = 20_000;
/// Jobs without a date at most.
const MOST_UNDATED: i64 = 200;

/// `GET /api/jobs/calendar`: which days.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// The first day of the organization, or RFC 3339.
    pub from: String,
    /// The last day, or the moment before which jobs begin. At most 62 days.
    pub to: String,
    /// One person's jobs; always one's own for a technician.
    #[serde(alias = "technician_id", alias = "assigned_to")]
    pub technician: Option<UserId>,
    /// One state or several, separated by commas; all but cancelled when absent.
    pub status: Option<String>,
}

/// The jobs of some days.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Calendar)]
pub struct CalendarView {
    /// From here.
    pub from: Moment,
    /// To there, not included.
    pub to: Moment,
    /// Whose days these are.
    pub timezone: String,
    /// Every job that touches them, once, by its beginning.
    pub items: Vec<JobView>,
    /// Always null: the answer is whole.
    pub next: Option<String>,
    /// The days that have any, with who does what.
    pub days: Vec<DayView>,
    /// Open jobs without a date (200 at most), the most urgent first.
    pub unscheduled: Vec<JobView>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarDay)]
pub struct DayView {
    /// The day in the organization's zone.
    pub date: NaiveDate,
    /// Who has jobs on it; null is nobody yet.
    pub technicians: Vec<DayOf>,
}

/// One person's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarPerson)]
pub struct DayOf {
    /// Who; null for jobs without anybody.
    pub technician_id: Option<UserId>,
    /// Their jobs, by their beginning.
    pub job_ids: Vec<JobId>,
}

/// The jobs of some days, whole.
///
/// # Errors
/// [`Error::Invalid`] for days that are none, backwards, over 62 or with over 20000 jobs.
pub async fn calendar(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    query: &CalendarQuery,
) -> Result<CalendarView> {
    let technician = asker.jobs_of()?.or(query.technician);
    let zone = zone(tenant).await?;
    let from = edge("from", &query.from, zone, moment::day_start)?;
    let to = edge("to", &query.to, zone, moment::day_end)?;
    if to <= from || to - from > LONGEST + TimeDelta::hours(2) {
        return Err(Error::invalid("to", "después de from, hasta 62 días (after from, at most 62 days)"));
    }
    let wanted = match &query.status {
        Some(text) => statuses(text)?,
        None => lasting().collect(),
    };
    let rows = sql::overlapping(tenant, (from, to), technician, &wanted, MOST as i64 + 1).await?;
    if rows.len() > MOST {
        return Err(Error::invalid(
            "to",
            "demasiados trabajos: pedí menos días (too many jobs: ask for fewer days)",
        ));
    }
    let undated = sql::undated(tenant, technician, MOST_UNDATED).await?;
    let views = |rows: Vec<sql::JobRow>| -> Vec<JobView> {
        rows.into_iter().map(|row| for_asker(row.view(), links, asker)).collect()
    };
    let items = views(rows);
    let spans: Vec<Placed<'_>> = items.iter().filter_map(placed).collect();
    let days = lay(&spans, zone, (from, to), technician);
    Ok(CalendarView {
        from: Moment(from),
        to: Moment(to),
        timezone: zone.name().to_owned(),
        next: None,
        days,
        unscheduled: views(undated),
        items,
    })
}

/// One person's jobs that touch a stretch of time, but for what was called off.
pub async fn of_person(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    technician: UserId,
    span: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<JobView>> {
    let wanted: Vec<String> = lasting().collect();
    let rows = sql::overlapping(tenant, span, Some(technician), &wanted, MOST as i64).await?;
    Ok(rows.into_iter().map(|row| for_asker(row.view(), links, asker)).collect())
}

/// Every state but cancelled.
fn lasting() -> impl Iterator<Item = String> {
    Status::ALL.into_iter().filter(|s| *s != Status::Cancelled).map(|s| s.as_str().to_owned())
}

/// A job on the calendar.
#[derive(Debug, Clone, Copy)]
struct Placed<'a> {
    job: JobId,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    crew: &'a [UserId],
}

fn placed(job: &JobView) -> Option<Placed<'_>> {
    let start = job.scheduled_start?.0;
    let by_length = job.estimated_duration_min.map(|m| start + TimeDelta::minutes(i64::from(m)));
    let end = job.scheduled_end.map(|e| e.0).or(by_length).unwrap_or(start);
    Some(Placed { job: job.id, start, end, crew: &job.technician_ids })
}

/// Puts jobs on the days that they touch, once for each of their crew. With `only`, for this person alone.
fn lay(
    jobs: &[Placed<'_>],
    zone: Tz,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    only: Option<UserId>,
) -> Vec<DayView> {
    let mut days: BTreeMap<NaiveDate, BTreeMap<Option<UserId>, Vec<JobId>>> = BTreeMap::new();
    let day_of = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    for job in jobs {
        let first = day_of(job.start.max(from));
        // An end belongs to the day before it when it is midnight.
        let last = (job.end.min(to) - TimeDelta::milliseconds(1)).max(job.start.max(from));
        let people: Vec<Option<UserId>> = match job.crew {
            [] => vec![None],
            crew => crew.iter().copied().filter(|u| only.is_none_or(|o| o == *u)).map(Some).collect(),
        };
        for day in first.iter_days().take_while(|day| *day <= day_of(last)) {
            for person in &people {
                days.entry(day).or_default().entry(*person).or_default().push(job.job);
            }
        }
    }
    days.into_iter()
        .map(|(date, people)| DayView {
            date,
            technicians: people
                .into_iter()
                .map(|(technician_id, job_ids)| DayOf { technician_id, job_ids })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONE: Tz = chrono_tz::America::Argentina::Buenos_Aires;

    fn at(minute: i64) -> DateTime<Utc> {
        moment::day_start(ZONE, "2026-11-20".parse().unwrap()) + TimeDelta::minutes(minute)
    }

    proptest! {
        /// A job stands on exactly the days of the span that it touches, once for each of its crew.
        #[test]
        fn jobs_stand_on_the_days_they_touch(
            jobs in prop::collection::vec((-5_000i64..15_000, 0i64..6_000, 0usize..3), 0..12),
            days in 1i64..7,
        ) {
            let people = [UserId::new(), UserId::new()];
            let (from, to) = (at(0), at(days * 1_440));
            let ids: Vec<JobId> = jobs.iter().map(|_| JobId::new()).collect();
            let placed: Vec<Placed<'_>> = jobs
                .iter()
                .zip(&ids)
                .map(|((start, long, crew), id)| Placed { job: *id, start: at(*start), end: at(start + long), crew: &people[..*crew] })
                .filter(|j| j.start < to && (j.start >= from || j.end > from))
                .collect();
            let laid = lay(&placed, ZONE, (from, to), None);
            for job in &placed {
                let on: Vec<NaiveDate> = laid.iter().filter(|d| d.technicians.iter().any(|t| t.job_ids.contains(&job.job))).map(|d| d.date).collect();
                let expected: Vec<NaiveDate> = (0..days)
                    .filter(|n| {
                        let (begin, end) = (at(n * 1_440), at((n + 1) * 1_440));
                        job.start < end && (job.start >= begin || job.end > begin)
                    })
                    .map(|n| at(n * 1_440 + 60).with_timezone(&ZONE).date_naive())
                    .collect();
                prop_assert_eq!(&on, &expected);
                for day in &laid {
                    let times = day.technicians.iter().flat_map(|t| &t.job_ids).filter(|id| **id == job.job).count();
                    prop_assert!(times == 0 || times == job.crew.len().max(1));
                }
            }
        }
    }
}
