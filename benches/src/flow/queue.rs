//! `campo-bench queue`: ten tasks of one organization beside a hundred thousand of another, and workers that are killed.

use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use hdrhistogram::Histogram;
use uuid::Uuid;

use super::ms;
use super::read::Reader;
use crate::error::{Outcome, Trouble};
use crate::fakes::ledger::now_us;
use crate::load::blocking;
use crate::rng::Rng;
use crate::say;
use crate::swarm::stats::{histogram, percentiles};
use crate::target::{Stage, Target};

/// Tasks of the small organization each time.
const FEW: i32 = 10;

/// `campo-bench queue`
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Which server
    #[command(flatten)]
    pub target: Target,
    /// Tasks of the large organization
    #[arg(long, default_value_t = 100_000)]
    pub many: i32,
    /// How often ten tasks of a small organization come
    #[arg(long, default_value_t = 30)]
    pub times: usize,
    /// Rounds of kill -9 afterwards, ten more tasks in each
    #[arg(long, default_value_t = 10)]
    pub rounds: usize,
    /// More than this p99 from written to started is a failure, milliseconds
    #[arg(long, default_value_t = 2_000.0)]
    pub limit_ms: f64,
    /// How long the large organization may take to the end, seconds
    #[arg(long, default_value_t = 300)]
    pub drain_s: u64,
    /// Draws the moments
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The command.
///
/// # Errors
/// What does not start or cannot be read.
pub async fn run(args: &Args) -> Outcome<bool> {
    let mut stage = args.target.open("queue")?;
    let mut reader = Reader::open(&stage.campo).await?;
    let commits = reader.commits(200).await?;
    let commit_ms = commits.get(commits.len() / 2).copied().unwrap_or(0) as f64 / 1_000.0;
    let many = Uuid::from_u128(0xa);
    reader.write_noops(many, args.many).await?;
    let (begun, mut few) = (Instant::now(), Vec::new());
    for n in 0..args.times {
        let org = Uuid::from_u128(0x1000 + n as u128);
        reader.write_noops(org, FEW).await?;
        few.push(org);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let calm = starts(&mut reader, &few, Duration::from_secs(30)).await?;
    let left = open_of(&mut reader, many).await?;
    let rate = (i64::from(args.many) - left) as f64 / begun.elapsed().as_secs_f64();
    say!("floor    one commit: median {commit_ms:.2} ms");
    say!(
        "start    {}  (ten tasks, {} times; {left} of the other's {} still waited)",
        percentiles(&calm),
        args.times,
        args.many
    );
    say!("beside   {rate:.0} tasks/s of the large organization");
    if left == 0 {
        say!("NOT VALID: the large organization was done before the small ones: more --many");
    }
    let killed = kills(args, &mut stage, &mut few).await?;
    let mut reader = Reader::open(&stage.campo).await?;
    let ended = drained(&mut reader, many, Duration::from_secs(args.drain_s)).await?;
    let whole = ended.iter().find(|(state, _)| state == "done").map_or(0, |(_, n)| *n);
    say!("ended    {ended:?} of {}; {killed} tasks were held by killed workers and taken over", args.many);
    let mut odd = 0;
    for org in few.iter().chain([&many]) {
        let tasks = reader.started(*org).await?;
        odd += tasks
            .iter()
            .filter(|(_, attempts, stalls, state)| state != "done" || attempts != &(stalls + 1))
            .count();
    }
    say!("once     {odd} tasks that were not done by exactly one attempt that lived");
    let kept = whole == i64::from(args.many) && odd == 0 && left > 0;
    if !kept {
        stage.keep();
    }
    Ok(kept && ms(&calm, 0.99) <= args.limit_ms)
}

/// From written to started, of all tasks of these organizations.
async fn starts(reader: &mut Reader, orgs: &[Uuid], within: Duration) -> Outcome<Histogram<u64>> {
    let mut times = histogram()?;
    let began = Instant::now();
    for org in orgs {
        let waits = loop {
            let tasks = reader.started(*org).await?;
            let waits: Vec<i64> = tasks.iter().filter_map(|t| t.0).collect();
            if waits.len() == FEW as usize {
                break waits;
            }
            if began.elapsed() > within {
                return Err(Trouble::new(format!("not all of the ten began within {within:?}")));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        for wait in waits {
            let _ = times.record(wait.max(1) as u64);
        }
    }
    Ok(times)
}

/// kill -9 at random moments; how many tasks the killed had held.
async fn kills(args: &Args, stage: &mut Stage, few: &mut Vec<Uuid>) -> Outcome<u64> {
    let (mut rng, mut held) = (Rng::new(args.seed), 0);
    for round in 0..args.rounds {
        let org = Uuid::from_u128(0x2000 + round as u128);
        Reader::open(&stage.campo).await?.write_noops(org, FEW).await?;
        few.push(org);
        tokio::time::sleep(Duration::from_micros((rng.between(20.0, 600.0) * 1_000.0) as u64)).await;
        let Some(mut server) = stage.server.take() else {
            return Err(Trouble::new("no server of ours to kill"));
        };
        server.kill();
        let killed_us = now_us();
        let (server, took) = blocking(move || {
            let took = server.restart();
            Ok((server, took))
        })
        .await?;
        stage.server = Some(server);
        took?;
        held += Reader::open(&stage.campo).await?.age_leases(killed_us).await?;
    }
    Ok(held)
}

async fn open_of(reader: &mut Reader, org: Uuid) -> Outcome<i64> {
    let states = reader.states(org).await?;
    Ok(states.iter().filter(|(state, _)| state != "done" && state != "dead").map(|(_, n)| n).sum())
}

/// The states of an organization's tasks when none is open any more, or the time is over.
async fn drained(reader: &mut Reader, org: Uuid, within: Duration) -> Outcome<Vec<(String, i64)>> {
    let began = Instant::now();
    while open_of(reader, org).await? > 0 && began.elapsed() < within {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    reader.states(org).await
}
