//! By when a request must be answered (Ley 25.326, arts. 14 and 16): pure.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::request::Kind;
use crate::whatsapp::holidays::is_holiday;

/// Calendar days for a copy of what is held.
const ACCESS_DAYS: u64 = 10;
/// Business days for a correction or an erasure.
const CHANGE_DAYS: u32 = 5;
/// Days count where the people are.
const ZONE: Tz = chrono_tz::America::Argentina::Buenos_Aires;

/// The end of the last day on which a request asked at `asked` is answered in time.
///
/// The day of asking does not count (Código Civil y Comercial, art. 6); Saturdays, Sundays and national holidays are no
/// business days.
pub fn due(kind: Kind, asked: DateTime<Utc>) -> DateTime<Utc> {
    let today = asked.with_timezone(&ZONE).date_naive();
    let last = match kind {
        Kind::Access => today.checked_add_days(Days::new(ACCESS_DAYS)).unwrap_or(today),
        Kind::Rectify | Kind::Erase => business(today, CHANGE_DAYS),
    };
    let end = NaiveTime::from_hms_milli_opt(23, 59, 59, 999).unwrap_or_default();
    ZONE.from_local_datetime(&last.and_time(end)).latest().map_or(asked, |at| at.to_utc())
}

/// The day that is so many business days later.
fn business(from: NaiveDate, days: u32) -> NaiveDate {
    let mut left = days;
    let all = from.iter_days().skip(1);
    // Holidays and weekends never fill two months.
    let found = all.take(62).find(|day| {
        left -= u32::from(is_business(*day));
        left == 0
    });
    found.unwrap_or(from)
}

fn is_business(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_holiday(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    #[test]
    fn holidays_and_weekends_do_not_count() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (kind, asked, expected) in [
            // A Tuesday without holidays around.
            (Kind::Rectify, "2026-09-01T15:00:00Z", "2026-09-09T02:59:59.999Z"),
            // 8 December 2026 is a Tuesday and a holiday.
            (Kind::Erase, "2026-12-03T15:00:00Z", "2026-12-12T02:59:59.999Z"),
            // Calendar days; still the third in Buenos Aires.
            (Kind::Access, "2026-12-04T01:00:00Z", "2026-12-14T02:59:59.999Z"),
        ] {
            assert_eq!(due(kind, at(asked)), at(expected), "{kind:?} {asked}");
        }
    }

    proptest! {
        /// Never in less than five days or more than three weeks, and later asked is never sooner due.
        #[test]
        fn clocks_run_forward(day in 0..4_000i64, minutes in 0..20_000i64) {
            let asked = DateTime::from_timestamp(1_767_225_600 + day * 86_400, 0).unwrap();
            let later = asked + TimeDelta::minutes(minutes);
            for kind in [Kind::Access, Kind::Rectify, Kind::Erase] {
                let wait = due(kind, asked) - asked;
                prop_assert!(wait >= TimeDelta::days(5) && wait <= TimeDelta::days(21), "{wait}");
                prop_assert!(due(kind, later) >= due(kind, asked));
            }
        }
    }
}
