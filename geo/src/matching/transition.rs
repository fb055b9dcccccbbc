//! How plausible a drive between two fixes is.

use super::Settings;

/// A drive between two places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leg {
    /// Its length.
    pub(super) metres: f32,
    /// What it is expected to take by the roads' times, turns included.
    pub(super) seconds: f32,
    /// Did it begin with turning round in the road?
    pub(super) turned: bool,
}

/// Nobody drives faster, metres a second (250 km/h).
pub(super) const FASTEST_MPS: f32 = 70.0;
/// Seconds that both sides of a comparison of times are given: short waits are no news.
const PATIENCE_S: f32 = 12.0;

/// The logarithm of how plausible `leg` is for `dt_s` seconds over `straight_m`; 0 is best.
pub(super) fn drive(leg: &Leg, straight_m: f32, dt_s: f32, settings: &Settings) -> f32 {
    if leg.metres > FASTEST_MPS * dt_s + 100.0 {
        return f32::NEG_INFINITY;
    }
    let detour = (leg.metres - straight_m).abs() / settings.beta(dt_s);
    let turned = if leg.turned { settings.turn_round } else { 0.0 };
    -detour - turned - haste(leg.seconds * settings.slower, dt_s, settings)
}

/// What the difference of expected and real time costs.
fn haste(expected_s: f32, dt_s: f32, settings: &Settings) -> f32 {
    let ratio = ((dt_s + PATIENCE_S) / (expected_s + PATIENCE_S)).ln();
    let spread = if ratio > 0.0 { settings.slow_spread } else { settings.fast_spread };
    let z = ratio / spread;
    // Waiting may take any time: at three deviations it is waiting, not driving.
    if ratio > 0.0 { 0.5 * z.min(3.0).powi(2) } else { 0.5 * z * z }
}

/// The same for moving where no road is: only the speed can be judged.
pub(super) fn off_road(straight_m: f32, dt_s: f32) -> f32 {
    if straight_m > FASTEST_MPS * dt_s + 100.0 { f32::NEG_INFINITY } else { 0.0 }
}
