//! Trips on the roads, by this house.

use std::time::Instant;

use campo_geo::eta::Vehicle;
use campo_geo::matching::{Fix, Matcher, Search, Settings, Streets, trace};
use campo_geo::roads::Roads;

use super::score::{Laid, away_m};
use super::{fixes, half};
use crate::replay::trips::Trip;

/// What came of it.
#[derive(Debug)]
pub struct Ours {
    /// From every second fix.
    pub halves: Vec<Laid>,
    /// From all.
    pub wholes: Vec<Laid>,
    /// Microseconds a ping, one after the other.
    pub online_us: f64,
    /// How often the most probable place was near the path of the whole trace.
    pub online_near: f64,
}

/// Lays all trips.
pub fn lay(roads: &Roads, trips: &[Trip]) -> Ours {
    let streets = Streets::new(roads, roads.free_flow(Vehicle::Car));
    let mut search = Search::default();
    let mut ours = Ours { halves: Vec::new(), wholes: Vec::new(), online_us: 0.0, online_near: 0.0 };
    let (mut pings, mut near, mut us) = (0.0, 0.0, 0.0);
    for trip in trips {
        let all: Vec<Fix> = fixes(trip).into_iter().map(|(ms, at)| Fix::new(at, ms)).collect();
        let few: Vec<Fix> = half(&fixes(trip)).into_iter().map(|(ms, at)| Fix::new(at, ms)).collect();
        let whole = one(roads, &streets, &mut search, &all);
        ours.halves.push(one(roads, &streets, &mut search, &few));
        let mut matcher = Matcher::default();
        for fix in &few {
            let began = Instant::now();
            let belief = matcher.on(&streets, &mut search, *fix);
            us += began.elapsed().as_secs_f64() * 1e6;
            let is_near = belief.best().is_some_and(|place| away_m(place.spot.at, &whole.lines) <= 30.0);
            near += f64::from(u8::from(is_near));
            pings += 1.0;
        }
        ours.wholes.push(whole);
    }
    (ours.online_us, ours.online_near) = (us / pings, near / pings);
    ours
}

fn one(roads: &Roads, streets: &Streets<'_>, search: &mut Search, fixes: &[Fix]) -> Laid {
    let began = Instant::now();
    let path = trace(streets, search, fixes, &Settings::default());
    let us = began.elapsed().as_secs_f64() * 1e6;
    let mut laid =
        Laid { metres: path.metres, us, lost: path.off_road, lines: path.lines(roads), ..Laid::default() };
    for visit in path.visits() {
        *laid.pieces.entry(u64::from(visit.edge)).or_default() += f64::from(visit.metres());
    }
    laid
}
