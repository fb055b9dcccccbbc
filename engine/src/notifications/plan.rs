//! Which messages follow from what happened to a job. Pure; [`super::tell`] writes them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{CustomerId, JobId, SessionId, UserId};

/// A job as it is after the change, in the same transaction.
#[derive(Debug, Clone)]
pub struct JobNow<'a> {
    /// The job.
    pub job: JobId,
    /// Its version after the change.
    pub version: i32,
    /// Its state, in the column form.
    pub status: &'static str,
    /// For whom.
    pub customer: CustomerId,
    /// Their phone.
    pub phone: &'a str,
    /// Who does it.
    pub crew: &'a [UserId],
    /// When it should begin.
    pub start: Option<DateTime<Utc>>,
    /// Its present or last journey.
    pub session: Option<SessionId>,
    /// Who changed it.
    pub by: Option<UserId>,
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It was made.
    Created,
    /// Its content changed.
    Updated {
        /// Its date is another one.
        moved: bool,
        /// Something that the crew must know.
        matters: bool,
    },
    /// Its crew changed.
    Assigned {
        /// These are new on it.
        fresh: Vec<UserId>,
        /// These are no longer on it.
        gone: Vec<UserId>,
    },
    /// It went from one state to another.
    Went {
        /// From.
        from: &'static str,
        /// To.
        to: &'static str,
    },
    /// Its journey has reached the customer.
    Arrived,
}

/// Whom a message goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum To {
    /// The job's customer.
    Customer,
    /// A person of the organization.
    User(UserId),
    /// Its owners and admins.
    Bosses,
}

/// What a message is about, as it was when the message was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Fact {
    /// When the job should begin, Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<i64>,
    /// The journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<SessionId>,
    /// Minutes before the job, of a reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) minutes: Option<i32>,
}

/// A message to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) to: To,
    pub(super) event: &'static str,
    /// The fact it tells of: one message for ever (and one a boss).
    pub(super) key: String,
    pub(super) fact: Fact,
}

/// The messages that follow, each fact once, nobody of what they did themselves.
pub(super) fn plan(now: &JobNow<'_>, happened: &[Happened]) -> Vec<Planned> {
    let mut planned = Vec::new();
    for item in happened {
        match item {
            Happened::Created => {
                if now.status == "scheduled" {
                    planned.push(confirmation(now));
                }
                assigned(now, now.crew, &mut planned);
            }
            Happened::Updated { moved, matters } => updated(now, happened, (*moved, *matters), &mut planned),
            Happened::Assigned { fresh, gone } => {
                assigned(now, fresh, &mut planned);
                for user in gone {
                    planned.push(to_user(now, *user, "job_unassigned"));
                }
            }
            Happened::Went { from, to } => went(now, from, to, &mut planned),
            Happened::Arrived => planned.extend(of_journey(now, "tech_arrived")),
        }
    }
    let mut seen = BTreeSet::new();
    planned.retain(|p| now.by.is_none_or(|by| p.to != To::User(by)) && seen.insert(p.key.clone()));
    planned
}

fn went(now: &JobNow<'_>, from: &str, to: &str, planned: &mut Vec<Planned>) {
    match (from, to) {
        ("pending", "scheduled") => {
            planned.push(confirmation(now));
            assigned(now, now.crew, planned);
        }
        ("scheduled", "en_camino") => planned.extend(of_journey(now, "tech_en_route")),
        // Work implies arrival: told unless the fence or a person told it before.
        ("en_camino", "working") => planned.extend(of_journey(now, "tech_arrived")),
        (_, "completed") => {
            planned.push(to_customer(now, "job_completed", String::new()));
            planned.push(Planned {
                to: To::Bosses,
                event: "job_completed",
                key: format!("job_completed_admin:{}", now.job),
                fact: fact(now),
            });
        }
        (_, "cancelled") => {
            planned.push(to_customer(now, "job_cancelled", String::new()));
            for user in now.crew {
                planned.push(to_user(now, *user, "job_cancelled"));
            }
        }
        _ => {}
    }
}

fn updated(now: &JobNow<'_>, all: &[Happened], (moved, matters): (bool, bool), planned: &mut Vec<Planned>) {
    let is_first = all.iter().any(|h| matches!(h, Happened::Went { to: "scheduled", .. }));
    if moved && now.status == "scheduled" {
        // A first date is a confirmation, not a change.
        if !is_first {
            planned.push(to_customer(now, "job_rescheduled", start_word(now)));
            for user in now.crew {
                planned.push(to_user(now, *user, "schedule_change"));
            }
        }
    } else if matters && now.status == "scheduled" {
        for user in now.crew {
            planned.push(to_user(now, *user, "job_updated"));
        }
    }
}

fn fact(now: &JobNow<'_>) -> Fact {
    Fact { start: now.start.map(|s| s.timestamp_millis()), session: now.session, minutes: None }
}

fn start_word(now: &JobNow<'_>) -> String {
    format!(":{}:v{}", now.start.map_or(0, |s| s.timestamp_millis()), now.version)
}

/// One a date: taken off and put back on the same day, nobody is told twice.
fn confirmation(now: &JobNow<'_>) -> Planned {
    to_customer(now, "job_scheduled", format!(":{}", now.start.map_or(0, |s| s.timestamp_millis())))
}

fn to_customer(now: &JobNow<'_>, event: &'static str, more: String) -> Planned {
    Planned { to: To::Customer, event, key: format!("{event}:{}{more}", now.job), fact: fact(now) }
}

fn of_journey(now: &JobNow<'_>, event: &'static str) -> Option<Planned> {
    let session = now.session?;
    Some(Planned { to: To::Customer, event, key: format!("{event}:{session}"), fact: fact(now) })
}

fn assigned(now: &JobNow<'_>, people: &[UserId], planned: &mut Vec<Planned>) {
    for user in people {
        planned.push(to_user(now, *user, "job_assigned"));
    }
}

fn to_user(now: &JobNow<'_>, user: UserId, event: &'static str) -> Planned {
    let key = format!("{event}:{}:{user}:v{}", now.job, now.version);
    Planned { to: To::User(user), event, key, fact: fact(now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now<'a>(status: &'static str, crew: &'a [UserId]) -> JobNow<'a> {
        JobNow {
            job: JobId(uuid::Uuid::from_u128(1)),
            version: 3,
            status,
            customer: CustomerId::new(),
            phone: "+5491155550001",
            crew,
            start: DateTime::from_timestamp(1_800_000_000, 0),
            session: Some(SessionId(uuid::Uuid::from_u128(2))),
            by: None,
        }
    }

    fn told(now: &JobNow<'_>, happened: &[Happened]) -> Vec<(To, &'static str)> {
        plan(now, happened).into_iter().map(|p| (p.to, p.event)).collect()
    }

    #[test]
    fn each_step_tells_whom_it_concerns() {
        let crew = [UserId(uuid::Uuid::from_u128(7))];
        let ana = To::User(crew[0]);
        let went = |from, to| vec![Happened::Went { from, to }];
        for (status, happened, expected) in [
            (
                "scheduled",
                vec![Happened::Created],
                vec![(To::Customer, "job_scheduled"), (ana, "job_assigned")],
            ),
            ("pending", vec![Happened::Created], vec![(ana, "job_assigned")]),
            (
                "scheduled",
                went("pending", "scheduled"),
                vec![(To::Customer, "job_scheduled"), (ana, "job_assigned")],
            ),
            ("pending", went("scheduled", "pending"), vec![]),
            ("en_camino", went("scheduled", "en_camino"), vec![(To::Customer, "tech_en_route")]),
            ("working", went("en_camino", "working"), vec![(To::Customer, "tech_arrived")]),
            ("en_camino", vec![Happened::Arrived], vec![(To::Customer, "tech_arrived")]),
            (
                "completed",
                went("working", "completed"),
                vec![(To::Customer, "job_completed"), (To::Bosses, "job_completed")],
            ),
            (
                "cancelled",
                went("scheduled", "cancelled"),
                vec![(To::Customer, "job_cancelled"), (ana, "job_cancelled")],
            ),
            (
                "scheduled",
                vec![Happened::Updated { moved: true, matters: true }],
                vec![(To::Customer, "job_rescheduled"), (ana, "schedule_change")],
            ),
            (
                "scheduled",
                vec![Happened::Updated { moved: false, matters: true }],
                vec![(ana, "job_updated")],
            ),
            ("scheduled", vec![Happened::Updated { moved: false, matters: false }], vec![]),
            // A first date confirms, whatever else was edited with it.
            (
                "scheduled",
                vec![
                    Happened::Updated { moved: true, matters: true },
                    Happened::Went { from: "pending", to: "scheduled" },
                ],
                vec![(To::Customer, "job_scheduled"), (ana, "job_assigned")],
            ),
        ] {
            assert_eq!(told(&now(status, &crew), &happened), expected, "{status} {happened:?}");
        }
    }

    /// The fence, the technician and the start of work tell of one arrival; a second journey is another fact.
    #[test]
    fn an_arrival_is_one_fact() {
        let keys =
            |now: &JobNow<'_>, h: &[Happened]| plan(now, h).into_iter().map(|p| p.key).collect::<Vec<_>>();
        let first = now("en_camino", &[]);
        let fence = keys(&first, &[Happened::Arrived]);
        assert_eq!(fence, keys(&first, &[Happened::Went { from: "en_camino", to: "working" }]));
        let second = JobNow { session: Some(SessionId(uuid::Uuid::from_u128(3))), ..now("en_camino", &[]) };
        assert_ne!(fence, keys(&second, &[Happened::Arrived]));
    }

    #[test]
    fn nobody_hears_of_what_they_did_themselves() {
        let crew = [UserId(uuid::Uuid::from_u128(7)), UserId(uuid::Uuid::from_u128(8))];
        let own = JobNow { by: Some(crew[0]), ..now("cancelled", &crew) };
        let told = told(&own, &[Happened::Went { from: "working", to: "cancelled" }]);
        assert_eq!(told, [(To::Customer, "job_cancelled"), (To::User(crew[1]), "job_cancelled")]);
    }

    /// Assigned and scheduled in one change: one message.
    #[test]
    fn one_change_tells_a_person_once() {
        let crew = [UserId(uuid::Uuid::from_u128(7))];
        let happened = [
            Happened::Assigned { fresh: crew.to_vec(), gone: vec![] },
            Happened::Went { from: "pending", to: "scheduled" },
        ];
        let told = told(&now("scheduled", &crew), &happened);
        assert_eq!(told.iter().filter(|t| t.1 == "job_assigned").count(), 1);
    }
}
