//! Quiet hours in a person's own zone. Pure.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// From when to when a person wants quiet. From later than to wraps over midnight; the same twice is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// Its first minute.
    pub from: NaiveTime,
    /// The first minute after it.
    pub to: NaiveTime,
    /// Where the person's clock hangs.
    pub zone: Tz,
}

impl Quiet {
    /// When the quiet that lasts at `now` ends; None where there is none.
    pub fn ends(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = now.with_timezone(&self.zone);
        let (time, today) = (local.time(), local.date_naive());
        if !self.holds(time) {
            return None;
        }
        // Past midnight already, it ends today.
        let day = if self.to > time { today } else { today + Days::new(1) };
        // A clock that is turned may skip that minute: the quiet ends with the next one that exists.
        (0..240)
            .filter_map(|minute| {
                let at = day.and_time(self.to) + TimeDelta::minutes(minute);
                self.zone.from_local_datetime(&at).latest()
            })
            .map(|at| at.to_utc())
            .find(|at| *at > now)
    }

    fn holds(&self, time: NaiveTime) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(minutes: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap()
    }

    const BSAS: Tz = chrono_tz::America::Argentina::Buenos_Aires;

    #[test]
    fn over_midnight() {
        let quiet = Quiet { from: time(22 * 60), to: time(8 * 60), zone: BSAS };
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, end) in [
            ("2026-11-25T00:59:59Z", None),
            ("2026-11-25T01:00:00Z", Some("2026-11-25T11:00:00Z")),
            ("2026-11-25T05:00:00Z", Some("2026-11-25T11:00:00Z")),
            ("2026-11-25T10:59:59Z", Some("2026-11-25T11:00:00Z")),
            ("2026-11-25T11:00:00Z", None),
        ] {
            assert_eq!(quiet.ends(at(now)), end.map(at), "{now}");
        }
        let never = Quiet { from: time(60), to: time(60), zone: BSAS };
        assert_eq!(never.ends(at("2026-11-25T04:00:00Z")), None);
    }

    proptest! {
        /// An end is ahead, within a day and an hour, is not quiet itself, and stays the same while it is waited for.
        #[test]
        fn quiet_ends(from in 0..1440u32, to in 0..1440u32, at in 1_700_000_000..1_900_000_000i64, zone in 0..4usize, later in 0..100_000i64) {
            let zone = [BSAS, chrono_tz::America::New_York, chrono_tz::Asia::Kathmandu, chrono_tz::UTC][zone];
            let quiet = Quiet { from: time(from), to: time(to), zone };
            let now = DateTime::from_timestamp(at, 0).unwrap();
            if let Some(end) = quiet.ends(now) {
                prop_assert!(end > now && end <= now + TimeDelta::hours(25));
                prop_assert_eq!(quiet.ends(end), None);
                let meanwhile = now + TimeDelta::seconds(later);
                if meanwhile < end && zone != chrono_tz::America::New_York {
                    prop_assert_eq!(quiet.ends(meanwhile), Some(end));
                }
            } else {
                prop_assert!(!quiet.holds(now.with_timezone(&zone).time()));
            }
        }
    }
}
