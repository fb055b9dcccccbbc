//! What is expected between two positions: where somebody drives on, and when that must be told anew. Pure.
//!
//! Viewers that ask for it predict by [`predict`] themselves; `tests/vectors/motion.json` holds both sides to the
//! same numbers.

use campo_geo::Coord;
use campo_geo::segment::closest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longer than this nobody knows: the marker stops. Milliseconds.
pub const HORIZON_MS: i64 = 120_000;
/// Each metre that was only predicted may be this much off.
pub const DOUBT_PER_M: f64 = 0.35;
/// A prediction that is off by more is corrected, metres.
const OFF_M: f64 = 50.0;
/// What was told is told again after this long, so that a right prediction does not freeze. Milliseconds.
const RENEW_MS: i64 = 60_000;
/// Speeds nearer than this are the same, m/s; or nearer than a third.
const SAME_SPEED_MPS: f64 = 2.5;

/// What is expected of one technician from a position on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Motion {
    /// The moment of the position that the path begins at, Unix milliseconds.
    pub at: i64,
    /// The expected way ahead, `[lat, lon]` in degrees; null: do not predict (stopped, unknown, off the road).
    pub path: Option<Vec<[f64; 2]>>,
    /// How fast, m/s.
    pub speed_mps: f64,
    /// How exact the position is, metres.
    pub accuracy_m: f64,
}

/// Where somebody probably is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Predicted {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// The true place is within this circle, as far as anyone can say.
    pub radius_m: f64,
    /// The prediction is over; what is shown is old.
    pub frozen: bool,
}

/// Where somebody probably is at `now`: along the path at the speed, for at most two minutes.
///
/// `None` when nothing may be predicted.
pub fn predict(motion: &Motion, now: i64) -> Option<Predicted> {
    let path = motion.path.as_ref()?;
    let passed = now.saturating_sub(motion.at).max(0);
    let metres = motion.speed_mps.max(0.0) * passed.min(HORIZON_MS) as f64 / 1_000.0;
    let ([lat, lon], gone_m) = along(path, metres)?;
    let radius_m = motion.accuracy_m + DOUBT_PER_M * gone_m;
    Some(Predicted { lat, lon, radius_m, frozen: passed > HORIZON_MS })
}

/// The place after so many metres of a path (its end if it is shorter), and the metres that were gone.
fn along(path: &[[f64; 2]], metres: f64) -> Option<([f64; 2], f64)> {
    let mut gone_m = 0.0;
    for pair in path.windows(2) {
        let &[a, b] = pair else { continue };
        let long_m = distance_m(a, b);
        if gone_m + long_m > metres {
            let k = (metres - gone_m) / long_m;
            return Some(([a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k], metres));
        }
        gone_m += long_m;
    }
    path.last().map(|end| (*end, gone_m))
}

fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    let at = |[lat, lon]: [f64; 2]| Coord::new(lat, lon);
    at(a).zip(at(b)).map_or(0.0, |(a, b)| a.distance_m(b))
}

/// The beginning of a line, so many metres of it, rounded to a decimetre or so.
pub fn ahead(line: &[Coord], metres: f64) -> Vec<[f64; 2]> {
    let line: Vec<[f64; 2]> = line.iter().map(|c| [c.lat(), c.lon()]).collect();
    let mut path: Vec<[f64; 2]> = Vec::new();
    let mut gone_m = 0.0;
    for place in &line {
        if let Some(last) = path.last() {
            gone_m += distance_m(*last, *place);
            if gone_m >= metres {
                break;
            }
        }
        path.push(*place);
    }
    if let Some((end, _)) = along(&line, metres).filter(|_| gone_m >= metres) {
        path.push(end);
    }
    path.iter().map(|[lat, lon]| [round6(*lat), round6(*lon)]).collect()
}

fn round6(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// Must what was told be told anew, seeing where somebody really is at `now`?
///
/// Yes when the prediction is off by more than 50 m, when the speed is another one, when one may predict now and
/// could not or the other way round, and before a right prediction would freeze.
pub fn is_news(told: &Motion, is_known: bool, speed_mps: f64, here: Coord, now: i64) -> bool {
    let Some(predicted) = predict(told, now) else { return is_known };
    if !is_known || now - told.at >= RENEW_MS {
        return true;
    }
    let off_m = distance_m([predicted.lat, predicted.lon], [here.lat(), here.lon()]);
    let differs = (speed_mps - told.speed_mps).abs();
    off_m > OFF_M || differs > SAME_SPEED_MPS.max(told.speed_mps / 3.0)
}

/// A line of at most `most` points that stays as near to `line` as that allows (Douglas and Peucker), `[lat, lon]`.
pub fn thinned(line: &[Coord], most: usize) -> Vec<[f64; 2]> {
    let mut tolerance_m = 3.0;
    let mut kept = simplified(line, tolerance_m);
    while kept.len() > most.max(2) {
        tolerance_m *= 1.6;
        kept = simplified(line, tolerance_m);
    }
    kept.iter().map(|c| [round6(c.lat()), round6(c.lon())]).collect()
}

fn simplified(line: &[Coord], tolerance_m: f64) -> Vec<Coord> {
    let Some(last) = line.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; line.len()];
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        for end in [from, to] {
            if let Some(kept) = keep.get_mut(end) {
                *kept = true;
            }
        }
        let (Some(a), Some(b), Some(between)) = (line.get(from), line.get(to), line.get(from + 1..to)) else {
            continue;
        };
        let off = |point: &Coord| closest(*point, *a, *b).distance_m;
        let far = between.iter().enumerate().map(|(i, p)| (from + 1 + i, off(p)));
        if let Some((at, off_m)) = far.max_by(|x, y| x.1.total_cmp(&y.1))
            && off_m > tolerance_m
        {
            open.extend([(from, at), (at, to)]);
        }
    }
    line.iter().zip(keep).filter_map(|(point, keep)| keep.then_some(*point)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Vector {
        motion: Motion,
        now: i64,
        expect: Option<Predicted>,
    }

    /// The same numbers as the web's.
    #[test]
    fn the_shared_vectors_hold() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/motion.json");
        let vectors: Vec<Vector> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert!(vectors.len() >= 10);
        for Vector { motion, now, expect } in vectors {
            let got = predict(&motion, now);
            let (Some(got), Some(expect)) = (got, expect) else {
                assert_eq!(got, expect, "{motion:?}");
                continue;
            };
            assert!(distance_m([got.lat, got.lon], [expect.lat, expect.lon]) < 0.05, "{got:?} {expect:?}");
            assert!((got.radius_m - expect.radius_m).abs() < 0.05 && got.frozen == expect.frozen, "{got:?}");
        }
    }

    fn motion(path: Option<Vec<[f64; 2]>>, speed_mps: f64) -> Motion {
        Motion { at: 1_000_000, path, speed_mps, accuracy_m: 5.0 }
    }

    #[test]
    fn told_anew_when_it_is_wrong_and_not_before() {
        let north = motion(Some(vec![[-34.6, -58.4], [-34.58, -58.4]]), 10.0);
        let at = |metres: f64| Coord::new(-34.6, -58.4).unwrap().destination(0.0, metres);
        let now = north.at + 30_000;
        assert!(!is_news(&north, true, 10.0, at(300.0), now));
        assert!(!is_news(&north, true, 12.0, at(345.0), now));
        assert!(is_news(&north, true, 10.0, at(355.0), now), "off by 55 m");
        assert!(is_news(&north, true, 14.0, at(300.0), now), "faster");
        assert!(is_news(&north, false, 0.0, at(300.0), now), "stopped");
        assert!(is_news(&north, true, 10.0, at(600.0), north.at + 60_000), "renewed before it freezes");
        let nothing = motion(None, 0.0);
        assert!(!is_news(&nothing, false, 0.0, at(0.0), now) && is_news(&nothing, true, 8.0, at(0.0), now));
    }

    fn line() -> impl Strategy<Value = Vec<Coord>> {
        prop::collection::vec((-0.01..0.01f64, -0.01..0.01f64), 1..400)
            .prop_map(|v| v.into_iter().filter_map(|(a, b)| Coord::new(-34.6 + a, -58.4 + b)).collect())
    }

    proptest! {
        /// Doubt only grows, nobody leaves the path, and after two minutes all stands still.
        #[test]
        fn predictions_are_calm(line in line(), speed in 0.0..40.0f64, early in 0..200_000i64, later in 0..200_000i64) {
            let motion = motion(Some(ahead(&line, speed * 120.0)), speed);
            let (a, b) = (predict(&motion, motion.at + early).unwrap(), predict(&motion, motion.at + early + later).unwrap());
            prop_assert!(a.radius_m >= 5.0 && b.radius_m >= a.radius_m);
            prop_assert_eq!(a.frozen, early > HORIZON_MS);
            if early >= HORIZON_MS {
                prop_assert_eq!((a.lat, a.lon), (b.lat, b.lon));
            }
        }

        /// What is cut is as long as was asked for, or all there is.
        #[test]
        fn cut_to_length(line in line(), metres in 1.0..5_000.0f64) {
            let length = |path: &[[f64; 2]]| path.windows(2).map(|w| distance_m(w[0], w[1])).sum::<f64>();
            let whole: Vec<[f64; 2]> = line.iter().map(|c| [c.lat(), c.lon()]).collect();
            let cut = length(&ahead(&line, metres));
            // Rounding moves each corner by less than a decimetre.
            let slack = 0.3 * line.len() as f64;
            prop_assert!((cut - metres.min(length(&whole))).abs() < slack, "{cut}");
        }

        /// Ends stay, and there are never too many points.
        #[test]
        fn thin_enough(line in line(), most in 2..200usize) {
            let thin = thinned(&line, most);
            prop_assert!(thin.len() <= most && !thin.is_empty());
            let near = |a: [f64; 2], b: Coord| distance_m(a, [b.lat(), b.lon()]) < 0.3;
            prop_assert!(near(thin[0], line[0]) && near(*thin.last().unwrap(), *line.last().unwrap()));
        }
    }
}
