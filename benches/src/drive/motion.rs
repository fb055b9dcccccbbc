//! How a van moves along its way: limits, corners, lights. Pure.

use crate::town::Place;
use crate::town::graph::Leg;

/// Seconds of a light's round, and of its red.
const LIGHT_ROUND_S: i64 = 60;
const RED_S: i64 = 26;
/// What a corner costs, milliseconds.
const CORNER_MS: i64 = 1_500;

/// Where the van is at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// Where.
    pub place: Place,
    /// How fast, m/s.
    pub speed_mps: f64,
    /// Where to, degrees from north clockwise.
    pub heading_deg: f64,
}

/// A moment of the drive at which something changes.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at_ms: i64,
    place: Place,
}

/// A drive with its times.
#[derive(Debug, Clone)]
pub struct Drive {
    marks: Vec<Mark>,
}

impl Drive {
    /// Standing still at a place.
    pub fn standing(place: Place, at_ms: i64) -> Self {
        Self { marks: vec![Mark { at_ms, place }] }
    }

    /// Leaves at `start_ms` and keeps to `pace` (about 0.6 to 0.9) of the limits.
    pub fn plan(legs: &[Leg], start_ms: i64, pace: f64) -> Self {
        let mut now = start_ms;
        let mut marks: Vec<Mark> =
            legs.first().map(|l| Mark { at_ms: now, place: l.from }).into_iter().collect();
        for leg in legs {
            let metres = leg.from.distance_m(leg.to);
            now += (metres / (leg.speed_mps * pace).max(0.5) * 1000.0) as i64;
            marks.push(Mark { at_ms: now, place: leg.to });
            let wait = leg.light.map_or(CORNER_MS, |node| red_for_ms(node, now));
            if wait > 0 {
                now += wait;
                marks.push(Mark { at_ms: now, place: leg.to });
            }
        }
        Self { marks }
    }

    /// When it is over.
    pub fn ends_ms(&self) -> i64 {
        self.marks.last().map_or(0, |m| m.at_ms)
    }

    /// Where the van is; before the start at the start, after the end at the end.
    pub fn at(&self, now_ms: i64) -> Option<Motion> {
        let next = self.marks.partition_point(|m| m.at_ms <= now_ms);
        let still = |place: Place| Motion { place, speed_mps: 0.0, heading_deg: 0.0 };
        let Some(before) = next.checked_sub(1).and_then(|i| self.marks.get(i)) else {
            return self.marks.first().map(|m| still(m.place));
        };
        let Some(after) = self.marks.get(next) else { return Some(still(before.place)) };
        let span = (after.at_ms - before.at_ms).max(1) as f64;
        let part = (now_ms - before.at_ms) as f64 / span;
        let (east, north) = before.place.offset_m(after.place);
        Some(Motion {
            place: before.place.towards(after.place, part),
            speed_mps: east.hypot(north) / (span / 1000.0),
            heading_deg: east.atan2(north).to_degrees().rem_euclid(360.0),
        })
    }
}

/// How long the light at this node stays red, milliseconds; each light has a phase of its own.
fn red_for_ms(node: usize, now_ms: i64) -> i64 {
    let phase = now_ms + (node as i64 * 7_919) % (LIGHT_ROUND_S * 1000);
    (RED_S * 1000 - phase.rem_euclid(LIGHT_ROUND_S * 1000)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use crate::town::graph::Graph;
    use crate::town::town;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// However the drive goes: it keeps to the limits, never jumps, and ends where it should.
        #[test]
        fn drives_are_possible(seed in any::<u64>(), start in 0i64..4_000_000_000_000, pace in 0.5f64..1.0) {
            let made = town(2, 12);
            let graph = Graph::new(&made);
            let mut rng = Rng::new(seed);
            let (from, to) = (rng.pick(&made.houses).unwrap(), rng.pick(&made.houses).unwrap());
            let drive = Drive::plan(&graph.route(from, to), start, pace);
            let mut now = start;
            let mut last = drive.at(now).unwrap();
            while now <= drive.ends_ms() + 2_000 {
                now += 500;
                let here = drive.at(now).unwrap();
                prop_assert!(here.speed_mps <= 60.0 / 3.6 + 0.01);
                prop_assert!(last.place.distance_m(here.place) <= 60.0 / 3.6 * 0.5 + 0.1);
                prop_assert!((0.0..360.0).contains(&here.heading_deg));
                last = here;
            }
            prop_assert!(last.place.distance_m(to.place) < 12.0);
        }
    }

    #[test]
    fn reds_end() {
        for node in 0..50 {
            for now in (0..120_000).step_by(501) {
                let wait = red_for_ms(node, now);
                assert!((0..=RED_S * 1000).contains(&wait));
                assert_eq!(red_for_ms(node, now + wait), 0);
            }
        }
    }
}
