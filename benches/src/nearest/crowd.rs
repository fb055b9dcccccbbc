//! Where technicians are, and where one asks.

use campo_geo::Coord;
use clap::ValueEnum;

use crate::rng::Rng;

/// Where points are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spread {
    /// Forty cities of different sizes in one country, and some people between them
    Cities,
    /// One city of forty kilometres
    City,
    /// The whole globe
    World,
}

/// Draws places.
#[derive(Debug)]
pub(super) struct Crowd {
    spread: Spread,
    rng: Rng,
    cities: Vec<(f64, f64)>,
}

impl Crowd {
    pub(super) fn new(spread: Spread, mut rng: Rng) -> Self {
        let cities = (0..40).map(|_| (rng.between(-54.0, -23.0), rng.between(-70.0, -57.0))).collect();
        Self { spread, rng, cities }
    }

    /// Where somebody works.
    pub(super) fn place(&mut self) -> Coord {
        let rng = &mut self.rng;
        let (lat, lon) = match self.spread {
            Spread::World => ((2.0 * rng.unit() - 1.0).asin().to_degrees(), rng.between(-180.0, 180.0)),
            Spread::City => (rng.between(-34.8, -34.4), rng.between(-58.7, -58.2)),
            Spread::Cities if rng.chance(0.1) => (rng.between(-54.0, -23.0), rng.between(-70.0, -57.0)),
            Spread::Cities => {
                // The first cities are the largest.
                let city = (rng.unit() * rng.unit() * self.cities.len() as f64) as usize;
                let (lat, lon) = self.cities.get(city).copied().unwrap_or((-34.6, -58.4));
                (lat + 0.06 * rng.normal(), lon + 0.06 * rng.normal())
            }
        };
        coord(lat, lon)
    }

    /// Where a job is: mostly among the people, sometimes anywhere on the globe.
    pub(super) fn question(&mut self) -> Coord {
        if self.rng.chance(0.005) {
            return coord(self.rng.between(-90.0, 90.0), self.rng.between(-180.0, 180.0));
        }
        self.place()
    }

    /// The next position of somebody who drives: up to a hundred metres on, rarely somewhere else altogether.
    pub(super) fn next(&mut self, at: Coord) -> Coord {
        if self.rng.chance(0.001) {
            return self.place();
        }
        at.destination(self.rng.between(0.0, 360.0), self.rng.between(0.0, 100.0))
    }

    /// One of `count` numbers.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.rng.below(count)
    }
}

fn coord(lat: f64, lon: f64) -> Coord {
    let lon = campo_geo::coord::wrap_lon(lon);
    // Clamped and wrapped, so always a place; Null Island stands in for what cannot be.
    Coord::new(lat.clamp(-90.0, 90.0), lon).or(Coord::new(0.0, 0.0)).unwrap_or_else(|| coord(0.0, 0.0))
}
