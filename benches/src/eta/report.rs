//! The figures of a run, in words and as a document.

use serde::Serialize;

use super::data::Data;
use super::score::{Cost, Paired, Said, Score};
use super::{Args, Round};
use crate::say;

/// Everything that a run found out.
#[derive(Debug, Serialize)]
pub struct Report {
    train_trips: usize,
    test_trips: usize,
    notes: Vec<String>,
    train_s: f64,
    blob_bytes: usize,
    tiers: Vec<Score>,
    peers: Vec<Score>,
    /// The highest tier against each peer and each lower tier.
    paired: Vec<Paired>,
    cost: Cost,
    skipped: Vec<String>,
}

impl Report {
    /// Judges everybody.
    pub fn new(args: &Args, data: &Data, round: &Round, skipped: Vec<String>) -> Self {
        let Round { tiers, peers, cost, train_s, blob_bytes } = round;
        let scores = |all: &[Said]| all.iter().map(|said| Score::of(said, &data.test)).collect();
        let (best, lower) =
            tiers.split_last().map_or((None, &tiers[..]), |(best, lower)| (Some(best), lower));
        let paired = peers
            .iter()
            .chain(lower)
            .filter_map(|said| Some(Paired::of(best?, said, &data.test, args.resamples, args.seed)))
            .collect();
        Self {
            train_trips: data.train.len(),
            test_trips: data.test.len(),
            notes: data.notes.clone(),
            train_s: *train_s,
            blob_bytes: *blob_bytes,
            tiers: scores(tiers),
            peers: scores(peers),
            paired,
            cost: *cost,
            skipped,
        }
    }

    /// For people.
    pub fn say(&self) {
        let (bytes, train_s) = (self.blob_bytes, self.train_s);
        say!(
            "learned  from {} trips in {train_s:.1} s, {bytes} bytes; judged by {}",
            self.train_trips,
            self.test_trips
        );
        say!(
            "{:<31}{:>6}{:>8}{:>8}{:>8}{:>8}  p10-p90 [95 %]",
            "who",
            "trips",
            "MAE s",
            "MAPE %",
            "p90 s",
            "bias s"
        );
        for score in self.tiers.iter().chain(&self.peers) {
            let windows = score.windows.as_ref().map_or(String::new(), |w| {
                format!(
                    "{:.1} % [{:.1}-{:.1}], early {:.1}, late {:.1}, {:.0} s wide",
                    100.0 * w.inside,
                    100.0 * w.low,
                    100.0 * w.high,
                    100.0 * w.early,
                    100.0 * w.late,
                    w.width_s
                )
            });
            say!(
                "{:<31}{:>6}{:>8.1}{:>8.1}{:>8.0}{:>8.0}  {windows}",
                score.name,
                score.trips,
                score.mae_s,
                score.mape_percent,
                score.p90_s,
                score.bias_s
            );
        }
        if let Some(best) = self.tiers.last() {
            for part in &best.by_part {
                let inside = part.inside.map_or(String::new(), |i| format!(", {:.1} % inside", 100.0 * i));
                say!(
                    "  {} {:<8} {} trips, MAE {:.1} s{inside}",
                    best.name,
                    part.part,
                    part.trips,
                    part.mae_s
                );
            }
            for paired in &self.paired {
                say!(
                    "paired   {} against {}: {:+.1} s [{:+.1} .. {:+.1}] on {} trips",
                    best.name,
                    paired.against,
                    paired.difference_s,
                    paired.low_s,
                    paired.high_s,
                    paired.trips
                );
            }
        }
        let Cost { answers, p50_us, p99_us } = self.cost;
        say!("cost     one answer, all included: p50 {p50_us:.1} us, p99 {p99_us:.1} us ({answers} answers)");
        self.skipped.iter().for_each(|line| say!("{line}"));
    }
}
