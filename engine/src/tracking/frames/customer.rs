//! What a customer's stream says.

use schemars::JsonSchema;
use serde::Serialize;

/// What a customer's stream says (`event: state`).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CustomerLive {
    /// The job's status: pending, scheduled, en_camino, working, completed, cancelled; `arrived` between.
    pub status: String,
    /// The promised window.
    pub window: Option<CustomerWindow>,
    /// Who comes.
    pub technician: Option<CustomerTechnician>,
    /// Only between `en_camino` and arrival.
    pub position: Option<CustomerPosition>,
    /// The way ahead from the position, `[lat, lon]`, at most 200 points; only with a position and a map.
    pub route: Option<Vec<[f64; 2]>>,
    /// The state in words.
    pub message: String,
}

/// A promised window, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "two ends")]
pub struct CustomerWindow {
    pub from: i64,
    pub to: i64,
}

/// Who comes, as a customer may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub struct CustomerTechnician {
    pub first_name: String,
    pub photo_url: Option<String>,
    pub vehicle: Option<String>,
}

/// Where they are, as a customer may know it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "degrees and Unix milliseconds")]
pub struct CustomerPosition {
    pub lat: f64,
    pub lon: f64,
    pub at: i64,
}
