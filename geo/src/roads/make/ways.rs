//! The ways that are roads, with their profiles and names.

use rustc_hash::FxHashMap;

use crate::osm::{Extract, Way};
use crate::roads::profile::Profile;

/// A way that some vehicle may drive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Road {
    /// Its place among the extract's ways.
    pub place: u32,
    /// OpenStreetMap's id.
    pub id: i64,
    /// Its name, by its place in [`Roads::names`].
    pub name: u32,
    /// What it is to the vehicles.
    pub profile: Profile,
}

/// All roads in the order of the extract, and their names.
#[derive(Debug)]
pub(super) struct Roads<'a> {
    pub list: Vec<Road>,
    pub names: Vec<&'a str>,
}

impl<'a> Roads<'a> {
    pub(super) fn of(extract: &'a Extract) -> Self {
        let (mut list, mut names) = (Vec::new(), vec![""]);
        let mut known: FxHashMap<&str, u32> = FxHashMap::from_iter([("", 0)]);
        for (way, place) in extract.ways().zip(0u32..) {
            let Some(profile) = Profile::of(way.tags, || length_m(extract, &way)) else { continue };
            let text = way.tags.get("name").or_else(|| way.tags.get("ref")).unwrap_or("");
            let name = *known.entry(text).or_insert_with(|| {
                names.push(text);
                names.len() as u32 - 1
            });
            list.push(Road { place, id: way.id, name, profile });
        }
        Self { list, names }
    }

    /// The number of the road that a way is.
    pub(super) fn find(&self, place: u32) -> Option<u32> {
        self.list.binary_search_by_key(&place, |road| road.place).ok().map(|i| i as u32)
    }
}

/// Length of a whole way, metres.
pub(super) fn length_m(extract: &Extract, way: &Way<'_>) -> f64 {
    let points: Vec<_> = way.nodes().filter_map(|node| extract.at(node)).collect();
    points.iter().zip(points.iter().skip(1)).map(|(a, b)| a.distance_m(*b)).sum()
}
