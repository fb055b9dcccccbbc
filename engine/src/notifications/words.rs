//! Dates, times and spans in words, in the organization's zone. Pure.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

use super::templates::Language;

const DAYS_ES: [&str; 7] = ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"];
const DAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `mar 24/11`, `Tue 11/24`.
pub(super) fn day(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let local = at.with_timezone(&zone);
    let n = local.weekday().num_days_from_monday() as usize;
    match language {
        Language::Es => format!("{} {}", DAYS_ES.get(n).unwrap_or(&""), local.format("%d/%m")),
        Language::En => format!("{} {}", DAYS_EN.get(n).unwrap_or(&""), local.format("%m/%d")),
    }
}

/// `10:30`, `10:30 am`.
pub(super) fn time(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let local = at.with_timezone(&zone);
    match language {
        Language::Es => local.format("%H:%M").to_string(),
        Language::En => local.format("%-I:%M %P").to_string(),
    }
}

/// `1 h 20 min`, `45 min`.
pub(super) fn span(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, m) => format!("{m} min"),
        (h, 0) => format!("{h} h"),
        (h, m) => format!("{h} h {m} min"),
    }
}

/// The first word of a name: customers learn no more.
pub(super) fn first(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or_default()
}

/// A text as one SMS alphabet has it (GSM 03.38): accents that it lacks are folded, so that 160 letters fit instead of 70.
pub(super) fn plain_sms(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'á' | 'â' | 'ã' => 'a',
            'í' | 'î' => 'i',
            'ó' | 'ô' | 'õ' => 'o',
            'ú' | 'û' => 'u',
            'ê' => 'e',
            'Á' | 'Â' | 'Ã' => 'A',
            'Í' => 'I',
            'Ó' => 'O',
            'Ú' => 'U',
            'º' | '°' | 'ª' => '.',
            '–' | '—' => '-',
            '“' | '”' | '«' | '»' => '"',
            '‘' | '’' => '\'',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BSAS: Tz = chrono_tz::America::Argentina::Buenos_Aires;

    #[test]
    fn moments_are_said_by_the_zone() {
        let at: DateTime<Utc> = "2026-11-25T01:30:00Z".parse().unwrap();
        assert_eq!(
            (day(at, BSAS, Language::Es), time(at, BSAS, Language::Es)),
            ("mar 24/11".into(), "22:30".into())
        );
        assert_eq!(
            (day(at, BSAS, Language::En), time(at, BSAS, Language::En)),
            ("Tue 11/24".into(), "10:30 pm".into())
        );
        assert_eq!((span(45), span(60), span(80)), ("45 min".into(), "1 h".into(), "1 h 20 min".into()));
    }

    #[test]
    fn an_sms_keeps_what_its_alphabet_has() {
        assert_eq!(
            plain_sms("Martín está en camino, mañana ñandú é"),
            "Martin esta en camino, mañana ñandu é"
        );
    }
}
