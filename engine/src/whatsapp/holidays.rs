//! Argentina's national holidays: fixed ones, those that follow Easter, and those that move to a Monday (Law 27.399).
//!
//! Bridge days, which a decree names each year, are not computed: an organization adds its own closed days.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Month and day of those that never move.
const FIXED: [(u32, u32); 9] = [(1, 1), (3, 24), (4, 2), (5, 1), (5, 25), (6, 20), (7, 9), (12, 8), (12, 25)];
/// Month and day of those that move: Güemes, San Martín, cultural diversity, sovereignty.
const MOVING: [(u32, u32); 4] = [(6, 17), (8, 17), (10, 12), (11, 20)];

/// Whether nobody works that day.
pub fn is_holiday(day: NaiveDate) -> bool {
    FIXED.contains(&(day.month(), day.day()))
        || easter(day.year()).is_some_and(|easter| {
            // Carnival's Monday and Tuesday, Good Friday.
            [-48, -47, -2].contains(&(day - easter).num_days())
        })
        || MOVING.iter().any(|(month, date)| moved(day.year(), *month, *date) == Some(day))
}

/// On Tuesday or Wednesday it is kept on the Monday before, on Thursday or Friday on the Monday after; where that
/// is a holiday already it stays.
fn moved(year: i32, month: u32, date: u32) -> Option<NaiveDate> {
    let day = NaiveDate::from_ymd_opt(year, month, date)?;
    let monday = match day.weekday() {
        Weekday::Tue => day.checked_sub_days(Days::new(1)),
        Weekday::Wed => day.checked_sub_days(Days::new(2)),
        Weekday::Thu => day.checked_add_days(Days::new(4)),
        Weekday::Fri => day.checked_add_days(Days::new(3)),
        _ => return Some(day),
    }?;
    if FIXED.contains(&(monday.month(), monday.day())) { Some(day) } else { Some(monday) }
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(n / 31).ok()?, u32::try_from(n % 31).ok()? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_sundays() {
        for text in
            ["2000-04-23", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25"]
        {
            assert_eq!(easter(day(text).year()), Some(day(text)));
        }
    }

    /// As the Ministry published them.
    #[test]
    fn holidays_of_2026_and_others() {
        let all = [
            "2026-01-01",
            "2026-02-16",
            "2026-02-17",
            "2026-03-24",
            "2026-04-02",
            "2026-04-03",
            "2026-05-01",
            "2026-05-25",
            "2026-06-15",
            "2026-06-20",
            "2026-07-09",
            "2026-08-17",
            "2026-10-12",
            "2026-11-23",
            "2026-12-08",
            "2026-12-25",
        ];
        let mut date = day("2026-01-01");
        let mut found = Vec::new();
        while date.year() == 2026 {
            if is_holiday(date) {
                found.push(date.to_string());
            }
            date = date.succ_opt().unwrap();
        }
        assert_eq!(found, all);
        for yes in ["2022-06-17", "2022-08-15", "2023-08-21", "2023-10-16", "2024-11-18", "2020-06-15"] {
            assert!(is_holiday(day(yes)), "{yes}");
        }
        for no in ["2026-06-17", "2026-11-20", "2026-11-24", "2023-08-17"] {
            assert!(!is_holiday(day(no)), "{no}");
        }
    }
}
