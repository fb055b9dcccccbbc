//! How good an ETA is on trips that it was not learned from.

use super::trips::Trip;
use campo_geo::Eta;

/// Error figures over some trips.
#[derive(Debug, Clone, Copy)]
pub struct Score {
    pub trips: usize,
    /// Mean absolute error of p50, seconds.
    pub mae_s: f64,
    /// Mean absolute error of p50 relative to the true duration.
    pub mape: f64,
    /// Share of trips inside p10..=p90.
    pub inside: f64,
}

/// Scores an ETA function on trips.
pub fn score(trips: &[Trip], eta: impl Fn(f64, u8) -> Eta) -> Score {
    let n = trips.len() as f64;
    let mut sum = Score { trips: trips.len(), mae_s: 0.0, mape: 0.0, inside: 0.0 };
    for trip in trips {
        let eta = eta(trip.distance_m, trip.hour_of_week);
        let error = (f64::from(eta.p50_s) - trip.duration_s).abs();
        sum.mae_s += error / n;
        sum.mape += error / trip.duration_s / n;
        let window = f64::from(eta.p10_s)..=f64::from(eta.p90_s);
        sum.inside += f64::from(u8::from(window.contains(&trip.duration_s))) / n;
    }
    sum
}
