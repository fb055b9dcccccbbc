//! Our side: in process, every question timed alone.

use std::hint::black_box;
use std::time::{Duration, Instant};

use campo_geo::Coord;
use campo_geo::eta::Vehicle;
use campo_geo::roads::{Anchor, Metric, Roads, Summary};

use super::{Pair, ms};
use crate::say;

/// Questions that Dijkstra's algorithm is asked for the floor.
const FLOOR: usize = 60;
/// Rounds over all pairs; the first warms up.
const ROUNDS: usize = 4;
/// Sides of the tables.
pub(super) const TABLES: [(usize, usize); 3] = [(1, 100), (100, 100), (500, 500)];

/// Measures everything, and answers the numbers of each pair's way.
pub(super) fn measure(roads: &Roads, pairs: &[Pair]) -> Vec<Option<Summary>> {
    let car = roads.free_flow(Vehicle::Car);
    let snap = |at: Coord| roads.snap(at, None, Vehicle::Car);
    let anchors: Vec<Option<(Anchor, Anchor)>> = pairs.iter().map(|(a, b)| snap(*a).zip(snap(*b))).collect();
    say_times("snap     one end", each(pairs, |(from, _)| snap(*from).is_some()));
    say_times(
        "eta      snap both ends, time, features",
        each(pairs, |(from, to)| {
            snap(*from).zip(snap(*to)).and_then(|(a, b)| roads.summary(&a, &b, car)).is_some()
        }),
    );
    say_times(
        "         snap both ends, time alone",
        each(pairs, |(from, to)| {
            snap(*from).zip(snap(*to)).and_then(|(a, b)| roads.ms(&a, &b, car)).is_some()
        }),
    );
    say_times(
        "         time alone",
        each(&anchors, |ends| ends.as_ref().and_then(|(a, b)| roads.ms(a, b, car)).is_some()),
    );
    say_times(
        "route    snap both ends, edges, line",
        each(pairs, |(from, to)| {
            snap(*from).zip(snap(*to)).and_then(|(a, b)| roads.route(&a, &b, car, true)).is_some()
        }),
    );
    floor(roads, &anchors, car);
    tables(roads, pairs, car);
    customization(roads);
    anchors.into_iter().map(|ends| ends.and_then(|(a, b)| roads.summary(&a, &b, car))).collect()
}

/// Times of each question in all rounds but the first, sorted.
fn each<T>(questions: &[T], ask: impl Fn(&T) -> bool) -> Vec<Duration> {
    let mut times = Vec::with_capacity(questions.len() * ROUNDS);
    for round in 0..ROUNDS {
        for question in questions {
            let began = Instant::now();
            black_box(ask(question));
            if round > 0 {
                times.push(began.elapsed());
            }
        }
    }
    times.sort_unstable();
    times
}

/// p50 and p99 of sorted times.
pub(super) fn say_times(what: &str, times: Vec<Duration>) {
    let at =
        |share: f64| times.get((times.len() as f64 * share) as usize).map_or(0.0, |t| t.as_secs_f64() * 1e6);
    say!("{what:<46} p50 {:8.1} us  p99 {:8.1} us", at(0.5), at(0.99));
}

fn floor(roads: &Roads, anchors: &[Option<(Anchor, Anchor)>], car: &Metric) {
    let some: Vec<(Anchor, Anchor)> = anchors.iter().flatten().take(FLOOR).copied().collect();
    let began = Instant::now();
    let plain = roads.plain_ms(&some, car);
    let time = began.elapsed().as_secs_f64() * 1e6 / some.len().max(1) as f64;
    let same = some.iter().zip(&plain).filter(|((a, b), ms)| roads.ms(a, b, car) == **ms).count();
    say!("floor    Dijkstra on the same graph: mean {time:.0} us; {same} of {} answers the same", some.len());
}

/// Places for tables: first ends, then last ends.
pub(super) fn places(pairs: &[Pair], n: usize) -> Vec<Coord> {
    pairs.iter().flat_map(|(a, b)| [*a, *b]).take(n).collect()
}

fn tables(roads: &Roads, pairs: &[Pair], car: &Metric) {
    for (rows, columns) in TABLES {
        let all = places(pairs, columns + usize::from(rows == 1));
        let (from, to) = if rows == 1 { all.split_at(1) } else { (all.as_slice(), all.as_slice()) };
        let (rows, columns) = (from.len(), to.len());
        let mut times = Vec::new();
        for _ in 0..9 {
            let began = Instant::now();
            let snap = |at: &Coord| roads.snap(*at, None, Vehicle::Car);
            let froms: Vec<Anchor> = from.iter().filter_map(snap).collect();
            let tos: Vec<Anchor> = to.iter().filter_map(snap).collect();
            black_box(roads.table(&froms, &tos, car));
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        say!("table    {rows} x {columns}: {:.2} ms with snapping", ms(median));
    }
}

fn customization(roads: &Roads) {
    let mut times = Vec::new();
    for round in 0..5u32 {
        let began = Instant::now();
        let slower =
            |edge: u32| roads.edge_time_ms(edge, Vehicle::Car).saturating_mul(11 + (edge ^ round) % 7) / 10;
        black_box(roads.customize(Vehicle::Car, &slower));
        times.push(began.elapsed());
    }
    times.sort_unstable();
    say!("weights  a new metric: {:.1} ms", times.get(2).copied().map_or(0.0, ms));
}
