//! Days as people say them, read by a rule of our own: the model's date must agree with it. Pure.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::speech::fold;

/// Nobody asks for a visit later than this.
const FARTHEST_DAYS: u64 = 365;

/// What our rule says of a model's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against it.
    Stands,
    /// The words say another day.
    Disagrees,
    /// It is over, or too far.
    OutOfRange,
}

/// Holds the model's date against the words and the calendar.
pub fn verdict(date: NaiveDate, said: &str, today: NaiveDate) -> Verdict {
    let farthest = today.checked_add_days(Days::new(FARTHEST_DAYS)).unwrap_or(NaiveDate::MAX);
    if date < today || date > farthest {
        return Verdict::OutOfRange;
    }
    match spoken(said, today) {
        Some(own) if own != date => Verdict::Disagrees,
        _ => Verdict::Stands,
    }
}

/// The one day that the words name; none where they name none, or several.
pub fn spoken(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').collect();
    let mut found: Option<NaiveDate> = None;
    for at in 0..words.len() {
        let Some(day) = day_at(&words, at, today) else { continue };
        match found {
            Some(before) if before != day => return None,
            _ => found = Some(day),
        }
    }
    found
}

/// The day that the word at `at` ends.
fn day_at(words: &[&str], at: usize, today: NaiveDate) -> Option<NaiveDate> {
    let word = |back: usize| at.checked_sub(back).and_then(|i| words.get(i)).copied().unwrap_or_default();
    let after = |days: u64| today.checked_add_days(Days::new(days));
    match word(0) {
        "hoy" => Some(today),
        "manana" if word(1) == "pasado" => after(2),
        // "A la mañana" is a part of a day.
        "manana" if MORNING.contains(&word(1)) => None,
        "manana" => after(1),
        "dias" if is_in(word(2)) => after(number(word(1)).filter(|n| (1..=60).contains(n))?),
        "semana" if is_in(word(2)) && word(1) == "una" => after(7),
        name if month(name).is_some() && word(1) == "de" => {
            date_in(today, u32::try_from(number(word(2))?).ok()?, month(name)?)
        }
        name => {
            let day = weekday(name)?;
            // Every Monday is none; "lunes 15" is told by its number, which may be wrong: the model decides.
            if word(1) == "los" || words.get(at + 1).is_some_and(|next| number(next).is_some()) {
                return None;
            }
            after(u64::from(ahead(today.weekday(), day)))
        }
    }
}

/// Days from one weekday to the next such, 1 to 7.
fn ahead(today: Weekday, day: Weekday) -> u32 {
    match day.days_since(today) {
        0 => 7,
        days => days,
    }
}

fn is_in(word: &str) -> bool {
    matches!(word, "en" | "de")
}

/// This year, or the next where it is over.
fn date_in(today: NaiveDate, day: u32, month: u32) -> Option<NaiveDate> {
    let this = NaiveDate::from_ymd_opt(today.year(), month, day);
    this.filter(|d| *d >= today).or_else(|| NaiveDate::from_ymd_opt(today.year() + 1, month, day))
}

fn number(word: &str) -> Option<u64> {
    const NAMES: [&str; 10] =
        ["un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"];
    let named = NAMES.iter().position(|n| *n == word).map(|i| i as u64 + 1);
    named.or_else(|| (word.len() <= 2).then(|| word.parse().ok()).flatten())
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "lunes" => Weekday::Mon,
        "martes" => Weekday::Tue,
        "miercoles" => Weekday::Wed,
        "jueves" => Weekday::Thu,
        "viernes" => Weekday::Fri,
        "sabado" => Weekday::Sat,
        "domingo" => Weekday::Sun,
        _ => return None,
    })
}

fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    let word = if word == "setiembre" { "septiembre" } else { word };
    NAMES.iter().position(|n| *n == word).map(|i| i as u32 + 1)
}

/// Before "mañana" these make it a part of the day.
const MORNING: [&str; 6] = ["la", "esta", "media", "buena", "una", "misma"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A Tuesday.
    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
    }

    fn day(text: &str) -> Option<String> {
        spoken(text, today()).map(|d| d.to_string())
    }

    #[test]
    fn days_as_people_say_them() {
        for (text, expected) in [
            ("¿Pueden venir hoy?", Some("2026-11-24")),
            ("Vengan mañana a la tarde", Some("2026-11-25")),
            ("mañana a la mañana", Some("2026-11-25")),
            ("a la mañana", None),
            ("pasado mañana", Some("2026-11-26")),
            ("el miércoles", Some("2026-11-25")),
            ("el martes que viene", Some("2026-12-01")),
            ("el lunes", Some("2026-11-30")),
            ("los lunes no puedo", None),
            ("en tres días", Some("2026-11-27")),
            ("dentro de una semana", Some("2026-12-01")),
            ("el 5 de diciembre", Some("2026-12-05")),
            ("el 3 de marzo", Some("2027-03-03")),
            ("el lunes o el jueves", None),
            ("mañana, o sea el miércoles", Some("2026-11-25")),
            ("Mitre 450, pierde la canilla", None),
            ("pierde desde hace días", None),
        ] {
            assert_eq!(day(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_model_is_held_to_the_words() {
        let of = |date: &str, text: &str| verdict(date.parse().unwrap(), text, today());
        assert_eq!(of("2026-11-25", "mañana"), Verdict::Stands);
        assert_eq!(of("2026-11-26", "mañana"), Verdict::Disagrees);
        assert_eq!(of("2026-11-26", "cuando puedan"), Verdict::Stands);
        assert_eq!(of("2023-11-25", "mañana"), Verdict::OutOfRange);
        assert_eq!(of("2029-11-25", "cuando puedan"), Verdict::OutOfRange);
    }

    proptest! {
        /// A day that is named is today or ahead, at most a year and a bit.
        #[test]
        fn what_is_said_lies_ahead(
            words in proptest::collection::vec(proptest::sample::select(
                &["hoy", "mañana", "pasado", "el", "la", "lunes", "domingo", "en", "dos", "días", "5", "de", "mayo", "una", "semana"][..]), 0..12),
            days in 0u64..20_000,
        ) {
            let today = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap().checked_add_days(Days::new(days)).unwrap();
            if let Some(day) = spoken(&words.join(" "), today) {
                prop_assert!(day >= today && day <= today + Days::new(367));
            }
        }

        #[test]
        fn any_text_is_survived(text: String) {
            let _ = spoken(&text, today());
        }

        /// A weekday is the next such day.
        #[test]
        fn a_weekday_is_the_next_one(days in 0u64..20_000, name in proptest::sample::select(
            &["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"][..])) {
            let today = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap().checked_add_days(Days::new(days)).unwrap();
            let day = spoken(name, today).unwrap();
            prop_assert_eq!(Some(day.weekday()), weekday(&fold(name)));
            prop_assert!(day > today && day <= today + Days::new(7));
        }
    }
}
