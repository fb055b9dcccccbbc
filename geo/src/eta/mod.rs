//! When somebody arrives: one question, one function, with the tier in the answer.
//!
//! - [`tier0`]: the straight line, a power law and the hour of the week. Needs nothing.

pub mod tier0;

pub use tier0::{Eta, HOURS_OF_WEEK, eta};

use crate::Coord;

/// What somebody drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Vehicle {
    /// A car or van.
    #[default]
    Car,
    /// A motorbike.
    Motorbike,
}

/// When does somebody who is here arrive there?
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Where they are.
    pub from: Coord,
    /// Where they go.
    pub to: Coord,
    /// Where they head, degrees clockwise from north, when they move and it is known.
    pub heading_deg: Option<f64>,
    /// The hour of the week where they are: Monday 0:00 is 0, Sunday 23:00 is 167.
    pub hour_of_week: u8,
    /// What they drive.
    pub vehicle: Vehicle,
}

/// All that is known about travel times here. Cheap to clone: what is large is shared.
#[derive(Debug, Clone, Default)]
pub struct Estimator {}

impl Estimator {
    /// The best answer that what is known allows; its tier says which.
    pub fn estimate(&self, question: &Question) -> Eta {
        eta(question.from.distance_m(question.to), question.hour_of_week)
    }
}
