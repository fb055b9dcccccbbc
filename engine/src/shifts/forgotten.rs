//! What people forget about their shifts, pure: when they are asked, and when a rule ends what nobody ended.

use chrono::{DateTime, TimeDelta, Utc};

/// Nobody's shift lasts longer without being asked about.
pub const LONGEST: TimeDelta = TimeDelta::hours(12);
/// Without moving and without work for so long, somebody is at rest.
pub const REST: TimeDelta = TimeDelta::hours(1);
/// Who was asked has so long to answer.
pub const ANSWER: TimeDelta = TimeDelta::minutes(30);
/// A job that is still under way keeps a shift open; for so long.
pub const UTMOST: TimeDelta = TimeDelta::hours(24);
/// How often a shift is looked at when it may be forgotten.
pub const LOOK: TimeDelta = TimeDelta::minutes(15);

/// What is known of an open shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Now.
    pub now: DateTime<Utc>,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When the person last said that it still lasts.
    pub confirmed: Option<DateTime<Utc>>,
    /// When they were last asked.
    pub asked: Option<DateTime<Utc>>,
    /// When they last moved, by their positions.
    pub moved: Option<DateTime<Utc>>,
    /// Their newest position: a shift never ends before it.
    pub heard: Option<DateTime<Utc>>,
    /// When they last took a job a step on.
    pub worked: Option<DateTime<Utc>>,
    /// Whether a job of theirs is under way.
    pub is_busy: bool,
    /// When their hours end on the day that it began, where they have such.
    pub hours_end: Option<DateTime<Utc>>,
    /// When it ends, where the work schedule began it.
    pub scheduled_end: Option<DateTime<Utc>>,
}

/// Why a shift looks forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Open for twelve hours.
    TooLong,
    /// An hour at rest after the end of their hours.
    Idle,
    /// The hours by which it began are over.
    Hours,
}

impl Why {
    /// The column and wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Idle => "idle",
            Self::Hours => "hours",
        }
    }
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing before this moment.
    Look(DateTime<Utc>),
    /// The person is asked; then it is looked at again.
    Ask(Why),
    /// It ended when the person was last at it.
    End {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        why: Why,
    },
}

impl Facts {
    /// When the person was last at work: moved, took a job on, said so, or began.
    pub fn active(&self) -> DateTime<Utc> {
        [self.moved, self.worked, self.confirmed]
            .into_iter()
            .flatten()
            .fold(self.started, DateTime::max)
            .min(self.now)
    }

    /// Why it looks forgotten now, if it does.
    fn why(&self) -> Option<Why> {
        let since = self.confirmed.map_or(self.started, |said| said.max(self.started));
        if self.now - since >= LONGEST {
            return Some(Why::TooLong);
        }
        let rest = self.hours_end.map(|end| end.max(self.active()) + REST);
        (!self.is_busy && rest.is_some_and(|rest| self.now >= rest)).then_some(Why::Idle)
    }
}

/// What becomes of an open shift: asked about first, ended only after time to answer, an hour of rest and with no job
/// under way (or after a day), and never before the newest position, which was acknowledged and stays.
pub fn judge(facts: &Facts) -> Verdict {
    if let Some(end) = facts.scheduled_end.filter(|end| *end <= facts.now) {
        let at = facts.heard.map_or(end, |heard| heard.max(end)).max(facts.started).min(facts.now);
        return Verdict::End { at, why: Why::Hours };
    }
    let Some(why) = facts.why() else { return Verdict::Look(facts.next_look()) };
    let since = facts.confirmed.map_or(facts.started, |said| said.max(facts.started));
    let Some(asked) = facts.asked.filter(|asked| *asked > since) else { return Verdict::Ask(why) };
    let active = facts.active();
    let is_over = facts.now - asked >= ANSWER && facts.now - active >= REST;
    if is_over && (!facts.is_busy || facts.now - facts.started >= UTMOST) {
        let at = facts.heard.map_or(active, |heard| heard.max(active)).min(facts.now);
        return Verdict::End { at, why };
    }
    Verdict::Look(facts.now + LOOK)
}

impl Facts {
    /// The first moment at which it may look forgotten, by what is known now.
    fn next_look(&self) -> DateTime<Utc> {
        let since = self.confirmed.map_or(self.started, |said| said.max(self.started));
        let rest = self.hours_end.map(|end| end.max(self.active()) + REST);
        let next = rest.map_or(since + LONGEST, |rest| rest.min(since + LONGEST));
        let next = next.max(self.now + LOOK);
        self.scheduled_end.map_or(next, |end| next.min(end.max(self.now)))
    }
}

/// The last moment at which somebody was elsewhere than at the end: over `far_m` from the newest point.
///
/// `points`: moment, degrees north, degrees east; oldest first.
pub fn last_moved(points: &[(DateTime<Utc>, f64, f64)], far_m: f64) -> Option<DateTime<Utc>> {
    let (_, lat, lon) = *points.last()?;
    let here = campo_geo::Coord::new(lat, lon)?;
    let is_far =
        |lat, lon| campo_geo::Coord::new(lat, lon).is_some_and(|there| there.distance_m(here) > far_m);
    points.iter().rev().find(|(_, lat, lon)| is_far(*lat, *lon)).map(|(at, _, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + minute * 60, 0).unwrap()
    }

    fn facts(now: i64) -> Facts {
        Facts {
            now: at(now),
            started: at(0),
            confirmed: None,
            asked: None,
            moved: None,
            heard: None,
            worked: None,
            is_busy: false,
            hours_end: None,
            scheduled_end: None,
        }
    }

    #[test]
    fn the_table() {
        let long =
            |asked: i64, moved: i64| Facts { asked: Some(at(asked)), moved: Some(at(moved)), ..facts(780) };
        for (facts, expected) in [
            (facts(10), Verdict::Look(at(720))),
            (facts(719), Verdict::Look(at(734))),
            (facts(720), Verdict::Ask(Why::TooLong)),
            // Asked 30 minutes ago, at rest for an hour: ended when last moved.
            (long(750, 720), Verdict::End { at: at(720), why: Why::TooLong }),
            // Not before the newest position.
            (
                Facts { heard: Some(at(777)), ..long(750, 720) },
                Verdict::End { at: at(777), why: Why::TooLong },
            ),
            // No time to answer yet; still moving; a job under way.
            (long(751, 720), Verdict::Look(at(795))),
            (long(750, 721), Verdict::Look(at(795))),
            (Facts { is_busy: true, ..long(750, 720) }, Verdict::Look(at(795))),
            (
                Facts { is_busy: true, now: at(1_440), ..long(750, 720) },
                Verdict::End { at: at(720), why: Why::TooLong },
            ),
            // Said to go on: asked about again after another twelve hours.
            (Facts { confirmed: Some(at(725)), ..long(720, 700) }, Verdict::Look(at(1_445))),
            // Begun by the schedule: it ends with the hours, unasked, and never before what is stored.
            (Facts { scheduled_end: Some(at(540)), ..facts(400) }, Verdict::Look(at(540))),
            (
                Facts { scheduled_end: Some(at(540)), is_busy: true, ..facts(541) },
                Verdict::End { at: at(540), why: Why::Hours },
            ),
            (
                Facts { scheduled_end: Some(at(540)), heard: Some(at(541)), ..facts(542) },
                Verdict::End { at: at(541), why: Why::Hours },
            ),
            // Hours that end at 540: an hour at rest after them.
            (Facts { hours_end: Some(at(540)), ..facts(599) }, Verdict::Look(at(614))),
            (Facts { hours_end: Some(at(540)), ..facts(600) }, Verdict::Ask(Why::Idle)),
            (Facts { hours_end: Some(at(540)), worked: Some(at(570)), ..facts(600) }, Verdict::Look(at(630))),
            (Facts { hours_end: Some(at(540)), is_busy: true, ..facts(600) }, Verdict::Look(at(615))),
            (
                Facts { hours_end: Some(at(540)), asked: Some(at(600)), worked: Some(at(535)), ..facts(630) },
                Verdict::End { at: at(535), why: Why::Idle },
            ),
        ] {
            assert_eq!(judge(&facts), expected, "{facts:?}");
        }
    }

    #[test]
    fn who_rests_moved_when_they_came() {
        let home = (-34.9, -60.0);
        let points = [
            (at(0), -34.8, -60.0),
            (at(5), -34.85, -60.0),
            (at(10), home.0, home.1),
            (at(20), home.0 + 0.0003, home.1),
        ];
        assert_eq!(last_moved(&points, 150.0), Some(at(5)));
        assert_eq!(last_moved(&points[2..], 150.0), None);
        assert_eq!(last_moved(&[], 150.0), None);
    }

    fn maybe() -> impl Strategy<Value = Option<i64>> {
        prop::option::of(0i64..2_000)
    }

    proptest! {
        /// Nobody's shift ends unasked, within the time to answer, before a position that is stored, or ahead of now;
        /// and one that is neither ended nor asked about is looked at again.
        #[test]
        fn nothing_ends_by_surprise(
            now in 1i64..2_000, confirmed in maybe(), asked in maybe(), moved in maybe(), heard in maybe(),
            worked in maybe(), is_busy: bool, hours_end in maybe(),
        ) {
            let past = |m: Option<i64>| m.filter(|m| *m <= now).map(at);
            let facts = Facts {
                confirmed: past(confirmed), asked: past(asked), moved: past(moved), heard: past(heard), worked: past(worked),
                is_busy, hours_end: hours_end.map(at), ..facts(now)
            };
            match judge(&facts) {
                Verdict::Look(next) => prop_assert!(next >= facts.now + LOOK),
                Verdict::Ask(_) => prop_assert!(facts.asked.is_none_or(|asked| asked <= facts.confirmed.unwrap_or(facts.started).max(facts.started))),
                Verdict::End { at, .. } => {
                    prop_assert!(at <= facts.now && at >= facts.started);
                    prop_assert!(facts.heard.is_none_or(|heard| at >= heard));
                    prop_assert!(facts.asked.is_some_and(|asked| facts.now - asked >= ANSWER));
                    prop_assert!(facts.now - facts.active() >= REST);
                }
            }
        }

        /// Whoever never answers has an ended shift two days later, however often it was looked at.
        #[test]
        fn every_forgotten_shift_ends(hours_end in maybe(), moved in 0i64..600, is_busy: bool) {
            let mut facts = Facts { hours_end: hours_end.map(at), moved: Some(at(moved)), is_busy, ..facts(15) };
            for _ in 0..1_000 {
                match judge(&facts) {
                    Verdict::Look(next) => facts.now = next,
                    Verdict::Ask(_) => { facts.asked = Some(facts.now); facts.now += LOOK; }
                    Verdict::End { .. } => break,
                }
            }
            let is_ended = matches!(judge(&facts), Verdict::End { .. });
            prop_assert!(is_ended);
            prop_assert!(facts.now <= at(2 * 1_440));
        }
    }
}
