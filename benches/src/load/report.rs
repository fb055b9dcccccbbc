//! What a load run says at its end.

use super::watch::Watched;
use super::{Args, QUIET, Spent};
use crate::floor::{self, Floor};
use crate::say;
use crate::swarm::stats::{Stats, percentiles};

/// More than this and the generator, not the server, was measured.
const LAG_P99_US: u64 = 20_000;
/// What a stalled viewer may cost, process and kernel together.
const STALLED_BYTES: u64 = 1 << 20;

/// One finished run.
#[derive(Debug)]
pub struct Run {
    /// Counters and histograms.
    pub stats: Stats,
    /// Seconds measured.
    pub seconds: u64,
    /// Processor time and counts of the measured seconds.
    pub spent: Spent,
    /// The dispatchers' side.
    pub seen: Watched,
    /// The raw floor.
    pub floors: Vec<Floor>,
    /// The machine's load before.
    pub load: f64,
}

impl Run {
    /// Durable, acknowledged points a second in the measured time.
    pub fn acked_per_s(&self) -> f64 {
        self.spent.acked as f64 / self.seconds as f64
    }

    fn frame_p99_ms(&self) -> f64 {
        self.seen.alone.value_at_quantile(0.99) as f64 / 1000.0
    }

    /// Whether the generator kept its own schedule and the machine was quiet.
    pub fn is_valid(&self) -> bool {
        self.load <= QUIET && self.stats.lag.value_at_quantile(0.99) <= LAG_P99_US
    }

    /// All figures, for people.
    pub fn print(&self) {
        let Self { stats, spent, seen, .. } = self;
        let per_s = |n: u64| n as f64 / self.seconds as f64;
        say!(
            "points   due {:.0}/s  acked {:.0}/s  unacked at the end {}  last acks after {:.2} s",
            per_s(spent.due),
            per_s(spent.acked),
            spent.unacked,
            spent.drain_s
        );
        say!(
            "frames   {} sent, {} acks read ({:.2} points an ack)",
            stats.frames,
            stats.acks,
            stats.acked as f64 / stats.acks.max(1) as f64
        );
        say!("ack      {}", percentiles(&stats.latency));
        say!("lag      {}  (the generator's own)", percentiles(&stats.lag));
        let each = |s: f64| s * 1e6 / spent.acked.max(1) as f64;
        say!(
            "cpu      generator {:.1}  server {:.1}  PostgreSQL {:.1} us a point;  {:.2} + {:.2} + {:.2} cores",
            each(spent.own_s),
            each(spent.server_s),
            each(spent.postgres_s),
            spent.own_s / self.seconds as f64,
            spent.server_s / self.seconds as f64,
            spent.postgres_s / self.seconds as f64
        );
        if seen.frames > 0 {
            say!("frame    {}  ping to dispatcher, {} frames", percentiles(&seen.alone), seen.frames);
        }
        self.print_stalled();
        floor::print(&self.floors);
        if let Some(floor) = self.floors.first() {
            say!("ratio    {:.2} of the raw floor", self.acked_per_s() / floor.rows_per_s);
        }
    }

    fn print_stalled(&self) {
        let Some(stalled) = self.seen.stalled else { return };
        let mb = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let process = stalled.resident_during.saturating_sub(stalled.resident_before);
        say!("frame    {}  beside {} stalled", percentiles(&self.seen.beside), stalled.count);
        say!(
            "stalled  server {:.1} -> {:.1} MB, kernel {:.2} MB: {:.2} MB each; {} of {} ended by the server so far",
            mb(stalled.resident_before),
            mb(stalled.resident_during),
            mb(stalled.kernel),
            mb(process + stalled.kernel) / stalled.count as f64,
            stalled.ended,
            stalled.count
        );
    }

    /// Whether stalled viewers cost at most 1 MB each, and the others' p99 at most a tenth or 5 ms more.
    fn stalled_ok(&self) -> bool {
        let Some(stalled) = self.seen.stalled else { return true };
        let process = stalled.resident_during.saturating_sub(stalled.resident_before);
        let memory = (process + stalled.kernel) <= STALLED_BYTES * stalled.count as u64;
        let p99 = |h: &hdrhistogram::Histogram<u64>| h.value_at_quantile(0.99);
        let (alone, beside) = (p99(&self.seen.alone), p99(&self.seen.beside));
        memory && beside <= (alone + alone / 10).max(alone + 5_000)
    }
}

/// Prints the best run and says whether it did what was asked.
pub fn best(runs: &[Run], args: &Args) -> bool {
    let score = |run: &Run| {
        let rate = run.acked_per_s().min(args.rate * 0.999);
        (run.is_valid(), rate, -run.frame_p99_ms())
    };
    let Some(best) =
        runs.iter().max_by(|a, b| score(a).partial_cmp(&score(b)).unwrap_or(std::cmp::Ordering::Equal))
    else {
        return false;
    };
    let floor =
        best.floors.first().map_or_else(String::new, |f| format!(", floor {:.0} rows/s", f.rows_per_s));
    say!(
        "best of {}: {:.0} durable acked points/s over {} sockets, ack p99 {:.1} ms, frame p99 {:.1} ms, load before {:.2}{floor}{}",
        runs.len(),
        best.acked_per_s(),
        args.sockets,
        best.stats.latency.value_at_quantile(0.99) as f64 / 1000.0,
        best.frame_p99_ms(),
        best.load,
        if best.is_valid() { "" } else { "  NOT VALID (machine loaded or generator late)" }
    );
    let fast = args.least.is_none_or(|least| best.acked_per_s() >= least);
    let prompt = args.frame_p99_ms.is_none_or(|most| best.seen.frames > 0 && best.frame_p99_ms() <= most);
    let quiet_neighbours = args.stalled_viewers == 0 || runs.iter().any(Run::stalled_ok);
    for (ok, what) in
        [(fast, "--least"), (prompt, "--frame-p99-ms"), (quiet_neighbours, "stalled viewers' limit")]
    {
        if !ok {
            say!("missed   {what}");
        }
    }
    fast && prompt && quiet_neighbours
}
