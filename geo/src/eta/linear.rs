//! A straight line through all features: what little data has to say before trees cut it into pieces.
//!
//! Ridge regression (Hoerl & Kennard 1970) on features of mean 0 and spread 1, clipped: a strange question cannot
//! pull the answer far.

use serde::{Deserialize, Serialize};

use super::trees::Table;

/// Features count at most this many spreads from their mean.
const MOST_SPREADS: f64 = 3.0;
/// Targets larger than this pull no harder.
const CLIP: f64 = 0.6;

/// `sum of weight * (feature - mean) / spread`, and a level.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Linear {
    level: f64,
    /// Mean, one over the spread, weight of each feature.
    terms: Vec<[f32; 3]>,
}

impl Linear {
    /// Through the rows whose target is a number; `ridge` is how many rows of usual spread the weights are pulled to
    /// nothing by.
    pub(super) fn fit(table: &Table, target: &[f32], weights: &[f32], ridge: f64) -> Self {
        let rows = 0..table.rows().min(target.len());
        let known: Vec<usize> = rows.filter(|i| target.get(*i).is_some_and(|t| t.is_finite())).collect();
        let weight = |i: usize| f64::from(weights.get(i).copied().unwrap_or(1.0));
        let all = known.iter().map(|i| weight(*i)).sum::<f64>();
        if all <= 0.0 {
            return Self::default();
        }
        let mean = |of: &dyn Fn(usize) -> f64| known.iter().map(|i| weight(*i) * of(*i)).sum::<f64>() / all;
        let goal = |i: usize| f64::from(target.get(i).copied().unwrap_or(0.0)).clamp(-CLIP, CLIP);
        let level = mean(&goal);
        let mut line = Self { level, terms: Vec::with_capacity(table.width) };
        for feature in 0..table.width {
            let value = |i: usize| f64::from(table.row(i).get(feature).copied().unwrap_or(0.0));
            let middle = mean(&value);
            let spread = mean(&|i| (value(i) - middle).powi(2)).sqrt();
            let part = if spread > 1e-9 * middle.abs().max(1e-3) { 1.0 / spread } else { 0.0 };
            line.terms.push([middle as f32, part as f32, 0.0]);
        }
        let seen = known.iter().map(|i| (line.scaled(table.row(*i)).collect(), weight(*i), goal(*i) - level));
        let solved = slopes(seen, table.width, ridge);
        line.terms.iter_mut().zip(solved).for_each(|([.., slope], weight)| *slope = weight as f32);
        line
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        self.terms.len() * size_of::<[f32; 3]>()
    }

    fn scaled<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        self.terms.iter().zip(row).map(|([mean, part, _], value)| {
            let z = f64::from(value - mean) * f64::from(*part);
            if z.is_finite() { z.clamp(-MOST_SPREADS, MOST_SPREADS) } else { 0.0 }
        })
    }

    /// What it says of one row.
    pub(super) fn ask(&self, row: &[f32]) -> f64 {
        let slopes = self.terms.iter().map(|[.., slope]| f64::from(*slope));
        self.level + self.scaled(row).zip(slopes).map(|(z, slope)| z * slope).sum::<f64>()
    }
}

/// The slopes that explain rows (features, weight, goal) best, pulled to nothing.
fn slopes(rows: impl Iterator<Item = (Vec<f64>, f64, f64)>, width: usize, ridge: f64) -> Vec<f64> {
    let (mut matrix, mut right) = (vec![vec![0.0f64; width]; width], vec![0.0f64; width]);
    for (features, weight, goal) in rows {
        for ((row, right), a) in matrix.iter_mut().zip(&mut right).zip(&features) {
            *right += weight * a * goal;
            row.iter_mut().zip(&features).for_each(|(slot, b)| *slot += weight * a * b);
        }
    }
    for (at, row) in matrix.iter_mut().enumerate() {
        row.iter_mut().skip(at).take(1).for_each(|slot| *slot += ridge);
    }
    solve(matrix, right)
}

/// Solves a symmetric positive definite system by conjugate gradients (Hestenes & Stiefel 1952).
fn solve(matrix: Vec<Vec<f64>>, right: Vec<f64>) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (mut x, mut rest) = (vec![0.0; right.len()], right.clone());
    let (mut way, mut size) = (right.clone(), dot(&right, &right));
    let small = 1e-18 * size;
    for _ in 0..4 * right.len() {
        if size <= small || size <= 0.0 {
            break;
        }
        let along: Vec<f64> = matrix.iter().map(|row| dot(row, &way)).collect();
        let step = size / dot(&way, &along).max(f64::MIN_POSITIVE);
        x.iter_mut().zip(&way).for_each(|(x, w)| *x += step * w);
        rest.iter_mut().zip(&along).for_each(|(r, a)| *r -= step * a);
        let next = dot(&rest, &rest);
        way.iter_mut().zip(&rest).for_each(|(w, r)| *w = r + next / size * *w);
        size = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_and_pulled_to_nothing() {
        let mut table = Table::new(3);
        let mut target = Vec::new();
        for i in 0..900u32 {
            let row = [(i % 30) as f32, ((i / 30) % 30) as f32, 7.0];
            table.push(&row);
            target.push(0.004 * row[0] - 0.006 * row[1] + 0.1);
        }
        let line = Linear::fit(&table, &target, &[], 1e-3);
        assert!((line.ask(&[10.0, 20.0, 7.0]) - 0.02).abs() < 1e-3, "{}", line.ask(&[10.0, 20.0, 7.0]));
        let flat = Linear::fit(&table, &target, &[], 1e9);
        let level = flat.ask(&[15.0, 14.0, 7.0]);
        assert!((flat.ask(&[0.0, 29.0, 7.0]) - level).abs() < 1e-3);
        // Strange questions stay within reach, none are asked of nothing.
        assert!(line.ask(&[1e9, f32::NAN, f32::INFINITY]).abs() < 1.0);
        assert_eq!(Linear::fit(&Table::new(2), &[], &[], 1.0).ask(&[1.0, 2.0]), 0.0);
        assert_eq!(Linear::fit(&table, &[f32::NAN; 900], &[], 1.0).ask(&[1.0]), 0.0);
    }
}
