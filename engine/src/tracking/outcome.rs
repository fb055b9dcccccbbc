//! What follows from a point, and what is told of it.

use super::arrival::Reason;
use super::stops::Stop;
use super::verdict::Judged;
use campo_geo::Coord;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// A position to show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Marker {
    /// When, by the corrected clock, and never after the moment it came in; Unix milliseconds.
    pub at_ms: i64,
    /// Where.
    pub coord: Coord,
    /// Stated accuracy, metres.
    pub accuracy_m: Option<f32>,
    /// Measured speed, m/s.
    pub speed_mps: Option<f32>,
    /// Measured course, degrees.
    pub heading_deg: Option<f32>,
}

/// An arrival, told once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrived {
    /// The tracking session.
    pub session: Uuid,
    /// Its job.
    pub job: Uuid,
    /// When, corrected Unix milliseconds.
    pub at_ms: i64,
    /// Where.
    pub coord: Coord,
    /// Why.
    pub reason: Reason,
    /// How far from the destination, metres.
    pub distance_m: f64,
}

/// What became of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The newest so far.
    Live,
    /// Late, and put in its place in the window.
    Late,
    /// Already there.
    Duplicate,
    /// Too late for the live state; it belongs to history.
    History,
}

/// A stop began or ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopChange {
    /// The person stays.
    Began(Stop),
    /// The person left this stop.
    Ended(Stop),
}

/// What follows from a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What became of it.
    pub standing: Standing,
    /// The verdict on it at this moment; a later point may acquit it.
    pub judged: Judged,
    /// The new position to show, if it is newer than the one shown.
    pub moved: Option<Marker>,
    /// Arrivals found, each session at most once in its life.
    pub arrivals: Vec<Arrived>,
    /// Did an ETA change? See [`Technician::etas`].
    pub eta_changed: bool,
    /// A stop that began or ended.
    pub stop: Option<StopChange>,
}

impl Outcome {
    /// Nothing follows.
    pub(super) fn nothing(standing: Standing, judged: Judged) -> Self {
        Self { standing, judged, moved: None, arrivals: Vec::new(), eta_changed: false, stop: None }
    }
}
