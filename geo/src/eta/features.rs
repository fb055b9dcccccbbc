//! What tier 3 looks at.

use super::{HOURS_OF_WEEK, Question, Trip, cells::Surprise};
use crate::coord::DEGREE_M;
use crate::roads::Summary;
use serde::{Deserialize, Serialize};

/// Features without a map.
const PLAIN: usize = 38;
/// Features of the way on the map.
pub(super) const WAY: usize = 14;
/// Features in all.
pub(super) const WIDTH: usize = PLAIN + WAY;
/// One question's features; what is not known is 0.
pub(super) type Features = [f32; WIDTH];

/// The middle of a city, and what its trips covered.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Frame {
    lat: f64,
    lon: f64,
    /// Were all hours of the day seen? If not, nobody may say from the night how the evening is.
    hours: bool,
    /// Were all days of the week seen?
    days: bool,
}

/// A time of the week counts as seen from this many trips on.
const SEEN: usize = 8;

impl Frame {
    /// Of the trips that are learned from.
    pub(super) fn new(trips: &[&Trip]) -> Self {
        let n = (2 * trips.len()).max(1) as f64;
        let (mut lat, mut lon) = (0.0, 0.0);
        let (mut hours, mut days) = ([0usize; 24], [0usize; 7]);
        for trip in trips {
            lat += (trip.from.lat() + trip.to.lat()) / n;
            lon += (trip.from.lon() + trip.to.lon()) / n;
            let hour = usize::from(trip.hour_of_week() % HOURS_OF_WEEK);
            hours.iter_mut().skip(hour % 24).take(1).for_each(|seen| *seen += 1);
            days.iter_mut().skip(hour / 24).take(1).for_each(|seen| *seen += 1);
        }
        // A technician's night may be empty; his evening may not.
        let hours = hours.iter().filter(|seen| **seen >= SEEN).count() >= 12;
        Self { lat, lon, hours, days: days.iter().all(|seen| *seen >= 3 * SEEN) }
    }

    /// The features of a question.
    pub(super) fn features(
        &self,
        question: &Question,
        straight_m: f64,
        surprise: &Surprise,
        way: Option<&Summary>,
    ) -> Features {
        let mut row: Features = [0.0; WIDTH];
        let mut slots = row.iter_mut();
        let mut put = |value: f64| {
            if let Some(slot) = slots.next() {
                *slot = value as f32;
            }
        };
        let east = DEGREE_M * self.lat.to_radians().cos();
        let local = |at: crate::Coord| ((at.lon() - self.lon) * east, (at.lat() - self.lat) * DEGREE_M);
        let ((x0, y0), (x1, y1)) = (local(question.from), local(question.to));
        let (dx, dy) = (x1 - x0, y1 - y0);
        put(straight_m.max(1.0).ln());
        put(dx.atan2(dy));
        // Grids and rivers lie at any angle; trees only cut along their features.
        for (sin, cos) in ANGLES {
            put(x0 * cos + y0 * sin);
            put(y0 * cos - x0 * sin);
            put(x1 * cos + y1 * sin);
            put(y1 * cos - x1 * sin);
            put(dx * cos + dy * sin);
            put(dy * cos - dx * sin);
            put((dx * cos + dy * sin).abs() + (dy * cos - dx * sin).abs());
        }
        put(surprise.start);
        put(surprise.end);
        put(surprise.pair);
        put(surprise.pair_trips);
        if self.hours {
            let hour = f64::from(question.hour_of_week % 24);
            put(hour);
            // The day that begins at four: a night belongs to the evening before.
            put((hour + 20.0) % 24.0);
        } else {
            put(0.0);
            put(0.0);
        }
        if self.days {
            let day = question.hour_of_week / 24;
            put(f64::from(day));
            put(f64::from(question.hour_of_week));
        }
        if let Some(way) = way {
            let values = super::way::features(way, straight_m, surprise);
            row.iter_mut().skip(PLAIN).zip(values).for_each(|(slot, value)| *slot = value as f32);
        }
        row
    }
}

/// Sines and cosines of 0, 22.5, 45 and 67.5 degrees.
const ANGLES: [(f64, f64); 4] = [
    (0.0, 1.0),
    (0.382_683_432_365_089_8, 0.923_879_532_511_286_7),
    (std::f64::consts::FRAC_1_SQRT_2, std::f64::consts::FRAC_1_SQRT_2),
    (0.923_879_532_511_286_7, 0.382_683_432_365_089_8),
];
