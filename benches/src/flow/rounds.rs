//! `campo-bench rounds`: kill -9 while messages flow and the providers misbehave, round after round; then the oracle.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args as ClapArgs, ValueEnum};
use tokio::task::JoinSet;

use super::exact::{self, Case};
use super::messages::messages_in;
use super::read::Reader;
use super::{Scene, scene};
use crate::error::{Outcome, Trouble};
use crate::fakes::fault::{Fault, Kind};
use crate::fakes::ledger::{Entry, now_us};
use crate::fakes::meta::Hooks;
use crate::load::blocking;
use crate::rest::id_of;
use crate::rng::Rng;
use crate::say;
use crate::target::Target;

/// What the dead had still sent is read by then.
const LAST_BYTES: Duration = Duration::from_millis(80);
/// A message is struck at most so often, of its four attempts: in the end each gets through.
const MOST_PER_KEY: u32 = 2;

/// `campo-bench rounds`
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Which server
    #[command(flatten)]
    pub target: Target,
    /// Rounds
    #[arg(long, default_value_t = 200)]
    pub rounds: usize,
    /// Jobs a round: each tells a customer and a technician
    #[arg(long, default_value_t = 8)]
    pub jobs: usize,
    /// A round lasts so long before the kill, at least, milliseconds
    #[arg(long, default_value_t = 150)]
    pub least_ms: u64,
    /// .. and at most
    #[arg(long, default_value_t = 900)]
    pub most_ms: u64,
    /// How long everything may take to get through after the last round, seconds
    #[arg(long, default_value_t = 150)]
    pub drain_s: u64,
    /// Draws the moments and the faults
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Falsifies the ledger before it is judged: the oracle must find it
    #[arg(long, hide = true)]
    pub plant: Option<Plant>,
}

/// What is falsified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// A message that never came.
    Loss,
    /// A message that came once more.
    Double,
}

/// What a run gathers.
#[derive(Default)]
struct Tally {
    promised: Arc<Mutex<BTreeSet<String>>>,
    asked: usize,
    kills: Vec<i64>,
    ready_ms: Vec<u64>,
    stalled: u64,
}

/// The command.
///
/// # Errors
/// What does not start or cannot be read.
pub async fn run(args: &Args) -> Outcome<bool> {
    let mut scene = scene("rounds", &args.target, &["--whatsapp-doubt-s", "1"], (12, 60)).await?;
    scene.connect().await?;
    let hooks = scene.fakes.meta.hooks_now();
    // Webhooks misbehave too: twice each, in any order.
    scene.fakes.meta.hooks(Hooks { copies: 2, shuffle: true, read_ms: Some(400), ..hooks });
    let mut tally = Tally::default();
    let mut rng = Rng::new(args.seed);
    for round in 1..=args.rounds {
        one(args, &mut scene, &mut tally, &mut rng)
            .await
            .map_err(|t| t.while_doing(&format!("round {round}")))?;
        if round % 20 == 0 || round == args.rounds {
            let ready = tally.ready_ms.last().copied().unwrap_or(0);
            say!(
                "round {round}: {} jobs, {} promised, last ready in {ready} ms",
                tally.asked,
                lock(&tally.promised).len()
            );
        }
    }
    scene.fakes.mend();
    let began = Instant::now();
    let mut reader = Reader::open(&scene.stage.campo).await?;
    let mut left = reader.until_sent(Duration::from_secs(args.drain_s)).await?;
    for letter in reader.dead().await? {
        say!("dead     {letter}");
    }
    let letters = reader.revive().await?;
    if letters > 0 {
        left = reader.until_sent(Duration::from_secs(30)).await?;
    }
    say!(
        "drained  in {:.1} s: {} messages, {} tasks left; {letters} dead letters retried by hand, {} tasks were held by the killed",
        began.elapsed().as_secs_f64(),
        left.open,
        left.tasks,
        tally.stalled
    );
    tally.ready_ms.sort_unstable();
    let most = tally.ready_ms.last().copied().unwrap_or(0);
    let median = tally.ready_ms.get(tally.ready_ms.len() / 2).copied().unwrap_or(0);
    say!("ready    after kill -9: median {median} ms, most {most} ms");
    let rows = reader.messages(scene.office.org()).await?;
    let promised = lock(&tally.promised).clone();
    let ledger = messages_in(scene.fakes.ledger("whatsapp"));
    let mut case = Case { promised, rows, ledger, kills: tally.kills };
    plant(args.plant, &mut case);
    let sums = scene.fakes.sums("whatsapp");
    say!("faults   {} struck; webhooks {:?}", sums.faults, scene.fakes.common.post.posted());
    let verdict = exact::judge(&case);
    verdict.print();
    let kept = verdict.is_kept() && left.open == 0 && left.dead == 0;
    if !kept {
        scene.stage.keep();
        say!(
            "FAILED   {}",
            scene.stage.server.as_ref().map(crate::server::Server::last_words).unwrap_or_default()
        );
    }
    Ok(kept)
}

fn plant(what: Option<Plant>, case: &mut Case) {
    let Some(first) = case.ledger.iter().find(|e| e.effect.is_some() && e.answered).cloned() else { return };
    match what {
        None => {}
        Some(Plant::Loss) => case.ledger.retain(|e| e.key != first.key),
        Some(Plant::Double) => {
            let again = Entry { at_us: first.at_us + 1, effect: Some("planted".into()), ..first };
            let at = case.ledger.iter().position(|e| e.n == again.n).map_or(0, |at| at + 1);
            case.ledger.insert(at, again);
        }
    }
}

/// Jobs at random moments, faults in the provider, then the kill.
async fn one(args: &Args, scene: &mut Scene, tally: &mut Tally, rng: &mut Rng) -> Outcome<()> {
    misbehave(scene, rng)?;
    let length = rng.between(args.least_ms as f64, args.most_ms.max(args.least_ms + 1) as f64);
    let mut running = JoinSet::new();
    for _ in 0..args.jobs {
        let wait = Duration::from_micros((rng.unit() * length * 1_000.0) as u64);
        let (office, body, promised) = (scene.office.clone(), scene.job(tally.asked), tally.promised.clone());
        tally.asked += 1;
        running.spawn(async move {
            tokio::time::sleep(wait).await;
            // The server may be dead by now: then nothing was promised.
            if let Ok(id) = office.post("/jobs", body).await.and_then(|row| id_of(&row)) {
                lock(&promised).insert(id);
            }
        });
    }
    tokio::time::sleep(Duration::from_micros((length * 1_000.0) as u64)).await;
    let mut server = scene.stage.server.take().ok_or_else(|| Trouble::new("no server of ours"))?;
    server.kill();
    tokio::time::sleep(LAST_BYTES).await;
    while running.join_next().await.is_some() {}
    let killed_us = now_us();
    tally.kills.push(killed_us);
    let restarted = blocking(move || {
        let took = server.restart();
        Ok((server, took))
    });
    let (server, took) = restarted.await?;
    scene.stage.server = Some(server);
    tally.ready_ms.push(took?.as_millis() as u64);
    let mut reader = Reader::open(&scene.stage.campo).await?;
    tally.stalled += reader.age_leases(killed_us).await?;
    Ok(())
}

/// Another mixture of faults each round.
fn misbehave(scene: &Scene, rng: &mut Rng) -> Outcome<()> {
    scene.fakes.mend();
    let script = |fault: Fault| {
        let fault = Fault { most_per_key: Some(MOST_PER_KEY), path: Some("/messages".into()), ..fault };
        scene.fakes.fault("whatsapp", fault)
    };
    for kind in [Kind::Reset, Kind::Busy, Kind::Broken, Kind::Stall, Kind::Truncate, Kind::Html] {
        let share = rng.between(0.0, 0.08);
        script(Fault { retry_after: Some(1), stall_ms: 300, ..Fault::share(kind, share) })?;
    }
    // Taken, and the connection lost before the answer.
    script(Fault { effect: Some(true), ..Fault::share(Kind::Reset, rng.between(0.0, 0.08)) })?;
    if rng.chance(0.2) {
        let seconds = rng.between(0.05, 0.3);
        scene.fakes.fault("whatsapp", Fault { seconds, ..Fault::once(Kind::Refuse) })?;
    }
    Ok(())
}

fn lock(promised: &Mutex<BTreeSet<String>>) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
    promised.lock().unwrap_or_else(PoisonError::into_inner)
}
