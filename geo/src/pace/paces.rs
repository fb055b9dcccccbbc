//! From sums to factors: empirical Bayes, level by level.

use rustc_hash::FxHashMap;

use super::key::{Mark, mark};
use super::observations::{LEAST_TRIPS, Observations};
use super::sum::{Sum, TRIP};
use super::{Period, prior};
use crate::eta::Vehicle;
use crate::roads::{Class, Roads};

/// How many trips the wider level counts for, level by level.
const CITY_PSEUDO: f64 = 5.0;
const CLASS_PSEUDO: f64 = 20.0;
const CLASS_PERIOD_PSEUDO: f64 = 40.0;
const CELL_PSEUDO: f64 = 20.0;
const CELL_PERIOD_PSEUDO: f64 = 30.0;
const EDGE_PSEUDO: f64 = 15.0;
const EDGE_PERIOD_PSEUDO: f64 = 30.0;
/// No level is believed to be further off than this, whatever was seen.
const MOST: f64 = 5.0;

/// Factors on free flow for every edge and period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paces {
    /// By class and period: the whole factor up to there.
    classes: FxHashMap<(u8, Period), f64>,
    /// The city against the shipped prior; for classes that nobody drove.
    city: f64,
    /// By cell and period, on top of the class's.
    cells: FxHashMap<(u64, Period), f64>,
    /// By cell where a period has nothing of its own.
    cells_all: FxHashMap<u64, f64>,
    /// By edge: the sums of its periods.
    edges: FxHashMap<u64, [Sum; Period::COUNT]>,
}

/// Real against expected, and how many trips say so.
#[derive(Debug, Clone, Copy, Default)]
struct Ratio {
    real: f64,
    expected: f64,
    trips: f64,
}

impl Ratio {
    fn of(sum: &Sum, factor: f64) -> Self {
        Self { real: sum.real_ms as f64, expected: sum.free_ms as f64 * factor, trips: sum.trips() }
    }

    fn add(&mut self, sum: &Sum, factor: f64) {
        let other = Self::of(sum, factor);
        self.real += other.real;
        self.expected += other.expected;
        self.trips += other.trips;
    }

    /// The ratio, pulled to 1 as if `pseudo` trips had said so; 1 where too few trips speak.
    fn shrunk(&self, pseudo: f64) -> f64 {
        if self.trips < f64::from(LEAST_TRIPS) || self.expected <= 0.0 {
            return 1.0;
        }
        let ratio = (self.real / self.expected).clamp(1.0 / MOST, MOST);
        (self.trips * ratio + pseudo) / (self.trips + pseudo)
    }
}

impl Paces {
    /// What follows from what was seen; from nothing the shipped prior.
    pub fn learn(seen: &Observations) -> Self {
        let mut paces = Self { city: 1.0, ..Self::default() };
        paces.learn_classes(seen);
        paces.learn_cells(seen);
        for ((edge, period), sum) in seen.edges.iter().filter(|(_, s)| s.trips >= LEAST_TRIPS * TRIP) {
            if let Some(slot) = paces.edges.entry(*edge).or_default().get_mut(period.index()) {
                *slot = *sum;
            }
        }
        paces
    }

    fn learn_classes(&mut self, seen: &Observations) {
        let (mut city, mut classes) = (Ratio::default(), FxHashMap::<u8, Ratio>::default());
        for ((class, period), sum) in &seen.classes {
            city.add(sum, prior_of(*class, *period));
        }
        self.city = city.shrunk(CITY_PSEUDO);
        for ((class, period), sum) in &seen.classes {
            classes.entry(*class).or_default().add(sum, prior_of(*class, *period) * self.city);
        }
        for class in Class::ALL {
            let number = class as u8;
            let of_class = classes.get(&number).map_or(1.0, |r| r.shrunk(CLASS_PSEUDO));
            for period in Period::ALL {
                let wide = prior::factor(class, period) * self.city * of_class;
                let sum = seen.classes.get(&(number, period));
                let own = sum.map_or(1.0, |s| Ratio::of(s, wide).shrunk(CLASS_PERIOD_PSEUDO));
                self.classes.insert((number, period), wide * own);
            }
        }
    }

    fn learn_cells(&mut self, seen: &Observations) {
        let mut all = FxHashMap::<u64, Ratio>::default();
        for ((cell, class, period), sum) in &seen.cells {
            all.entry(*cell).or_default().add(sum, self.class_factor(*class, *period));
        }
        self.cells_all = all.iter().map(|(cell, ratio)| (*cell, ratio.shrunk(CELL_PSEUDO))).collect();
        let mut own = FxHashMap::<(u64, Period), Ratio>::default();
        for ((cell, class, period), sum) in &seen.cells {
            let wide = self.class_factor(*class, *period) * self.cells_all.get(cell).copied().unwrap_or(1.0);
            own.entry((*cell, *period)).or_default().add(sum, wide);
        }
        let whole = |(cell, period): &(u64, Period), ratio: &Ratio| {
            let wide = self.cells_all.get(cell).copied().unwrap_or(1.0);
            ((*cell, *period), wide * ratio.shrunk(CELL_PERIOD_PSEUDO))
        };
        self.cells = own.iter().map(|(key, ratio)| whole(key, ratio)).collect();
    }

    fn class_factor(&self, class: u8, period: Period) -> f64 {
        self.classes.get(&(class, period)).copied().unwrap_or_else(|| prior_of(class, period))
    }

    /// Class and cell together.
    fn wide_factor(&self, class: Class, cell: u64, period: Period) -> f64 {
        let of_cell = self.cells.get(&(cell, period)).or_else(|| self.cells_all.get(&cell));
        self.class_factor(class as u8, period) * of_cell.copied().unwrap_or(1.0)
    }

    /// How many times longer than free flow an edge takes.
    fn factor(&self, class: Class, mark: Mark, period: Period) -> f64 {
        let wide = self.wide_factor(class, mark.cell, period);
        let Some(sums) = self.edges.get(&mark.key) else { return wide };
        let mut all = Ratio::default();
        for (sum, period) in sums.iter().zip(Period::ALL) {
            all.add(sum, self.wide_factor(class, mark.cell, period));
        }
        let wide = wide * all.shrunk(EDGE_PSEUDO);
        let own = sums.get(period.index()).map_or(1.0, |s| Ratio::of(s, wide).shrunk(EDGE_PERIOD_PSEUDO));
        wide * own
    }

    /// Milliseconds over every edge in a period, for [`Roads::customize`]; `u32::MAX` where the vehicle may not go.
    pub fn times(&self, roads: &Roads, vehicle: Vehicle, period: Period) -> Vec<u32> {
        let is_wide = self.cells_all.is_empty() && self.edges.is_empty();
        let time = |edge: u32| {
            let free_ms = roads.edge_time_ms(edge, vehicle);
            if free_ms == u32::MAX {
                return free_ms;
            }
            let class = roads.edge_class(edge);
            let factor = if is_wide {
                self.class_factor(class as u8, period)
            } else {
                self.factor(class, mark(roads, edge), period)
            };
            // Customizing takes whole milliseconds from 1 on.
            (f64::from(free_ms) * factor).round().clamp(1.0, f64::from(u32::MAX - 1)) as u32
        };
        (0..roads.edge_count()).map(time).collect()
    }
}

fn prior_of(class: u8, period: Period) -> f64 {
    prior::factor(Class::from_number(class), period)
}
