//! How well trips were laid onto roads.

use std::collections::HashMap;

use campo_geo::{Coord, segment};

use super::{fixes, half};
use crate::replay::trips::Trip;
use crate::say;

/// Lengths that differ by no more are the same.
const SAME: f64 = 0.05;
/// A fix that was held back lies on the path when it is this near, metres.
const NEAR_M: f64 = 25.0;

/// A trip on the roads, by one of the two.
#[derive(Debug, Default)]
pub struct Laid {
    /// Its length.
    pub metres: f64,
    /// Metres on each piece of road, by whatever names them.
    pub pieces: HashMap<u64, f64>,
    /// Its lines.
    pub lines: Vec<Vec<Coord>>,
    /// Fixes that were laid nowhere.
    pub lost: usize,
}

/// Figures over all trips.
#[derive(Debug, Default)]
pub struct Score {
    trips: f64,
    same_as_whole: f64,
    same_as_trace: f64,
    /// By trip: relative error of length against the whole trace's match.
    errors: Vec<f64>,
    common_m: f64,
    both_m: f64,
    held: f64,
    held_near: f64,
    pings: f64,
    lost: f64,
    /// Processor microseconds that the halves took.
    us: f64,
}

impl Score {
    /// Compares what every second fix gave, in `cpu_s` processor seconds, with what all fixes did.
    pub fn of(trips: &[Trip], halves: &[Laid], wholes: &[Laid], cpu_s: f64) -> Self {
        let mut score = Self { us: cpu_s * 1e6, ..Self::default() };
        for ((trip, half), whole) in trips.iter().zip(halves).zip(wholes) {
            score.add(&fixes(trip), half, whole);
        }
        score
    }

    fn add(&mut self, fixes: &[(i64, Coord)], laid: &Laid, whole: &Laid) {
        let pairs = fixes.iter().zip(fixes.iter().skip(1));
        let trace_m: f64 = pairs.map(|((_, a), (_, b))| a.distance_m(*b)).sum();
        let same = |to_m: f64| f64::from(u8::from((laid.metres - to_m).abs() <= SAME * to_m));
        self.trips += 1.0;
        self.same_as_whole += same(whole.metres);
        self.same_as_trace += same(trace_m);
        self.errors.push((laid.metres - whole.metres).abs() / whole.metres.max(1.0));
        self.common_m +=
            laid.pieces.iter().map(|(p, m)| whole.pieces.get(p).map_or(0.0, |w| w.min(*m))).sum::<f64>();
        self.both_m += laid.pieces.values().chain(whole.pieces.values()).sum::<f64>();
        for (_, at) in fixes.iter().skip(1).step_by(2) {
            self.held += 1.0;
            self.held_near += f64::from(u8::from(away_m(*at, &laid.lines) <= NEAR_M));
        }
        self.pings += half(fixes).len() as f64;
        self.lost += laid.lost as f64;
    }

    /// One line.
    pub fn say(&self, name: &str) {
        let mut errors = self.errors.clone();
        errors.sort_by(f64::total_cmp);
        let median = errors.get(errors.len() / 2).copied().unwrap_or(0.0);
        let mean = errors.iter().sum::<f64>() / self.trips;
        say!(
            "{name:<17} length within 5 % of its match of the 15 s trace: {:.1} % of trips, of the trace itself {:.1} %; \
             error median {:.2} %, mean {:.2} %; F1 of metres {:.3}; held-back fixes within {NEAR_M:.0} m {:.1} %; \
             unmatched fixes {:.2} %; {:.0} us a ping (processor time)",
            100.0 * self.same_as_whole / self.trips,
            100.0 * self.same_as_trace / self.trips,
            100.0 * median,
            100.0 * mean,
            2.0 * self.common_m / self.both_m.max(1.0),
            100.0 * self.held_near / self.held.max(1.0),
            100.0 * self.lost / self.pings,
            self.us / self.pings,
        );
    }
}

/// How far a point is from the nearest of some lines, metres.
pub fn away_m(at: Coord, lines: &[Vec<Coord>]) -> f64 {
    let pairs = lines.iter().flat_map(|line| line.iter().zip(line.iter().skip(1)));
    pairs.map(|(a, b)| segment::closest(at, *a, *b).distance_m).fold(f64::INFINITY, f64::min)
}
