//! The verdict on every raw point: does it move the state, and by which rule not.
//!
//! One gate judges a track in order. A point too far from the last accepted one is a *candidate*, not an
//! error: where the next candidate agrees with it, both were right and what was believed before was wrong.
//! So one accepted outlier can never shut out the good points after it.

use super::fix::Fix;
use super::sample::Sample;
use schemars::JsonSchema;
use serde::Serialize;
use utoipa::ToSchema;

/// A fix less precise than this never moves the state, metres.
pub const ACCURACY_LIMIT_M: f32 = 150.0;
/// Faster than this is no technician, km/h.
pub const SPEED_LIMIT_KMH: f32 = 160.0;
/// Candidates with a flipped longitude must agree this often before the far side of the world is believed.
const MIRRORED_STREAK: u8 = 4;
/// Whether a point counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It moves the state.
    Accepted,
    /// Its stated accuracy is worse than 150 m.
    Imprecise,
    /// It lies at 0, 0: missing.
    NullIsland,
    /// It would have needed more than 160 km/h, and no next point agreed with it.
    Outlier,
    /// As before, and with the sign of its longitude flipped it would fit.
    Mirrored,
}

impl Verdict {
    /// The number that stands in `position.verdict`.
    pub fn code(self) -> i16 {
        match self {
            Self::Accepted => 0,
            Self::Imprecise => 1,
            Self::NullIsland => 2,
            Self::Outlier => 3,
            Self::Mirrored => 4,
        }
    }
}

/// A verdict with its rule and numbers, for people who ask why.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct Judged {
    /// Whether the point counts.
    pub verdict: Verdict,
    /// The rule that decided, with the unit of its numbers: `ok`, `mock` (counts, but an app made it up),
    /// `confirmed` (a candidate that the next one agreed with), `accuracy_m`, `null_island`, `speed_kmh`,
    /// `longitude_sign`.
    pub rule: &'static str,
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<f32>,
    /// What is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f32>,
}

impl Judged {
    fn plain(verdict: Verdict, rule: &'static str) -> Self {
        Self { verdict, rule, measured: None, limit: None }
    }

    fn measured(verdict: Verdict, rule: &'static str, measured: f32, limit: f32) -> Self {
        Self { verdict, rule, measured: Some(measured), limit: Some(limit) }
    }
}

/// What the gate says of one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passed {
    /// The verdict on the point itself.
    pub judged: Judged,
    /// The candidate just before, when this point proved it right. It counts before this point does.
    pub acquitted: Option<Sample>,
}

/// Judges a track point by point, in order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gate {
    last: Option<Sample>,
    candidate: Option<Candidate>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Candidate {
    sample: Sample,
    mirrored: bool,
    streak: u8,
}

impl Gate {
    /// Judges the next point. Points come in the order of [`Sample::order`], each once.
    pub fn judge(&mut self, sample: &Sample) -> Passed {
        if let Some(judged) = unusable(sample) {
            return Passed { judged, acquitted: None };
        }
        let speed = self.last.map_or(0.0, |last| implied_kmh(&last, sample));
        if speed > SPEED_LIMIT_KMH {
            return self.doubt(sample, speed);
        }
        self.accept(sample);
        let rule = if sample.mock { "mock" } else { "ok" };
        Passed { judged: Judged::plain(Verdict::Accepted, rule), acquitted: None }
    }

    fn accept(&mut self, sample: &Sample) {
        self.last = Some(*sample);
        self.candidate = None;
    }

    /// Takes a candidate: believed when the one before agrees with it.
    fn doubt(&mut self, sample: &Sample, speed: f32) -> Passed {
        let mut flipped = *sample;
        flipped.coord = sample.coord.mirrored();
        let mirrored = self.last.is_some_and(|last| implied_kmh(&last, &flipped) <= SPEED_LIMIT_KMH);
        let before = self.candidate.filter(|c| implied_kmh(&c.sample, sample) <= SPEED_LIMIT_KMH);
        let streak = before.map_or(1, |c| c.streak.saturating_add(1));
        let needed = if mirrored || before.is_some_and(|c| c.mirrored) { MIRRORED_STREAK } else { 2 };
        if let Some(before) = before.filter(|_| streak >= needed) {
            self.accept(sample);
            let judged = Judged::measured(Verdict::Accepted, "confirmed", speed, SPEED_LIMIT_KMH);
            return Passed { judged, acquitted: Some(before.sample) };
        }
        self.candidate = Some(Candidate { sample: *sample, mirrored, streak });
        let judged = if mirrored {
            Judged::measured(Verdict::Mirrored, "longitude_sign", speed, SPEED_LIMIT_KMH)
        } else {
            Judged::measured(Verdict::Outlier, "speed_kmh", speed, SPEED_LIMIT_KMH)
        };
        Passed { judged, acquitted: None }
    }
}

/// The rules that need no other point.
fn unusable(sample: &Sample) -> Option<Judged> {
    if sample.coord.is_null_island() {
        return Some(Judged::plain(Verdict::NullIsland, "null_island"));
    }
    let accuracy = sample.accuracy_m().filter(|accuracy| *accuracy > ACCURACY_LIMIT_M)?;
    Some(Judged::measured(Verdict::Imprecise, "accuracy_m", accuracy, ACCURACY_LIMIT_M))
}

/// The verdict on a point that no track judges any more, by its own numbers alone.
pub fn alone(fix: &Fix) -> Judged {
    Gate::default().judge(&Sample::from(fix)).judged
}

/// The least speed that leads from one point to the next, km/h: what both errors explain is taken off, and
/// less than a second counts as one (two phones of a person may report at the same moment).
fn implied_kmh(from: &Sample, to: &Sample) -> f32 {
    let metres = from.coord.distance_m(to.coord) - from.error_m() - to.error_m();
    let seconds = ((to.ms - from.ms) as f64 / 1_000.0).max(1.0);
    (metres.max(0.0) / seconds * 3.6) as f32
}

/// The verdict on every point of a track that is sorted and has each point once (see
/// [`super::fix::sorted_unique`]): what the gate said at its turn, and `confirmed` where a later point
/// acquitted it.
pub fn verdicts(fixes: &[Fix]) -> Vec<Judged> {
    let mut gate = Gate::default();
    let mut judged: Vec<Judged> = Vec::with_capacity(fixes.len());
    for fix in fixes {
        let passed = gate.judge(&Sample::from(fix));
        if let Some(acquitted) = passed.acquitted {
            let behind = fixes.iter().zip(judged.iter_mut()).rev();
            // The candidate stands a few unusable points back at most.
            if let Some((_, before)) = behind.into_iter().find(|(fix, _)| fix.id() == acquitted.id()) {
                *before = Judged { verdict: Verdict::Accepted, rule: "confirmed", ..*before };
            }
        }
        judged.push(passed.judged);
    }
    judged
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
