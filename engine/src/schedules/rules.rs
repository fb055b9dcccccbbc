//! What speaks against giving somebody a job at some time: pure (functional.md section 3.3). Warnings, never refusals.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::check::Check;

/// Spans of one day, and days that are otherwise, at most.
const MOST_SPANS: usize = 6;
const MOST_EXCEPTIONS: usize = 400;
/// Two weeks.
const LONGEST_NOTICE_MIN: i32 = 20_160;

/// From and to, as `["08:00","12:00"]`; `24:00` ends a day.
type Span = [String; 2];

/// A week of work: the spans of each day, none on days off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = WorkWeek)]
pub struct Week {
    /// As `[["08:00","12:00"],["13:00","17:00"]]`.
    pub mon: Vec<[String; 2]>,
    /// The same.
    pub tue: Vec<[String; 2]>,
    /// The same.
    pub wed: Vec<[String; 2]>,
    /// The same.
    pub thu: Vec<[String; 2]>,
    /// The same.
    pub fri: Vec<[String; 2]>,
    /// The same.
    pub sat: Vec<[String; 2]>,
    /// The same.
    pub sun: Vec<[String; 2]>,
}

/// A day that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WorkException)]
pub struct Exception {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    /// When they work on it; none: a day off.
    #[serde(default)]
    pub spans: Vec<[String; 2]>,
    /// Why, up to 200 characters.
    #[serde(default)]
    pub reason: Option<String>,
}

/// When somebody works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Their week.
    pub weekly: Week,
    /// Days that are otherwise.
    pub exceptions: Vec<Exception>,
    /// They want to know of a job so many minutes before it begins.
    pub advance_notice_min: Option<i32>,
}

/// What speaks against a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ScheduleWarning)]
pub enum Warning {
    /// It begins sooner than they want to know of it.
    AdvanceNotice,
    /// They work that day, at other hours.
    OutsideAvailability,
    /// They do not work on that day of the week.
    DayOff,
    /// The day is one of their exceptions, and the job is not within its hours.
    Exception,
}

impl Warning {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AdvanceNotice => "advance_notice",
            Self::OutsideAvailability => "outside_availability",
            Self::DayOff => "day_off",
            Self::Exception => "exception",
        }
    }
}

impl Week {
    fn of(&self, day: Weekday) -> &[Span] {
        match day {
            Weekday::Mon => &self.mon,
            Weekday::Tue => &self.tue,
            Weekday::Wed => &self.wed,
            Weekday::Thu => &self.thu,
            Weekday::Fri => &self.fri,
            Weekday::Sat => &self.sat,
            Weekday::Sun => &self.sun,
        }
    }
}

impl Plan {
    /// When they work on a day: minutes of the day, in order.
    pub fn hours(&self, day: NaiveDate) -> Vec<(u32, u32)> {
        let exception = self.exceptions.iter().find(|e| e.date == day);
        let spans = exception.map_or(self.weekly.of(day.weekday()), |e| &e.spans);
        let mut hours: Vec<(u32, u32)> = spans.iter().filter_map(minutes).collect();
        hours.sort_unstable();
        hours
    }

    /// What speaks against a job from `start` to `end`, as it is planned at `now`; each once, sorted.
    ///
    /// A job within one day must lie within one span; of a longer one its beginning and its end are looked at.
    pub fn warnings(
        &self,
        zone: Tz,
        start: DateTime<Utc>,
        end: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Vec<Warning> {
        let mut found = Vec::new();
        let notice = TimeDelta::minutes(self.advance_notice_min.unwrap_or(0).into());
        if start - now < notice {
            found.push(Warning::AdvanceNotice);
        }
        let (first, from) = minute_of(start, zone);
        let (last, to) = minute_of(end.unwrap_or(start), zone);
        if first == last {
            found.extend(self.against(first, from, to));
        } else {
            found.extend(self.against(first, from, from));
            // A span's end is a fine moment to end at, and none to begin at.
            found.extend(self.against(last, to.saturating_sub(1), to));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn against(&self, day: NaiveDate, from: u32, to: u32) -> Option<Warning> {
        let hours = self.hours(day);
        if hours.iter().any(|(begin, end)| *begin <= from && to <= *end && from < *end) {
            return None;
        }
        Some(if self.exceptions.iter().any(|e| e.date == day) {
            Warning::Exception
        } else if hours.is_empty() {
            Warning::DayOff
        } else {
            Warning::OutsideAvailability
        })
    }

    /// Notes what cannot be accepted.
    pub fn check(&self, check: &mut Check) {
        let week = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ];
        let wrong = "horarios como [\"08:00\",\"18:00\"], sin superponerse, hasta 6 por día (spans as [\"08:00\",\"18:00\"] that do not overlap, at most 6 a day)";
        if !week.iter().all(|day| is_day(self.weekly.of(*day))) {
            check.wrong("weekly", wrong);
        }
        if !self.exceptions.iter().all(|e| is_day(&e.spans)) {
            check.wrong("exceptions", wrong);
        }
        let mut days: Vec<NaiveDate> = self.exceptions.iter().map(|e| e.date).collect();
        days.sort_unstable();
        days.dedup();
        if days.len() != self.exceptions.len() || days.len() > MOST_EXCEPTIONS {
            check.wrong("exceptions", "cada día una vez, hasta 400 (each day once, at most 400)");
        }
        for reason in self.exceptions.iter().filter_map(|e| e.reason.as_deref()) {
            check.text("exceptions", reason, 0, 200);
        }
        if self.advance_notice_min.is_some_and(|n| !(0..=LONGEST_NOTICE_MIN).contains(&n)) {
            check.wrong("advance_notice_min", "de 0 a 20160 (0 to 20160)");
        }
    }
}

/// Whether spans can be a day: each forward, none over another.
fn is_day(spans: &[Span]) -> bool {
    let mut hours: Vec<(u32, u32)> = spans.iter().filter_map(minutes).collect();
    hours.sort_unstable();
    hours.len() == spans.len()
        && spans.len() <= MOST_SPANS
        && hours.iter().all(|(from, to)| from < to)
        && hours.windows(2).all(|pair| matches!(pair, [(_, end), (begin, _)] if end <= begin))
}

/// A day of the zone and a minute of it.
fn minute_of(at: DateTime<Utc>, zone: Tz) -> (NaiveDate, u32) {
    let local = at.with_timezone(&zone);
    (local.date_naive(), local.hour() * 60 + local.minute())
}

/// A span as minutes of the day.
fn minutes([from, to]: &Span) -> Option<(u32, u32)> {
    let read = |text: &str| {
        if text == "24:00" {
            return Some(24 * 60);
        }
        let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
        Some(time.hour() * 60 + time.minute())
    };
    Some((read(from)?, read(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    const ZONE: Tz = chrono_tz::America::Argentina::Buenos_Aires;

    fn span(from: &str, to: &str) -> Span {
        [from.to_owned(), to.to_owned()]
    }

    /// Monday and Tuesday 09-13 and 14-18; Christmas Eve until noon, the 28th off.
    fn plan() -> Plan {
        let day = vec![span("09:00", "13:00"), span("14:00", "18:00")];
        let exception = |date: &str, spans| Exception { date: date.parse().unwrap(), spans, reason: None };
        Plan {
            weekly: Week { mon: day.clone(), tue: day, ..Week::default() },
            exceptions: vec![
                exception("2026-12-24", vec![span("09:00", "12:00")]),
                exception("2026-12-28", Vec::new()),
            ],
            advance_notice_min: Some(120),
        }
    }

    fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        ZONE.with_ymd_and_hms(2026, 12, day, hour, minute, 0).unwrap().to_utc()
    }

    #[test]
    fn what_each_warns_of() {
        use Warning::{AdvanceNotice, DayOff, Exception, OutsideAvailability};
        let now = at(1, 8, 0);
        for (start, end, expected) in [
            // Monday the 7th.
            (at(7, 9, 0), Some(at(7, 13, 0)), vec![]),
            (at(7, 9, 0), None, vec![]),
            // Over lunch; before and after hours; at the very end.
            (at(7, 12, 0), Some(at(7, 15, 0)), vec![OutsideAvailability]),
            (at(7, 8, 59), Some(at(7, 10, 0)), vec![OutsideAvailability]),
            (at(7, 18, 0), None, vec![OutsideAvailability]),
            // Sunday.
            (at(6, 10, 0), None, vec![DayOff]),
            // Monday to Tuesday; Tuesday to Wednesday.
            (at(7, 9, 0), Some(at(8, 18, 0)), vec![]),
            (at(8, 9, 0), Some(at(9, 12, 0)), vec![DayOff]),
            (at(24, 9, 0), Some(at(24, 12, 0)), vec![]),
            (at(24, 11, 0), Some(at(24, 13, 0)), vec![Exception]),
            (at(28, 10, 0), None, vec![Exception]),
            // In an hour, on a Tuesday.
            (at(1, 9, 0), Some(at(1, 10, 0)), vec![AdvanceNotice]),
            (at(1, 10, 0), Some(at(1, 11, 0)), vec![]),
        ] {
            assert_eq!(plan().warnings(ZONE, start, end, now), expected, "{start} {end:?}");
        }
    }

    #[test]
    fn what_is_no_week() {
        let wrong = |weekly: Week| {
            let mut check = Check::default();
            Plan { weekly, ..plan() }.check(&mut check);
            check.done().is_err()
        };
        assert!(!wrong(plan().weekly));
        for day in [
            vec![span("9", "10")],
            vec![span("10:00", "09:00")],
            vec![span("09:00", "13:00"), span("12:00", "18:00")],
            vec![span("08:00", "25:00")],
        ] {
            assert!(wrong(Week { sat: day.clone(), ..Week::default() }), "{day:?}");
        }
        let twice = Plan { exceptions: [plan().exceptions, plan().exceptions].concat(), ..plan() };
        let mut check = Check::default();
        twice.check(&mut check);
        assert!(check.done().is_err());
    }

    proptest! {
        /// More hours never warn where fewer did not; whoever works always is warned of the notice alone.
        #[test]
        fn more_hours_warn_less(day in 1..28u32, from in 0..1400i64, length in 1..600i64, extra in 0..1380u32) {
            let start = at(day, 0, 0) + TimeDelta::minutes(from);
            let end = Some(start + TimeDelta::minutes(length));
            let now = at(1, 8, 0);
            let always = || vec![span("00:00", "24:00")];
            let all = Week {
                mon: always(), tue: always(), wed: always(), thu: always(), fri: always(), sat: always(), sun: always(),
            };
            let free = Plan { weekly: all, exceptions: Vec::new(), advance_notice_min: None };
            prop_assert_eq!(free.warnings(ZONE, start.max(now), end.map(|e| e.max(now)), now), vec![]);
            let added = span(&format!("{:02}:{:02}", extra / 60, extra % 60), "24:00");
            let more = Plan { weekly: Week { wed: vec![added], ..plan().weekly }, ..plan() };
            // Not how many: a day off that becomes a day with hours is another warning.
            let (before, after) = (plan().warnings(ZONE, start, end, now), more.warnings(ZONE, start, end, now));
            prop_assert!(!before.is_empty() || after.is_empty());
        }
    }
}
