//! What fires again and again: each firing is one task, written once over all nodes.
//!
//! A server that was away fires what it missed once, not once for each time.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::kinds::SWEEP;
use crate::audit::place;
use crate::estimates::{learn, speeds};
use crate::privacy::{request, retain};
use crate::vault::rotate;
use crate::whatsapp::inbound;

/// When a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Every so many seconds.
    Every(u32),
    /// Once a day at this hour and minute in Buenos Aires.
    Daily(u32, u32),
}

/// A schedule: a name for ever, the task's kind, and when.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Its row's name; also the kind of its tasks.
    pub kind: &'static str,
    /// When it fires.
    pub when: When,
}

/// All schedules of an installation.
pub const SCHEDULES: [Schedule; 9] = [
    Schedule { kind: SWEEP, when: When::Every(600) },
    // What is cut off an audit chain after this is found.
    Schedule { kind: place::ANCHOR, when: When::Every(600) },
    Schedule { kind: inbound::UPKEEP, when: When::Every(300) },
    Schedule { kind: request::WATCH, when: When::Every(3_600) },
    Schedule { kind: retain::QUIET, when: When::Every(300) },
    Schedule { kind: retain::PLAN, when: When::Daily(3, 0) },
    // Roads are empty and so are the servers.
    Schedule { kind: learn::LEARN, when: When::Daily(3, 0) },
    // Data keys that are due.
    Schedule { kind: rotate::UPKEEP, when: When::Daily(3, 40) },
    // When most organizations have gathered; who is later is heard the next night.
    Schedule { kind: speeds::SHARE, when: When::Daily(4, 30) },
];

/// Where days begin for schedules.
const ZONE: Tz = chrono_tz::America::Argentina::Buenos_Aires;

impl When {
    /// The first moment after `now` at which it fires.
    pub fn after(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Every(seconds) => now + TimeDelta::seconds(i64::from(seconds.max(1))),
            Self::Daily(hour, minute) => {
                let today = now.with_timezone(&ZONE).date_naive();
                let time = NaiveTime::from_hms_opt(hour.min(23), minute.min(59), 0).unwrap_or_default();
                // A clock that is turned skips or doubles an hour: the later of two, the next day of none.
                (0..3)
                    .filter_map(|days| {
                        ZONE.from_local_datetime(&(today + Days::new(days)).and_time(time)).latest()
                    })
                    .map(|at| at.to_utc())
                    .find(|at| *at > now)
                    .unwrap_or(now + TimeDelta::days(1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_in_the_morning_is_six_in_utc() {
        let now: DateTime<Utc> = "2026-11-24T05:59:59Z".parse().unwrap();
        let next = When::Daily(3, 0).after(now);
        assert_eq!(next, "2026-11-24T06:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(When::Daily(3, 0).after(next), "2026-11-25T06:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    proptest! {
        /// Always later, never by more than a day.
        #[test]
        fn the_next_time_is_ahead(at in 0..4_000_000_000i64, hour in 0..30u32, minute in 0..70u32, every in 0..90_000u32) {
            let now = DateTime::from_timestamp(at, 0).unwrap();
            for when in [When::Daily(hour, minute), When::Every(every)] {
                let next = when.after(now);
                prop_assert!(next > now && next <= now + TimeDelta::hours(26));
            }
        }
    }
}
