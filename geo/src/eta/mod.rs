//! When somebody arrives: one question, one function, with the tier in the answer.
//!
//! - [`tier0`]: the straight line, a power law and the hour of the week. Needs nothing.
//! - [`cells`]: tier 1, what a city's own trips say about its hours and cells.
//! - [`train`](mod@train): learning from finished [`Trip`]s, all of it in one [`Learned`].
//! - [`live`]: the remaining time, corrected by the last ten minutes.
//! - [`coverage`]: whether the windows hold what they promise.

pub mod cells;
pub mod coverage;
mod features;
pub mod learned;
mod linear;
pub mod live;
mod residual;
pub mod retrain;
pub mod tier0;
pub mod train;
mod trees;
pub mod trip;
mod way;
mod windows;

pub use cells::{Cells, part_of_day};
pub use coverage::Coverage;
pub use learned::{Learned, LearnedError};
pub use live::Progress;
pub use retrain::{Judged, Retrained, Verdict, retrain};
pub use tier0::{Eta, HOURS_OF_WEEK, eta};
pub use train::{TrainOptions, train};
pub use trip::{Trip, hour_of_week};

use std::sync::Arc;

use cells::Surprise;
use serde::{Deserialize, Serialize};
use way::WayLaw;
use windows::Windows;

use crate::Coord;
use crate::roads::{Metric, Roads, Summary};

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
    speeds: Option<Speeds>,
}

/// Learned travel times over the roads of a map, for each vehicle. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Speeds {
    car: Metric,
    motorbike: Metric,
}

impl Speeds {
    /// Of metrics that the roads of the same estimator made ([`Roads::customize`]).
    pub fn new(car: Metric, motorbike: Metric) -> Self {
        Self { car, motorbike }
    }

    fn of(&self, vehicle: Vehicle) -> &Metric {
        match vehicle {
            Vehicle::Car => &self.car,
            Vehicle::Motorbike => &self.motorbike,
        }
    }
}

impl Estimator {
    /// With the roads of a map and what an installation has learned, where there are such.
    pub fn new(roads: Option<Roads>, learned: Option<Arc<Learned>>) -> Self {
        Self { roads, learned, speeds: None }
    }

    /// The same with something else learned.
    pub fn learning(self, learned: Option<Arc<Learned>>) -> Self {
        Self { learned, ..self }
    }

    /// The same with learned speeds.
    ///
    /// They serve if what was learned was learned with speeds too ([`train`](train()) with such a base), or if
    /// nothing was learned yet: a law about free flow says nothing about them.
    pub fn with_speeds(self, speeds: Option<Speeds>) -> Self {
        Self { speeds, ..self }
    }

    /// Are there learned speeds, and may they serve?
    fn serving_speeds(&self) -> Option<&Speeds> {
        let mapped = self.learned().and_then(|learned| learned.mapped.as_ref());
        self.speeds.as_ref().filter(|_| mapped.is_none_or(|mapped| mapped.with_speeds))
    }

    /// What ways are searched by.
    fn metric(&self, vehicle: Vehicle) -> Option<&Metric> {
        let roads = self.roads.as_ref()?;
        Some(self.serving_speeds().map_or_else(|| roads.free_flow(vehicle), |speeds| speeds.of(vehicle)))
    }

    /// The way that a question asks about.
    fn way(&self, question: &Question) -> Option<Summary> {
        way::way(self.roads.as_ref()?, self.metric(question.vehicle)?, question)
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
        self.estimate_within(question, 3)
    }

    /// The best answer of no tier above `highest`: what a comparison of tiers needs.
    pub fn estimate_within(&self, question: &Question, highest: u8) -> Eta {
        let straight_m = question.from.distance_m(question.to);
        let hour_of_week = question.hour_of_week;
        let way = if highest >= 2 { self.way(question) } else { None };
        let learned = self.learned.as_deref().filter(|_| highest > 0);
        let surprise = learned.map_or_else(Surprise::default, |l| l.paces().surprise(question, straight_m));
        if let Some(way) = way {
            let mapped = learned.and_then(|l| l.mapped.as_ref());
            let shipped = || (WayLaw::shipped(self.serving_speeds().is_some()), Windows::default());
            let (law, windows) = mapped.map_or_else(shipped, |m| (m.law, m.windows));
            let hour = tier0::hour_factor(hour_of_week).ln() + surprise.hour;
            let base = law.seconds(&way, hour);
            return match mapped.and_then(|m| m.residual.as_ref()) {
                Some(residual) if highest >= 3 => {
                    let features = residual.frame.features(question, straight_m, &surprise, Some(&way));
                    residual.answer(base, &features, hour_of_week)
                }
                _ => windows.answer(2, base, train::spread(straight_m), hour_of_week),
            };
        }
        let Some(learned) = learned else { return eta(straight_m, hour_of_week) };
        let low = tier0::log_p50(straight_m, hour_of_week);
        match &learned.plain {
            Some(residual) if highest >= 3 => {
                let features = residual.frame.features(question, straight_m, &surprise, None);
                residual.answer(low + surprise.city(), &features, hour_of_week)
            }
            _ => learned.windows1.answer(1, low + surprise.total(), train::spread(straight_m), hour_of_week),
        }
    }
}
