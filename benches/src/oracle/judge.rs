//! The judgement, pure: acked against stored, transitions against the table, events against gaps.

use std::collections::{HashMap, HashSet};
use std::fmt;

use uuid::Uuid;

use super::journal::Line;

/// Whose points: user, device, boot.
pub type Stream = (Uuid, Uuid, Uuid);

/// The points the database has of each stream: number and `at` (Unix milliseconds).
pub type Stored = HashMap<Stream, Vec<(u32, i64)>>;

/// One row of a job's history, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The job.
    pub job: Uuid,
    /// The state before; `None` at creation.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// `staff`, `technician`, `customer` or `system`.
    pub by: String,
}

/// What the oracle says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Points acked as stored.
    pub acked: u64,
    /// Points in the database, of any stream of the organizations examined.
    pub stored: u64,
    /// Acked points that are not in the database with their number and time.
    pub lost: u64,
    /// Rows too many: the same number or the same `at` twice in a stream.
    pub duplicated: u64,
    /// Changes of jobs that the table forbids or that do not follow from the state before.
    pub illegal_transitions: u64,
    /// Event numbers missing.
    pub event_gaps: u64,
    /// The first few findings in words.
    pub findings: Vec<String>,
}

impl Verdict {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.illegal_transitions == 0 && self.event_gaps == 0
    }

    fn find(&mut self, what: impl FnOnce() -> String) {
        if self.findings.len() < 12 {
            self.findings.push(what());
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "acked {}  stored {}  lost {}  duplicated {}  illegal transitions {}  event gaps {}",
            self.acked, self.stored, self.lost, self.duplicated, self.illegal_transitions, self.event_gaps
        )
    }
}

/// Judges one organization's points.
pub fn points(acked: &[&Line], stored: &Stored, verdict: &mut Verdict) {
    for (stream, rows) in stored {
        verdict.stored += rows.len() as u64;
        let seqs: HashSet<u32> = rows.iter().map(|(seq, _)| *seq).collect();
        let times: HashSet<i64> = rows.iter().map(|(_, at)| *at).collect();
        let extra = (rows.len() - seqs.len()).max(rows.len() - times.len()) as u64;
        if extra > 0 {
            verdict.duplicated += extra;
            verdict.find(|| format!("{extra} rows too many of user {} boot {}", stream.0, stream.2));
        }
    }
    let mut sets: HashMap<Stream, HashSet<(u32, i64)>> = HashMap::new();
    for line in acked {
        let stream = (line.user, line.device, line.boot);
        let have = sets
            .entry(stream)
            .or_insert_with(|| stored.get(&stream).into_iter().flatten().copied().collect());
        for (seq, at) in (line.seq..).zip(&line.at) {
            verdict.acked += 1;
            if !have.contains(&(seq, *at)) {
                verdict.lost += 1;
                verdict.find(|| format!("lost: user {} boot {} seq {seq} at {at}", line.user, line.boot));
            }
        }
    }
}

/// The table of functional.md 3.1 with who may do what (`customer` may do nothing).
fn is_legal(from: Option<&str>, to: &str, by: &str) -> bool {
    let staff = by == "staff" || by == "system";
    match (from, to) {
        (None, "pending" | "scheduled") => true,
        (Some("pending"), "scheduled") | (Some("scheduled"), "pending") => staff,
        (Some("scheduled"), "en_camino")
        | (Some("en_camino"), "scheduled" | "working")
        | (Some("working"), "completed") => staff || by == "technician",
        (Some("pending" | "scheduled" | "en_camino" | "working"), "cancelled") => staff,
        // The one repair.
        (Some("completed"), "working") => by == "staff",
        _ => false,
    }
}

/// Judges one organization's job histories (rows in each job's order) and that jobs stand where they end.
pub fn transitions(history: &[Change], states: &HashMap<Uuid, String>, verdict: &mut Verdict) {
    let mut last: HashMap<Uuid, &str> = HashMap::new();
    for change in history {
        let before = last.insert(change.job, &change.to);
        if before != change.from.as_deref() || !is_legal(before, &change.to, &change.by) {
            verdict.illegal_transitions += 1;
            let from = before.unwrap_or("nothing");
            verdict.find(|| {
                format!("illegal: job {} from {from} to {} by {}", change.job, change.to, change.by)
            });
        }
    }
    for (job, state) in states {
        if last.get(job) != Some(&state.as_str()) {
            verdict.illegal_transitions += 1;
            verdict.find(|| format!("job {job} is {state} but its history ends with {:?}", last.get(job)));
        }
    }
}

/// Judges one organization's event numbers, ascending; `last` is what the sequence row says was given.
///
/// Old events may have been cleared away, so the first may be any number; after it each must follow.
pub fn events(org: Uuid, seqs: &[i64], last: i64, verdict: &mut Verdict) {
    let inside: i64 = seqs.iter().zip(seqs.iter().skip(1)).map(|(a, b)| (b - a - 1).abs()).sum();
    let behind = (last - seqs.last().copied().unwrap_or(0)).abs();
    if inside + behind > 0 {
        verdict.event_gaps += (inside + behind) as u64;
        verdict.find(|| format!("events of {org}: {inside} missing inside, {behind} at the end"));
    }
}

#[cfg(test)]
mod tests;
