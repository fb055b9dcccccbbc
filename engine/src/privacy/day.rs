//! What is kept of a day's positions when they are gone: how far, how long, how many stops. No places. Pure.

use campo_geo::Coord;

/// A position of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Corrected Unix milliseconds.
    pub at_ms: i64,
    /// Where.
    pub coord: Coord,
}

/// A day in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// Accepted positions.
    pub points: i32,
    /// Metres between places that were really left.
    pub distance_m: i32,
    /// Seconds under way.
    pub moving_s: i32,
    /// Places where somebody stayed.
    pub stops: i32,
}

/// Within so many metres it is one place (tracking.md section 3, step 4).
const PLACE_M: f64 = 50.0;
/// From so many milliseconds on it is a stop.
const STAY_MS: i64 = 180_000;
/// A silence longer than this says nothing of what happened in it.
const SILENCE_MS: i64 = 900_000;

/// Adds up a day. `points` are accepted ones, oldest first.
///
/// Distance is counted from anchor to anchor: the anchor moves when somebody is more than [`PLACE_M`] away from it, so
/// that a phone that trembles on a table does not walk.
pub fn add_up(points: &[Point]) -> Day {
    let mut day = Day { points: i32::try_from(points.len()).unwrap_or(i32::MAX), ..Day::default() };
    let Some(first) = points.first() else { return day };
    let (mut anchor, mut since_ms, mut last_ms) = (first.coord, first.at_ms, first.at_ms);
    let (mut distance, mut moving_ms) = (0.0f64, 0i64);
    for point in points.iter().skip(1) {
        let away = anchor.distance_m(point.coord);
        let gap_ms = point.at_ms - last_ms;
        if away > PLACE_M {
            day.stops += i32::from(last_ms - since_ms >= STAY_MS);
            if gap_ms <= SILENCE_MS {
                moving_ms += gap_ms;
                distance += away;
            }
            (anchor, since_ms) = (point.coord, point.at_ms);
        }
        last_ms = point.at_ms;
    }
    day.stops += i32::from(last_ms - since_ms >= STAY_MS);
    day.distance_m = distance.clamp(0.0, f64::from(i32::MAX)).round() as i32;
    day.moving_s = i32::try_from(moving_ms / 1_000).unwrap_or(i32::MAX);
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(at_s: i64, north_m: f64) -> Point {
        Point { at_ms: at_s * 1_000, coord: Coord::new(-34.6 + north_m / 111_195.0, -58.4).unwrap() }
    }

    /// Ten minutes at a place, three kilometres in five minutes, ten minutes at another one.
    #[test]
    fn two_stops_and_a_way() {
        let mut points: Vec<Point> = (0..=20).map(|n| point(n * 30, f64::from(n as i32 % 3) * 5.0)).collect();
        points.extend((1..=10).map(|n| point(600 + n * 30, n as f64 * 300.0)));
        points.extend((1..=20).map(|n| point(900 + n * 30, 3_000.0 + f64::from(n as i32 % 2) * 8.0)));
        let day = add_up(&points);
        assert_eq!((day.points, day.stops, day.moving_s), (51, 2, 300));
        assert!((2_950..=3_050).contains(&day.distance_m), "{day:?}");
    }

    proptest! {
        /// A phone that trembles at one place goes nowhere; nothing is ever negative, and a day is no longer than itself.
        #[test]
        fn trembling_is_no_way(offsets in prop::collection::vec((0i64..600, -20.0..20.0f64), 0..60)) {
            let mut at = 0;
            let points: Vec<Point> = offsets.iter().map(|(dt, m)| { at += dt; point(at, *m) }).collect();
            let day = add_up(&points);
            prop_assert_eq!((day.distance_m, day.moving_s), (0, 0));
            prop_assert!(day.stops <= 1);
        }

        #[test]
        fn days_are_bounded(offsets in prop::collection::vec((0i64..600, -9_000.0..9_000.0f64), 0..60)) {
            let mut at = 0;
            let points: Vec<Point> = offsets.iter().map(|(dt, m)| { at += dt; point(at, *m) }).collect();
            let day = add_up(&points);
            prop_assert!(day.distance_m >= 0 && day.moving_s >= 0 && i64::from(day.moving_s) <= at);
            prop_assert!(day.stops as usize <= points.len());
        }
    }
}
