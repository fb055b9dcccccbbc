//! Pauses within a shift, pure: when they may begin and end, and what of a shift counts.

use chrono::{DateTime, TimeDelta, Utc};

use super::rules::{Decision, Refusal, Span, Wish, check_range};

/// Whoever pauses for so long is asked whether they forgot to go on, and asked again after as much.
pub const LONG: TimeDelta = TimeDelta::minutes(60);
/// How often they are asked.
pub const ASKED: i32 = 3;

/// Decides a wish by the person's latest shift and that shift's latest pause. What is so already is so.
pub fn decide(wish: Wish, shift: Option<Span>, last: Option<Span>) -> Result<Decision, Refusal> {
    let open = last.filter(|pause| pause.end.is_none());
    if wish.on == open.is_some() {
        return Ok(Decision::Already);
    }
    check_range(wish.at, wish.now)?;
    if let Some(open) = open {
        return if wish.at < open.start { Err(Refusal::Overlap) } else { Ok(Decision::End) };
    }
    let Some(shift) = shift.filter(|shift| shift.end.is_none()) else { return Err(Refusal::NoShift) };
    let floor = last.and_then(|pause| pause.end).unwrap_or(shift.start).max(shift.start);
    if wish.at < floor { Err(Refusal::Overlap) } else { Ok(Decision::Begin) }
}

/// What is left of a pause when its shift has these edges; none where they no longer meet.
pub fn clip(pause: Span, shift: Span) -> Option<Span> {
    let start = pause.start.max(shift.start);
    let end = match (pause.end, shift.end) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    match end {
        Some(end) if end < start || (end == start && pause.end != Some(pause.start)) => None,
        end => Some(Span { start, end }),
    }
}

/// What counts of shifts: everything but the inside of their pauses. A moment at which a pause begins or ends counts,
/// so that the fix made with the tap is not lost.
pub fn counted(shifts: &[Span], pauses: &[Span]) -> Vec<Span> {
    let mut sorted = pauses.to_vec();
    sorted.sort_by_key(|pause| pause.start);
    let mut all = Vec::with_capacity(shifts.len() + pauses.len());
    for shift in shifts {
        let mut from = Some(shift.start);
        for pause in sorted.iter().filter_map(|pause| inside(*pause, *shift)) {
            let Some(start) = from else { break };
            if pause.start >= start {
                all.push(Span { start, end: Some(pause.start) });
            }
            from = pause.end.map(|end| end.max(start));
        }
        if let Some(start) = from {
            all.push(Span { start, end: shift.end });
        }
    }
    all
}

/// The part of a pause that lies in a shift.
fn inside(pause: Span, shift: Span) -> Option<Span> {
    let start = pause.start.max(shift.start);
    let is_after = shift.end.is_some_and(|end| start > end);
    let is_before = pause.end.is_some_and(|end| end < shift.start);
    (!is_after && !is_before).then(|| Span {
        start,
        // A pause that outlasts its shift leaves nothing of it.
        end: pause.end.filter(|end| shift.end.is_none_or(|last| *end <= last)),
    })
}

/// Whether a moment lies in a pause, its edges left out.
pub fn is_paused(at: DateTime<Utc>, pauses: &[Span]) -> bool {
    pauses.iter().any(|pause| pause.start < at && pause.end.is_none_or(|end| at < end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::shifts::rules;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + minute * 60, 0).unwrap()
    }

    fn span(start: i64, end: Option<i64>) -> Option<Span> {
        Some(Span { start: at(start), end: end.map(at) })
    }

    #[test]
    fn the_table() {
        let now = 100_000;
        let (open, over) = (span(now - 300, None), span(now - 300, Some(now - 10)));
        for (on, when, shift, last, expected) in [
            (true, now, None, None, Err(Refusal::NoShift)),
            (true, now, over, None, Err(Refusal::NoShift)),
            (true, now, open, None, Ok(Decision::Begin)),
            (true, now - 301, open, None, Err(Refusal::Overlap)),
            (true, now, open, span(now - 20, None), Ok(Decision::Already)),
            (true, now - 20, open, span(now - 60, Some(now - 20)), Ok(Decision::Begin)),
            (true, now - 21, open, span(now - 60, Some(now - 20)), Err(Refusal::Overlap)),
            (true, now + 6, open, None, Err(Refusal::OutOfRange)),
            (false, now, open, None, Ok(Decision::Already)),
            (false, now, open, span(now - 60, None), Ok(Decision::End)),
            (false, now - 61, open, span(now - 60, None), Err(Refusal::Overlap)),
            (false, now, over, None, Ok(Decision::Already)),
        ] {
            let wish = Wish { on, at: at(when), now: at(now) };
            assert_eq!(decide(wish, shift, last), expected, "{on} {when} {shift:?} {last:?}");
        }
    }

    proptest! {
        /// Whatever is wished, in whatever order: shifts stay apart, pauses stay apart and inside of their shift, and what
        /// counts is what lies in a shift and not within a pause.
        #[test]
        fn pauses_stay_inside_and_apart(
            wishes in prop::collection::vec((any::<bool>(), 0i64..500, 0u8..8, 0usize..4), 0..60),
            probes in prop::collection::vec(0i64..510, 1..40),
        ) {
            let mut shifts: Vec<(Span, Vec<Span>)> = Vec::new();
            for (on, when, what, which) in wishes {
                let wish = Wish { on, at: at(when), now: at(500) };
                match what {
                    // A pause begins or ends.
                    0..=3 => {
                        let last = shifts.last().cloned();
                        let pause = last.as_ref().and_then(|(_, p)| p.last().copied());
                        match decide(wish, last.map(|(s, _)| s), pause) {
                            Ok(Decision::Begin) => shifts.last_mut().unwrap().1.push(Span { start: wish.at, end: None }),
                            Ok(Decision::End) => shifts.last_mut().unwrap().1.last_mut().unwrap().end = Some(wish.at),
                            _ => {}
                        }
                    }
                    // A shift begins or ends: its pauses are cut to it.
                    4..=6 => match rules::decide(wish, shifts.last().map(|s| s.0)) {
                        Ok(Decision::Begin) => shifts.push((Span { start: wish.at, end: None }, Vec::new())),
                        Ok(Decision::End) => cut(shifts.last_mut().unwrap(), |s| s.end = Some(wish.at)),
                        _ => {}
                    },
                    // The office corrects one.
                    _ => {
                        let Some((present, _)) = shifts.get(which).cloned() else { continue };
                        let before = which.checked_sub(1).and_then(|n| shifts.get(n)).map(|s| s.0);
                        let after = shifts.get(which + 1).map(|s| s.0);
                        if let Ok(new) = rules::correct(present, wish, before, after) {
                            cut(&mut shifts[which], |s| *s = new);
                        }
                    }
                }
                for (shift, pauses) in &shifts {
                    for pause in pauses {
                        prop_assert!(pause.start >= shift.start && pause.end.is_none_or(|end| end >= pause.start));
                        prop_assert!(shift.end.is_none_or(|last| pause.end.is_some_and(|end| end <= last)), "{shift:?} {pause:?}");
                    }
                    for pair in pauses.windows(2) {
                        prop_assert!(pair[0].end.is_some_and(|end| end <= pair[1].start), "{pauses:?}");
                    }
                }
            }
            let spans: Vec<Span> = shifts.iter().map(|s| s.0).collect();
            let pauses: Vec<Span> = shifts.iter().flat_map(|s| s.1.clone()).collect();
            let counts = counted(&spans, &pauses);
            for probe in probes {
                // Half a minute beside every edge too.
                for moment in [at(probe), at(probe) + TimeDelta::seconds(30)] {
                    let on = spans.iter().any(|s| s.contains(moment)) && !is_paused(moment, &pauses);
                    let is_counted = counts.iter().any(|s| s.contains(moment));
                    // Two pauses that touch leave their common edge alone.
                    let is_edge = pauses.iter().any(|p| p.start == moment || p.end == Some(moment));
                    prop_assert!(is_counted == on || is_edge, "{moment} {spans:?} {pauses:?} {counts:?}");
                }
            }
        }
    }

    fn cut(shift: &mut (Span, Vec<Span>), change: impl Fn(&mut Span)) {
        change(&mut shift.0);
        let span = shift.0;
        shift.1 = shift.1.iter().filter_map(|pause| clip(*pause, span)).collect();
    }
}
