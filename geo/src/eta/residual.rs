//! Tier 3: what a straight line and then a forest learned about the misses of the tier below.

use serde::{Deserialize, Serialize};

use super::features::{Features, Frame};
use super::linear::Linear;
use super::trees::{Forest, Growth, Table, grow};
use super::windows::{Miss, Windows, lately};
use super::{Eta, TrainOptions};

/// Parts, one after another in time, that take turns at being unseen.
pub(super) const FOLDS: usize = 6;
/// The forests of the folds are looked at every so many trees.
const STEP: usize = 20;
/// How the middle is learned.
const MIDDLE: Growth =
    Growth { trees: 1_000, depth: 5, rate: 0.06, ridge: 10.0, rows: 0.7, columns: 0.4, clip: 0.4, seed: 1 };
/// A forest that would be best with more trees than one for so many cases has not been seen here; fewer are never tried.
const CASES_A_TREE: usize = 6;
const FEWEST_TREES: usize = 240;
/// Few trees are grown this often with other dice, and say their mean: together not more than so many.
const BAG_TREES: usize = 900;
const MOST_BAGS: usize = 3;
/// The line is pulled to nothing as if so many trips had shown nothing.
const LINE_RIDGE: f64 = 30.0;
/// How the spread is learned: few trees, since misses are mostly chance.
const SPREAD: Growth =
    Growth { trees: 60, depth: 3, rate: 0.06, ridge: 40.0, rows: 0.7, columns: 0.5, clip: 2.0, seed: 2 };
/// Misses smaller than this are the same to the spread.
const SMALL: f64 = 0.05;

/// One trip to learn from.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub features: Features,
    /// Logarithm of the seconds of the tier below.
    pub base: f64,
    /// Logarithm of the true seconds.
    pub truth: f64,
    pub hour_of_week: u8,
    pub fold: usize,
    /// How long before the last trip this one was, days.
    pub age_days: f64,
}

/// The learned residual of one lower tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Residual {
    pub frame: Frame,
    line: Linear,
    middle: Forest,
    spread: Forest,
    level: f32,
    lately: f64,
    windows: Windows,
}

impl Residual {
    /// Learns; `None` where unseen trips were not told better than by the tier below.
    pub(super) fn learn(cases: &[Case], frame: Frame, days: usize, options: &TrainOptions) -> Option<Self> {
        let rows = Rows::new(cases);
        let trees = (cases.len() / CASES_A_TREE).clamp(FEWEST_TREES, MIDDLE.trees);
        let growth = Growth { seed: options.seed, trees, ..MIDDLE };
        let unseen = rows.each_fold(&rows.target, &growth, Some(LINE_RIDGE));
        let best = rows.best(&unseen).filter(|step| *step > 0)?;
        let line = Linear::fit(&rows.table, &rows.target, &rows.weights, LINE_RIDGE);
        let middle = rows.bag(&line, &Growth { trees: best * STEP, ..growth });
        let misses: Vec<f32> =
            rows.target.iter().zip(unseen.get(best)?).map(|(truth, said)| truth - said).collect();
        let sizes: Vec<f32> = misses.iter().map(|m| (f64::from(m.abs()) + SMALL).ln() as f32).collect();
        let level = sizes.iter().sum::<f32>() / sizes.len().max(1) as f32;
        let sizes: Vec<f32> = sizes.iter().map(|size| size - level).collect();
        let spreads = rows.each_fold(&sizes, &SPREAD, None);
        let spread = grow(&rows.table, &sizes, &rows.weights, &SPREAD);
        let mut misses: Vec<Miss> = cases
            .iter()
            .zip(&misses)
            .zip(spreads.last()?)
            .map(|((case, miss), spread)| Miss {
                log: f64::from(*miss),
                spread: f64::from(level + spread).exp(),
                hour_of_week: case.hour_of_week,
                age_days: case.age_days,
            })
            .collect();
        let lately = lately(&mut misses);
        Some(Self { frame, line, middle, spread, level, lately, windows: Windows::fit(&misses, days) })
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.line.weight() + self.middle.weight() + self.spread.weight()
    }

    /// The answer, given the logarithm of the lower tier's seconds.
    pub(super) fn answer(&self, base: f64, features: &Features, hour_of_week: u8) -> Eta {
        let spread = f64::from(self.level + self.spread.ask(features)).exp();
        let middle = self.line.ask(features) + f64::from(self.middle.ask(features));
        self.windows.answer(3, base + self.lately + middle, spread, hour_of_week)
    }
}

/// Cases as a table, and what is to be learned of each.
struct Rows<'a> {
    cases: &'a [Case],
    table: Table,
    target: Vec<f32>,
    weights: Vec<f32>,
}

impl<'a> Rows<'a> {
    fn new(cases: &'a [Case]) -> Self {
        let mut table = Table::new(super::features::WIDTH);
        cases.iter().for_each(|case| table.push(&case.features));
        let target = cases.iter().map(|case| (case.truth - case.base) as f32).collect();
        // Between counting seconds and counting percent.
        let middle = cases.iter().map(|case| case.base).sum::<f64>() / cases.len().max(1) as f64;
        let weights =
            cases.iter().map(|case| (0.5 * (case.base - middle)).clamp(-1.0, 1.0).exp() as f32).collect();
        Self { cases, table, target, weights }
    }

    /// After how many steps unseen trips were told best.
    fn best(&self, unseen: &[Vec<f32>]) -> Option<usize> {
        let error = |said: &Vec<f32>| {
            let miss = self.target.iter().zip(said).zip(&self.weights);
            miss.map(|((truth, said), weight)| f64::from(weight * (truth - said).abs())).sum::<f64>()
        };
        unseen.iter().map(error).enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(step, _)| step)
    }

    /// What a line leaves of a target.
    fn left(&self, line: &Linear, target: &[f32]) -> Vec<f32> {
        target.iter().enumerate().map(|(i, t)| t - line.ask(self.table.row(i)) as f32).collect()
    }

    /// Forests on what the line leaves, as one.
    fn bag(&self, line: &Linear, growth: &Growth) -> Forest {
        let left = self.left(line, &self.target);
        let bags = (BAG_TREES / growth.trees.max(1)).clamp(1, MOST_BAGS);
        let seed = |bag: usize| growth.seed.wrapping_add(1_000 * bag as u64);
        let grown = |bag| grow(&self.table, &left, &self.weights, &Growth { seed: seed(bag), ..*growth });
        Forest::mean((0..bags).map(grown).collect())
    }

    /// What models that have not seen a case's fold say about it: after 0, [`STEP`], 2 [`STEP`] .. trees. Forests
    /// alone, or, where a ridge is given, on what a line leaves.
    fn each_fold(&self, target: &[f32], growth: &Growth, ridge: Option<f64>) -> Vec<Vec<f32>> {
        let steps = growth.trees / STEP;
        let mut said = vec![vec![0.0f32; self.cases.len()]; steps + 1];
        for fold in 0..FOLDS {
            let is_unseen = |case: &Case| case.fold == fold;
            let shown: Vec<f32> = self
                .cases
                .iter()
                .zip(target)
                .map(|(case, value)| if is_unseen(case) { f32::NAN } else { *value })
                .collect();
            let fit = |ridge| Linear::fit(&self.table, &shown, &self.weights, ridge);
            let line = ridge.map_or_else(Linear::default, fit);
            let forest = grow(&self.table, &self.left(&line, &shown), &self.weights, growth);
            for (index, _) in self.cases.iter().enumerate().filter(|(_, case)| is_unseen(case)) {
                let row = self.table.row(index);
                let on_line = line.ask(row) as f32;
                for (step, said) in said.iter_mut().enumerate() {
                    if let Some(slot) = said.get_mut(index) {
                        *slot = on_line + forest.ask_first(row, step * STEP);
                    }
                }
            }
        }
        said
    }
}
