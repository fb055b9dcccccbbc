//! What a phone makes of where it is. Pure but for its own randomness.

use super::motion::Motion;
use crate::client::point::Point;
use crate::rng::Rng;
use crate::town::Place;

/// Typical error, metres, and how long it clings, seconds.
const SIGMA_M: f64 = 5.0;
const MEMORY_S: f64 = 60.0;

/// A receiver with an error that wanders.
#[derive(Debug, Clone)]
pub struct Gps {
    rng: Rng,
    east_m: f64,
    north_m: f64,
    last_ms: i64,
    battery: f64,
}

impl Gps {
    /// A receiver with a full enough battery.
    pub fn new(mut rng: Rng) -> Self {
        let battery = rng.between(0.6, 1.0);
        Self { rng, east_m: 0.0, north_m: 0.0, last_ms: 0, battery }
    }

    /// A fix at the true place and time; `at` is what the phone's clock says.
    pub fn fix(&mut self, truth: Motion, now_ms: i64, at: i64) -> Point {
        let gap_s = ((now_ms - self.last_ms).max(0) as f64 / 1000.0).min(3_600.0);
        self.last_ms = now_ms;
        // First-order Markov: yesterday's error fades, a new one grows.
        let keep = (-gap_s / MEMORY_S).exp();
        let fresh = SIGMA_M * (1.0 - keep * keep).sqrt();
        self.east_m = self.east_m * keep + fresh * self.rng.normal();
        self.north_m = self.north_m * keep + fresh * self.rng.normal();
        self.battery = (self.battery - gap_s / 3_600.0 * 0.04).max(0.15);
        let mut place = truth.place.moved(self.east_m, self.north_m);
        let mut accuracy_m = 4.0 + 4.0 * self.rng.normal().abs();
        if self.rng.chance(0.01) {
            place = self.astray(place);
            // Most bad fixes admit it; a few do not.
            accuracy_m = if self.rng.chance(0.7) { self.rng.between(180.0, 600.0) } else { accuracy_m };
        }
        self.point(truth, place, accuracy_m, at)
    }

    fn astray(&mut self, place: Place) -> Place {
        let (far, angle) = (self.rng.between(200.0, 800.0), self.rng.between(0.0, std::f64::consts::TAU));
        place.moved(far * angle.sin(), far * angle.cos())
    }

    fn point(&mut self, truth: Motion, place: Place, accuracy_m: f64, at: i64) -> Point {
        let moving = truth.speed_mps > 0.3;
        let speed = (truth.speed_mps + 0.3 * self.rng.normal()).max(0.0);
        Point {
            accuracy_dm: Some((accuracy_m * 10.0) as u32),
            speed_cms: Some((speed * 100.0) as u32),
            heading_deg: moving.then_some(truth.heading_deg as u16 % 360),
            battery_pct: Some((self.battery * 100.0) as u8),
            ..Point::at(at, place.lat, place.lon)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_like_a_phones() {
        let mut gps = Gps::new(Rng::new(9));
        let place = Place { lat: -34.9, lon: -60.0 };
        let truth = Motion { place, speed_mps: 0.0, heading_deg: 0.0 };
        let errors: Vec<(f64, f64)> = (0..20_000)
            .map(|i| {
                let p = gps.fix(truth, i * 5_000, i * 5_000);
                (
                    place.distance_m(Place { lat: p.lat(), lon: p.lon() }),
                    f64::from(p.accuracy_dm.unwrap()) / 10.0,
                )
            })
            .collect();
        let far = errors.iter().filter(|(e, _)| *e > 100.0).count();
        assert!((100..400).contains(&far), "{far} bad fixes of 20000");
        let liars = errors.iter().filter(|(e, a)| *e > 100.0 && *a < 50.0).count();
        assert!(liars > 10 && liars < far);
        let mut usual: Vec<f64> = errors.iter().map(|(e, _)| *e).collect();
        usual.sort_by(f64::total_cmp);
        assert!((3.0..9.0).contains(&usual[usual.len() / 2]));
    }
}
