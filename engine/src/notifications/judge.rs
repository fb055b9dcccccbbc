//! Whether a message is still true when it is to leave. Pure.

use super::plan::Fact;
use crate::ids::SessionId;

/// A job as it is when a message about it is to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Present<'a> {
    pub(super) status: &'a str,
    /// Unix milliseconds.
    pub(super) start: Option<i64>,
    pub(super) session: Option<SessionId>,
    pub(super) session_status: Option<&'a str>,
    /// Whether the message's person is on the job.
    pub(super) is_assigned: bool,
    /// Unix milliseconds.
    pub(super) now: i64,
}

/// Why a message about a job does not leave any more; None where it does. `to_staff`: it goes to one of the team.
pub(super) fn outdated(
    event: &str,
    to_staff: bool,
    fact: &Fact,
    present: &Present<'_>,
) -> Option<&'static str> {
    let is_same_date = fact.start == present.start;
    let is_same_journey = fact.session.is_some() && fact.session == present.session;
    let is_open = matches!(present.status, "pending" | "scheduled");
    let holds = match (event, to_staff) {
        ("job_scheduled" | "job_rescheduled", false) => present.status == "scheduled" && is_same_date,
        ("tech_en_route", false) => {
            present.status == "en_camino" && is_same_journey && present.session_status == Some("active")
        }
        ("tech_arrived", false) => matches!(present.status, "en_camino" | "working") && is_same_journey,
        ("job_completed", _) => present.status == "completed",
        ("job_cancelled", _) => present.status == "cancelled",
        ("job_assigned", true) => is_open && present.is_assigned,
        ("job_unassigned", true) => !present.is_assigned && present.status != "cancelled",
        ("schedule_change", true) => is_open && present.is_assigned && is_same_date,
        ("job_updated", true) => is_open && present.is_assigned,
        ("job_reminder", true) => {
            present.status == "scheduled"
                && present.is_assigned
                && is_same_date
                && present.start.is_some_and(|start| start > present.now)
        }
        _ => true,
    };
    (!holds).then_some("outdated")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    const EVENTS: [&str; 11] = [
        "job_scheduled",
        "job_rescheduled",
        "tech_en_route",
        "tech_arrived",
        "job_completed",
        "job_cancelled",
        "job_assigned",
        "job_unassigned",
        "schedule_change",
        "job_updated",
        "job_reminder",
    ];

    fn session(n: u128) -> Option<SessionId> {
        Some(SessionId(uuid::Uuid::from_u128(n)))
    }

    proptest! {
        /// Of a job that was called off nothing is told but that.
        #[test]
        fn a_cancelled_job_says_only_that(event in select(EVENTS.to_vec()), staff: bool, assigned: bool, start in proptest::option::of(0..9i64)) {
            let present = Present {
                status: "cancelled", start, session: session(1), session_status: Some("cancelled"), is_assigned: assigned, now: 0,
            };
            let fact = Fact { start, session: session(1), minutes: None };
            let customer_only = ["job_scheduled", "job_rescheduled", "tech_en_route", "tech_arrived"].contains(&event);
            if event == "job_cancelled" {
                prop_assert_eq!(outdated(event, staff, &fact, &present), None);
            } else if customer_only != staff || event == "job_completed" {
                prop_assert!(outdated(event, staff, &fact, &present).is_some(), "{event}");
            }
        }

        /// A date that is no longer the date is not told of.
        #[test]
        fn old_dates_are_not_told(event in select(vec![("job_scheduled", false), ("job_rescheduled", false), ("schedule_change", true), ("job_reminder", true)]), then in 1..9i64, is in 1..9i64) {
            let present = Present { status: "scheduled", start: Some(is), session: None, session_status: None, is_assigned: true, now: 0 };
            let fact = Fact { start: Some(then), session: None, minutes: None };
            prop_assert_eq!(outdated(event.0, event.1, &fact, &present).is_none(), then == is);
        }
    }

    #[test]
    fn an_old_journey_is_not_told() {
        let present = Present {
            status: "en_camino",
            start: None,
            session: session(2),
            session_status: Some("active"),
            is_assigned: true,
            now: 0,
        };
        let fact = |n| Fact { start: None, session: session(n), minutes: None };
        assert_eq!(outdated("tech_en_route", false, &fact(2), &present), None);
        assert!(outdated("tech_en_route", false, &fact(1), &present).is_some());
        let arrived = Present { session_status: Some("arrived"), ..present };
        assert!(outdated("tech_en_route", false, &fact(2), &arrived).is_some());
        assert_eq!(outdated("tech_arrived", false, &fact(2), &arrived), None);
    }

    #[test]
    fn a_reminder_of_what_has_begun_is_late() {
        let fact = Fact { start: Some(100), session: None, minutes: Some(30) };
        let at = |now| Present {
            status: "scheduled",
            start: Some(100),
            session: None,
            session_status: None,
            is_assigned: true,
            now,
        };
        assert_eq!(outdated("job_reminder", true, &fact, &at(99)), None);
        assert!(outdated("job_reminder", true, &fact, &at(100)).is_some());
    }
}
