//! `campo-bench load`: open-loop load over many sockets, with the floor and the oracle in the same run.

mod report;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use uuid::Uuid;

use crate::error::{Outcome, Trouble};
use crate::oracle::{self, database::Database, journal};
use crate::rest::Office;
use crate::swarm::stats::Stats;
use crate::swarm::{Plan, Swarm};
use crate::target::{self, Stage, Target};
use crate::{floor, proc, say};

pub use report::Run;

/// Above this load average before the run, a figure says nothing.
const QUIET: f64 = 2.5;

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The server
    #[command(flatten)]
    pub target: Target,
    /// Technicians, each with a socket of its own
    #[arg(long, default_value_t = 1_000)]
    pub sockets: usize,
    /// Points a second over all sockets
    #[arg(long, default_value_t = 20_000.0)]
    pub rate: f64,
    /// Seconds that are measured
    #[arg(long, default_value_t = 30)]
    pub seconds: u64,
    /// Seconds before them that are not
    #[arg(long, default_value_t = 3)]
    pub warm_seconds: u64,
    /// Points in each frame
    #[arg(long, default_value_t = 1)]
    pub points_per_frame: usize,
    /// Dispatchers that read and measure ping to frame
    #[arg(long, default_value_t = 1)]
    pub viewers: usize,
    /// Dispatchers that stop reading, for the second half of the time
    #[arg(long, default_value_t = 0)]
    pub stalled_viewers: usize,
    /// Viewers ask for JSON positions instead of packed ones
    #[arg(long)]
    pub json: bool,
    /// Whole runs, of which the best is reported
    #[arg(long, default_value_t = 1)]
    pub best_of: usize,
    /// Seconds to wait, before each run, for the machine's load to fall below 2.5
    #[arg(long, default_value_t = 0)]
    pub quiet_within_s: u64,
    /// Randomness
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Leave out the raw floor
    #[arg(long)]
    pub no_floor: bool,
    /// Fail if fewer points a second were acked
    #[arg(long)]
    pub least: Option<f64>,
    /// Fail if ping to dispatcher's frame p99 is over this, milliseconds
    #[arg(long)]
    pub frame_p99_ms: Option<f64>,
    /// Write the acked points here
    #[arg(long)]
    pub journal: Option<PathBuf>,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let stage = args.target.open("load")?;
    say!("server   {} pid {} (ready in {} ms)", stage.url, stage.pid(), stage.ready_ms);
    let office = args.target.office(&stage).await?;
    let people = people(args, &stage, &office).await?;
    let mut runs = Vec::new();
    let mut clean = true;
    for i in 0..args.best_of.max(1) {
        let load = quiet(args.quiet_within_s).await;
        say!("run {}/{}  load average before: {load:.2}{}", i + 1, args.best_of.max(1), warning(load));
        let (run, sound) = once(args, &stage, &office, &people, i as u64, load).await?;
        run.print();
        clean &= sound;
        runs.push(run);
    }
    Ok(report::best(&runs, args) && clean)
}

fn warning(load: f64) -> &'static str {
    if load > QUIET { "  (above 2.5: NOT a valid figure)" } else { "" }
}

/// Waits, at most so long, until the machine is quiet; gives the load as it then is.
async fn quiet(within_s: u64) -> f64 {
    for _ in 0..within_s {
        if proc::load_average() < QUIET {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    proc::load_average()
}

/// Makes the missing technicians and gets a token for each.
async fn people(args: &Args, stage: &Stage, office: &Office) -> Outcome<Vec<(Uuid, String)>> {
    let there = stage.campo.technicians(office.org()).await.unwrap_or_default().len();
    let missing = args.sockets.saturating_sub(there);
    office.technicians(missing, target::fresh_phones()).await?;
    let tokens = stage.campo.technicians(office.org()).await?;
    if tokens.len() < args.sockets {
        return Err(Trouble::new(format!(
            "only {} of {} technicians have tokens",
            tokens.len(),
            args.sockets
        )));
    }
    Ok(tokens.into_iter().take(args.sockets).map(|m| (m.user, m.token)).collect())
}

async fn once(
    args: &Args,
    stage: &Stage,
    office: &Office,
    people: &[(Uuid, String)],
    turn: u64,
    load: f64,
) -> Outcome<(Run, bool)> {
    let plan = Plan {
        rate: args.rate,
        points_per_frame: args.points_per_frame.max(1),
        batch_late: false,
        warm_until_us: u64::MAX,
    };
    let people = people.to_vec();
    let mut swarm = Swarm::new(stage.address, people, plan, args.seed.wrapping_add(turn))?;
    let mut swarm = blocking(move || {
        swarm.connect()?;
        swarm.until_live(Duration::from_secs(60))?;
        Ok(swarm)
    })
    .await?;
    let watch = watch::Watch::start(args, stage, office, swarm.clock).await?;
    let pid = stage.pid();
    let seconds = (args.warm_seconds, args.seconds);
    let (swarm_back, spent) = blocking(move || {
        let spent = drive(&mut swarm, seconds, pid)?;
        Ok((swarm, spent))
    })
    .await?;
    let swarm = swarm_back;
    let seen = watch.finish().await?;
    let lines = lines(&swarm, office.org());
    if let Some(path) = &args.journal {
        journal::write(path, &lines)?;
    }
    let floors = if args.no_floor { Vec::new() } else { floor::measure(&stage.campo, 3).await? };
    let mut database = Database::open(&stage.campo).await?;
    let told_true = oracle::report(&mut database, &lines).await?;
    database.close().await?;
    let sound = told_true && is_sound(&swarm);
    Ok((Run { stats: swarm.stats, seconds: args.seconds, spent, seen, floors, load }, sound))
}

/// Processor seconds while measuring, and what was acked meanwhile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// The generator itself.
    pub own_s: f64,
    /// The server.
    pub server_s: f64,
    /// PostgreSQL.
    pub postgres_s: f64,
    /// Points acked in the measured time.
    pub acked: u64,
    /// Points that came due in it.
    pub due: u64,
    /// Points still unacked long after it.
    pub unacked: u64,
    /// How long the last acks took after the last point, seconds.
    pub drain_s: f64,
}

fn drive(swarm: &mut Swarm, (warm_s, measured_s): (u64, u64), pid: i32) -> Outcome<Spent> {
    swarm.begin();
    let warm_end = swarm.clock.us() + warm_s * 1_000_000;
    let end = warm_end + measured_s * 1_000_000;
    swarm.plan.warm_until_us = warm_end;
    while swarm.clock.us() < warm_end {
        swarm.step()?;
    }
    let before = count(swarm, pid);
    while swarm.clock.us() < end {
        swarm.step()?;
    }
    let after = count(swarm, pid);
    let unacked = swarm.drain(Duration::from_secs(20))? as u64;
    Ok(Spent {
        own_s: after.own_s - before.own_s,
        server_s: after.server_s - before.server_s,
        postgres_s: after.postgres_s - before.postgres_s,
        acked: after.acked - before.acked,
        due: after.due - before.due,
        unacked,
        drain_s: (swarm.clock.us() - end) as f64 / 1e6,
    })
}

fn count(swarm: &Swarm, pid: i32) -> Spent {
    Spent {
        own_s: proc::own_cpu_s(),
        server_s: proc::cpu_s(pid),
        postgres_s: proc::postgres_cpu_s(pid),
        acked: swarm.stats.acked,
        due: swarm.stats.due,
        unacked: 0,
        drain_s: 0.0,
    }
}

/// The acked points of all phones, as journal lines.
pub fn lines(swarm: &Swarm, org: Uuid) -> Vec<journal::Line> {
    let of = |m: &crate::swarm::member::Member| {
        journal::lines(org, m.user, m.session.device, m.session.boot, &m.acked)
    };
    swarm.members.iter().flat_map(of).collect()
}

/// Whether nothing was refused, left unacked, cut off or answered against the contract. Says what was.
pub fn is_sound(swarm: &Swarm) -> bool {
    let violations: Vec<&String> = swarm.members.iter().flat_map(|m| &m.session.violations).collect();
    let Stats { refusals, lost_sockets, complaints, .. } = &swarm.stats;
    for what in violations.iter().take(5) {
        say!("contract {what}");
    }
    for what in complaints {
        say!("heard    {what}");
    }
    if !refusals.is_empty() || *lost_sockets > 0 || swarm.waiting() > 0 {
        say!("unsound  refused {refusals:?}, sockets lost {lost_sockets}, unacked {}", swarm.waiting());
    }
    violations.is_empty() && refusals.is_empty() && *lost_sockets == 0 && swarm.waiting() == 0
}

/// Runs the swarm on a thread of its own.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Trouble::new(e.to_string()))?
}
