//! How well a place explains a fix.

use super::{Fix, Settings, Spot};

/// Beyond so many deviations the cost grows straight instead of square: one bad fix must not decide.
const BEND: f32 = 3.0;
/// A slower phone turns on the spot: its heading says nothing. Metres a second.
const HEADING_FROM_MPS: f32 = 2.0;

/// The deviation across the road that a fix is believed to have, metres.
///
/// `accuracy_m` is the radius of 68 %: in two dimensions that is 1.51 deviations of one axis.
pub(super) fn sigma_m(fix: &Fix, settings: &Settings) -> f32 {
    let said = fix.accuracy_m.filter(|a| a.is_finite() && *a > 0.0).map(|a| a / 1.51);
    said.unwrap_or(settings.sigma_unsaid_m).clamp(settings.sigma_floor_m, settings.sigma_most_m)
}

/// How far from a fix a road may be to come into question, metres.
pub(super) fn radius_m(fix: &Fix, settings: &Settings) -> f32 {
    (6.0 * sigma_m(fix, settings)).clamp(60.0, 200.0)
}

/// The logarithm of how well `spot` explains `fix`; 0 is best.
pub(super) fn on_road(fix: &Fix, spot: &Spot, settings: &Settings) -> f32 {
    let z = spot.away_m / sigma_m(fix, settings);
    let far = if z <= BEND { 0.5 * z * z } else { BEND * z - 0.5 * BEND * BEND };
    -far - astray(fix, spot, settings)
}

fn astray(fix: &Fix, spot: &Spot, settings: &Settings) -> f32 {
    let (Some(heading), Some(speed)) = (fix.heading_deg, fix.speed_mps) else { return 0.0 };
    let is_moving = heading.is_finite() && speed >= HEADING_FROM_MPS;
    if !is_moving {
        return 0.0;
    }
    let off = (heading - spot.bearing_deg).to_radians();
    // Von Mises: nearly straight costs next to nothing.
    settings.heading * (1.0 - off.cos())
}
