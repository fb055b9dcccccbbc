//! When somebody arrives: one question, one function, with the tier in the answer.
//!
//! - [`tier0`]: the straight line, a power law and the hour of the week. Needs nothing.
//! - [`cells`]: tier 1, what a city's own trips say about its hours and cells.
//! - [`train`](mod@train): learning from finished [`Trip`]s, all of it in one [`Learned`].
//! - [`live`]: the remaining time, corrected by the last ten minutes.
//! - [`coverage`]: whether the windows hold what they promise.

pub mod cells;
pub mod coverage;
pub mod learned;
pub mod live;
pub mod tier0;
pub mod train;
pub mod trip;

pub use cells::{Cells, part_of_day};
pub use coverage::Coverage;
pub use learned::{Learned, LearnedError};
pub use live::Progress;
pub use tier0::{Eta, HOURS_OF_WEEK, eta};
pub use train::{TrainOptions, Verdict, retrain, train};
pub use trip::{Trip, hour_of_week};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Coord;
use crate::roads::Roads;

/// What somebody drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
pub struct Estimator {
    roads: Option<Roads>,
    learned: Option<Arc<Learned>>,
}

impl Estimator {
    /// With the roads of a map and what an installation has learned, where there are such.
    pub fn new(roads: Option<Roads>, learned: Option<Arc<Learned>>) -> Self {
        Self { roads, learned }
    }

    /// The roads.
    pub fn roads(&self) -> Option<&Roads> {
        self.roads.as_ref()
    }

    /// What was learned.
    pub fn learned(&self) -> Option<&Learned> {
        self.learned.as_deref()
    }

    /// The best answer that what is known allows; its tier says which.
    pub fn estimate(&self, question: &Question) -> Eta {
        let straight_m = question.from.distance_m(question.to);
        let base = eta(straight_m, question.hour_of_week);
        let Some(learned) = self.learned.as_deref() else { return base };
        let stretch = learned.paces().surprise(question, straight_m).total().exp();
        let stretched = |seconds: u32| (f64::from(seconds) * stretch).round() as u32;
        Eta {
            tier: 1,
            p10_s: stretched(base.p10_s),
            p50_s: stretched(base.p50_s),
            p90_s: stretched(base.p90_s),
        }
    }
}
