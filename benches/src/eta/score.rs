//! Errors, windows, paired differences and costs.

use std::hint::black_box;
use std::time::Instant;

use campo_geo::eta::coverage::Count;
use campo_geo::eta::{Estimator, Eta, Trip, part_of_day};
use serde::Serialize;

use crate::rng::Rng;

/// What somebody said of every test trip.
#[derive(Debug)]
pub struct Said {
    /// Who.
    pub name: String,
    /// Seconds; `None` where they said nothing.
    pub seconds: Vec<Option<f64>>,
    /// Windows, where there are.
    pub windows: Vec<Eta>,
}

impl Said {
    /// A peer's seconds.
    pub fn of_peer(name: &str, seconds: Vec<Option<f64>>) -> Self {
        Self { name: name.to_owned(), seconds, windows: Vec::new() }
    }

    /// Our answers when nothing above `tier` may be used.
    pub fn of_tier(tier: u8, windows: Vec<Eta>) -> Self {
        let seconds = windows.iter().map(|eta| Some(f64::from(eta.p50_s))).collect();
        Self { name: format!("tier {tier}"), seconds, windows }
    }
}

/// Asks about every trip.
pub fn ask(estimator: &Estimator, trips: &[Trip], highest: u8) -> Vec<Eta> {
    trips.iter().map(|trip| estimator.estimate_within(&trip.question(), highest)).collect()
}

/// Names of the parts of the day, in order of [`part_of_day`].
pub const PARTS: [&str; 4] = ["night", "morning", "midday", "evening"];

/// How good somebody was.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// Who.
    pub name: String,
    /// Trips with an answer.
    pub trips: usize,
    /// Mean absolute error, seconds.
    pub mae_s: f64,
    /// Mean absolute error over the true duration, percent.
    pub mape_percent: f64,
    /// Nine of ten errors are smaller, seconds.
    pub p90_s: f64,
    /// Mean of said minus true, seconds.
    pub bias_s: f64,
    /// Windows, where there are.
    pub windows: Option<Windows>,
    /// By part of the day.
    pub by_part: Vec<Part>,
}

/// How many windows held.
#[derive(Debug, Clone, Serialize)]
pub struct Windows {
    /// Share of trips inside p10..p90, with its 95 % interval (Wilson).
    pub inside: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Share of trips earlier than p10.
    pub early: f64,
    /// Share of trips later than p90.
    pub late: f64,
    /// Mean of p90 - p10, seconds.
    pub width_s: f64,
}

/// One part of the day.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// night (21-7), morning (7-11), midday (11-16) or evening (16-21), local.
    pub part: &'static str,
    /// Trips.
    pub trips: usize,
    /// Mean absolute error, seconds.
    pub mae_s: f64,
    /// Share of trips inside p10..p90.
    pub inside: Option<f64>,
}

impl Score {
    /// Judges by the true durations.
    pub fn of(said: &Said, trips: &[Trip]) -> Self {
        let rows: Vec<(f64, &Trip)> =
            said.seconds.iter().zip(trips).filter_map(|(s, t)| Some(((*s)?, t))).collect();
        let n = rows.len().max(1) as f64;
        let mean =
            |of: &dyn Fn(f64, f64) -> f64| rows.iter().map(|(s, t)| of(*s, t.duration_s)).sum::<f64>() / n;
        let mut errors: Vec<f64> = rows.iter().map(|(s, t)| (s - t.duration_s).abs()).collect();
        errors.sort_unstable_by(f64::total_cmp);
        Self {
            name: said.name.clone(),
            trips: rows.len(),
            mae_s: mean(&|s, t| (s - t).abs()),
            mape_percent: 100.0 * mean(&|s, t| (s - t).abs() / t),
            p90_s: errors.get((0.9 * n) as usize).or(errors.last()).copied().unwrap_or(0.0),
            bias_s: mean(&|s, t| s - t),
            windows: windows(&said.windows, trips),
            by_part: (0..PARTS.len()).filter_map(|part| Part::of(part, said, trips)).collect(),
        }
    }
}

fn count<'a>(rows: impl Iterator<Item = (&'a Eta, &'a Trip)>) -> Count {
    rows.fold(Count::default(), |mut count, (eta, trip)| {
        count.note(*eta, trip.duration_s);
        count
    })
}

fn windows(said: &[Eta], trips: &[Trip]) -> Option<Windows> {
    let count = count(said.iter().zip(trips));
    let (low, high) = count.interval();
    let n = count.arrivals as f64;
    let width = |eta: &Eta| f64::from(eta.p90_s - eta.p10_s);
    Some(Windows {
        inside: count.share()?,
        low,
        high,
        early: count.early as f64 / n,
        late: count.late as f64 / n,
        width_s: said.iter().map(width).sum::<f64>() / n,
    })
}

impl Part {
    fn of(part: usize, said: &Said, trips: &[Trip]) -> Option<Self> {
        let is_part = |trip: &Trip| part_of_day(trip.hour_of_week()) == part;
        let errors: Vec<f64> = said
            .seconds
            .iter()
            .zip(trips)
            .filter(|(_, trip)| is_part(trip))
            .filter_map(|(s, trip)| Some(((*s)? - trip.duration_s).abs()))
            .collect();
        let n = errors.len();
        (n > 0).then(|| Self {
            part: PARTS.get(part).copied().unwrap_or(""),
            trips: n,
            mae_s: errors.iter().sum::<f64>() / n as f64,
            inside: count(said.windows.iter().zip(trips).filter(|(_, trip)| is_part(trip))).share(),
        })
    }
}

/// One against another on the same trips.
#[derive(Debug, Clone, Serialize)]
pub struct Paired {
    /// Against whom.
    pub against: String,
    /// Trips that both answered.
    pub trips: usize,
    /// Mean of our absolute error minus theirs, seconds: negative is better.
    pub difference_s: f64,
    /// The 95 % interval of that mean, by drawing trips again with replacement (Efron 1979).
    pub low_s: f64,
    /// Its upper end.
    pub high_s: f64,
}

impl Paired {
    /// Compares.
    pub fn of(ours: &Said, theirs: &Said, trips: &[Trip], resamples: usize, seed: u64) -> Self {
        let differences: Vec<f64> = ours
            .seconds
            .iter()
            .zip(&theirs.seconds)
            .zip(trips)
            .filter_map(|((a, b), t)| Some(((*a)? - t.duration_s).abs() - ((*b)? - t.duration_s).abs()))
            .collect();
        let n = differences.len();
        let mean = differences.iter().sum::<f64>() / n.max(1) as f64;
        let mut rng = Rng::new(seed);
        let mut means: Vec<f64> = (0..resamples.max(1))
            .map(|_| {
                let drawn = (0..n).filter_map(|_| rng.pick(&differences));
                drawn.sum::<f64>() / n.max(1) as f64
            })
            .collect();
        means.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            means.get((share * means.len() as f64) as usize).or(means.last()).copied().unwrap_or(mean)
        };
        Self {
            against: theirs.name.clone(),
            trips: n,
            difference_s: mean,
            low_s: at(0.025),
            high_s: at(0.975),
        }
    }
}

/// What an answer costs, microseconds, everything included: snapping, the way, features, the model.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Cost {
    /// Answers measured.
    pub answers: usize,
    /// Half are quicker.
    pub p50_us: f64,
    /// 99 of 100 are quicker.
    pub p99_us: f64,
}

impl Cost {
    /// Asks one after the other, each timed alone, after a warm-up.
    pub fn measure(estimator: &Estimator, trips: &[Trip]) -> Self {
        let mut times: Vec<f64> = Vec::new();
        for round in 0..=(5_000 / trips.len().max(1)).clamp(1, 20) {
            for trip in trips {
                let question = trip.question();
                let began = Instant::now();
                black_box(estimator.estimate(black_box(&question)));
                let us = began.elapsed().as_secs_f64() * 1e6;
                if round > 0 {
                    times.push(us);
                }
            }
        }
        times.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            times.get((share * times.len() as f64) as usize).or(times.last()).copied().unwrap_or(0.0)
        };
        Self { answers: times.len(), p50_us: at(0.5), p99_us: at(0.99) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use campo_geo::Coord;
    use campo_geo::eta::Vehicle;

    fn trip(duration_s: f64) -> Trip {
        let (from, to) = (Coord::new(41.14, -8.62).unwrap(), Coord::new(41.16, -8.60).unwrap());
        Trip { from, to, started_at: 1_372_636_858, utc_offset_s: 3_600, duration_s, vehicle: Vehicle::Car }
    }

    #[test]
    fn figures_are_what_they_say() {
        let trips = [trip(100.0), trip(200.0), trip(400.0)];
        let said = Said::of_peer("peer", vec![Some(110.0), None, Some(300.0)]);
        let score = Score::of(&said, &trips);
        assert_eq!((score.trips, score.mae_s, score.bias_s), (2, 55.0, -45.0));
        assert!((score.mape_percent - 17.5).abs() < 1e-9 && score.windows.is_none());
        let better = Said::of_peer("ours", vec![Some(100.0), Some(200.0), Some(390.0)]);
        let paired = Paired::of(&better, &said, &trips, 2_000, 1);
        assert_eq!((paired.trips, paired.difference_s), (2, -50.0));
        assert!(paired.low_s <= -90.0 + 1e-9 && paired.high_s >= -10.0 - 1e-9 && paired.high_s < 0.0);
    }
}
