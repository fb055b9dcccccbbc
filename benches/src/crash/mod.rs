//! `campo-bench crash`: kill -9 under load, round after round; afterwards the oracle.

mod rounds;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use crate::error::{Outcome, Trouble};
use crate::load::{self, blocking};
use crate::oracle::{self, database::Database, journal};
use crate::swarm::{Plan, Swarm};
use crate::target::{self, Target};
use crate::{proc, say};

use rounds::{Rounds, Tally};

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The server; it is always one of our own
    #[command(flatten)]
    pub target: Target,
    /// How often to kill
    #[arg(long, default_value_t = 100)]
    pub rounds: usize,
    /// Points a second
    #[arg(long, default_value_t = 5_000.0)]
    pub rate: f64,
    /// Technicians, each with a socket of its own
    #[arg(long, default_value_t = 200)]
    pub sockets: usize,
    /// The shortest time under load before a kill, milliseconds
    #[arg(long, default_value_t = 300)]
    pub least_ms: u64,
    /// The longest
    #[arg(long, default_value_t = 1_500)]
    pub most_ms: u64,
    /// Every so many rounds a PostgreSQL backend is killed: alone, and the next time the server with it; 0 never
    #[arg(long, default_value_t = 10)]
    pub postgres_every: usize,
    /// Every so many rounds PostgreSQL hangs for some 50 ms before the server is killed; 0 never
    #[arg(long, default_value_t = 4)]
    pub stall_every: usize,
    /// Randomness
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write the acked points here
    #[arg(long)]
    pub journal: Option<PathBuf>,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    if args.target.url.is_some() {
        return Err(Trouble::new("crash kills its server and wants one of its own: leave out --url"));
    }
    let mut stage = args.target.open("crash")?;
    say!("server   {} pid {} (first ready in {} ms)", stage.url, stage.pid(), stage.ready_ms);
    let office = args.target.office(&stage).await?;
    office.technicians(args.sockets, target::fresh_phones()).await?;
    let people = stage.campo.technicians(office.org()).await?;
    let people = people.into_iter().take(args.sockets).map(|m| (m.user, m.token)).collect();
    let plan = Plan { rate: args.rate, points_per_frame: 1, batch_late: true, warm_until_us: 0 };
    let swarm = Swarm::new(stage.address, people, plan, args.seed)?;
    let Some(server) = stage.server.take() else { return Err(Trouble::new("no server to kill")) };
    say!(
        "load     {} points/s over {} sockets, load average {:.2}",
        args.rate,
        args.sockets,
        proc::load_average()
    );
    let rounds = Rounds::new(args, server, swarm);
    let (swarm, server, tally, ended) = blocking(move || Ok(rounds.all())).await?;
    stage.server = Some(server);
    tally.print(args.rounds);
    if let Err(trouble) = ended {
        stage.keep();
        return Err(trouble);
    }
    let lines = load::lines(&swarm, office.org());
    if let Some(path) = &args.journal {
        journal::write(path, &lines)?;
    }
    let mut database = Database::open(&stage.campo).await?;
    let told_true = oracle::report(&mut database, &lines).await?;
    database.close().await?;
    let kept = is_kept(&swarm, &tally);
    if !(told_true && kept) {
        stage.keep();
        say!("FAILED   {}", stage.server.as_ref().map(crate::server::Server::last_words).unwrap_or_default());
    }
    Ok(told_true && kept)
}

/// Whether every point was settled and nothing was said against the contract.
fn is_kept(swarm: &Swarm, tally: &Tally) -> bool {
    let violations: Vec<&String> = swarm.members.iter().flat_map(|m| &m.session.violations).collect();
    for what in violations.iter().take(5) {
        say!("contract {what}");
    }
    if tally.unacked > 0 || !swarm.stats.refusals.is_empty() {
        say!(
            "unsound  unacked {} refused {:?} heard {:?}",
            tally.unacked,
            swarm.stats.refusals,
            swarm.stats.complaints
        );
    }
    violations.is_empty() && tally.unacked == 0 && swarm.stats.refusals.is_empty()
}

/// How long phones wait for the last acks after the last round.
const LAST_ACKS: Duration = Duration::from_secs(60);
