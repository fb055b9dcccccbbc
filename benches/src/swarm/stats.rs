//! What a swarm counts.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::Plan;
use crate::error::{Outcome, Trouble};

/// Counters and histograms of one run. Latencies are microseconds.
#[derive(Debug)]
pub struct Stats {
    /// Points that came due.
    pub due: u64,
    /// Points written, resends included.
    pub sent: u64,
    /// `pings` frames written.
    pub frames: u64,
    /// Ack frames read.
    pub acks: u64,
    /// Points acked as stored.
    pub acked: u64,
    /// Points acked as refused, by code.
    pub refusals: BTreeMap<String, u64>,
    /// Sockets that ended without our doing.
    pub lost_sockets: u64,
    /// From the moment a point should have been sent to its ack.
    pub latency: Histogram<u64>,
    /// From the moment a point should have been sent to the generator's turn to send it.
    pub lag: Histogram<u64>,
    /// The first few things that should not have been said.
    pub complaints: Vec<String>,
}

impl Stats {
    /// Nothing counted yet.
    pub fn new() -> Outcome<Self> {
        Ok(Self {
            due: 0,
            sent: 0,
            frames: 0,
            acks: 0,
            acked: 0,
            refusals: BTreeMap::new(),
            lost_sockets: 0,
            latency: histogram()?,
            lag: histogram()?,
            complaints: Vec::new(),
        })
    }

    /// Counts a settled point.
    pub fn settled(&mut self, due_us: u64, now_us: u64, plan: &Plan) {
        self.acked += 1;
        if due_us >= plan.warm_until_us {
            self.latency.saturating_record(now_us.saturating_sub(due_us));
        }
    }

    /// Counts how late the generator was with a point.
    pub fn late(&mut self, due_us: u64, now_us: u64, plan: &Plan) {
        if due_us >= plan.warm_until_us {
            self.lag.saturating_record(now_us.saturating_sub(due_us));
        }
    }

    /// Counts a refused point.
    pub fn refused(&mut self, code: &str) {
        *self.refusals.entry(code.to_owned()).or_default() += 1;
    }

    /// Keeps a complaint; the first ten tell the story.
    pub fn complain(&mut self, what: String) {
        if self.complaints.len() < 10 {
            self.complaints.push(what);
        }
    }
}

/// Microseconds up to ten minutes, three digits.
pub fn histogram() -> Outcome<Histogram<u64>> {
    Histogram::new_with_bounds(1, 600_000_000, 3).map_err(|e| Trouble::new(e.to_string()))
}

/// `p50 1.23 p90 .. p99 .. p99.9 .. max ..` in milliseconds.
pub fn percentiles(histogram: &Histogram<u64>) -> String {
    let ms = |us: u64| us as f64 / 1000.0;
    let at = |q: f64| ms(histogram.value_at_quantile(q));
    format!(
        "p50 {:.2}  p90 {:.2}  p99 {:.2}  p99.9 {:.2}  max {:.2} ms  (n {})",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        ms(histogram.max()),
        histogram.len()
    )
}
