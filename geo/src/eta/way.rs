//! Tier 2: the way on the map, and how much longer than without traffic it takes here.

use serde::{Deserialize, Serialize};

use super::{Question, cells::Surprise};
use crate::roads::{Anchor, Metric, Roads, Summary};

/// Seconds without traffic that the law turns about.
const MIDDLE_S: f64 = 420.0;
/// The shipped law counts as many trips as this against the city's level, and this much spread of the logarithm
/// of the time against its slope.
const LEVEL_PRIOR: f64 = 10.0;
const SLOPE_PRIOR: f64 = 8.0;

/// Farther from every road of the map the map says nothing, metres.
const FARTHEST_M: f32 = 600.0;

/// The way that a question asks about; `None` where an end is off the roads or no way leads.
pub(super) fn way(roads: &Roads, metric: &Metric, question: &Question) -> Option<Summary> {
    let from = roads.snap(question.from, question.heading_deg, question.vehicle)?;
    let to = roads.snap(question.to, None, question.vehicle)?;
    let is_near = |end: &Anchor| end.first().distance_m <= FARTHEST_M;
    if !(is_near(&from) && is_near(&to)) {
        return None;
    }
    roads.summary(&from, &to, metric).filter(|way| way.ms > 0)
}

/// `seconds = e ^ level * way ^ (1 + slope)`, and the hours of the week of tiers 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct WayLaw {
    level: f64,
    slope: f64,
}

impl WayLaw {
    /// What holds before anything was learned. Learned speeds say it all; free flow is what the recorded Porto
    /// trips say on this program's own graph: half as long again in the middle, more for short ways.
    pub(super) fn shipped(with_speeds: bool) -> Self {
        if with_speeds { Self { level: 0.0, slope: 0.0 } } else { Self { level: 0.40, slope: -0.25 } }
    }

    /// From ways with the logarithm of how much longer than them the trips took, the hour taken off.
    pub(super) fn fit(shipped: Self, ways: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let clipped = |centre: Self| {
            let (mut n, mut sx, mut sr, mut sxx, mut sxr) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (way_s, log) in ways.clone() {
                let x = centred(way_s);
                // One trip that went wrong is not to turn the law.
                let r = (log - centre.log(way_s)).clamp(-0.5, 0.5) + centre.log(way_s) - shipped.log(way_s);
                (n, sx, sr, sxx, sxr) = (n + 1.0, sx + x, sr + r, sxx + x * x, sxr + x * r);
            }
            if n < 1.0 {
                return shipped;
            }
            let slope = (sxr - sx * sr / n) / (sxx - sx * sx / n + SLOPE_PRIOR);
            let level = (sr - slope * sx) / (n + LEVEL_PRIOR);
            Self { level: shipped.level + level, slope: shipped.slope + slope }
        };
        (0..8).fold(shipped, |law, _| clipped(law))
    }

    /// Logarithm of how much longer than `way_s` seconds the trip takes.
    pub(super) fn log(&self, way_s: f64) -> f64 {
        self.level + self.slope * centred(way_s)
    }

    /// Logarithm of tier 2's seconds.
    pub(super) fn seconds(&self, way: &Summary, hour: f64) -> f64 {
        let way_s = seconds(way);
        way_s.ln() + self.log(way_s) + hour
    }
}

fn centred(way_s: f64) -> f64 {
    (way_s.max(10.0) / MIDDLE_S).ln()
}

/// Seconds of a way without traffic.
pub(super) fn seconds(way: &Summary) -> f64 {
    (f64::from(way.ms) / 1e3).max(1.0)
}

/// What tier 3 looks at of a way.
pub(super) fn features(way: &Summary, straight_m: f64, surprise: &Surprise) -> [f64; super::features::WAY] {
    let metres = f64::from(way.metres).max(1.0);
    let km = (metres / 1e3).max(0.2);
    let share = |classes: std::ops::Range<usize>| {
        way.by_class_m.get(classes).map_or(0.0, |m| m.iter().map(|m| f64::from(*m)).sum::<f64>() / metres)
    };
    [
        seconds(way).ln(),
        metres.ln(),
        (metres / straight_m.max(1.0)).ln(),
        (metres / seconds(way)).ln(),
        share(0..3),
        share(3..4),
        share(4..5),
        share(5..6),
        share(6..12),
        f64::from(way.near_turns) / km,
        f64::from(way.far_turns) / km,
        f64::from(way.signals) / km,
        f64::from(way.signals) + f64::from(way.far_turns),
        surprise.total(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_is_found_and_pulled_to_the_shipped_one() {
        let truth = WayLaw { level: 0.3, slope: -0.1 };
        let ways: Vec<(f64, f64)> = (1..800)
            .map(|i| {
                let way_s = 60.0 + 2.0 * f64::from(i);
                (way_s, truth.log(way_s) + if i % 40 == 0 { 3.0 } else { 0.0 })
            })
            .collect();
        let shipped = WayLaw::shipped(false);
        let law = WayLaw::fit(shipped, ways.iter().copied());
        assert!((law.level - truth.level).abs() < 0.04 && (law.slope - truth.slope).abs() < 0.04, "{law:?}");
        assert_eq!(WayLaw::fit(shipped, std::iter::empty()), shipped);
        let few = WayLaw::fit(shipped, ways.iter().copied().take(2));
        assert!((few.level - shipped.level).abs() < 0.1, "{few:?}");
    }
}
