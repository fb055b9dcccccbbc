//! Shifts that begin by the work schedule, where the organization says so and a phone app of others speaks.
//!
//! A shift for each span of hours that a position falls into, from its beginning to its end. Whoever began or ended a shift
//! within those hours has decided themselves: nothing begins then.

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::lookout;
use super::rules::Wish;
use super::sql::{self, ShiftRow};
use super::writing::{self, Person};
use crate::db::Db;
use crate::error::Result;
use crate::event::By;
use crate::ids::{OrgId, UserId};
use crate::moment;
use crate::schedules::{self, rules::Plan};

/// A span of hours.
pub(super) type Hours = (DateTime<Utc>, DateTime<Utc>);

/// Begins (and, where they are over, ends) the shifts of the hours that these moments fall into.
///
/// `moments`: Unix milliseconds of a phone app's positions.
pub async fn on_ingest(db: &Db, org: OrgId, user: UserId, moments: &[i64]) -> Result<()> {
    let mut tenant = db.tenant(org).await?;
    if moments.is_empty() || sql::open_of(&mut tenant, user).await?.is_some() {
        return Ok(());
    }
    let Some(plan) = schedules::plan_of(&mut tenant, user).await? else { return Ok(()) };
    let zone = moment::zone(sql::zone_name(&mut tenant).await?.as_deref().unwrap_or_default());
    let now = moment::now();
    let wanted = hit(&plan, zone, moments, now);
    if wanted.is_empty() {
        return Ok(());
    }
    let Some((member, _)) = sql::lock_member(&mut tenant, user).await? else { return Ok(()) };
    let mut person = Person { user, member, by: By::SYSTEM, is_office: false, reason: None };
    for (start, end) in wanted {
        let last = sql::last(&mut tenant, user).await?.as_ref().map(ShiftRow::span);
        // Later than the beginning of these hours somebody decided; what lies before the last shift cannot be added.
        if last.is_some_and(|last| last.end.is_none_or(|ended| ended > start)) {
            continue;
        }
        person.reason = None;
        if writing::apply(&mut tenant, &person, Wish { on: true, at: start, now }).await?.is_err() {
            continue;
        }
        if end <= now {
            person.reason = Some("hours");
            // The positions that this shift is for are not stored yet: nothing stands against its end.
            let _ = writing::apply(&mut tenant, &person, Wish { on: false, at: end, now }).await?;
        } else if let Some(shift) = sql::last(&mut tenant, user).await? {
            lookout::look(&mut tenant, shift.shift_id, end).await?;
        }
    }
    tenant.commit().await
}

/// The spans of working hours that moments of the last week fall into, oldest first, each once.
fn hit(plan: &Plan, zone: Tz, moments: &[i64], now: DateTime<Utc>) -> Vec<Hours> {
    let mut spans: Vec<Hours> = moments
        .iter()
        .filter_map(|ms| moment::from_ms(*ms))
        .filter(|at| *at <= now + super::rules::AHEAD && *at >= now - super::rules::BACK)
        .filter_map(|at| span_of(plan, zone, at))
        .filter(|(start, _)| *start >= now - super::rules::BACK)
        .collect();
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// The span of hours that a moment falls into.
pub(super) fn span_of(plan: &Plan, zone: Tz, at: DateTime<Utc>) -> Option<Hours> {
    let day = at.with_timezone(&zone).date_naive();
    hours_of(plan, zone, day).into_iter().find(|(start, end)| (*start..=*end).contains(&at))
}

/// When the hours of the day of a moment end.
pub(super) fn end_of_day(plan: &Plan, zone: Tz, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    hours_of(plan, zone, at.with_timezone(&zone).date_naive()).last().map(|(_, end)| *end)
}

fn hours_of(plan: &Plan, zone: Tz, day: NaiveDate) -> Vec<Hours> {
    let moment = |minute: u32| {
        let local = day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
        zone.from_local_datetime(&local).earliest().map(|at| at.to_utc())
    };
    plan.hours(day).into_iter().filter_map(|(from, to)| moment(from).zip(moment(to))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONE: Tz = chrono_tz::America::Argentina::Buenos_Aires;

    fn plan() -> Plan {
        let week = serde_json::json!({
            "weekly": {"mon": [["09:00", "13:00"], ["14:00", "18:00"]], "tue": [["09:00", "13:00"]], "wed": [], "thu": [], "fri": [], "sat": [], "sun": []},
        });
        let weekly = serde_json::from_value(week["weekly"].clone()).unwrap();
        Plan { weekly, exceptions: Vec::new(), advance_notice_min: None }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn hours_are_hit_once_each() {
        let now = at("2026-11-24T20:00:00-03:00");
        let moments = [
            "2026-11-23T10:00:00-03:00",
            "2026-11-23T13:30:00-03:00",
            "2026-11-23T14:00:00-03:00",
            "2026-11-23T11:00:00-03:00",
            "2026-11-24T19:00:00-03:00",
            "2026-11-10T10:00:00-03:00",
        ];
        let ms: Vec<i64> = moments.iter().map(|m| at(m).timestamp_millis()).collect();
        let hours = hit(&plan(), ZONE, &ms, now);
        let day = |from, to| (at(from), at(to));
        assert_eq!(
            hours,
            [
                day("2026-11-23T09:00:00-03:00", "2026-11-23T13:00:00-03:00"),
                day("2026-11-23T14:00:00-03:00", "2026-11-23T18:00:00-03:00")
            ]
        );
        assert_eq!(
            end_of_day(&plan(), ZONE, at("2026-11-23T08:00:00-03:00")),
            Some(at("2026-11-23T18:00:00-03:00"))
        );
        assert_eq!(end_of_day(&plan(), ZONE, at("2026-11-25T08:00:00-03:00")), None);
    }

    proptest! {
        /// No moment outside of the hours is ever within a span that is hit.
        #[test]
        fn only_within_hours(minutes in prop::collection::vec(0i64..20_000, 0..20), probe in 0i64..20_000) {
            let now = at("2026-11-30T23:00:00-03:00");
            let when = |m: i64| now - TimeDelta::minutes(m);
            let ms: Vec<i64> = minutes.iter().map(|m| when(*m).timestamp_millis()).collect();
            let covered = hit(&plan(), ZONE, &ms, now).iter().any(|(start, end)| (*start..=*end).contains(&when(probe)));
            prop_assert!(!covered || span_of(&plan(), ZONE, when(probe)).is_some());
        }
    }
}
