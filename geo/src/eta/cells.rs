//! Tier 1: what a city's own trips say about its hours and its places, without a map.
//!
//! Nothing but sums: trips are added one by one, sums of two nights or two halves add up, and what comes of them
//! does not depend on the order. A trip's *surprise* is the logarithm of its duration over what tier 0's middle
//! law says. The city's own law takes the level and the slope out of it, hours of the week what is left, H3 cells
//! of both ends what is left then; each is pulled to the wider one it is part of, as if that had been seen
//! some trips long.

use h3o::{CellIndex, LatLng, Resolution};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{HOURS_OF_WEEK, Question, Trip, tier0};
use crate::Coord;

/// Cells of about 0.74 km2.
const FINE: Resolution = Resolution::Eight;
/// Their parents, about 36 km2: the part of a city.
const COARSE: Resolution = Resolution::Six;
/// The straight line that a city's law turns about, metres.
const MIDDLE_M: f64 = 3_000.0;
/// The shipped law counts as many trips as this against the city's level..
const LEVEL_PRIOR: f64 = 10.0;
/// ..and this much spread of the logarithm of the line against its slope (40 trips of usual spread).
const SLOPE_PRIOR: f64 = 16.0;
/// An hour of the week is pulled to its hour of the day, that to its part of the day, that to nothing.
const HOUR_PRIOR: f64 = 30.0;
/// A cell is pulled to its parent, and a cell in a part of the day to the cell.
const CELL_PRIOR: f64 = 12.0;
const PART_PRIOR: f64 = 25.0;
/// The way between two cells is pulled to nothing.
const PAIR_PRIOR: f64 = 4.0;

/// Parts of a day.
pub const PARTS: usize = 4;

/// The part of the day of an hour of the week: 0 night and early (21-6), 1 morning (7-10), 2 midday (11-15), 3 evening (16-20).
pub fn part_of_day(hour_of_week: u8) -> usize {
    match hour_of_week % 24 {
        7..=10 => 1,
        11..=15 => 2,
        16..=20 => 3,
        _ => 0,
    }
}

/// Sums over some trips.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Sum {
    /// Trips.
    n: f64,
    /// Their surprises.
    r: f64,
    /// Logarithms of their straight lines over [`MIDDLE_M`].
    x: f64,
}

impl Sum {
    fn add(&mut self, other: Self, sign: f64) {
        self.n += sign * other.n;
        self.r += sign * other.r;
        self.x += sign * other.x;
    }

    /// The mean of what a law leaves, pulled to `wider` as if that had been seen `prior` trips long.
    fn mean(self, law: Law, wider: f64, prior: f64) -> f64 {
        (self.r - law.level * self.n - law.slope * self.x + prior * wider) / (self.n.max(0.0) + prior)
    }
}

/// Starts and ends in one cell, in each part of the day.
type Ends = [[Sum; PARTS]; 2];

/// What is taken off every surprise: `level + slope * x`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Law {
    level: f64,
    slope: f64,
}

/// The sums of a city's finished trips.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Cells {
    city: Sum,
    xx: f64,
    xr: f64,
    #[serde(with = "rows")]
    hours: FxHashMap<u64, Sum>,
    #[serde(with = "rows")]
    ends: FxHashMap<u64, Ends>,
    #[serde(with = "rows")]
    pairs: FxHashMap<u64, Sum>,
}

impl Cells {
    /// Adds one finished trip.
    pub fn learn(&mut self, trip: &Trip) {
        let straight_m = trip.straight_m();
        let surprise = trip.duration_s.max(1.0).ln() - tier0::log_p50(straight_m, trip.hour_of_week());
        let x = (straight_m.max(1.0) / MIDDLE_M).ln();
        if !(surprise.is_finite() && x.is_finite()) {
            return;
        }
        let sum = Sum { n: 1.0, r: surprise, x };
        self.city.add(sum, 1.0);
        self.xx += x * x;
        self.xr += x * surprise;
        let hour = trip.hour_of_week();
        self.hours.entry(u64::from(hour)).or_default().add(sum, 1.0);
        let part = part_of_day(hour);
        let ends = [around(trip.from), around(trip.to)];
        if let Some(pair) = pair(ends) {
            self.pairs.entry(pair).or_default().add(sum, 1.0);
        }
        for (role, cells) in ends.into_iter().enumerate() {
            for cell in cells.into_iter().flatten() {
                let ends = self.ends.entry(cell.into()).or_default();
                if let Some(slot) = ends.get_mut(role).and_then(|parts| parts.get_mut(part)) {
                    slot.add(sum, 1.0);
                }
            }
        }
    }

    /// Adds what others have learned.
    pub fn add(&mut self, other: &Self) {
        self.city.add(other.city, 1.0);
        self.xx += other.xx;
        self.xr += other.xr;
        for (hour, sum) in &other.hours {
            self.hours.entry(*hour).or_default().add(*sum, 1.0);
        }
        for (cell, theirs) in &other.ends {
            let mine = self.ends.entry(*cell).or_default();
            for (mine, theirs) in mine.iter_mut().flatten().zip(theirs.iter().flatten()) {
                mine.add(*theirs, 1.0);
            }
        }
        for (pair, sum) in &other.pairs {
            self.pairs.entry(*pair).or_default().add(*sum, 1.0);
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        (self.hours.len() + self.pairs.len()) * size_of::<(u64, Sum)>()
            + self.ends.len() * size_of::<(u64, Ends)>()
    }

    /// Trips learned from.
    pub fn trips(&self) -> u64 {
        self.city.n as u64
    }
}

/// The cell of a point and its parent.
fn around(point: Coord) -> [Option<CellIndex>; 2] {
    let fine = LatLng::new(point.lat(), point.lon()).ok().map(|at| at.to_cell(FINE));
    [fine, fine.and_then(|cell| cell.parent(COARSE))]
}

/// A name for the way between two fine cells. Two ways that share one by chance share their pace.
fn pair([from, to]: [[Option<CellIndex>; 2]; 2]) -> Option<u64> {
    let (from, to) = (u64::from((*from.first()?)?), u64::from((*to.first()?)?));
    Some(from.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ to.rotate_left(29).wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// Cells, made ready to be asked: every mean computed once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Paces {
    law: Law,
    hours: Vec<f32>,
    ends: FxHashMap<u64, [[f32; PARTS]; 2]>,
    coarse: FxHashMap<u64, [f32; 2]>,
    pairs: FxHashMap<u64, [f32; 2]>,
}

/// What tier 1 knows about a question, all logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Surprise {
    /// The city's law over tier 0.
    pub law: f64,
    /// What the hour adds to tier 0's factor.
    pub hour: f64,
    /// What the start's cell adds.
    pub start: f64,
    /// What the end's cell adds.
    pub end: f64,
    /// What the way between the two cells says beyond the city's law, and how many trips took it.
    pub pair: f64,
    /// Those trips.
    pub pair_trips: f64,
}

impl Surprise {
    /// The city's law and the hour.
    pub fn city(self) -> f64 {
        self.law + self.hour
    }

    /// All of it but the way between the cells.
    pub fn total(self) -> f64 {
        self.city() + self.start + self.end
    }
}

impl Paces {
    /// Every mean of `cells`, each pulled to the wider one it is part of.
    pub fn new(cells: &Cells) -> Self {
        let law = law(cells);
        let (coarse, fine): (Vec<_>, Vec<_>) = cells
            .ends
            .iter()
            .filter_map(|(id, ends)| Some((CellIndex::try_from(*id).ok()?, ends)))
            .partition(|(cell, _)| cell.resolution() == COARSE);
        let whole = |parts: &[Sum; PARTS]| {
            parts.iter().fold(Sum::default(), |mut all, part| {
                all.add(*part, 1.0);
                all
            })
        };
        let coarse: FxHashMap<u64, [f32; 2]> = coarse
            .into_iter()
            .map(|(cell, ends)| {
                (cell.into(), ends.map(|p| whole(&p).mean(law, 0.0, 2.0 * CELL_PRIOR) as f32))
            })
            .collect();
        let ends = fine
            .into_iter()
            .map(|(cell, ends)| {
                let parent =
                    cell.parent(COARSE).and_then(|c| coarse.get(&c.into())).copied().unwrap_or_default();
                let mut means = [[0.0f32; PARTS]; 2];
                for ((means, parts), parent) in means.iter_mut().zip(&ends[..]).zip(parent) {
                    let all = whole(parts).mean(law, f64::from(parent), CELL_PRIOR);
                    for (mean, part) in means.iter_mut().zip(parts) {
                        *mean = part.mean(law, all, PART_PRIOR) as f32;
                    }
                }
                (cell.into(), means)
            })
            .collect();
        let pairs = cells
            .pairs
            .iter()
            .map(|(pair, sum)| (*pair, [sum.mean(law, 0.0, PAIR_PRIOR) as f32, sum.n as f32]))
            .collect();
        Self { law, hours: hours(cells, law), ends, coarse, pairs }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        self.ends.len() * size_of::<(u64, [[f32; PARTS]; 2])>()
            + (self.coarse.len() + self.pairs.len()) * size_of::<(u64, [f32; 2])>()
    }

    /// What the city, the hour and the cells of both ends say beyond tier 0.
    pub fn surprise(&self, question: &Question, straight_m: f64) -> Surprise {
        let x = (straight_m.max(1.0) / MIDDLE_M).ln();
        let hour = usize::from(question.hour_of_week % HOURS_OF_WEEK);
        let hour_s = self.hours.get(hour).copied().unwrap_or(0.0);
        let part = part_of_day(question.hour_of_week);
        let cells = [around(question.from), around(question.to)];
        let [pair, pair_trips] =
            pair(cells).and_then(|pair| self.pairs.get(&pair)).copied().unwrap_or_default().map(f64::from);
        let end = |role: usize, [fine, coarse]: [Option<CellIndex>; 2]| {
            let fine = fine.and_then(|c| self.ends.get(&c.into())?.get(role)?.get(part));
            let coarse = || coarse.and_then(|c| self.coarse.get(&c.into())?.get(role));
            f64::from(fine.or_else(coarse).copied().unwrap_or(0.0))
        };
        let [from, to] = cells;
        Surprise {
            law: self.law.level + self.law.slope * x,
            hour: f64::from(hour_s),
            start: end(0, from),
            end: end(1, to),
            pair,
            pair_trips,
        }
    }
}

/// Least squares of the surprises on the logarithm of the line, pulled to the shipped law.
fn law(cells: &Cells) -> Law {
    let Sum { n, r, x } = cells.city;
    if n < 1.0 {
        return Law::default();
    }
    let (mean_x, mean_r) = (x / n, r / n);
    let slope = (cells.xr - n * mean_x * mean_r) / (cells.xx - n * mean_x * mean_x + SLOPE_PRIOR);
    let level = (r - slope * x) / (n + LEVEL_PRIOR);
    Law { level, slope }
}

/// What each hour of the week adds, pulled to its hour of the day (working day or not), its part of the day, nothing.
fn hours(cells: &Cells, law: Law) -> Vec<f32> {
    let mut days = [Sum::default(); 48];
    let mut parts = [Sum::default(); PARTS];
    let day = |hour: u8| usize::from(hour / 24 >= 5) * 24 + usize::from(hour % 24);
    let of = |hour: u8| cells.hours.get(&u64::from(hour)).copied().unwrap_or_default();
    for hour in 0..HOURS_OF_WEEK {
        if let Some(slot) = days.get_mut(day(hour)) {
            slot.add(of(hour), 1.0);
        }
        if let Some(slot) = parts.get_mut(part_of_day(hour)) {
            slot.add(of(hour), 1.0);
        }
    }
    let mean = |hour: u8| {
        let part = parts.get(part_of_day(hour)).map_or(0.0, |s| s.mean(law, 0.0, HOUR_PRIOR));
        let day = days.get(day(hour)).map_or(0.0, |s| s.mean(law, part, HOUR_PRIOR));
        of(hour).mean(law, day, HOUR_PRIOR) as f32
    };
    (0..HOURS_OF_WEEK).map(mean).collect()
}

/// Maps as sorted lists of rows: JSON has no numbers as keys, and the same sums give the same bytes.
mod rows {
    use super::FxHashMap;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer, V: Serialize>(map: &FxHashMap<u64, V>, to: S) -> Result<S::Ok, S::Error> {
        let mut rows: Vec<(&u64, &V)> = map.iter().collect();
        rows.sort_unstable_by_key(|(key, _)| **key);
        rows.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
        from: D,
    ) -> Result<FxHashMap<u64, V>, D::Error> {
        Ok(Vec::<(u64, V)>::deserialize(from)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eta::Vehicle;
    use proptest::prelude::*;

    fn trip() -> impl Strategy<Value = Trip> {
        let place = || (-34.66..-34.56f64, -58.48..-58.38f64);
        (place(), place(), 0..604_800i64, 130.0..3_500.0f64).prop_map(|(a, b, second, duration_s)| Trip {
            from: Coord::new(a.0, a.1).unwrap(),
            to: Coord::new(b.0, b.1).unwrap(),
            started_at: 1_546_830_000 + second,
            utc_offset_s: -10_800,
            duration_s,
            vehicle: Vehicle::Car,
        })
    }

    fn learned(trips: &[Trip]) -> Cells {
        trips.iter().fold(Cells::default(), |mut cells, trip| {
            cells.learn(trip);
            cells
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Two nights learned apart and added say what both together say; a stored copy too.
        #[test]
        fn sums_add_up(trips in proptest::collection::vec(trip(), 1..40), cut in 0..40usize) {
            let cut = cut.min(trips.len());
            let mut parts = learned(&trips[..cut]);
            parts.add(&learned(&trips[cut..]));
            let whole = learned(&trips);
            let copy: Cells = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
            prop_assert_eq!(parts.trips(), trips.len() as u64);
            let [parts, whole, copy] = [&parts, &whole, &copy].map(Paces::new);
            for trip in &trips {
                let said = |paces: &Paces| paces.surprise(&trip.question(), trip.straight_m());
                prop_assert!((said(&parts).total() - said(&whole).total()).abs() < 1e-5);
                prop_assert!((said(&copy).total() - said(&whole).total()).abs() < 1e-9);
                prop_assert_eq!(said(&whole).pair_trips, said(&parts).pair_trips);
            }
        }

        /// Nothing is believed beyond what was seen: every part lies between nothing and the largest surprise.
        #[test]
        fn means_are_pulled_to_nothing(trips in proptest::collection::vec(trip(), 1..40)) {
            let paces = Paces::new(&learned(&trips));
            let surprise = |t: &Trip| (t.duration_s.ln() - tier0::log_p50(t.straight_m(), t.hour_of_week())).abs();
            let most = trips.iter().map(surprise).fold(0.0, f64::max);
            for trip in &trips {
                let said = paces.surprise(&trip.question(), trip.straight_m());
                for part in [said.start, said.end, said.pair, said.hour] {
                    prop_assert!(part.is_finite() && part.abs() <= 3.0 * most + 1e-6, "{said:?} of {most}");
                }
            }
        }
    }

    #[test]
    fn a_slow_quarter_is_known_as_one() {
        let at = |lat: f64, lon: f64| Coord::new(lat, lon).unwrap();
        let trip = |to: Coord, factor: f64| {
            let from = at(-34.60, -58.45);
            let duration_s = factor * tier0::log_p50(from.distance_m(to), 10).exp();
            Trip {
                from,
                to,
                started_at: 1_546_830_000 + 36_000,
                utc_offset_s: -10_800,
                duration_s,
                vehicle: Vehicle::Car,
            }
        };
        let (slow, usual) = (at(-34.62, -58.42), at(-34.58, -58.48));
        let trips: Vec<Trip> =
            (0..80).map(|i| if i % 2 == 0 { trip(slow, 1.5) } else { trip(usual, 1.0) }).collect();
        let paces = Paces::new(&learned(&trips));
        let end = |to: Coord| paces.surprise(&trip(to, 1.0).question(), 3_000.0).end;
        assert!(end(slow) > 0.1 && end(usual) < -0.1, "{} {}", end(slow), end(usual));
        assert_eq!(end(at(-31.4, -64.2)), 0.0, "nobody was ever there");
    }
}
