//! `campo-bench nearest`: the nearest of a million points while they move, checked against measuring every one.

mod check;
mod crowd;
mod mover;
mod peer;

use std::time::{Duration, Instant};

use campo_geo::Coord;
use campo_geo::near::{Near, Shared};
use clap::Args as ClapArgs;
use hdrhistogram::Histogram;

use crate::error::{Outcome, Trouble};
use crate::rng::Rng;
use crate::{proc, say};
use crowd::{Crowd, Spread};
use mover::Mover;

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// How many points there are
    #[arg(long, default_value_t = 1_000_000)]
    pub points: u32,
    /// How many of them move in a second
    #[arg(long, default_value_t = 50_000)]
    pub moves: u32,
    /// How many of the nearest are asked for
    #[arg(long, default_value_t = 10)]
    pub n: usize,
    /// Seconds of questions beside moves
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Questions whose answers are checked against every point
    #[arg(long, default_value_t = 200)]
    pub checks: usize,
    /// Where points are
    #[arg(long, value_enum, default_value_t = Spread::Cities)]
    pub spread: Spread,
    /// Same seed, same points
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The command: true when no answer was wrong and the moves were kept up with.
pub fn run(args: &Args) -> Outcome<bool> {
    let mut crowd = Crowd::new(args.spread, Rng::new(args.seed));
    let places: Vec<Coord> = (0..args.points).map(|_| crowd.place()).collect();
    let asked: Vec<Coord> = (0..20_000).map(|_| crowd.question()).collect();
    say!(
        "nearest  {} of {} points ({:?}), {} questions; load average {:.1}",
        args.n,
        args.points,
        args.spread,
        asked.len(),
        proc::load_average()
    );
    let began = Instant::now();
    let mut near = Near::new();
    for (id, at) in (0..).zip(&places) {
        near.upsert(id, *at);
    }
    say!("         filled one by one in {:.2} s", began.elapsed().as_secs_f64());
    let alone = Duration::from_secs(args.seconds.div_ceil(4));
    say_times("alone", &time(&asked, alone, |at| near.nearest(at, args.n, |_| true, f64::INFINITY).len())?);
    let shared = Shared::new(near);
    let mover = Mover::new(places.clone(), crowd, args.moves);
    let well = std::thread::scope(|scope| {
        let moving = mover.start(scope, &shared);
        let well = beside(args, &shared, &asked, &mover);
        mover.stop();
        moving.join().map_err(|_| Trouble::new("the mover broke"))?;
        well
    })?;
    peer::say_rtree(&places, &asked, args.n, alone)?;
    Ok(well)
}

/// Questions while points move.
fn beside(args: &Args, shared: &Shared<u32>, asked: &[Coord], mover: &Mover) -> Outcome<bool> {
    let (before, began) = (mover.done(), Instant::now());
    let all = Duration::from_secs(args.seconds);
    let times = time(asked, all, |at| shared.nearest(at, args.n, |_| true, f64::INFINITY).len())?;
    let rate = (mover.done() - before) as f64 / began.elapsed().as_secs_f64();
    say_times("beside moves", &times);
    say!("         {rate:.0} of {} moves a second, behind by at most {:.1} ms", args.moves, mover.lag_ms());
    let found = check::run(shared, asked, args.n, args.checks);
    say!(
        "         {} answers checked while points moved: {} wrong; measuring every point takes {:.1} ms a question",
        found.checked,
        found.wrong,
        found.brute_ms
    );
    Ok(found.wrong == 0 && rate >= 0.98 * f64::from(args.moves))
}

/// Asks one question after the other for some time; answers nanoseconds each.
fn time(asked: &[Coord], time: Duration, ask: impl Fn(Coord) -> usize) -> Outcome<Histogram<u64>> {
    let told = |_| Trouble::new("no histogram of these bounds");
    let mut times = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3).map_err(told)?;
    let (began, mut found) = (Instant::now(), 0);
    while began.elapsed() < time {
        for at in asked {
            let start = Instant::now();
            found += ask(*at);
            times.saturating_record(start.elapsed().as_nanos() as u64);
        }
    }
    if found == 0 { Err(Trouble::new("no question found anything")) } else { Ok(times) }
}

fn say_times(name: &str, times: &Histogram<u64>) {
    let us = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
    say!(
        "         {name}: p50 {:.1}, p99 {:.1}, p99.9 {:.1}, max {:.0} us ({} questions)",
        us(0.5),
        us(0.99),
        us(0.999),
        times.max() as f64 / 1e3,
        times.len()
    );
}
