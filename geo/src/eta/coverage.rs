//! Do the windows hold what they promise? Counted all the time, by tier and hour of the week.
//!
//! Of the windows p10..p90 eight of ten should hold. One [`Coverage`] an organization: plain numbers that add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Eta;

/// The share of windows that should hold.
pub const PROMISED: f64 = 0.8;
/// Standard normal quantile of a two-sided 95 % interval.
const Z95: f64 = 1.959_964;

/// How some arrivals fell against their windows. Adds up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Count {
    /// Arrivals seen.
    pub arrivals: u64,
    /// Those inside p10..=p90.
    pub inside: u64,
    /// Those earlier than p10.
    pub early: u64,
    /// Those later than p90.
    pub late: u64,
    /// Sum of absolute errors of p50, seconds.
    pub error_s: f64,
}

impl Count {
    /// Notes one arrival: what was said, and how long it took from that moment. Not a number is not noted.
    pub fn note(&mut self, said: Eta, took_s: f64) {
        if !took_s.is_finite() {
            return;
        }
        self.arrivals += 1;
        if took_s < f64::from(said.p10_s) {
            self.early += 1;
        } else if took_s > f64::from(said.p90_s) {
            self.late += 1;
        } else {
            self.inside += 1;
        }
        self.error_s += (took_s - f64::from(said.p50_s)).abs();
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            arrivals: self.arrivals + other.arrivals,
            inside: self.inside + other.inside,
            early: self.early + other.early,
            late: self.late + other.late,
            error_s: self.error_s + other.error_s,
        }
    }

    /// The share of windows that held, 0..=1; `None` before the first arrival.
    pub fn share(&self) -> Option<f64> {
        (self.arrivals > 0).then(|| self.inside as f64 / self.arrivals as f64)
    }

    /// The 95 % interval of that share (Wilson 1927): wide after few arrivals, 0..1 before the first.
    pub fn interval(&self) -> (f64, f64) {
        let Some(share) = self.share() else { return (0.0, 1.0) };
        let n = self.arrivals as f64;
        let middle = share + Z95 * Z95 / (2.0 * n);
        let half = Z95 * (share * (1.0 - share) / n + Z95 * Z95 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z95 * Z95 / n;
        // The share itself is inside, also where rounding says otherwise: at none and at all of few arrivals.
        (((middle - half) / scale).max(0.0).min(share), ((middle + half) / scale).min(1.0).max(share))
    }

    /// Is the promised share outside of what the arrivals allow? Then something has drifted.
    pub fn is_off(&self) -> bool {
        let (low, high) = self.interval();
        !(low..=high).contains(&PROMISED)
    }

    /// Mean absolute error of p50, seconds.
    pub fn mean_error_s(&self) -> Option<f64> {
        (self.arrivals > 0).then(|| self.error_s / self.arrivals as f64)
    }
}

/// All windows of one organization, by tier and local hour of the week.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Coverage {
    #[serde(with = "rows")]
    counts: BTreeMap<(u8, u8), Count>,
}

impl Coverage {
    /// Notes one arrival; `hour_of_week` is that of the moment of the estimate.
    pub fn note(&mut self, said: Eta, hour_of_week: u8, took_s: f64) {
        self.counts.entry((said.tier, hour_of_week)).or_default().note(said, took_s);
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.counts {
            let mine = self.counts.entry(*key).or_default();
            *mine = mine.plus(*count);
        }
    }

    /// Every (tier, hour of the week) seen, in order.
    pub fn cells(&self) -> impl Iterator<Item = (u8, u8, Count)> + '_ {
        self.counts.iter().map(|((tier, hour), count)| (*tier, *hour, *count))
    }

    /// All arrivals that `wanted` says yes to by tier and hour of the week.
    pub fn total(&self, wanted: impl Fn(u8, u8) -> bool) -> Count {
        self.cells()
            .filter(|(tier, hour, _)| wanted(*tier, *hour))
            .fold(Count::default(), |sum, (.., count)| sum.plus(count))
    }
}

/// As a list of rows: JSON has no pairs as keys.
mod rows {
    use super::{BTreeMap, Count};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(map: &BTreeMap<(u8, u8), Count>, to: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<(u8, u8), Count>, D::Error> {
        Ok(Vec::<((u8, u8), Count)>::deserialize(from)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAID: Eta = Eta { tier: 1, p10_s: 100, p50_s: 200, p90_s: 300 };

    #[test]
    fn an_arrival_falls_somewhere() {
        let mut coverage = Coverage::default();
        for took in [99.5, 100.0, 250.0, 300.0, 300.5, f64::NAN] {
            coverage.note(SAID, 5, took);
        }
        let all = coverage.total(|_, _| true);
        assert_eq!((all.arrivals, all.early, all.inside, all.late), (5, 1, 3, 1));
        assert_eq!(coverage.total(|tier, _| tier == 0), Count::default());
        let copy: Coverage = serde_json::from_str(&serde_json::to_string(&coverage).unwrap()).unwrap();
        assert_eq!(copy, coverage);
    }

    #[test]
    fn the_interval_is_the_published_one() {
        // 81 of 100: 0.722 to 0.875 (Wilson, without continuity correction).
        let count = Count { arrivals: 100, inside: 81, early: 9, late: 10, error_s: 0.0 };
        let (low, high) = count.interval();
        assert!((low - 0.7222).abs() < 5e-4 && (high - 0.8748).abs() < 5e-4, "{low} {high}");
        assert!(!count.is_off() && !Count::default().is_off());
        assert!(Count { inside: 60, ..count }.is_off());
    }

    #[test]
    fn none_and_all_lie_inside_their_interval() {
        for n in 1..400 {
            for inside in [0, n] {
                let count = Count { arrivals: n, inside, early: n - inside, late: 0, error_s: 0.0 };
                let (low, high) = count.interval();
                let share = count.share().unwrap();
                assert!(
                    0.0 <= low && low <= share && share <= high && high <= 1.0,
                    "{inside} of {n}: {low} {high}"
                );
            }
        }
    }

    proptest! {
        /// Counting apart and adding is counting together, and every arrival is counted once.
        #[test]
        fn counts_add_up(took in proptest::collection::vec((0..4u8, 0..168u8, 0.0..500.0f64), 0..60), cut in 0..60usize) {
            let note = |rows: &[(u8, u8, f64)]| {
                let mut coverage = Coverage::default();
                for (tier, hour, took) in rows {
                    coverage.note(Eta { tier: *tier, ..SAID }, *hour, *took);
                }
                coverage
            };
            let cut = cut.min(took.len());
            let mut parts = note(&took[..cut]);
            parts.add(&note(&took[cut..]));
            let (parts, whole) = (parts.total(|_, _| true), note(&took).total(|_, _| true));
            prop_assert_eq!(parts.inside, whole.inside);
            prop_assert_eq!(whole.arrivals as usize, took.len());
            prop_assert_eq!(whole.early + whole.inside + whole.late, whole.arrivals);
            prop_assert!((parts.error_s - whole.error_s).abs() < 1e-6);
            let (low, high) = whole.interval();
            prop_assert!(0.0 <= low && low <= high && high <= 1.0);
            prop_assert!(whole.share().is_none_or(|s| (low..=high).contains(&s)));
        }
    }
}
