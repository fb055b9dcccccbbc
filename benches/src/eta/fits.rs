//! The simple regressions that an ETA has to beat.

/// `seconds = a + b * x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Seconds.
    pub a: f64,
    /// Seconds a unit.
    pub b: f64,
}

impl Line {
    /// Least squares; the mean where all x are one.
    pub fn squares(points: &[(f64, f64)]) -> Self {
        Self::weighted(points, |_| 1.0)
    }

    /// Least absolute deviations (the lowest mean error on the training trips), by reweighted least squares.
    pub fn absolute(points: &[(f64, f64)]) -> Self {
        (0..60).fold(Self::squares(points), |line, _| {
            Self::weighted(points, |(x, y)| 1.0 / (y - line.at(x)).abs().max(1.0))
        })
    }

    fn weighted(points: &[(f64, f64)], weight: impl Fn((f64, f64)) -> f64) -> Self {
        let (mut n, mut sx, mut sy, mut sxx, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (x, y) in points {
            let w = weight((*x, *y));
            (n, sx, sy) = (n + w, sx + w * x, sy + w * y);
            (sxx, sxy) = (sxx + w * x * x, sxy + w * x * y);
        }
        let spread = n * sxx - sx * sx;
        if spread <= 1e-9 * n * sxx.max(1e-300) {
            return Self { a: if n > 0.0 { sy / n } else { 0.0 }, b: 0.0 };
        }
        let b = (n * sxy - sx * sy) / spread;
        Self { a: (sy - b * sx) / n, b }
    }

    /// Seconds for an x.
    pub fn at(&self, x: f64) -> f64 {
        self.a + self.b * x
    }
}

/// The factor with the lowest mean error on the training trips: the weighted median of y / x.
pub fn scale(points: &[(f64, f64)]) -> f64 {
    let mut ratios: Vec<(f64, f64)> =
        points.iter().filter(|(x, _)| *x > 0.0).map(|(x, y)| (y / x, *x)).collect();
    ratios.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = ratios.iter().map(|(_, w)| w).sum::<f64>() / 2.0;
    let mut seen = 0.0;
    ratios
        .iter()
        .find(|(_, weight)| {
            seen += weight;
            seen >= half
        })
        .map_or(1.0, |(ratio, _)| *ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_scales_are_found() {
        let mut points: Vec<(f64, f64)> =
            (1..200).map(|i| (f64::from(i), 60.0 + 1.5 * f64::from(i))).collect();
        let line = Line::squares(&points);
        assert!((line.a - 60.0).abs() < 1e-6 && (line.b - 1.5).abs() < 1e-9);
        // One wild trip moves the squares, not the absolute deviations.
        points.push((100.0, 40_000.0));
        let line = Line::absolute(&points);
        assert!((line.a - 60.0).abs() < 1.0 && (line.b - 1.5).abs() < 0.01, "{line:?}");
        let scaled: Vec<(f64, f64)> = (1..100).map(|i| (f64::from(i), 1.7 * f64::from(i))).collect();
        assert!((scale(&scaled) - 1.7).abs() < 1e-9);
        assert_eq!((scale(&[]), Line::squares(&[]).b), (1.0, 0.0));
    }
}
