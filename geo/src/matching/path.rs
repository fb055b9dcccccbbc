//! The path of a trace: which edges, from when to when.

use super::search::Stretch;
use crate::Coord;
use crate::roads::Roads;

/// One drive over an edge, or over a part of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// The edge.
    pub edge: u32,
    /// When it was entered, on the fixes' clock. Between fixes times are shared out by the expected ones.
    pub enter_ms: i64,
    /// When it was left; never before `enter_ms`.
    pub leave_ms: i64,
    /// Where on the edge the drive began, metres from its start.
    pub from_m: f32,
    /// Where it ended; never before `from_m`.
    pub to_m: f32,
    /// How much of the time was driving along the edge and waiting on it: not parked, and without the turns' own costs.
    pub drive_ms: u32,
}

impl Visit {
    /// Metres driven.
    pub fn metres(&self) -> f32 {
        self.to_m - self.from_m
    }
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// On the roads, edge after edge.
    Road(Vec<Visit>),
    /// Somewhere else, or where the map knows no road.
    Off {
        /// When it began.
        from_ms: i64,
        /// When it ended.
        to_ms: i64,
        /// The straight way along the fixes.
        metres: f64,
        /// The fixes, those included between which and the roads the drive went on.
        points: Vec<Coord>,
    },
}

/// Where a trace went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matched {
    /// In order of time.
    pub pieces: Vec<Piece>,
    /// Metres on roads and off them.
    pub metres: f64,
    /// How sure the places on the path are: the mean of their probabilities, 0..=1.
    pub confidence: f32,
    /// How often the path does not follow from what was before: gaps and jumps.
    pub breaks: usize,
    /// Fixes that were laid on a road.
    pub on_road: usize,
    /// Fixes that were laid nowhere.
    pub off_road: usize,
}

impl Matched {
    /// All drives over edges, in order of time.
    pub fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.pieces.iter().flat_map(|piece| match piece {
            Piece::Road(visits) => visits.as_slice(),
            Piece::Off { .. } => &[],
        })
    }

    /// The path as lines on the map, a piece each.
    pub fn lines(&self, roads: &Roads) -> Vec<Vec<Coord>> {
        let line = |piece: &Piece| match piece {
            Piece::Off { points, .. } => points.clone(),
            Piece::Road(visits) => {
                let mut line = Vec::new();
                for visit in visits {
                    part_of(&roads.edge_geometry(visit.edge), visit.from_m, visit.to_m, &mut line);
                }
                line
            }
        };
        self.pieces.iter().map(line).collect()
    }
}

/// Appends what lies between two distances along a line.
fn part_of(points: &[Coord], from_m: f32, to_m: f32, line: &mut Vec<Coord>) {
    let (from_m, to_m) = (f64::from(from_m), f64::from(to_m));
    let mut along_m = 0.0;
    for pair in points.windows(2) {
        let [a, b] = pair else { continue };
        let length_m = a.distance_m(*b);
        let (enter, leave) = (from_m.max(along_m), to_m.min(along_m + length_m));
        if enter <= leave && length_m > 0.0 {
            for at_m in [enter, leave] {
                let at = a.destination(a.bearing_deg(*b), at_m - along_m);
                if line.last().is_none_or(|last| last.distance_m(at) > 0.01) {
                    line.push(at);
                }
            }
        }
        along_m += length_m;
    }
}

/// The time between two fixes and what of it was not driving.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) parked: bool,
}

/// What of an interval was driving along edges: all that turns do not take. Turns keep their costs when speeds are
/// learned, so that what they really took beyond those is counted on the edges.
fn driving_ms(dt_ms: f64, turns_ms: f64) -> f64 {
    (dt_ms - turns_ms.max(0.0)).max(0.2 * dt_ms)
}

/// The visits of an interval: its time is shared out by `weights`.
fn visits_of(stretches: &[Stretch], weights: &[u32], whole_ms: f64, span: Span) -> Vec<Visit> {
    let dt_ms = (span.to_ms - span.from_ms) as f64;
    let total: f64 = weights.iter().map(|w| f64::from(*w)).sum();
    let driving_ms = if span.parked { 0.0 } else { driving_ms(dt_ms, whole_ms - total) };
    let last = stretches.len().saturating_sub(1);
    let (mut so_far, mut enter_ms) = (0.0, span.from_ms);
    let visit = |(i, (stretch, weight)): (usize, (&Stretch, &u32))| {
        so_far += f64::from(*weight);
        // Somebody who waits has moved nowhere: the edge that they wait on has all of it.
        let (part, share) = if total > 0.0 {
            (so_far / total, f64::from(*weight) / total)
        } else {
            (1.0, if i == last { 1.0 } else { 0.0 })
        };
        let leave_ms = if i == last { span.to_ms } else { span.from_ms + (dt_ms * part) as i64 };
        let Stretch { edge, from_m, to_m } = *stretch;
        let drive_ms = (driving_ms * share) as u32;
        let visit = Visit { edge, enter_ms, leave_ms, from_m, to_m, drive_ms };
        enter_ms = leave_ms;
        visit
    };
    stretches.iter().zip(weights).enumerate().map(visit).collect()
}

/// Puts a path together, interval after interval.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) path: Matched,
    /// Does the next stretch follow from the last?
    joined: bool,
}

impl Builder {
    /// What follows has nothing to do with what was before.
    pub(super) fn part(&mut self) {
        self.joined = false;
    }

    /// An interval on the roads. `weights` are the expected milliseconds of the stretches, `whole_ms` those of the
    /// interval, turns included.
    pub(super) fn drive(&mut self, stretches: &[Stretch], weights: &[u32], whole_ms: f64, span: Span) {
        if !self.joined || !matches!(self.path.pieces.last(), Some(Piece::Road(_))) {
            self.path.pieces.push(Piece::Road(Vec::new()));
            self.joined = false;
        }
        let Some(Piece::Road(visits)) = self.path.pieces.last_mut() else { return };
        for (i, visit) in visits_of(stretches, weights, whole_ms, span).into_iter().enumerate() {
            match visits.last_mut().filter(|v| i == 0 && self.joined && v.edge == visit.edge) {
                Some(open) => {
                    open.leave_ms = visit.leave_ms;
                    // A little back and forth is the noise of somebody who stands: only new ground counts.
                    self.path.metres += f64::from((visit.to_m - open.to_m).max(0.0));
                    open.to_m = open.to_m.max(visit.to_m);
                    open.drive_ms = open.drive_ms.saturating_add(visit.drive_ms);
                }
                None => {
                    self.path.metres += f64::from(visit.metres());
                    visits.push(visit);
                }
            }
        }
        self.joined = true;
    }

    /// An interval elsewhere.
    pub(super) fn elsewhere(&mut self, (from, to): (Coord, Coord), span: Span) {
        let metres = if span.parked { 0.0 } else { from.distance_m(to) };
        self.path.metres += metres;
        match self.path.pieces.last_mut() {
            Some(Piece::Off { to_ms, metres: sum, points, .. }) if self.joined => {
                *to_ms = span.to_ms;
                *sum += metres;
                points.push(to);
            }
            _ => {
                let (from_ms, to_ms, points) = (span.from_ms, span.to_ms, vec![from, to]);
                self.path.pieces.push(Piece::Off { from_ms, to_ms, metres, points });
            }
        }
        self.joined = true;
    }
}
