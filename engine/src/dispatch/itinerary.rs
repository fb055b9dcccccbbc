//! A technician's day as it will go: jobs in order, the ways between them, when each is expected.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::whereabouts::{self, Whereabouts};
use crate::Engine;
use crate::asker::Asker;
use crate::error::{Error, Result};
use crate::ids::{OrgId, UserId};
use crate::jobs::state::Status;
use crate::jobs::{self, JobView, Links};
use crate::moment::{self, Moment};
use campo_geo::{Coord, Eta};

/// A job of which nobody said how long it takes.
const USUAL: TimeDelta = TimeDelta::minutes(60);
/// Expected later than this after the beginning that was said is late.
const GRACE: TimeDelta = TimeDelta::minutes(15);

/// `GET /api/tracking/technicians/{id}/itinerary`: which day.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItineraryQuery {
    /// A day of the organization; today when absent.
    pub date: Option<String>,
}

/// A technician's day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Itinerary {
    /// Whose.
    pub technician_id: UserId,
    /// The day in the organization's zone.
    pub date: NaiveDate,
    /// The jobs: what was done, what is under way, what comes.
    pub items: Vec<StopView>,
    /// Always null: the answer is whole.
    pub next: Option<String>,
}

/// A job of the day, with the way to it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = ItineraryStop)]
pub struct StopView {
    /// The job.
    pub job: JobView,
    /// The way from the stop before it, for the first one ahead from where they are now; null for what was done and without
    /// a place.
    pub travel: Option<Eta>,
    /// When they came, or are expected to.
    pub arrival: Option<Moment>,
    /// When they left, or are expected to.
    pub departure: Option<Moment>,
    /// Expected over 15 minutes after the beginning that was said.
    pub is_late: bool,
}

/// A technician's day as it will go; one's own for a technician.
///
/// # Errors
/// 404 for somebody whom the asker may not see or who is no technician, 422 for what is no day.
pub async fn itinerary(
    engine: &Engine,
    org: OrgId,
    links: &Links,
    asker: Asker,
    technician: UserId,
    query: &ItineraryQuery,
) -> Result<Itinerary> {
    if asker.jobs_of()?.is_some_and(|own| own != technician) {
        return Err(Error::NotFound("technician"));
    }
    let mut tenant = engine.db.tenant(org).await?;
    let zone = whereabouts::zone(&mut tenant).await?;
    let (now, today) = (moment::now(), Utc::now().with_timezone(&zone).date_naive());
    let date = match query.date.as_deref() {
        None => today,
        Some(text) => text.parse().map_err(|_| Error::invalid("date", "un día como 2026-11-24 (a day)"))?,
    };
    let day = whereabouts::today(&mut tenant).await?;
    let people = super::sql::people(&mut tenant, None, day).await?;
    if !people.iter().any(|p| p.user_id == technician) {
        return Err(Error::NotFound("technician"));
    }
    let span = (moment::day_start(zone, date), moment::day_end(zone, date));
    let mut jobs = jobs::calendar::of_person(&mut tenant, links, asker, technician, span).await?;
    let whereabouts = Whereabouts::read(&mut tenant, engine).await?;
    drop(tenant);
    jobs.sort_by_key(|job| (rank(job), came(job).or(job.scheduled_start.map(|s| s.0)), job.id));
    let mut here = whereabouts.place_of(technician).filter(|_| date == today);
    let mut stops = Vec::with_capacity(jobs.len());
    let mut ways = Vec::with_capacity(jobs.len());
    for job in &jobs {
        let to = job.destination.and_then(|p| Coord::new(p.lat, p.lon));
        let is_ahead = came(job).is_none();
        let way = here.zip(to).filter(|_| is_ahead).map(|(from, to)| whereabouts.between(from, to));
        here = to.or(here);
        stops.push(stop(job, way));
        ways.push(way);
    }
    let begin = if date == today { now } else { span.0 };
    let times = expect(&stops, begin);
    let items =
        jobs.into_iter().zip(ways).zip(times).zip(stops).map(|(((job, travel), time), stop)| StopView {
            is_late: stop.came.is_none()
                && job.status != Status::Completed
                && stop.start.zip(time.0).is_some_and(|(start, at)| at > start + GRACE),
            job,
            travel,
            arrival: time.0.map(Moment),
            departure: time.1.map(Moment),
        });
    Ok(Itinerary { technician_id: technician, date, items: items.collect(), next: None })
}

fn rank(job: &JobView) -> u8 {
    match job.status {
        Status::Completed => 0,
        Status::Working => 1,
        Status::EnCamino => 2,
        _ => 3,
    }
}

/// When they came, where they have.
fn came(job: &JobView) -> Option<DateTime<Utc>> {
    let is_there = matches!(job.status, Status::Completed | Status::Working)
        || (job.status == Status::EnCamino && job.arrived_at.is_some());
    job.arrived_at.or(job.actual_start).map(|at| at.0).filter(|_| is_there)
}

/// A stop as the expectation needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stop {
    start: Option<DateTime<Utc>>,
    long: TimeDelta,
    came: Option<DateTime<Utc>>,
    left: Option<DateTime<Utc>>,
    travel: TimeDelta,
    /// On the way already: nobody waits for the beginning that was said.
    is_under_way: bool,
}

fn stop(job: &JobView, way: Option<Eta>) -> Stop {
    let start = job.scheduled_start.map(|s| s.0);
    let by_end = start.zip(job.scheduled_end.map(|e| e.0)).map(|(start, end)| end - start);
    let said = job.estimated_duration_min.map(|m| TimeDelta::minutes(i64::from(m))).or(by_end);
    Stop {
        start,
        long: said.filter(|long| *long > TimeDelta::zero()).unwrap_or(USUAL),
        came: came(job),
        left: job.actual_end.map(|e| e.0).filter(|_| job.status == Status::Completed),
        travel: TimeDelta::seconds(i64::from(way.map_or(0, |eta| eta.p50_s))),
        is_under_way: job.status == Status::EnCamino,
    }
}

/// When somebody is expected at a stop, and when they are done there.
type Expected = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// When each stop is reached and left, in order, from `now` on: as it was where it was, else after the one before and the
/// way, not before the beginning that was said.
fn expect(stops: &[Stop], now: DateTime<Utc>) -> Vec<Expected> {
    let mut free = now;
    stops
        .iter()
        .map(|stop| {
            if let Some(left) = stop.left {
                return (stop.came, Some(left));
            }
            let reached = stop.came.unwrap_or_else(|| {
                let soonest = free + stop.travel;
                if stop.is_under_way {
                    soonest
                } else {
                    stop.start.map_or(soonest, |start| soonest.max(start))
                }
            });
            free = (reached + stop.long).max(now);
            (Some(reached), Some(free))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + minute * 60, 0).unwrap()
    }

    fn ahead(start: i64, long: i64, travel: i64) -> Stop {
        Stop {
            start: Some(at(start)),
            long: TimeDelta::minutes(long),
            came: None,
            left: None,
            travel: TimeDelta::minutes(travel),
            is_under_way: false,
        }
    }

    #[test]
    fn a_day() {
        let done = Stop { came: Some(at(-100)), left: Some(at(-40)), ..ahead(-90, 60, 0) };
        let working = Stop { came: Some(at(-30)), ..ahead(-30, 60, 0) };
        let times = expect(&[done, working, ahead(60, 30, 20), ahead(70, 30, 10)], at(0));
        let minutes: Vec<_> = times
            .iter()
            .map(|(a, b)| ((a.unwrap() - at(0)).num_minutes(), (b.unwrap() - at(0)).num_minutes()))
            .collect();
        assert_eq!(minutes, [(-100, -40), (-30, 30), (60, 90), (100, 130)]);
        // On the way: nobody waits at the door for the hour that was said.
        let coming = Stop { is_under_way: true, ..ahead(60, 30, 12) };
        assert_eq!(expect(&[coming], at(0)), [(Some(at(12)), Some(at(42)))]);
    }

    proptest! {
        /// Nobody is at two places: each stop ahead is reached after the one before is left and the way, and after now.
        #[test]
        fn one_after_the_other(stops in prop::collection::vec((-300i64..600, 1i64..200, 0i64..60), 0..10)) {
            let stops: Vec<Stop> = stops.into_iter().map(|(start, long, travel)| ahead(start, long, travel)).collect();
            let mut free = at(0);
            for (stop, (reached, left)) in stops.iter().zip(expect(&stops, at(0))) {
                let (reached, left) = (reached.unwrap(), left.unwrap());
                prop_assert!(reached >= free + stop.travel && reached >= stop.start.unwrap());
                prop_assert_eq!(left, reached + stop.long);
                free = left;
            }
        }
    }
}
