//! What is wrong with each phone, and where nobody has signal. Drawn from the seed.

use crate::rng::Rng;
use crate::town::{Place, Town};

/// One technician's phone and temper.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// What the phone's clock shows beyond the true time, milliseconds.
    pub clock_off_ms: i64,
    /// How long the phone keeps points before it sends them all, milliseconds; 0 at once.
    pub hold_ms: i64,
    /// How often a frame is sent twice.
    pub duplicates: f64,
    /// Part of the speed limits that is driven.
    pub pace: f64,
    /// How often `arrive` is pressed; otherwise the fence has to notice.
    pub presses_arrive: f64,
}

impl Habits {
    /// The `i`th technician: one in four has a clock ahead, one in four behind, one in five a late phone.
    pub fn draw(i: usize, rng: &mut Rng) -> Self {
        let clock_off_ms = match i % 4 {
            1 => rng.between(200_000.0, 900_000.0) as i64,
            3 => -(rng.between(600_000.0, 7_200_000.0) as i64),
            _ => 0,
        };
        let hold_ms = if i % 5 == 2 { rng.between(60_000.0, 180_000.0) as i64 } else { 0 };
        Self { clock_off_ms, hold_ms, duplicates: 0.05, pace: rng.between(0.6, 0.85), presses_arrive: 0.4 }
    }
}

/// A circle without signal.
#[derive(Debug, Clone, Copy)]
pub struct DeadZone {
    middle: Place,
    radius_m: f64,
}

impl DeadZone {
    /// Whether a place lies inside.
    pub fn covers(&self, place: Place) -> bool {
        self.middle.distance_m(place) < self.radius_m
    }
}

/// Three of them, at houses of the town.
pub fn dead_zones(town: &Town, rng: &mut Rng) -> Vec<DeadZone> {
    let mut zone = || {
        let middle = rng.pick(&town.houses)?.place;
        Some(DeadZone { middle, radius_m: rng.between(150.0, 300.0) })
    };
    (0..3).filter_map(|_| zone()).collect()
}
