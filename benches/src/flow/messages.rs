//! `campo-bench messages`: from a job's event to the provider's door, open loop, every message accounted for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use clap::Args as ClapArgs;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::exact::{self, Case};
use super::read::Reader;
use super::{LAG_P99_MS, Scene, Team, due, ms, scene, team};
use crate::error::{Outcome, Trouble};
use crate::fakes::ledger::{Entry, now_us};
use crate::fakes::meta::Hooks;
use crate::rest::id_of;
use crate::say;
use crate::swarm::stats::{histogram, percentiles};
use crate::target::Target;

/// A job tells its customer and its technician.
const MESSAGES_OF_A_JOB: f64 = 2.0;

/// `campo-bench messages`
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Which server
    #[command(flatten)]
    pub target: Target,
    /// Messages a second
    #[arg(long, default_value_t = 200.0)]
    pub rate: f64,
    /// Seconds
    #[arg(long, default_value_t = 30)]
    pub seconds: u64,
    /// Organizations: a share of the rate each
    #[arg(long, default_value_t = 20)]
    pub organizations: usize,
    /// Customers of each
    #[arg(long, default_value_t = 20)]
    pub customers: usize,
    /// Technicians of each
    #[arg(long, default_value_t = 5)]
    pub technicians: usize,
    /// The provider's statuses (sent, delivered) come back meanwhile
    #[arg(long)]
    pub statuses: bool,
    /// More than this p99 from event to door is a failure, milliseconds
    #[arg(long, default_value_t = 1_000.0)]
    pub limit_ms: f64,
}

/// A job that was asked for.
struct Asked {
    due_us: i64,
    answered_us: i64,
    job: Outcome<String>,
}

/// The command.
///
/// # Errors
/// What does not start or cannot be read.
pub async fn run(args: &Args) -> Outcome<bool> {
    let mut scene = scene("messages", &args.target, &[], (args.technicians, args.customers)).await?;
    scene.fakes.meta.hooks(Hooks { statuses: args.statuses, ..Hooks::default() });
    if args.statuses {
        scene.connect().await?;
    }
    let mut others = Vec::new();
    for _ in 1..args.organizations.max(1) {
        others.push(team(&args.target, &scene.stage, (args.technicians, args.customers)).await?);
    }
    let teams: Vec<&Team> = std::iter::once(&*scene).chain(&others).collect();
    let floor = floor(&scene, args.rate).await?;
    let from = scene.fakes.common.ledger.len();
    let (asked, lag) = load(&teams, args).await?;
    let mut reader = Reader::open(&scene.stage.campo).await?;
    let left = reader.until_sent(Duration::from_secs(60)).await?;
    let mut rows = Vec::new();
    for team in &teams {
        rows.extend(reader.messages(team.office.org()).await?);
    }
    let ledger: Vec<Entry> = messages_in(scene.fakes.common.ledger.entries(Some("whatsapp"), from));
    let failed = asked.iter().filter(|a| a.job.is_err()).count();
    if let Some(Err(trouble)) = asked.iter().map(|a| a.job.as_ref()).find(|j| j.is_err()) {
        say!("refused  {failed} jobs, the first: {trouble}");
    }
    let promised: BTreeSet<String> = asked.iter().filter_map(|a| a.job.as_ref().ok().cloned()).collect();
    let doors = doors(&asked, &rows, &ledger)?;
    let answers = answers(&asked)?;
    let verdict = exact::judge(&Case { promised, rows, ledger, kills: Vec::new() });
    say!(
        "asked    {} jobs of {} organizations at {:.0}/s, open loop; generator's lag p99 {:.1} ms",
        asked.len(),
        teams.len(),
        args.rate / MESSAGES_OF_A_JOB,
        lag
    );
    say!("answered {}", percentiles(&answers));
    say!("door     {}  (from the moment that the job was due to be asked for)", percentiles(&doors));
    say!("floor    {}  (the same requests straight to that door)", percentiles(&floor));
    let commits = reader.commits(200).await?;
    say!(
        "floor    one commit: median {:.2} ms",
        commits.get(commits.len() / 2).copied().unwrap_or(0) as f64 / 1_000.0
    );
    say!("left     {} messages, {} tasks, {} dead", left.open, left.tasks, left.dead);
    verdict.print();
    let valid = lag <= LAG_P99_MS;
    if !valid {
        say!("NOT VALID: the generator was late itself");
    }
    let fast = ms(&doors, 0.99) <= args.limit_ms;
    let kept =
        verdict.is_kept() && failed == 0 && left.open == 0 && left.dead == 0 && verdict.after_doubt == 0;
    if !kept {
        scene.stage.keep();
    }
    Ok(kept && fast && valid)
}

/// Requests that send messages: no receipts of reading, no media.
pub fn messages_in(ledger: Vec<Entry>) -> Vec<Entry> {
    let sends = |e: &Entry| e.request.ends_with("/messages") && e.kind.as_deref() != Some("read");
    ledger.into_iter().filter(sends).collect()
}

/// Asks for jobs, open loop; the generator's lag (p99, ms) with them.
async fn load(teams: &[&Team], args: &Args) -> Outcome<(Vec<Asked>, f64)> {
    let rate = args.rate / MESSAGES_OF_A_JOB;
    let total = (rate * args.seconds as f64) as usize;
    let mut running = JoinSet::new();
    let mut lag = histogram()?;
    let (begun, begun_us) = (Instant::now(), now_us());
    for n in 0..total {
        let at = due(begun, n, rate);
        tokio::time::sleep_until(at).await;
        let _ = lag.record(at.elapsed().as_micros() as u64);
        let Some(team) = teams.get(n % teams.len().max(1)) else { break };
        let (office, body) = (team.office.clone(), team.job(n / teams.len().max(1)));
        let due_us = begun_us + (at - begun).as_micros() as i64;
        running.spawn(async move {
            let job = match office.post("/jobs", body).await {
                Ok(row) => id_of(&row),
                Err(trouble) => Err(trouble),
            };
            Asked { due_us, answered_us: now_us(), job }
        });
    }
    let mut asked = Vec::with_capacity(total);
    while let Some(done) = running.join_next().await {
        asked.push(done.map_err(|e| Trouble::new(e.to_string()))?);
    }
    Ok((asked, ms(&lag, 0.99)))
}

/// From each job's due moment to the first request of each of its messages.
fn doors(asked: &[Asked], rows: &[exact::Row], ledger: &[Entry]) -> Outcome<Histogram<u64>> {
    let due: HashMap<&str, i64> =
        asked.iter().filter_map(|a| Some((a.job.as_ref().ok()?.as_str(), a.due_us))).collect();
    let mut first: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in ledger {
        if let Some(key) = entry.key.as_deref() {
            first.entry(key).or_insert(entry.at_us);
        }
    }
    let mut times = histogram()?;
    for row in rows {
        let job = row.job.as_deref().and_then(|job| due.get(job));
        if let (Some(due), Some(door)) = (job, first.get(row.key.as_str())) {
            let _ = times.record((door - due).max(1) as u64);
        }
    }
    Ok(times)
}

fn answers(asked: &[Asked]) -> Outcome<Histogram<u64>> {
    let mut times = histogram()?;
    for one in asked {
        let _ = times.record((one.answered_us - one.due_us).max(1) as u64);
    }
    Ok(times)
}

/// The same rate of requests straight to the fake's door, three seconds: what the way itself costs.
async fn floor(scene: &Scene, rate: f64) -> Outcome<Histogram<u64>> {
    let client = reqwest::Client::new();
    let url = format!("{}/v24.0/floor/messages", scene.fakes.url("whatsapp"));
    let body =
        serde_json::json!({"messaging_product": "whatsapp", "to": "5491155550001", "text": {"body": "x"}});
    let from = scene.fakes.common.ledger.len();
    let mut running = JoinSet::new();
    let (begun, begun_us) = (Instant::now(), now_us());
    let total = (rate * 3.0) as usize;
    for n in 0..total {
        let at = due(begun, n, rate);
        tokio::time::sleep_until(at).await;
        running.spawn(client.post(&url).bearer_auth("fake-meta-token").json(&body).send());
    }
    while running.join_next().await.is_some() {}
    let mut times = histogram()?;
    for (n, entry) in scene.fakes.common.ledger.entries(Some("whatsapp"), from).iter().enumerate() {
        let due_us = begun_us + (n as f64 / rate * 1e6) as i64;
        let _ = times.record((entry.at_us - due_us).max(1) as u64);
    }
    Ok(times)
}
