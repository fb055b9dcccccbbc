//! Boundaries as closed rings.

use rustc_hash::FxHashMap;

use super::super::shape;
use super::gather::At;
use crate::osm::{Extract, Kind};

/// An area: rings under the even-odd rule, so holes need no mark.
#[derive(Debug)]
pub(super) struct Area {
    bounds: [i32; 4],
    rings: Vec<Vec<At>>,
}

impl Area {
    /// `None` without a closed ring.
    pub(super) fn new(rings: Vec<Vec<At>>) -> Option<Self> {
        let bounds = rings.iter().filter_map(|r| shape::bounds(r)).reduce(shape::join)?;
        Some(Self { bounds, rings })
    }

    /// Does the point lie inside? Points on the line itself fall to one side.
    pub(super) fn contains(&self, [lat, lon]: At) -> bool {
        let [south, west, north, east] = self.bounds;
        if lat < south || lat > north || lon < west || lon > east {
            return false;
        }
        let crosses = |a: At, b: At| {
            (a[0] > lat) != (b[0] > lat) && {
                let share = (f64::from(lat) - f64::from(a[0])) / (f64::from(b[0]) - f64::from(a[0]));
                f64::from(lon) < f64::from(a[1]) + share * (f64::from(b[1]) - f64::from(a[1]))
            }
        };
        let pairs = self.rings.iter().flat_map(|ring| ring.iter().zip(ring.iter().skip(1)));
        pairs.filter(|(a, b)| crosses(**a, **b)).count() % 2 == 1
    }

    /// The middle of its box.
    pub(super) fn middle(&self) -> At {
        let half = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2) as i32;
        let [south, west, north, east] = self.bounds;
        [half(south, north), half(west, east)]
    }

    pub(super) fn bounds(&self) -> [i32; 4] {
        self.bounds
    }
}

/// Joins a boundary's ways into closed rings. Ways that close nothing (the extract was cut there) are left out.
pub(super) fn rings(extract: &Extract, ways: impl Iterator<Item = u32>) -> Vec<Vec<At>> {
    let mut chains: Vec<Vec<u32>> = ways
        .filter_map(|way| Some(extract.way(way)?.nodes().filter(|n| extract.at_e7(*n).is_some()).collect()))
        .filter(|chain: &Vec<u32>| chain.len() > 1)
        .collect();
    let mut ends: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (i, chain) in chains.iter().enumerate() {
        for end in [chain.first(), chain.last()].into_iter().flatten() {
            ends.entry(*end).or_default().push(i);
        }
    }
    let mut found = Vec::new();
    for start in 0..chains.len() {
        let Some(mut ring) = chains.get_mut(start).map(std::mem::take).filter(|c| !c.is_empty()) else {
            continue;
        };
        while let (Some(first), Some(last)) = (ring.first().copied(), ring.last().copied()) {
            if first == last {
                break;
            }
            let next = ends.get(&last).into_iter().flatten().copied();
            let Some(next) = next.into_iter().find(|i| chains.get(*i).is_some_and(|c| !c.is_empty())) else {
                break;
            };
            let Some(mut chain) = chains.get_mut(next).map(std::mem::take) else { break };
            if chain.first() != Some(&last) {
                chain.reverse();
            }
            ring.extend(chain.into_iter().skip(1));
        }
        if ring.len() > 3 && ring.first() == ring.last() {
            found.push(ring.iter().filter_map(|n| extract.at_e7(*n)).map(|(lat, lon)| [lat, lon]).collect());
        }
    }
    found
}

/// The ways of a boundary relation.
pub(super) fn boundary_ways<'a>(members: impl Iterator<Item = (Kind, &'a str)>) -> impl Iterator<Item = u32> {
    members.filter_map(|(kind, role)| match kind {
        Kind::Way(way) if ["outer", "inner", ""].contains(&role) => Some(way),
        _ => None,
    })
}
