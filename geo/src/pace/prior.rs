//! What is believed before anything was seen.

use super::Period;
use crate::roads::Class;

/// How many times longer than free flow a road takes.
pub(super) fn factor(class: Class, period: Period) -> f64 {
    class_factor(class) * rhythm(period)
}

fn class_factor(_class: Class) -> f64 {
    1.7
}

/// The week's rhythm, 1 in the mean of a working day's hours.
fn rhythm(period: Period) -> f64 {
    match period {
        Period::Night => 0.87,
        Period::Morning => 1.03,
        Period::Midday => 1.10,
        Period::Afternoon => 1.07,
        Period::Evening => 0.95,
        Period::WeekendDay => 0.98,
        Period::WeekendNight => 0.92,
    }
}
