//! Where on a street: at a number, at a corner, in the middle.

use rustc_hash::FxHashSet;

use super::Precision;
use super::index::Places;
use super::record::{Entry, House, NONE};
use super::shape::{self, Plane, UNIT_M};

/// A point on a street and how far it is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub at: [i32; 2],
    pub precision: Precision,
    /// 0..=1.
    pub trust: f32,
}

/// Numbers further apart than this tell little about those between: four blocks.
const FAR_APART: u32 = 400;
/// Past the last known number of a street it goes on for one block, for certain.
const BLOCK: u32 = 100;
/// Lines that come this near meet: a dual carriageway, a gap in the drawing.
const MEET_M: f64 = 40.0;

impl Places {
    /// A house on a street: where it was seen, else between its neighbours; `None` where no neighbour is near.
    pub(super) fn house(&self, street: &Entry, number: u32) -> Option<Spot> {
        let houses = self.houses(street);
        let from = houses.partition_point(|h| h.number() < number);
        let same = houses.get(from..).unwrap_or(&[]).iter().take_while(|h| h.number() == number);
        if let Some(house) = same.clone().find(|h| !h.is_computed()) {
            return Some(Spot { at: house.at, precision: Precision::Number, trust: 1.0 });
        }
        if let Some(house) = same.clone().next() {
            return Some(Spot { at: house.at, precision: Precision::Interpolated, trust: 0.92 });
        }
        let (before, behind) = houses.split_at_checked(from)?;
        // Even numbers stand on one side, odd ones on the other.
        let is_across = |h: &&House| h.number() % 2 == number % 2;
        let low = before.iter().rev().find(is_across).or(before.last());
        let high = behind.iter().find(is_across).or(behind.first());
        match (low, high) {
            (Some(low), Some(high)) => Some(self.between(street, low, high, number)),
            (Some(one), None) | (None, Some(one)) => {
                let gap = one.number().abs_diff(number);
                (gap <= 2 * BLOCK).then_some(Spot {
                    at: one.at,
                    precision: Precision::Interpolated,
                    trust: if gap <= BLOCK { 0.6 } else { 0.45 },
                })
            }
            (None, None) => None,
        }
    }

    fn between(&self, street: &Entry, low: &House, high: &House, number: u32) -> Spot {
        let gap = high.number().abs_diff(low.number()).max(1);
        let share = f64::from(number.abs_diff(low.number())) / f64::from(gap);
        let plane = Plane::at(low.at);
        let end = plane.xy(high.at);
        let straight = plane.back(end.map(|d| d * share));
        let at = self.on_street(street, straight, 80.0).unwrap_or(straight);
        // A metre a number is usual; a neighbour that lies elsewhere is a mistake of the map or another street.
        let is_odd = end[0].hypot(end[1]) > 150.0 + 4.0 * f64::from(gap);
        let wide = f64::from(gap.min(FAR_APART)) / f64::from(FAR_APART);
        let trust = if is_odd || gap > 2 * FAR_APART { 0.45 } else { 0.92 - 0.22 * wide as f32 };
        Spot { at, precision: Precision::Interpolated, trust }
    }

    /// The point of a street nearest to `at`, within `within_m`.
    pub(super) fn on_street(&self, street: &Entry, at: [i32; 2], within_m: f64) -> Option<[i32; 2]> {
        let plane = Plane::at(at);
        let found = self.lines(street).filter_map(|(_, line)| plane.nearest(line));
        found.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, far)| *far <= within_m).map(|(at, _)| at)
    }

    /// The barrio of a street at a point.
    pub(super) fn suburb_at(&self, street: &Entry, at: [i32; 2]) -> u32 {
        let plane = Plane::at(at);
        let found = self.lines(street).filter_map(|(suburb, line)| Some((suburb, plane.nearest(line)?.1)));
        found.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(NONE, |(suburb, _)| suburb)
    }

    /// The middle of a street, or of its part in `suburb`.
    pub(super) fn middle(&self, street: &Entry, suburb: Option<u32>) -> [i32; 2] {
        let Some(suburb) = suburb else { return street.at };
        let inside = || self.lines(street).filter(move |(s, _)| *s == suburb).map(|(_, line)| line);
        let Some([south, west, north, east]) = inside().filter_map(shape::bounds).reduce(shape::join) else {
            return street.at;
        };
        let half = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2) as i32;
        let plane = Plane::at([half(south, north), half(west, east)]);
        let found = inside().filter_map(|line| plane.nearest(line)).min_by(|a, b| a.1.total_cmp(&b.1));
        found.map_or(street.at, |(at, _)| at)
    }

    /// The lines of a street that come near a box.
    fn lines_near(&self, street: &Entry, bounds: [i32; 4]) -> Vec<Boxed<'_>> {
        let boxed = self.lines(street).filter_map(|(_, line)| Some((shape::bounds(line)?, line)));
        boxed.filter(|(of_line, _)| touch(*of_line, bounds)).collect()
    }

    /// Where two streets meet.
    pub(super) fn corner(&self, a: &Entry, b: &Entry) -> Option<Spot> {
        if !touch(a.bounds, b.bounds) {
            return None;
        }
        let corner = |at, trust| Spot { at, precision: Precision::Corner, trust };
        let (ones, others) = (self.lines_near(a, b.bounds), self.lines_near(b, a.bounds));
        let points: FxHashSet<[i32; 2]> = ones.iter().flat_map(|(_, line)| line.iter()).copied().collect();
        let shared: Vec<[i32; 2]> = others
            .iter()
            .flat_map(|(_, line)| line.iter())
            .filter(|p| points.contains(*p))
            .copied()
            .collect();
        if let Some(first) = shared.first() {
            let plane = Plane::at(*first);
            // The nodes of one crossing of dual carriageways; further ones are another crossing.
            let (here, far): (Vec<[i32; 2]>, Vec<[i32; 2]>) =
                shared.iter().partition(|p| plane.distance_m(**p) <= 2.0 * MEET_M);
            let count = here.len().max(1) as f64;
            let sum = here.iter().map(|p| plane.xy(*p)).fold([0.0, 0.0], |s, p| [s[0] + p[0], s[1] + p[1]]);
            return Some(corner(plane.back(sum.map(|d| d / count)), if far.is_empty() { 0.97 } else { 0.7 }));
        }
        let found = [approach(&ones, &others), approach(&others, &ones)].into_iter().flatten();
        let found = found.min_by(|a, b| a.1.total_cmp(&b.1));
        found.filter(|(_, far)| *far <= MEET_M).map(|(at, _)| corner(at, 0.9))
    }
}

/// A line and the box around it.
type Boxed<'a> = ([i32; 4], &'a [[i32; 2]]);

/// The point of `others` that a vertex of `ones` comes nearest to, and how near.
fn approach(ones: &[Boxed<'_>], others: &[Boxed<'_>]) -> Option<([i32; 2], f64)> {
    let vertices = ones.iter().flat_map(|(_, line)| line.iter());
    let near = vertices.flat_map(|p| {
        let plane = Plane::at(*p);
        let lines = others.iter().filter(|(bounds, _)| inside(*p, *bounds));
        lines.filter_map(move |(_, line)| plane.nearest(line))
    });
    near.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// [`MEET_M`] in ten-millionths of a degree, doubled for longitudes far from the equator.
const MARGIN: i32 = (2.0 * MEET_M / UNIT_M) as i32;

pub(super) fn touch(a: [i32; 4], b: [i32; 4]) -> bool {
    a[0] <= b[2].saturating_add(MARGIN)
        && b[0] <= a[2].saturating_add(MARGIN)
        && a[1] <= b[3].saturating_add(MARGIN)
        && b[1] <= a[3].saturating_add(MARGIN)
}

fn inside(at: [i32; 2], bounds: [i32; 4]) -> bool {
    touch([at[0], at[1], at[0], at[1]], bounds)
}
