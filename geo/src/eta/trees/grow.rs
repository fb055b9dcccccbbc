//! Growing a forest: histograms of the residuals, one question a level that helps all leaves together.

#![allow(
    clippy::indexing_slicing,
    reason = "hot loops; bins are under BINS, leaves under 2^depth and rows under the table's by construction"
)]

use super::{DEEPEST, Forest, Split};

/// Thresholds are looked for among this many quantiles of a feature.
const BINS: usize = 64;

/// Rows of features, one after another.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Features of a row.
    pub width: usize,
    /// All values, row by row.
    pub values: Vec<f32>,
}

impl Table {
    /// An empty table of rows of `width` features.
    pub fn new(width: usize) -> Self {
        Self { width, values: Vec::new() }
    }

    /// Adds a row; a short one is filled up, a long one cut.
    pub fn push(&mut self, row: &[f32]) {
        self.values.extend((0..self.width).map(|i| row.get(i).copied().unwrap_or(0.0)));
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// One row.
    pub fn row(&self, index: usize) -> &[f32] {
        self.values.get(index * self.width..(index + 1) * self.width).unwrap_or(&[])
    }
}

/// How a forest grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Trees at most.
    pub trees: usize,
    /// Questions of a tree, at most [`DEEPEST`].
    pub depth: usize,
    /// What a tree says is believed by this part.
    pub rate: f32,
    /// A leaf is pulled to nothing as if it held this many rows more.
    pub ridge: f32,
    /// Part of the rows that a tree sees.
    pub rows: f32,
    /// Part of the features that a tree sees.
    pub columns: f32,
    /// Residuals larger than this pull no harder (Huber 1964).
    pub clip: f32,
    /// The same seed and rows give the same forest.
    pub seed: u64,
}

/// Grows a forest that explains `target` (one number a row, `weights` likewise).
///
/// Least squares with clipped residuals. Rows where the target is no number are passed over.
pub fn grow(table: &Table, target: &[f32], weights: &[f32], growth: &Growth) -> Forest {
    let depth = growth.depth.clamp(1, DEEPEST);
    let mut forest = Forest { depth: depth as u8, ..Forest::default() };
    let bins = Binned::new(table);
    let known: Vec<u32> = (0..table.rows().min(target.len()))
        .filter(|row| target[*row].is_finite())
        .map(|row| row as u32)
        .collect();
    if known.is_empty() || bins.useful.is_empty() {
        return forest;
    }
    let mut dice = Dice(growth.seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut residual: Vec<f32> = target.to_vec();
    for _ in 0..growth.trees {
        let rows: Vec<u32> = known.iter().copied().filter(|_| dice.next() < growth.rows).collect();
        let mut columns: Vec<u16> =
            bins.useful.iter().copied().filter(|_| dice.next() < growth.columns).collect();
        if columns.is_empty() {
            columns.extend(bins.useful.get(dice.below(bins.useful.len())));
        }
        let tree = tree(&bins, &rows, &columns, &residual, weights, growth, depth);
        let Some((splits, leaves)) = tree else { continue };
        for row in &known {
            let row = *row as usize;
            let leaf = splits.iter().enumerate().fold(0, |leaf, (level, (feature, bin))| {
                leaf | usize::from(bins.bin(row, *feature) > *bin) << level
            });
            residual[row] -= leaves[leaf];
        }
        forest.splits.extend(
            splits.iter().map(|(feature, bin)| Split { feature: *feature, above: bins.edge(*feature, *bin) }),
        );
        forest.leaves.extend(leaves);
    }
    forest
}

type Tree = (Vec<(u16, u8)>, Vec<f32>);

/// One tree: level by level the question that lessens the squared error of all leaves together the most.
fn tree(
    bins: &Binned,
    rows: &[u32],
    columns: &[u16],
    residual: &[f32],
    weights: &[f32],
    growth: &Growth,
    depth: usize,
) -> Option<Tree> {
    let pull = |row: usize| residual[row].clamp(-growth.clip, growth.clip);
    let weight = |row: usize| weights.get(row).copied().unwrap_or(1.0);
    let mut leaf_of = vec![0u8; rows.len()];
    let mut splits: Vec<(u16, u8)> = Vec::with_capacity(depth);
    let mut sums = vec![[0.0f32; 2]; (1 << (depth - 1)) * columns.len() * BINS];
    for level in 0..depth {
        let leaves = 1usize << level;
        let used = &mut sums[..leaves * columns.len() * BINS];
        used.fill([0.0; 2]);
        for (row, leaf) in rows.iter().zip(&leaf_of) {
            let row = *row as usize;
            let (weight, all) = (weight(row), bins.row(row));
            let pulled = weight * pull(row);
            let base = usize::from(*leaf) * columns.len() * BINS;
            for (slot, column) in columns.iter().enumerate() {
                let at = &mut used[base + slot * BINS + usize::from(all[usize::from(*column)])];
                at[0] += pulled;
                at[1] += weight;
            }
        }
        let (feature, bin) = best(used, columns, leaves, growth.ridge)?;
        for (row, leaf) in rows.iter().zip(&mut leaf_of) {
            *leaf |= u8::from(bins.bin(*row as usize, feature) > bin) << level;
        }
        splits.push((feature, bin));
    }
    let mut leaves = vec![[0.0f32; 2]; 1 << depth];
    for (row, leaf) in rows.iter().zip(&leaf_of) {
        let row = *row as usize;
        let slot = &mut leaves[usize::from(*leaf)];
        slot[0] += weight(row) * pull(row);
        slot[1] += weight(row);
    }
    let value = |[pull, weight]: [f32; 2]| growth.rate * pull / (weight + growth.ridge);
    Some((splits, leaves.into_iter().map(value).collect()))
}

/// The feature and bin whose split helps the most, summed over the leaves of a level.
fn best(sums: &[[f32; 2]], columns: &[u16], leaves: usize, ridge: f32) -> Option<(u16, u8)> {
    let mut best = (0.0f32, None);
    let mut gains = [0.0f32; BINS];
    for (slot, column) in columns.iter().enumerate() {
        gains.fill(0.0);
        for leaf in 0..leaves {
            let histogram = &sums[(leaf * columns.len() + slot) * BINS..][..BINS];
            let all = histogram.iter().fold([0.0; 2], |a: [f32; 2], b| [a[0] + b[0], a[1] + b[1]]);
            let mut low = [0.0f32; 2];
            for (gain, bin) in gains.iter_mut().zip(histogram) {
                low = [low[0] + bin[0], low[1] + bin[1]];
                let high = [all[0] - low[0], all[1] - low[1]];
                *gain += low[0] * low[0] / (low[1] + ridge) + high[0] * high[0] / (high[1].max(0.0) + ridge);
            }
        }
        // The last bin splits nothing off.
        for (bin, gain) in gains.iter().enumerate().take(BINS - 1) {
            if *gain > best.0 {
                best = (*gain, Some((*column, bin as u8)));
            }
        }
    }
    best.1
}

/// Features as numbers of quantiles.
struct Binned {
    width: usize,
    bins: Vec<u8>,
    /// Upper edges of the bins of each feature, ascending.
    edges: Vec<Vec<f32>>,
    /// Features that are not the same everywhere.
    useful: Vec<u16>,
}

impl Binned {
    fn new(table: &Table) -> Self {
        let (width, rows) = (table.width, table.rows());
        let mut edges = Vec::with_capacity(width);
        for feature in 0..width {
            let mut values: Vec<f32> =
                (0..rows).map(|row| table.row(row)[feature]).filter(|v| v.is_finite()).collect();
            values.sort_unstable_by(f32::total_cmp);
            let mut cuts: Vec<f32> = (1..BINS)
                .filter_map(|bin| {
                    let at = bin * values.len() / BINS;
                    // Half way between neighbours: what is seen later may lie on either side.
                    Some((values.get(at.checked_sub(1)?)? + values.get(at)?) / 2.0)
                })
                .collect();
            cuts.dedup();
            // Nothing lies above the largest: that would be no question.
            cuts.retain(|cut| values.last().is_some_and(|largest| cut < largest));
            edges.push(cuts);
        }
        let useful = (0..width).filter(|f| !edges[*f].is_empty()).map(|f| f as u16).collect();
        let mut bins = Vec::with_capacity(rows * width);
        for row in 0..rows {
            for (value, edges) in table.row(row).iter().zip(&edges) {
                bins.push(edges.partition_point(|edge| *value > *edge) as u8);
            }
        }
        Self { width, bins, edges, useful }
    }

    fn row(&self, row: usize) -> &[u8] {
        &self.bins[row * self.width..(row + 1) * self.width]
    }

    fn bin(&self, row: usize, feature: u16) -> u8 {
        self.bins[row * self.width + usize::from(feature)]
    }

    fn edge(&self, feature: u16, bin: u8) -> f32 {
        self.edges[usize::from(feature)].get(usize::from(bin)).copied().unwrap_or(f32::INFINITY)
    }
}

/// Randomness that is the same everywhere (Marsaglia 2003, xorshift*).
struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// 0.0 up to 1.0.
    fn next(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    fn below(&mut self, end: usize) -> usize {
        (self.bits() % end.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWTH: Growth =
        Growth { trees: 150, depth: 4, rate: 0.1, ridge: 2.0, rows: 0.7, columns: 1.0, clip: 5.0, seed: 3 };

    /// A step, a slope and noise that is not there to be learned.
    fn truth(rows: usize) -> (Table, Vec<f32>) {
        let mut dice = Dice(9);
        let (mut table, mut target) = (Table::new(3), Vec::new());
        for _ in 0..rows {
            let row = [dice.next(), dice.next(), dice.next()];
            table.push(&row);
            target.push(if row[0] > 0.4 { 1.0 } else { 0.0 } + row[1]);
        }
        (table, target)
    }

    #[test]
    fn what_is_there_is_found() {
        let (table, target) = truth(2_000);
        let forest = grow(&table, &target, &[], &GROWTH);
        let error = |row: [f32; 3], want: f32| (forest.ask(&row) - want).abs();
        assert!(error([0.2, 0.5, 0.5], 0.5) < 0.1 && error([0.8, 0.5, 0.1], 1.5) < 0.1);
        assert!(error([0.9, 0.9, 0.9], 1.9) < 0.12);
        assert_eq!(forest, grow(&table, &target, &[], &GROWTH), "the same seed, the same forest");
        let copy: Forest = serde_json::from_str(&serde_json::to_string(&forest).unwrap()).unwrap();
        assert_eq!(copy.ask(&[0.3, 0.3, 0.3]), forest.ask(&[0.3, 0.3, 0.3]));
    }

    #[test]
    fn a_mean_of_forests_says_the_mean() {
        let (table, target) = truth(500);
        let all = [1, 2, 3].map(|seed| grow(&table, &target, &[], &Growth { seed, trees: 40, ..GROWTH }));
        let row = [0.3, 0.6, 0.9];
        let mean = all.iter().map(|forest| forest.ask(&row)).sum::<f32>() / 3.0;
        assert!((Forest::mean(all.to_vec()).ask(&row) - mean).abs() < 1e-4);
        assert_eq!(Forest::mean(Vec::new()).ask(&row), 0.0);
    }

    #[test]
    fn nothing_to_learn_is_nothing_said() {
        let forest = grow(&Table::new(2), &[], &[], &GROWTH);
        assert_eq!((forest.ask(&[1.0, 2.0]), forest.trees()), (0.0, 0));
        let mut table = Table::new(1);
        (0..50).for_each(|_| table.push(&[1.0]));
        assert_eq!(grow(&table, &[f32::NAN; 50], &[], &GROWTH).trees(), 0);
        assert_eq!(grow(&table, &[1.0; 50], &[], &GROWTH).trees(), 0, "one value is no question");
    }

    #[test]
    fn strange_features_do_no_harm() {
        let (table, target) = truth(300);
        let forest = grow(&table, &target, &[], &GROWTH);
        for row in [&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY][..], &[], &[0.5]] {
            assert!(forest.ask(row).is_finite());
        }
    }
}
