//! Who writes too much (functional.md section 11, "Message abuse"): slowed, then quiet for a day; never lost. Pure.

use chrono::TimeDelta;

/// How long a quiet sender stays quiet.
pub const QUIET: TimeDelta = TimeDelta::hours(24);
/// Messages a minute that are served at once.
const PER_MINUTE: i64 = 10;
/// Messages a minute beyond which nobody writes by hand.
const FLOOD: i64 = 20;

/// What is known of a sender when a message comes in, this one included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Messages in the last minute.
    pub last_minute: i64,
    /// Messages in the last five minutes.
    pub last_five: i64,
    /// How often these very words came in the last ten minutes.
    pub same_words: i64,
    /// Addresses of web pages in it.
    pub links: usize,
    /// Whether their first message came in the last five minutes.
    pub is_new: bool,
    /// The hour there, 0 to 23.
    pub hour: u32,
    /// Somebody whose job is planned or under way.
    pub is_served: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// Gathered for a minute, not answered by itself.
    Slowed,
    /// Kept in the inbox and nothing more, for a day.
    Quiet,
}

/// How likely it is that nobody needs an answer, 0 to 1: each sign counts once.
pub fn score(facts: &Facts) -> f64 {
    let signs = [
        (facts.last_minute > FLOOD, 0.5),
        (facts.same_words > 3, 0.4),
        (facts.links > 2, 0.35),
        (facts.is_new && facts.last_five >= 5, 0.2),
        ((2..6).contains(&facts.hour) && facts.last_five >= 5, 0.2),
    ];
    let sum: f64 = signs.iter().filter(|(is_so, _)| *is_so).map(|(_, weight)| weight).sum();
    sum.min(1.0)
}

/// Judges a sender. A customer who is being served is slowed, never quiet.
pub fn judge(facts: &Facts) -> Verdict {
    let is_too_much = facts.last_minute > FLOOD || score(facts) > 0.8;
    if is_too_much && !facts.is_served {
        return Verdict::Quiet;
    }
    let is_odd = facts.last_minute > PER_MINUTE || facts.same_words > 3 || facts.links > 2;
    if is_too_much || is_odd { Verdict::Slowed } else { Verdict::Fine }
}

/// What the fixed limit alone says.
pub fn fixed(facts: &Facts) -> Verdict {
    if facts.last_minute > PER_MINUTE { Verdict::Slowed } else { Verdict::Fine }
}

/// Addresses of web pages in a text.
pub fn links(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| {
            let word = word.to_ascii_lowercase();
            word.contains("http://") || word.contains("https://") || word.starts_with("www.")
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table() {
        let facts = Facts { last_minute: 1, last_five: 1, same_words: 1, hour: 12, ..Facts::default() };
        for (facts, verdict) in [
            (facts, Verdict::Fine),
            (Facts { last_minute: 10, last_five: 10, ..facts }, Verdict::Fine),
            (Facts { last_minute: 11, ..facts }, Verdict::Slowed),
            (Facts { last_minute: 20, ..facts }, Verdict::Slowed),
            (Facts { last_minute: 21, ..facts }, Verdict::Quiet),
            (Facts { last_minute: 21, is_served: true, ..facts }, Verdict::Slowed),
            (Facts { same_words: 4, ..facts }, Verdict::Slowed),
            (Facts { links: 3, ..facts }, Verdict::Slowed),
            (Facts { is_new: true, last_five: 5, ..facts }, Verdict::Fine),
            (Facts { same_words: 4, links: 3, is_new: true, last_five: 6, ..facts }, Verdict::Quiet),
            (Facts { hour: 3, last_five: 6, ..facts }, Verdict::Fine),
        ] {
            assert_eq!(judge(&facts), verdict, "{facts:?}");
        }
        assert_eq!(links("mirá https://a.b y www.c.d, http://e"), 3);
        assert_eq!(links("www es una palabra"), 0);
    }

    proptest! {
        /// More messages never make it better, and who is served is never quiet.
        #[test]
        fn more_is_never_less(minute in 0..60i64, more in 0..60i64, same in 0..9i64, links in 0..5usize, hour in 0..24u32, is_new: bool, is_served: bool) {
            let facts = Facts { last_minute: minute, last_five: minute, same_words: same, links, is_new, hour, is_served };
            let worse = Facts { last_minute: minute + more, last_five: minute + more, ..facts };
            let rank = |v: Verdict| match v { Verdict::Fine => 0, Verdict::Slowed => 1, Verdict::Quiet => 2 };
            prop_assert!(rank(judge(&worse)) >= rank(judge(&facts)));
            prop_assert!(!is_served || judge(&worse) != Verdict::Quiet);
            prop_assert!((0.0..=1.0).contains(&score(&facts)));
        }
    }
}
