//! Reminders before a job: one a job, person and interval, moved and taken back with the job, none in the past.
//!
//! Each is a message that is due later. What is true then decides whether it leaves ([`super::judge`]).

use chrono::{DateTime, TimeDelta, Utc};

use super::outbound::{self, Outgoing};
use super::plan::{Fact, JobNow};
use super::sql::{self, Person};
use super::tell;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{JobId, UserId};

/// What waits for a job follows it: its date, its people, its end.
pub(super) async fn follow_job(tx: &mut Tenant, now: &JobNow<'_>, people: &[Person]) -> Result<()> {
    let start = now.start.filter(|_| now.status == "scheduled");
    sql::take_back_of_job(tx, now.job, start, now.crew).await?;
    let Some(start) = start else { return Ok(()) };
    let mut all = Vec::new();
    for person in people.iter().filter(|p| now.crew.contains(&p.user_id)) {
        all.extend(of_one(now.job, person.user_id, &person.phone, start, &person.reminders)?);
    }
    outbound::enqueue_later(tx, &all).await
}

/// What waits for a person follows the intervals they want now.
pub(super) async fn follow_person(tx: &mut Tenant, user: UserId, minutes: &[i32]) -> Result<()> {
    sql::take_back_of_person(tx, user).await?;
    let Some(person) = sql::people(tx, &[user], false).await?.into_iter().find(|p| p.user_id == user) else {
        return Ok(());
    };
    let mut all = Vec::new();
    for (job, start) in sql::jobs_ahead(tx, user).await? {
        all.extend(of_one(job, user, &person.phone, start, minutes)?);
    }
    outbound::enqueue_later(tx, &all).await
}

/// The reminders of a person before a job.
fn of_one(
    job: JobId,
    user: UserId,
    phone: &str,
    start: DateTime<Utc>,
    minutes: &[i32],
) -> Result<Vec<Outgoing>> {
    due(start, minutes, Utc::now())
        .into_iter()
        .map(|(minutes, due_at)| {
            let fact = Fact { start: Some(start.timestamp_millis()), session: None, minutes: Some(minutes) };
            Ok(Outgoing {
                dedupe_key: Some(format!("job_reminder:{job}:{user}:{minutes}:{}", start.timestamp_millis())),
                event: Some("job_reminder"),
                entity: Some(("job", job.0)),
                user: Some(user),
                due_at,
                ..Outgoing::whatsapp(phone, tell::event(&fact)?)
            })
        })
        .collect()
}

/// The moments of the reminders that are still ahead. Pure.
fn due(start: DateTime<Utc>, minutes: &[i32], now: DateTime<Utc>) -> Vec<(i32, DateTime<Utc>)> {
    minutes
        .iter()
        .map(|m| (*m, start - TimeDelta::minutes(i64::from(*m))))
        .filter(|(_, due)| *due > now)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// None in the past, each at its distance from the beginning.
        #[test]
        fn none_in_the_past(ahead_min in -3_000..3_000i64, minutes in proptest::collection::vec(15..10_080i32, 0..6)) {
            let now = Utc::now();
            let start = now + TimeDelta::minutes(ahead_min);
            let found = due(start, &minutes, now);
            for (m, at) in &found {
                prop_assert!(*at > now && *at < start);
                prop_assert_eq!(start - *at, TimeDelta::minutes(i64::from(*m)));
            }
            prop_assert_eq!(found.len(), minutes.iter().filter(|m| i64::from(**m) < ahead_min).count());
        }
    }
}
