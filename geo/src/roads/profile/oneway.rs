//! In which directions a way may be driven.

use super::facts::Facts;
use crate::eta::Vehicle;

/// Along and against the direction in which the way was drawn.
pub(super) fn directions(facts: &Facts<'_>, vehicle: Vehicle) -> [bool; 2] {
    match facts.oneway_of(vehicle) {
        Some("yes" | "true" | "1") => [true, false],
        Some("-1" | "reverse") => [false, true],
        Some("no" | "false" | "0") => [true, true],
        _ => {
            let is_implied = facts.is_roundabout() || facts.highway == Some("motorway");
            [true, !is_implied]
        }
    }
}
