//! What is believed before anything was seen.

use super::Period;
use crate::roads::Class;

/// How many times longer than free flow a road takes.
///
/// Source: the 759 clean training trips (three of four) of Porto's 1,012, the morning of Monday 1 July 2013, matched
/// onto OpenStreetMap's roads and divided by this house's free-flow times; real by free-flow seconds by class, at
/// the level of a working day's midday. One city knows little of others: a third of each class's difference (in logarithms) from the mean of all
/// roads (1.5) is left out. `campo-bench match` measures what learning adds to it.
pub(super) fn factor(class: Class, period: Period) -> f64 {
    class_factor(class) * rhythm(period)
}

fn class_factor(class: Class) -> f64 {
    match class {
        Class::Motorway => 1.12,
        Class::Trunk => 1.35,
        Class::Ramp => 1.22,
        Class::Primary => 1.39,
        Class::Secondary | Class::Tertiary => 1.64,
        Class::Unclassified => 1.47,
        Class::Residential => 1.45,
        Class::Living => 1.15,
        Class::Service => 1.70,
        Class::Track => 1.50,
        // A boat keeps to its timetable.
        Class::Ferry => 1.00,
    }
}

/// The week's rhythm, a working day's midday being 1.
///
/// Source: Porto's own nights (0.69 of its midday) and mornings, the rest by New York's hours of the week in
/// [`crate::eta::tier0`], whose nights are 0.79 of its middays.
fn rhythm(period: Period) -> f64 {
    match period {
        Period::Night => 0.75,
        Period::Morning | Period::Midday => 1.0,
        Period::Afternoon => 0.98,
        Period::Evening => 0.87,
        Period::WeekendDay => 0.90,
        Period::WeekendNight => 0.82,
    }
}
