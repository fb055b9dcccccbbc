//! Windows that hold what they promise: quantiles of what a model missed on trips it had not seen.
//!
//! Split conformal prediction (Vovk et al. 2005): whatever the model, the share of new trips inside the quantiles
//! of its misses on other unseen trips is the promised one, as long as the trips are of one kind. Misses are taken
//! over the spread that the model expects (Lei et al. 2018), and by part of the day (Mondrian), each part's
//! quantiles pulled to the whole's as if that had been seen some trips long.
//!
//! Trips of one kind are what was seen: the same part of the same weekday. For any other the share would be missed,
//! since days and hours differ, so there windows are wider, by how much these are known to differ.

use serde::{Deserialize, Serialize};

use super::{Eta, HOURS_OF_WEEK, cells::PARTS, part_of_day};

/// A part of the day is pulled to the whole as if that had been seen this often.
const PART_PRIOR: f64 = 150.0;
/// A part of a weekday is taken as seen from about this many trips on.
const SLOT_PRIOR: f64 = 20.0;
/// How differently one day goes from another, and a part of the day that was never seen from the others: standard
/// deviations of the logarithm. The first is what makes Porto's published error over the year (27.5 %, a forest
/// on the residual, learned from one morning) of the 23 % that the same kind of model has within that morning.
const DAY_SD: f64 = 0.16;
const PART_SD: f64 = 0.08;
/// How differently the next weeks go from the last.
const SEASON_SD: f64 = 0.07;
/// No window is wider than this factor about the middle.
const WIDEST: f64 = 1.8;

/// What a model missed on one unseen trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Miss {
    /// Logarithm of the true duration over the estimate.
    pub log: f64,
    /// The spread that the model expected.
    pub spread: f64,
    /// The hour of the week.
    pub hour_of_week: u8,
    /// How long before the last trip this one was, days.
    pub age_days: f64,
}

/// Half of what a trip says about the present level is forgotten after so many days.
const HALF_LIFE_DAYS: f64 = 28.0;
/// The present level is pulled to the usual one as if that had been seen this often lately.
const LEVEL_PRIOR: f64 = 80.0;

/// How much slower than over all the time things have gone lately, as a logarithm: a season, road works. Takes it
/// off the misses, as far as it was there already.
pub(super) fn lately(misses: &mut [Miss]) -> f64 {
    let part = |miss: &Miss| (-miss.age_days.max(0.0) / HALF_LIFE_DAYS).exp2();
    let sum: f64 = misses.iter().map(|miss| part(miss) * miss.log.clamp(-0.7, 0.7)).sum();
    let lately = sum / (misses.iter().map(part).sum::<f64>() + LEVEL_PRIOR);
    misses.iter_mut().for_each(|miss| miss.log -= lately * part(miss));
    lately
}

/// Misses at p10, p50 and p90 in each part of the day, over the expected spread, and how much wider windows are in
/// each part of each weekday.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Windows {
    parts: [[f32; 3]; PARTS],
    widen: [[f32; PARTS]; WEEKDAYS],
}

const WEEKDAYS: usize = 7;
const SHIPPED: [f32; 3] = [-0.4, 0.0, 0.5];

impl Default for Windows {
    fn default() -> Self {
        Self { parts: [SHIPPED; PARTS], widen: [[1.0; PARTS]; WEEKDAYS] }
    }
}

/// The weekday of an hour of the week, Monday being 0.
fn weekday(hour_of_week: u8) -> usize {
    usize::from(hour_of_week % HOURS_OF_WEEK / 24)
}

impl Windows {
    /// From misses on unseen trips that were driven on `days` different days.
    pub(super) fn fit(misses: &[Miss], days: usize) -> Self {
        let scaled = |wanted: &dyn Fn(&Miss) -> bool| {
            let mut list: Vec<f64> = misses
                .iter()
                .filter(|m| wanted(m) && m.log.is_finite() && m.spread > 0.0)
                .map(|m| m.log / m.spread)
                .collect();
            list.sort_unstable_by(f64::total_cmp);
            list
        };
        let all = scaled(&|_| true);
        if all.len() < 20 {
            return Self::default();
        }
        let whole = SHARES.map(|share| quantile(&all, share));
        let mean_spread = misses.iter().map(|m| m.spread).sum::<f64>() / misses.len() as f64;
        let [low, _, high] = whole;
        // Standard deviation that the whole's window corresponds to, in logarithms.
        let sd = ((high - low) / 2.563 * mean_spread).max(0.05);
        let mut fitted = Self::default();
        for (part, slot) in fitted.parts.iter_mut().enumerate() {
            let own = scaled(&|m| part_of_day(m.hour_of_week) == part);
            let trust = own.len() as f64 / (own.len() as f64 + PART_PRIOR);
            for (value, (share, whole)) in slot.iter_mut().zip(SHARES.into_iter().zip(whole)) {
                let own = if own.is_empty() { whole } else { quantile(&own, share) };
                *value = (trust * own + (1.0 - trust) * whole) as f32;
            }
            for (day, widen) in fitted.widen.iter_mut().enumerate() {
                let seen = |m: &&Miss| part_of_day(m.hour_of_week) == part && weekday(m.hour_of_week) == day;
                let seen = misses.iter().filter(seen).count() as f64;
                let other = SLOT_PRIOR / (seen + SLOT_PRIOR);
                let differs = DAY_SD.powi(2) / days.max(1) as f64 + PART_SD.powi(2) * (1.0 - trust);
                let unseen = other * differs + SEASON_SD.powi(2);
                widen
                    .iter_mut()
                    .skip(part)
                    .take(1)
                    .for_each(|w| *w = (1.0 + unseen / sd.powi(2)).sqrt() as f32);
            }
        }
        fitted
    }

    /// The answer of tier `tier` whose estimate is `log_s` with the spread `spread`.
    pub(super) fn answer(&self, tier: u8, log_s: f64, spread: f64, hour_of_week: u8) -> Eta {
        let part = part_of_day(hour_of_week);
        let [low, middle, high] = self.parts.get(part).copied().unwrap_or(SHIPPED).map(f64::from);
        let widen = self.widen.get(weekday(hour_of_week)).and_then(|parts| parts.get(part));
        let wide = spread * f64::from(widen.copied().unwrap_or(1.0));
        let (low, high) = ((low - middle) * wide, (high - middle) * wide);
        let middle = middle * spread;
        let low = (middle + low).clamp(middle - WIDEST, middle);
        let high = (middle + high).clamp(middle, middle + WIDEST);
        let seconds = |log: f64| if log.is_finite() { log.min(LONGEST).exp().round() as u32 } else { 0 };
        let p50_s = seconds(log_s + middle);
        Eta { tier, p10_s: seconds(log_s + low).min(p50_s), p50_s, p90_s: seconds(log_s + high).max(p50_s) }
    }
}

/// Logarithm of the longest answer, about two months.
const LONGEST: f64 = 15.5;
const SHARES: [f64; 3] = [0.1, 0.5, 0.9];

/// The quantile that a new value stays under with this probability: outwards by the finite sample's correction.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let n = sorted.len() as f64;
    let at = (share * (n + 1.0) - 1.0).clamp(0.0, n - 1.0);
    let (low, part) = (at.floor() as usize, at.fract());
    let value = |i: usize| sorted.get(i).or(sorted.last()).copied().unwrap_or(0.0);
    value(low) + part * (value(low + 1) - value(low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Misses of a known law: a triangle of the given width by a simple generator.
    fn misses(n: usize, width: impl Fn(usize) -> f64) -> Vec<Miss> {
        let mut state = 7u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / (1u64 << 31) as f64
        };
        (0..n)
            .map(|i| {
                let hour = (i % 24) as u8;
                Miss {
                    log: (next() + next() - 1.0) * width(part_of_day(hour)),
                    spread: 0.5,
                    hour_of_week: hour,
                    age_days: 0.0,
                }
            })
            .collect()
    }

    #[test]
    fn windows_hold_in_every_part_of_the_day() {
        let width = |part: usize| 0.3 + 0.2 * part as f64;
        let known = misses(20_000, width);
        let windows = Windows::fit(&known, 200);
        let mut inside = [[0.0f64; 2]; PARTS];
        for miss in misses(24_000, width).iter().skip(4_000) {
            let eta = windows.answer(3, 700f64.ln(), miss.spread, miss.hour_of_week);
            let took = 700.0 * miss.log.exp();
            let slot = &mut inside[part_of_day(miss.hour_of_week)];
            slot[0] += f64::from(u8::from((f64::from(eta.p10_s)..=f64::from(eta.p90_s)).contains(&took)));
            slot[1] += 1.0;
        }
        for [inside, all] in inside {
            // A little more than promised: the next weeks go differently.
            assert!((0.79..0.86).contains(&(inside / all)), "{}", inside / all);
        }
    }

    /// All misses are of a Monday: on a Monday they say what to expect, on another day and at other hours less so.
    #[test]
    fn what_was_not_seen_is_promised_less_boldly() {
        let known: Vec<Miss> =
            misses(1_000, |_| 0.6).into_iter().filter(|m| part_of_day(m.hour_of_week) < 3).collect();
        let wide = |days, hour| {
            let eta = Windows::fit(&known, days).answer(3, 7.0, 0.5, hour);
            eta.p90_s - eta.p10_s
        };
        let (monday, tuesday, evening) = (wide(1, 8), wide(1, 24 + 8), wide(1, 24 + 18));
        assert!(monday < tuesday && tuesday < evening, "{monday} {tuesday} {evening}");
        assert!(wide(300, 24 + 8) < tuesday, "three hundred Mondays tell more than one");
        assert_eq!(Windows::fit(&[], 1), Windows::default());
    }

    proptest! {
        /// Whatever was missed and is asked: ordered.
        #[test]
        fn ordered(logs in proptest::collection::vec(-3.0..3.0f64, 0..80), log_s in any::<f64>(), spread in 0.0..3.0f64, hour in any::<u8>()) {
            let known: Vec<Miss> =
                logs.iter().zip(0u8..).map(|(log, hour)| Miss { log: *log, spread: 0.3, hour_of_week: hour, age_days: 0.0 }).collect();
            let eta = Windows::fit(&known, 1).answer(1, log_s, spread, hour);
            prop_assert!(eta.p10_s <= eta.p50_s && eta.p50_s <= eta.p90_s);
        }
    }
}
