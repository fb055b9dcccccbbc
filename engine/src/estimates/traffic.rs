//! Driving by learned speeds: one metric a vehicle and part of the week, made when it is first asked for.

use std::sync::{Arc, OnceLock};

use campo_geo::eta::{Question, Speeds, Vehicle};
use campo_geo::pace::{Paces, Period};
use campo_geo::roads::{Metric, Roads};

/// Roads with learned speeds.
#[derive(Debug)]
pub struct Traffic {
    roads: Roads,
    paces: Arc<Paces>,
    cars: [OnceLock<Metric>; Period::COUNT],
    motorbikes: [OnceLock<Metric>; Period::COUNT],
}

impl Traffic {
    /// Of a map and what was learned.
    pub fn new(roads: Roads, paces: Arc<Paces>) -> Self {
        Self { roads, paces, cars: Default::default(), motorbikes: Default::default() }
    }

    /// The speeds of a part of the week. Blocks at its first question.
    pub fn speeds(&self, period: Period) -> Option<Speeds> {
        Some(Speeds::new(
            self.metric(Vehicle::Car, period)?.clone(),
            self.metric(Vehicle::Motorbike, period)?.clone(),
        ))
    }

    /// Seconds to drive at this hour; `None` where no way leads. Blocks at the first question of a part of the week.
    pub fn seconds(&self, question: &Question) -> Option<u32> {
        let metric = self.metric(question.vehicle, Period::of(question.hour_of_week))?;
        let from = self.roads.snap(question.from, question.heading_deg, question.vehicle)?;
        let to = self.roads.snap(question.to, None, question.vehicle)?;
        self.roads.ms(&from, &to, metric).map(|ms| ms.div_ceil(1_000))
    }

    fn metric(&self, vehicle: Vehicle, period: Period) -> Option<&Metric> {
        let metrics = match vehicle {
            Vehicle::Car => &self.cars,
            Vehicle::Motorbike => &self.motorbikes,
        };
        Some(metrics.get(period.index())?.get_or_init(|| {
            let times = self.paces.times(&self.roads, vehicle, period);
            self.roads.customize(vehicle, &|edge| times.get(edge as usize).copied().unwrap_or(u32::MAX))
        }))
    }
}
