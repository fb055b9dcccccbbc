//! What a company outside says of a journey under way: its seconds take the place of ours, our windows stay around them.
//!
//! It is asked at the first point, at every fifth and when its word is two minutes old (functional.md section 4), and only
//! while the person moves. Between its words ours go on, by the same factor.

use campo_geo::{Coord, Eta};
use uuid::Uuid;

/// It is asked again at so many points.
const EVERY: u32 = 5;
/// Or when its word is so old, milliseconds.
const OLD_MS: i64 = 120_000;
/// A word older than this says nothing any more, milliseconds.
const LAST_MS: i64 = 300_000;
/// Further from ours than this it is taken for a mistake: another road, another continent.
const FACTORS: std::ops::RangeInclusive<f64> = 0.25..=4.0;

/// A trip that is to be asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutsideQuestion {
    /// The journey.
    pub session: Uuid,
    /// Where the person was.
    pub from: Coord,
    /// Where they go.
    pub to: Coord,
    /// When they were there, corrected Unix milliseconds.
    pub ms: i64,
}

/// What is known from outside of one journey.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outside {
    /// Points of somebody who moves, since it was last asked.
    points: u32,
    /// When it was last asked, on the track's clock, and what we said ourselves then.
    asked: Option<(i64, Eta)>,
    /// The newest of our own.
    ours: Option<(i64, Eta)>,
    /// Its seconds over ours, and of when that is.
    factor: Option<(i64, f64)>,
}

impl Outside {
    /// The next estimate of ours, of somebody who moves; answers it as it is told.
    pub(super) fn on(&mut self, ms: i64, ours: Eta) -> Eta {
        self.points = self.points.saturating_add(1);
        self.ours = Some((ms, ours));
        self.scaled(ms, ours)
    }

    /// Whether it is to be asked now; who takes the answer asks.
    pub(super) fn take(&mut self) -> bool {
        let Some((ms, ours)) = self.ours else { return false };
        let is_due = self.asked.is_none_or(|(then, _)| {
            self.points > 0 && ms > then && (self.points >= EVERY || ms - then >= OLD_MS)
        });
        if is_due {
            (self.points, self.asked) = (0, Some((ms, ours)));
        }
        is_due
    }

    /// Its answer to the question of that moment: the newest estimate by its measure. `None` where it says nothing.
    pub(super) fn hear(&mut self, ms: i64, seconds: f64) -> Option<Eta> {
        let (then, ours) = self.asked?;
        let factor = seconds / f64::from(ours.p50_s.max(1));
        if then != ms || !FACTORS.contains(&factor) {
            return None;
        }
        self.factor = Some((ms, factor));
        let (now, newest) = self.ours?;
        Some(self.scaled(now, newest))
    }

    fn scaled(&self, ms: i64, ours: Eta) -> Eta {
        let Some((of, factor)) = self.factor else { return ours };
        if ms - of > LAST_MS {
            return ours;
        }
        let by = |seconds: u32| (f64::from(seconds) * factor).round() as u32;
        Eta { tier: ours.tier, p10_s: by(ours.p10_s), p50_s: by(ours.p50_s), p90_s: by(ours.p90_s) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ours(p50_s: u32) -> Eta {
        Eta { tier: 2, p10_s: p50_s / 2, p50_s, p90_s: p50_s * 2 }
    }

    #[test]
    fn it_is_asked_at_the_first_point_at_every_fifth_and_after_two_minutes() {
        let asked = |gap_ms: i64| {
            let mut outside = Outside::default();
            (0..20)
                .filter(|i| {
                    outside.on(i * gap_ms, ours(600));
                    outside.take()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(asked(5_000), [0, 5, 10, 15]);
        assert_eq!(asked(30_000), [0, 4, 8, 12, 16]);
        assert_eq!(asked(130_000), (0..20).collect::<Vec<_>>());
        // Who stands is not asked about: no point of theirs comes here.
        let mut outside = Outside::default();
        assert!(!outside.take());
        outside.on(0, ours(600));
        assert!(outside.take() && !outside.take());
    }

    #[test]
    fn its_word_counts_for_five_minutes_and_keeps_our_windows() {
        let mut outside = Outside::default();
        outside.on(0, ours(600));
        assert!(outside.take());
        assert_eq!(outside.hear(0, 900.0), Some(Eta { tier: 2, p10_s: 450, p50_s: 900, p90_s: 1_800 }));
        assert_eq!(outside.on(60_000, ours(400)).p50_s, 600);
        assert_eq!(outside.on(300_001, ours(400)), ours(400));
        // An answer to another question, or one beyond belief, changes nothing.
        assert_eq!(outside.hear(60_000, 900.0), None);
        assert_eq!(outside.hear(0, 90_000.0), None);
    }

    proptest! {
        /// Whatever it says, windows stay in order and the tier is ours.
        #[test]
        fn windows_stay_in_order(p50 in 1..50_000u32, seconds in 0.0..1e6f64, later in 0..400_000i64) {
            let mut outside = Outside::default();
            outside.on(0, ours(p50));
            outside.take();
            outside.hear(0, seconds);
            let eta = outside.on(later, ours(p50));
            prop_assert!(eta.p10_s <= eta.p50_s && eta.p50_s <= eta.p90_s && eta.tier == 2);
        }
    }
}
