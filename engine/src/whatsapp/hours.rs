//! When an organization is open, and whether a customer is told that it is not. Pure.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::holidays::is_holiday;
use crate::check::Check;

/// A sender hears it once in so long (functional.md section 6).
pub const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(30);
/// A message that is older when it comes in is answered by a person alone.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);
/// Spans of one day, and closed days, at most.
const MOST_SPANS: usize = 6;
const MOST_CLOSED: usize = 200;

/// Opening hours of a week, in the organization's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Hours {
    /// From and to of each span, as `[["08:00","12:00"],["15:00","19:00"]]`; empty: closed. `24:00` ends a day.
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
    /// Closed on national holidays?
    pub closed_on_holidays: bool,
    /// Further closed days.
    #[schema(value_type = Vec<String>, example = json!(["2026-12-24"]))]
    pub closed: Vec<NaiveDate>,
}

impl Default for Hours {
    /// Monday to Friday 08 to 18, Saturday 09 to 13 (functional.md section 13).
    fn default() -> Self {
        let span = |from: &str, to: &str| vec![[from.to_owned(), to.to_owned()]];
        let day = || span("08:00", "18:00");
        Self {
            mon: day(),
            tue: day(),
            wed: day(),
            thu: day(),
            fri: day(),
            sat: span("09:00", "13:00"),
            sun: Vec::new(),
            closed_on_holidays: true,
            closed: Vec::new(),
        }
    }
}

impl Hours {
    fn of(&self, day: Weekday) -> &[[String; 2]] {
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

    /// Whether somebody is there.
    pub fn is_open(&self, at: DateTime<Utc>, zone: Tz) -> bool {
        let local = at.with_timezone(&zone);
        let day = local.date_naive();
        if self.closed.contains(&day) || (self.closed_on_holidays && is_holiday(day)) {
            return false;
        }
        let minute = local.hour() * 60 + local.minute();
        self.of(day.weekday()).iter().filter_map(minutes).any(|(from, to)| (from..to).contains(&minute))
    }

    /// Notes what cannot be accepted.
    pub fn check(&self, check: &mut Check) {
        let days = [&self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun];
        let is_good = |spans: &&Vec<[String; 2]>| {
            spans.len() <= MOST_SPANS && spans.iter().all(|s| minutes(s).is_some_and(|(from, to)| from < to))
        };
        if !days.iter().all(is_good) {
            check.wrong("hours", "horarios como [\"08:00\",\"18:00\"], hasta 6 por día (spans as [\"08:00\",\"18:00\"], at most 6 a day)");
        }
        if self.closed.len() > MOST_CLOSED {
            check.wrong("hours", "hasta 200 días cerrados (at most 200 closed days)");
        }
    }
}

/// A span as minutes of the day.
fn minutes([from, to]: &[String; 2]) -> Option<(u32, u32)> {
    let read = |text: &str| {
        if text == "24:00" {
            return Some(24 * 60);
        }
        let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
        Some(time.hour() * 60 + time.minute())
    };
    Some((read(from)?, read(to)?))
}

/// Whether a message that came in is answered by itself: outside hours, fresh, and not told lately.
pub fn is_answered(
    hours: &Hours,
    zone: Tz,
    sent_at: DateTime<Utc>,
    now: DateTime<Utc>,
    told_at: Option<DateTime<Utc>>,
) -> bool {
    !hours.is_open(now, zone)
        && now - sent_at <= FRESH
        && told_at.is_none_or(|told| now - told >= AGAIN_AFTER)
}

/// What is said by itself, in the words of the house: its name and its hours.
pub fn words(house: &str, hours: &Hours) -> String {
    let name = if house.trim().is_empty() { "nosotros" } else { house.trim() };
    let week = week(hours);
    let when = if week.is_empty() { String::new() } else { format!(" Atendemos {week}.") };
    format!(
        "¡Hola! Recibimos tu mensaje. En este momento {name} está fuera del horario de atención.{when} Te respondemos apenas volvamos."
    )
}

/// A week in words: days with the same hours stand together.
fn week(hours: &Hours) -> String {
    let days = [
        ("lunes", &hours.mon),
        ("martes", &hours.tue),
        ("miércoles", &hours.wed),
        ("jueves", &hours.thu),
        ("viernes", &hours.fri),
        ("sábado", &hours.sat),
        ("domingo", &hours.sun),
    ];
    let mut groups: Vec<(&str, &str, &Vec<[String; 2]>)> = Vec::new();
    for (name, spans) in days {
        match groups.last_mut() {
            Some((_, last, same)) if *same == spans => *last = name,
            _ => groups.push((name, name, spans)),
        }
    }
    let lines: Vec<String> = groups
        .into_iter()
        .filter(|(_, _, spans)| !spans.is_empty())
        .map(|(first, last, spans)| {
            let spans: Vec<String> = spans.iter().map(|[from, to]| format!("de {from} a {to}")).collect();
            let days = if first == last { first.to_owned() } else { format!("{first} a {last}") };
            format!("{days} {}", spans.join(" y "))
        })
        .collect();
    lines.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BSAS: Tz = chrono_tz::America::Argentina::Buenos_Aires;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_week() {
        let hours = Hours::default();
        for (text, open) in [
            ("2026-11-24T10:59:59Z", false),
            ("2026-11-24T11:00:00Z", true),
            ("2026-11-24T20:59:59Z", true),
            ("2026-11-24T21:00:00Z", false),
            // Saturday 09 to 13.
            ("2026-11-28T11:59:00Z", false),
            ("2026-11-28T12:00:00Z", true),
            ("2026-11-28T16:00:00Z", false),
            // Sunday; Christmas (a Friday); the Monday to which the 20th moved.
            ("2026-11-29T15:00:00Z", false),
            ("2026-12-25T15:00:00Z", false),
            ("2026-11-23T15:00:00Z", false),
            // Tuesday in UTC, still Monday evening there.
            ("2026-11-24T02:00:00Z", false),
        ] {
            assert_eq!(hours.is_open(at(text), BSAS), open, "{text}");
        }
        let never_off = Hours { closed_on_holidays: false, ..Hours::default() };
        assert!(never_off.is_open(at("2026-12-25T15:00:00Z"), BSAS));
        let off = Hours { closed: vec!["2026-11-24".parse().unwrap()], ..Hours::default() };
        assert!(!off.is_open(at("2026-11-24T15:00:00Z"), BSAS));
        let long = Hours { sun: vec![["00:00".into(), "24:00".into()]], ..Hours::default() };
        assert!(long.is_open(at("2026-11-30T02:59:59Z"), BSAS));
    }

    #[test]
    fn the_week_in_words() {
        let text = words("Plomería Sur", &Hours::default());
        assert!(text.contains("Plomería Sur está fuera"), "{text}");
        assert!(
            text.contains("Atendemos lunes a viernes de 08:00 a 18:00, sábado de 09:00 a 13:00."),
            "{text}"
        );
    }

    #[test]
    fn what_is_no_week() {
        for spans in [
            vec![["18:00", "08:00"]],
            vec![["8", "18"]],
            vec![["08:00", "25:00"]],
            vec![["08:00", "09:00"]; 7],
        ] {
            let mon = spans.iter().map(|[a, b]| [(*a).to_owned(), (*b).to_owned()]).collect();
            let mut check = Check::default();
            Hours { mon, ..Hours::default() }.check(&mut check);
            assert!(check.done().is_err(), "{spans:?}");
        }
        let mut check = Check::default();
        Hours::default().check(&mut check);
        assert!(check.done().is_ok());
    }

    proptest! {
        /// However many messages come, a sender hears it at most once in thirty minutes, and never while it is open.
        #[test]
        fn once_in_thirty_minutes(steps in proptest::collection::vec(0..900i64, 1..60)) {
            let hours = Hours::default();
            let (mut now, mut told) = (at("2026-11-24T20:00:00Z"), None::<DateTime<Utc>>);
            for step in steps {
                now += TimeDelta::seconds(step);
                if is_answered(&hours, BSAS, now, now, told) {
                    prop_assert!(!hours.is_open(now, BSAS));
                    prop_assert!(told.is_none_or(|t| now - t >= TimeDelta::minutes(30)));
                    told = Some(now);
                }
                prop_assert!(!is_answered(&hours, BSAS, now - TimeDelta::minutes(11), now, told));
            }
        }
    }
}
