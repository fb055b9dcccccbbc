//! When a shift may begin and end, pure.

use chrono::{DateTime, TimeDelta, Utc};

/// A phone may tell of a shift so much later.
pub const BACK: TimeDelta = TimeDelta::days(7);
/// A clock may be ahead so much.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// A shift: from here to there, or until further notice. Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub start: DateTime<Utc>,
    /// Its end; none while it lasts.
    pub end: Option<DateTime<Utc>>,
}

impl Span {
    /// Whether a moment belongs to it.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && self.end.is_none_or(|end| at <= end)
    }
}

/// What is asked of a person's shifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Begin (true) or end (false).
    pub on: bool,
    /// When, in server time.
    pub at: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What follows from a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A shift begins.
    Begin,
    /// The open one ends.
    End,
    /// It is so already.
    Already,
}

/// Why a wish is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// More than 7 days back, or more than 5 minutes ahead: `SHIFT_001`.
    OutOfRange,
    /// Before the newest stored point, from a phone: `SHIFT_002`.
    BeforePoints,
    /// Into another shift, or before the beginning of its own: `SHIFT_003`.
    Overlap,
    /// A pause without a shift that is open: `SHIFT_004`.
    NoShift,
}

impl Refusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutOfRange => "SHIFT_001",
            Self::BeforePoints => "SHIFT_002",
            Self::Overlap => "SHIFT_003",
            Self::NoShift => "SHIFT_004",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::OutOfRange => "a shift's moment may lie 7 days back and 5 minutes ahead at most",
            Self::BeforePoints => {
                "positions after this moment are stored already: the office may correct the shift"
            }
            Self::Overlap => "shifts and pauses of one person do not overlap and end after they began",
            Self::NoShift => "no shift is open: a pause is a part of one",
        }
    }
}

/// Decides a wish by the person's latest shift. What is so already is so, whatever `at` says.
pub fn decide(wish: Wish, last: Option<Span>) -> Result<Decision, Refusal> {
    let open = last.filter(|span| span.end.is_none());
    if wish.on == open.is_some() {
        return Ok(Decision::Already);
    }
    check_range(wish.at, wish.now)?;
    match (open, last) {
        (Some(open), _) if wish.at < open.start => Err(Refusal::Overlap),
        (Some(_), _) => Ok(Decision::End),
        (None, Some(Span { end: Some(end), .. })) if wish.at < end => Err(Refusal::Overlap),
        (None, _) => Ok(Decision::Begin),
    }
}

/// Whether a phone may end a shift here, given the newest stored point of the person.
pub fn check_phone_end(at: DateTime<Utc>, newest_point: Option<DateTime<Utc>>) -> Result<(), Refusal> {
    match newest_point {
        Some(newest) if at < newest => Err(Refusal::BeforePoints),
        _ => Ok(()),
    }
}

/// A shift with one edge moved by the office, checked against its neighbours.
pub fn correct(span: Span, wish: Wish, before: Option<Span>, after: Option<Span>) -> Result<Span, Refusal> {
    check_range(wish.at, wish.now)?;
    let corrected =
        if wish.on { Span { start: wish.at, ..span } } else { Span { end: Some(wish.at), ..span } };
    let backwards = corrected.end.is_some_and(|end| end < corrected.start);
    let into_before = before.is_some_and(|b| b.end.is_none_or(|end| corrected.start < end));
    let into_after = after.is_some_and(|a| corrected.end.is_none_or(|end| end > a.start));
    if backwards || into_before || into_after { Err(Refusal::Overlap) } else { Ok(corrected) }
}

pub(super) fn check_range(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
    if at < now - BACK || at > now + AHEAD { Err(Refusal::OutOfRange) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + minute * 60, 0).unwrap()
    }

    fn span(start: i64, end: Option<i64>) -> Option<Span> {
        Some(Span { start: at(start), end: end.map(at) })
    }

    #[test]
    fn the_table() {
        let now = 100_000;
        let week = 7 * 24 * 60;
        let cases = [
            (true, 0, None, Err(Refusal::OutOfRange)),
            (true, now - week, None, Ok(Decision::Begin)),
            (true, now - week - 1, None, Err(Refusal::OutOfRange)),
            (true, now + 5, None, Ok(Decision::Begin)),
            (true, now + 6, None, Err(Refusal::OutOfRange)),
            (true, now - 10, span(now - 60, Some(now - 10)), Ok(Decision::Begin)),
            (true, now - 11, span(now - 60, Some(now - 10)), Err(Refusal::Overlap)),
            (true, 0, span(now - 60, None), Ok(Decision::Already)),
            (false, now, None, Ok(Decision::Already)),
            (false, 0, span(now - 60, Some(now - 10)), Ok(Decision::Already)),
            (false, now, span(now - 60, None), Ok(Decision::End)),
            (false, now - 61, span(now - 60, None), Err(Refusal::Overlap)),
        ];
        for (on, when, last, expected) in cases {
            let wish = Wish { on, at: at(when), now: at(now) };
            assert_eq!(decide(wish, last), expected, "{on} {when} {last:?}");
        }
    }

    #[test]
    fn a_phone_cannot_end_before_its_points() {
        assert_eq!(check_phone_end(at(5), Some(at(6))), Err(Refusal::BeforePoints));
        assert_eq!(check_phone_end(at(6), Some(at(6))), Ok(()));
        assert_eq!(check_phone_end(at(6), None), Ok(()));
    }

    proptest! {
        /// Whatever is wished and corrected in whatever order, shifts stay apart and run forward.
        #[test]
        fn shifts_never_overlap(
            wishes in prop::collection::vec((any::<bool>(), 0i64..500, 0usize..4, any::<bool>()), 0..40)
        ) {
            let mut shifts: Vec<Span> = Vec::new();
            for (on, when, which, correcting) in wishes {
                let wish = Wish { on, at: at(when), now: at(500) };
                if correcting {
                    let Some(present) = shifts.get(which).copied() else { continue };
                    let before = which.checked_sub(1).and_then(|n| shifts.get(n).copied());
                    if let Ok(new) = correct(present, wish, before, shifts.get(which + 1).copied()) {
                        shifts[which] = new;
                    }
                } else {
                    match decide(wish, shifts.last().copied()) {
                        Ok(Decision::Begin) => shifts.push(Span { start: wish.at, end: None }),
                        Ok(Decision::End) => shifts.last_mut().unwrap().end = Some(wish.at),
                        Ok(Decision::Already) | Err(_) => {}
                    }
                }
                for pair in shifts.windows(2) {
                    prop_assert!(pair[0].end.is_some_and(|end| end <= pair[1].start), "{:?}", shifts);
                }
                prop_assert!(shifts.iter().all(|s| s.end.is_none_or(|end| end >= s.start)));
            }
        }
    }
}
