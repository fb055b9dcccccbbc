//! One fix after the other: where somebody probably is, with bounded memory.

use super::lattice::{Step, link};
use super::streets::{Spot, Streets};
use super::{Fix, Search, Settings};

/// Places that a belief keeps at most.
const MOST_PLACES: usize = 8;
/// Less probable places are forgotten.
const LEAST: f32 = 1e-4;

/// A place with its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Where on the roads.
    pub spot: Spot,
    /// How probable, 0..=1.
    pub probability: f32,
}

/// Where somebody is, as far as it can be known: the most probable place first.
///
/// The probabilities of the places and `off_road` add up to 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Belief {
    /// Places on the roads, at most 8.
    pub places: Vec<Place>,
    /// How probable it is that none of them is right: a yard, a car park, a road that the map does not know.
    pub off_road: f32,
    /// Did this fix follow from the one before? `false` for the first, and after a gap or a jump.
    pub continues: bool,
}

impl Belief {
    /// The most probable place.
    pub fn best(&self) -> Option<&Place> {
        self.places.first()
    }

    /// The position along a route of edges: metres from the start of its first edge, and how probable it is that
    /// somebody is on the route at all. `length_m` answers an edge's length.
    ///
    /// Where a route uses an edge twice the first use counts. `None` when no place is on the route.
    pub fn along(&self, route: &[u32], length_m: impl Fn(u32) -> f32) -> Option<(f64, f32)> {
        let (mut sum_m, mut sum, mut begin_m) = (0.0, 0.0, 0.0);
        let mut found = [false; MOST_PLACES];
        for edge in route {
            for (place, found) in self.places.iter().zip(&mut found) {
                if place.spot.edge == *edge && !*found {
                    *found = true;
                    sum += place.probability;
                    sum_m += f64::from(place.probability) * (begin_m + f64::from(place.spot.along_m));
                }
            }
            begin_m += f64::from(length_m(*edge));
        }
        (sum > 0.0).then(|| (sum_m / f64::from(sum), sum))
    }
}

/// Follows one phone. Holds its last fix and at most eight places.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    settings: Settings,
    last: Option<Last>,
}

#[derive(Debug, Clone)]
struct Last {
    step: Step,
    /// Logarithms of probabilities, by state.
    nats: Vec<f32>,
}

impl Matcher {
    /// A matcher that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self { settings, last: None }
    }

    /// Takes the next fix and says where that puts the phone.
    ///
    /// A fix that is not newer than the last begins anew.
    pub fn on(&mut self, roads: &Streets<'_>, search: &mut Search, fix: Fix) -> Belief {
        let step = Step::new(roads, fix, &self.settings);
        let before = self.last.take().filter(|last| {
            let dt_s = last.step.fix.seconds_to(&fix);
            dt_s > 0.0 && dt_s <= self.settings.gap_s
        });
        let followed = before.and_then(|last| self.follow(roads, search, &last, &step));
        let continues = followed.is_some();
        let nats = normal(followed.unwrap_or_else(|| step.fits.clone()));
        let (belief, last) = settle(step, &nats, continues);
        self.last = Some(last);
        belief
    }

    /// The forward step of the model; `None` where nothing leads from there to here.
    fn follow(&self, roads: &Streets<'_>, search: &mut Search, last: &Last, step: &Step) -> Option<Vec<f32>> {
        let links = link(roads, search, (&last.step, step), |_| true, &self.settings);
        let nats: Vec<f32> = (0..step.len())
            .map(|to| {
                let ways = last.nats.iter().enumerate().map(|(from, nats)| nats + links.nats(from, to));
                log_sum(ways) + step.fits.get(to).copied().unwrap_or(f32::NEG_INFINITY)
            })
            .collect();
        nats.iter().any(|n| n.is_finite()).then_some(nats)
    }
}

/// Keeps what is probable, in order.
fn settle(step: Step, nats: &[f32], continues: bool) -> (Belief, Last) {
    let mut ranked: Vec<(Spot, f32)> = step.spots.iter().copied().zip(nats.iter().map(|n| n.exp())).collect();
    ranked.retain(|(_, p)| *p >= LEAST);
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate(MOST_PLACES);
    let off = nats.last().map_or(0.0, |n| n.exp()).max(f32::MIN_POSITIVE);
    let total = off + ranked.iter().map(|(_, p)| p).sum::<f32>();
    let places: Vec<Place> =
        ranked.iter().map(|(spot, p)| Place { spot: *spot, probability: p / total }).collect();
    let belief = Belief { off_road: off / total, continues, places };
    let states = belief.places.iter().map(|p| p.probability).chain([belief.off_road]);
    let nats: Vec<f32> = states.map(f32::ln).collect();
    // The fits have been counted; only the places are needed again.
    let step =
        Step { fix: step.fix, spots: ranked.iter().map(|(spot, _)| *spot).collect(), fits: nats.clone() };
    (belief, Last { step, nats })
}

/// Logarithms of probabilities that add up to 1.
fn normal(mut nats: Vec<f32>) -> Vec<f32> {
    let total = log_sum(nats.iter().copied());
    nats.iter_mut().for_each(|n| *n -= total);
    nats
}

/// The logarithm of a sum of exponentials, without overflow.
pub(super) fn log_sum(terms: impl Iterator<Item = f32> + Clone) -> f32 {
    let most = terms.clone().fold(f32::NEG_INFINITY, f32::max);
    if most.is_finite() { most + terms.map(|t| (t - most).exp()).sum::<f32>().ln() } else { most }
}
