//! Trips on the roads, by this house.

use std::time::Instant;

use campo_geo::eta::Vehicle;
use campo_geo::matching::{Fix, Matched, Matcher, Search, Settings, Streets, trace};
use campo_geo::roads::Roads;

use super::score::{Laid, away_m};
use super::{fixes, half};
use crate::proc;
use crate::replay::trips::Trip;

/// What came of it.
#[derive(Debug)]
pub struct Ours {
    /// From every second fix.
    pub halves: Vec<Laid>,
    /// From all.
    pub wholes: Vec<Laid>,
    /// Processor seconds that the halves took.
    pub cpu_s: f64,
    /// Microseconds a ping, one after the other: median and 99th percentile.
    pub online_us: [f64; 2],
    /// How often the most probable place was near the path of the whole trace.
    pub online_near: f64,
}

/// Lays all trips.
pub fn lay(roads: &Roads, trips: &[Trip]) -> Ours {
    let streets = Streets::new(roads, roads.free_flow(Vehicle::Car));
    let mut search = Search::default();
    let fix = |(ms, at)| Fix::new(at, ms);
    let all: Vec<Vec<Fix>> = trips.iter().map(|t| fixes(t).into_iter().map(fix).collect()).collect();
    let few: Vec<Vec<Fix>> = trips.iter().map(|t| half(&fixes(t)).into_iter().map(fix).collect()).collect();
    let mut match_all = |traces: &[Vec<Fix>]| -> Vec<Matched> {
        traces.iter().map(|t| trace(&streets, &mut search, t, &Settings::default())).collect()
    };
    let before_s = proc::own_cpu_s();
    let halves = match_all(&few);
    let cpu_s = proc::own_cpu_s() - before_s;
    let laid = |paths: &[Matched]| paths.iter().map(|p| one(roads, p)).collect::<Vec<_>>();
    let (halves, wholes) = (laid(&halves), laid(&match_all(&all)));
    let (online_us, online_near) = online(&streets, &few, &wholes);
    Ours { halves, wholes, cpu_s, online_us, online_near }
}

fn one(roads: &Roads, path: &Matched) -> Laid {
    let mut laid =
        Laid { metres: path.metres, lost: path.off_road, lines: path.lines(roads), ..Laid::default() };
    for visit in path.visits() {
        *laid.pieces.entry(u64::from(visit.edge)).or_default() += f64::from(visit.metres());
    }
    laid
}

/// One fix after the other, as they come from phones.
fn online(streets: &Streets<'_>, traces: &[Vec<Fix>], wholes: &[Laid]) -> ([f64; 2], f64) {
    let (mut search, mut near, mut times) = (Search::default(), 0.0, Vec::new());
    for (fixes, whole) in traces.iter().zip(wholes) {
        let mut matcher = Matcher::default();
        for fix in fixes {
            let began = Instant::now();
            let belief = matcher.on(streets, &mut search, *fix);
            times.push(began.elapsed().as_secs_f64() * 1e6);
            let is_near = belief.best().is_some_and(|place| away_m(place.spot.at, &whole.lines) <= 30.0);
            near += f64::from(u8::from(is_near));
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    ([at(0.5), at(0.99)], near / times.len().max(1) as f64)
}
