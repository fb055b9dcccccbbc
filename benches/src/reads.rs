//! `campo-bench reads`: REST as the office reads it, open loop, beside a trivial GET at the same rate in the same run.

use std::time::Duration;

use clap::Args as ClapArgs;
use hdrhistogram::Histogram;
use reqwest::Client;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::error::{Outcome, Trouble};
use crate::flow::{Team, ms, team};
use crate::rest::id_of;
use crate::say;
use crate::swarm::stats::{histogram, percentiles};
use crate::target::Target;

/// More than this and the generator, not the server, was measured.
const LAG_P99_MS: f64 = 20.0;

/// `campo-bench reads`
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Which server
    #[command(flatten)]
    pub target: Target,
    /// Reads a second
    #[arg(long, default_value_t = 1_000.0)]
    pub rate: f64,
    /// Seconds
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// Organizations
    #[arg(long, default_value_t = 4)]
    pub organizations: usize,
    /// Jobs and customers of each
    #[arg(long, default_value_t = 150)]
    pub rows: usize,
    /// More than this p99 is a failure, milliseconds
    #[arg(long, default_value_t = 10.0)]
    pub limit_ms: f64,
}

/// A read: what it is called, its address, the bearer's token.
#[derive(Debug, Clone)]
struct Read {
    name: &'static str,
    url: String,
    token: Option<String>,
}

/// What a phase brought.
struct Times {
    all: Histogram<u64>,
    each: Vec<(&'static str, Histogram<u64>)>,
    refused: usize,
    lag_ms: f64,
}

/// The command.
///
/// # Errors
/// What does not start, or what the server said.
pub async fn run(args: &Args) -> Outcome<bool> {
    let stage = args.target.open("reads")?;
    let mut reads = Vec::new();
    for _ in 0..args.organizations.max(1) {
        let team = team(&args.target, &stage, (10, args.rows)).await?;
        reads.extend(of_team(&stage.url, &team, args.rows).await?);
    }
    let trivial = vec![Read { name: "live", url: format!("{}/health/live", stage.url), token: None }];
    let count = |seconds: u64| (args.rate * seconds as f64) as usize;
    // Connections are opened and statements prepared before anything counts.
    phase(&reads, count(2), args.rate).await?;
    let floor = phase(&trivial, count(5), args.rate).await?;
    let times = phase(&reads, count(args.seconds), args.rate).await?;
    say!(
        "reads    {} at {:.0}/s over {} organizations of {} jobs, open loop; generator's lag p99 {:.1} ms",
        times.all.len(),
        args.rate,
        args.organizations,
        args.rows,
        times.lag_ms
    );
    say!("answered {}  refused {}", percentiles(&times.all), times.refused);
    say!("floor    {}  (GET /health/live at the same rate)", percentiles(&floor.all));
    for (name, each) in &times.each {
        say!("  {name:14} {}", percentiles(each));
    }
    let valid = times.lag_ms <= LAG_P99_MS;
    if !valid {
        say!("NOT VALID: the generator was late itself");
    }
    Ok(valid && times.refused == 0 && ms(&times.all, 0.99) <= args.limit_ms)
}

/// What one office reads over a day, each in turn; its rows are made here.
async fn of_team(url: &str, team: &Team, rows: usize) -> Outcome<Vec<Read>> {
    let mut jobs = Vec::new();
    for n in 0..rows {
        jobs.push(id_of(&team.office.post("/jobs", team.job(n)).await?)?);
    }
    let token = team.office.token().await;
    let read =
        |name, path: String| Read { name, url: format!("{url}/api{path}"), token: Some(token.clone()) };
    let mut reads = Vec::new();
    for (n, job) in jobs.iter().enumerate() {
        let customer = team.customers.get(n % team.customers.len().max(1)).map_or("", |c| c.0.as_str());
        reads.extend([
            read("jobs", "/jobs?limit=50".into()),
            read("job", format!("/jobs/{job}")),
            read("history", format!("/jobs/{job}/history")),
            read("customers", "/customers?limit=50".into()),
            read("customer", format!("/customers/{customer}")),
            read("search", format!("/customers/search?q=Cliente%20{n}")),
            read("users", "/users".into()),
            read("locations", "/tracking/locations".into()),
            read("organization", "/organization".into()),
            read("notices", "/notifications".into()),
        ]);
    }
    Ok(reads)
}

/// So many reads at a rate, from due to the last byte.
async fn phase(reads: &[Read], count: usize, rate: f64) -> Outcome<Times> {
    let client = Client::new();
    let mut running = JoinSet::new();
    let mut lag = histogram()?;
    let mut times = Times { all: histogram()?, each: Vec::new(), refused: 0, lag_ms: 0.0 };
    let begun = Instant::now();
    for n in 0..count {
        let at = begun + Duration::from_secs_f64(n as f64 / rate);
        tokio::time::sleep_until(at).await;
        let _ = lag.record(at.elapsed().as_micros() as u64);
        // A stride without a common divisor: organizations and kinds are mixed.
        let Some(read) = reads.get(n * 7 % reads.len().max(1)).cloned() else { break };
        running.spawn(one(client.clone(), read, at));
        while let Some(done) = running.try_join_next() {
            times.note(done)?;
        }
    }
    while let Some(done) = running.join_next().await {
        times.note(done)?;
    }
    times.lag_ms = ms(&lag, 0.99);
    Ok(times)
}

async fn one(client: Client, read: Read, due: Instant) -> (&'static str, Duration, bool) {
    let mut request = client.get(&read.url);
    if let Some(token) = &read.token {
        request = request.bearer_auth(token);
    }
    let ok = match request.send().await {
        Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
        Err(_) => false,
    };
    (read.name, due.elapsed(), ok)
}

impl Times {
    fn note(&mut self, done: Result<(&'static str, Duration, bool), tokio::task::JoinError>) -> Outcome<()> {
        let (name, took, ok) = done.map_err(|e| Trouble::new(e.to_string()))?;
        self.refused += usize::from(!ok);
        let took = took.as_micros().max(1) as u64;
        let _ = self.all.record(took);
        let place = match self.each.iter().position(|(known, _)| *known == name) {
            Some(place) => place,
            None => {
                self.each.push((name, histogram()?));
                self.each.len() - 1
            }
        };
        if let Some((_, each)) = self.each.get_mut(place) {
            let _ = each.record(took);
        }
        Ok(())
    }
}
