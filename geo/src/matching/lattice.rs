//! Fixes with their states, and what it costs to come from one to the next.

use super::emission::{on_road, radius_m, sigma_m};
use super::search::{Limit, Search};
use super::streets::{Spot, Streets};
use super::transition::{drive, off_road};
use super::{Fix, Settings};

/// A fix and the places that it may mean. State `spots.len()` is "off the road".
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) fix: Fix,
    pub(super) spots: Vec<Spot>,
    /// By state: how well it explains the fix, in nats.
    pub(super) fits: Vec<f32>,
}

impl Step {
    pub(super) fn new(roads: &Streets<'_>, fix: Fix, settings: &Settings) -> Self {
        let spots = roads.near(fix.at, radius_m(&fix, settings), settings.most);
        let mut fits: Vec<f32> = spots.iter().map(|spot| on_road(&fix, spot, settings)).collect();
        fits.push(-settings.off);
        Self { fix, spots, fits }
    }

    /// Number of states.
    pub(super) fn len(&self) -> usize {
        self.fits.len()
    }
}

/// The plausibility of each pair of states of neighbouring steps, in nats.
#[derive(Debug, Clone)]
pub(super) struct Links {
    width: usize,
    nats: Vec<f32>,
}

impl Links {
    /// From a state of the earlier step to one of the later.
    pub(super) fn nats(&self, from: usize, to: usize) -> f32 {
        self.nats.get(from * self.width + to).copied().unwrap_or(f32::NEG_INFINITY)
    }
}

/// How far a search between two fixes goes.
pub(super) fn limit(a: &Fix, b: &Fix, settings: &Settings) -> Limit {
    let straight_m = a.at.distance_m(b.at) as f32;
    let noise_m = sigma_m(a, settings) + sigma_m(b, settings);
    Limit {
        // A longer detour costs more than the beam allows.
        metres: straight_m + settings.beam * settings.beta(a.seconds_to(b)) + noise_m,
        back_m: 2.0 * noise_m,
        turn_round_ms: (settings.turn_round_s * 1e3) as u32,
    }
}

/// Links the states of `a` whose `score` is alive with all of `b`.
pub(super) fn link(
    roads: &Streets<'_>,
    search: &mut Search,
    (a, b): (&Step, &Step),
    alive: impl Fn(usize) -> bool,
    settings: &Settings,
) -> Links {
    let (straight_m, dt_s) = (a.fix.at.distance_m(b.fix.at) as f32, a.fix.seconds_to(&b.fix));
    let limit = limit(&a.fix, &b.fix, settings);
    let width = b.len();
    let mut nats = vec![f32::NEG_INFINITY; a.len() * width];
    let outside = off_road(straight_m, dt_s);
    for (from, row) in nats.chunks_exact_mut(width).enumerate().filter(|(from, _)| alive(*from)) {
        let Some((off, on)) = row.split_last_mut() else { continue };
        match a.spots.get(from) {
            Some(start) => {
                let found = search.run(roads, start, &b.spots, limit);
                for (goal, slot) in b.spots.iter().zip(on) {
                    *slot = found
                        .leg(goal)
                        .map_or(f32::NEG_INFINITY, |leg| drive(&leg, straight_m, dt_s, settings));
                }
                *off = outside - settings.leave;
            }
            None => {
                on.fill(outside - settings.leave);
                *off = outside;
            }
        }
    }
    Links { width, nats }
}
