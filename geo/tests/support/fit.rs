//! Fits the law of tier 0. See `examples/fit_tier0.rs` for the method in words.

use super::trips::{City, Trip};

/// `seconds = scale * metres ^ power`.
#[derive(Debug, Clone, Copy)]
pub struct Power {
    pub scale: f64,
    pub power: f64,
}

/// All numbers of tier 0.
#[derive(Debug)]
pub struct Law {
    pub p10: Power,
    pub p50: Power,
    pub p90: Power,
    /// Natural logarithms of the 168 factors.
    pub hours: Vec<f64>,
    /// How much of New York's daily rhythm is kept: the share that Porto's own morning shows.
    pub kept: f64,
}

/// A cell of the week is pulled to its hour of the day as if that had been seen this often.
const CELL_PRIOR: f64 = 40.0;
/// An hour of the day (working day or weekend) is pulled to no effect as if that had been seen this often.
const HOUR_PRIOR: f64 = 20.0;

/// Learns the law from the training parts; both cities weigh the same.
pub fn fit([porto, nyc]: &[City; 2]) -> Law {
    let (porto, nyc) = (porto.training(), nyc.training());
    let rhythm = rhythm(&nyc);
    let kept =
        slope(&residuals(&porto).map(|(t, r)| (rhythm[usize::from(t.hour_of_week)], r)).collect::<Vec<_>>());
    let hours: Vec<f64> = rhythm.iter().map(|h| h * kept).collect();
    let mut rows = Vec::new();
    for trips in [&porto, &nyc] {
        let weight = 1.0 / trips.len() as f64;
        rows.extend(trips.iter().map(|t| {
            let y = t.duration_s.ln() - hours[usize::from(t.hour_of_week)];
            Row { x: t.distance_m.ln(), y, weight }
        }));
    }
    let power = |share: f64| {
        let (a, b) = quantile(&rows, share);
        Power { scale: a.exp(), power: b }
    };
    Law { p10: power(0.1), p50: power(0.5), p90: power(0.9), hours, kept }
}

/// What is left of each trip's log duration after an ordinary power law.
fn residuals(trips: &[Trip]) -> impl Iterator<Item = (&Trip, f64)> {
    let points: Vec<(f64, f64)> = trips.iter().map(|t| (t.distance_m.ln(), t.duration_s.ln())).collect();
    let b = slope(&points);
    let n = points.len() as f64;
    let a = points.iter().map(|(x, y)| y - b * x).sum::<f64>() / n;
    trips.iter().zip(points).map(move |(trip, (x, y))| (trip, y - a - b * x))
}

/// Least-squares slope.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let cov: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    cov / points.iter().map(|p| (p.0 - mx).powi(2)).sum::<f64>()
}

/// Mean residual of each hour of the week, shrunk twice.
fn rhythm(trips: &[Trip]) -> Vec<f64> {
    let mut cells = vec![(0.0, 0.0); 168];
    let mut hours = vec![(0.0, 0.0); 48];
    for (trip, residual) in residuals(trips) {
        let how = usize::from(trip.hour_of_week);
        for slot in [&mut cells[how], &mut hours[parent(how)]] {
            slot.0 += residual;
            slot.1 += 1.0;
        }
    }
    let shrunk = |how: usize| {
        let (sum, n) = hours[parent(how)];
        let prior = sum / (n + HOUR_PRIOR);
        (cells[how].0 + CELL_PRIOR * prior) / (cells[how].1 + CELL_PRIOR)
    };
    (0..168).map(shrunk).collect()
}

/// Working days 0..24, weekends 24..48.
fn parent(hour_of_week: usize) -> usize {
    usize::from(hour_of_week / 24 >= 5) * 24 + hour_of_week % 24
}

struct Row {
    x: f64,
    y: f64,
    weight: f64,
}

/// Linear quantile regression (Koenker and Bassett 1978) by iteratively reweighted least squares.
fn quantile(rows: &[Row], share: f64) -> (f64, f64) {
    let total: f64 = rows.iter().map(|r| r.weight).sum();
    let (mut a, mut b) = (rows.iter().map(|r| r.weight * (r.y - 0.55 * r.x)).sum::<f64>() / total, 0.55);
    for _ in 0..200 {
        let (mut s, mut sx, mut sy, mut sxx, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for r in rows {
            let off = r.y - a - b * r.x;
            let w = r.weight * if off > 0.0 { share } else { 1.0 - share } / off.abs().max(1e-3);
            s += w;
            sx += w * r.x;
            sy += w * r.y;
            sxx += w * r.x * r.x;
            sxy += w * r.x * r.y;
        }
        let next_b = (s * sxy - sx * sy) / (s * sxx - sx * sx);
        let next_a = (sy - next_b * sx) / s;
        let moved = (next_a - a).abs() + (next_b - b).abs();
        (a, b) = (next_a, next_b);
        if moved < 1e-9 {
            break;
        }
    }
    (a, b)
}
