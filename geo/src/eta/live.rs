//! The remaining time, corrected by how the last ten minutes went.
//!
//! Whoever has needed 12 minutes for what was thought to take 10 will most likely go on being slow for a while,
//! and then less so: rain lasts, a red light does not.

use super::Eta;

/// How far back one looks, seconds.
pub const WINDOW_S: f64 = 600.0;
/// What was seen counts as much as having seen everything go as expected for this long, seconds.
const PRIOR_S: f64 = 420.0;
/// A pace of today fades over this many seconds of remaining time.
const FADES_S: f64 = 1_500.0;
/// No correction makes the near part of the way faster than this..
const FASTEST: f64 = 0.7;
/// ..or slower than this.
const SLOWEST: f64 = 1.6;

/// What was expected of the last minutes, and what they took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Seconds that the ground covered should have taken.
    pub expected_s: f64,
    /// Seconds that it took.
    pub took_s: f64,
}

impl Progress {
    /// From two answers to the same question, `took_s` seconds apart: what the first says beyond the second is
    /// the ground covered.
    pub fn between(before: Eta, now: Eta, took_s: f64) -> Self {
        Self { expected_s: f64::from(before.p50_s) - f64::from(now.p50_s), took_s }
    }

    /// How much slower than expected (over 1) things go, as far as that may be believed.
    ///
    /// Pulled to 1 by [`PRIOR_S`] and bounded; ground lost counts as none covered; 1 where nothing is known.
    pub fn pace(self) -> f64 {
        if !(self.took_s > 0.0 && self.expected_s.is_finite()) {
            return 1.0;
        }
        // What is longer ago than the window has said all it can say.
        let share = (WINDOW_S / self.took_s).min(1.0);
        let (expected, took) = (self.expected_s.max(0.0) * share, self.took_s * share);
        ((took + PRIOR_S) / (expected + PRIOR_S)).clamp(FASTEST, SLOWEST)
    }
}

/// The estimate, corrected by the pace of the last ten minutes.
///
/// The near part of what remains takes the new pace, the far part the usual one. Ordered if the estimate was,
/// never falling with the estimate or the pace, and the same estimate where things went as expected.
pub fn correct(estimate: Eta, progress: Progress) -> Eta {
    let pace = progress.pace();
    let stretched = |seconds: u32| {
        let seconds = f64::from(seconds);
        let near = FADES_S * (1.0 - (-seconds / FADES_S).exp());
        (seconds + (pace - 1.0) * near).round() as u32
    };
    let (p10_s, p50_s) = (stretched(estimate.p10_s), stretched(estimate.p50_s));
    Eta { p10_s, p50_s, p90_s: stretched(estimate.p90_s), ..estimate }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eta() -> impl Strategy<Value = Eta> {
        (0..4u8, 0..20_000u32, 0..20_000u32, 0..20_000u32).prop_map(|(tier, a, b, c)| {
            let mut sorted = [a, b, c];
            sorted.sort_unstable();
            Eta { tier, p10_s: sorted[0], p50_s: sorted[1], p90_s: sorted[2] }
        })
    }

    proptest! {
        /// Whatever is seen: ordered, of the same tier, within the bounds of the pace.
        #[test]
        fn ordered_and_bounded(eta in eta(), expected_s in any::<f64>(), took_s in any::<f64>()) {
            let live = correct(eta, Progress { expected_s, took_s });
            prop_assert!(live.p10_s <= live.p50_s && live.p50_s <= live.p90_s);
            prop_assert_eq!(live.tier, eta.tier);
            let ratio = f64::from(live.p50_s) / f64::from(eta.p50_s.max(1));
            prop_assert!(ratio <= SLOWEST + 0.5 / f64::from(eta.p50_s.max(1)) + 1e-9, "{ratio}");
            prop_assert!(f64::from(live.p50_s) + 0.51 >= FASTEST * f64::from(eta.p50_s));
        }

        /// As expected means as estimated.
        #[test]
        fn no_news_changes_nothing(eta in eta(), seconds in 1.0..3_600.0f64) {
            prop_assert_eq!(correct(eta, Progress { expected_s: seconds, took_s: seconds }), eta);
        }

        /// Slower minutes never bring the arrival nearer.
        #[test]
        fn slower_is_later(eta in eta(), expected in 0.0..900.0f64, took in 1.0..600.0f64, more in 0.0..300.0f64) {
            let quick = correct(eta, Progress { expected_s: expected, took_s: took });
            let slow = correct(eta, Progress { expected_s: (expected - more).max(0.0), took_s: took });
            prop_assert!(slow.p50_s >= quick.p50_s && slow.p90_s >= quick.p90_s);
        }
    }

    #[test]
    fn a_slow_ten_minutes_are_believed_in_part() {
        let eta = Eta { tier: 2, p10_s: 500, p50_s: 600, p90_s: 800 };
        let live = correct(eta, Progress { expected_s: 400.0, took_s: 600.0 });
        assert!((650..740).contains(&live.p50_s), "{live:?}");
        // Standing still for a moment is a red light, not a jam.
        let light = correct(eta, Progress { expected_s: 0.0, took_s: 45.0 });
        assert!(light.p50_s < 660, "{light:?}");
    }
}
