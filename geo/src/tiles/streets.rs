//! Ways joined to what people see as one: streets by their name, roads by their number, roads and borders by their look.

use rustc_hash::{FxHashMap, FxHashSet};

use super::classify::Look;
use super::feature::{Feature, Source, Text, flag};
use super::join::{join, stretches};
use super::layer::Layer;
use super::scene::Scene;
use super::shape::length;
use super::world::{LAST, Point, Square, Tile, metres_a_unit};

/// A stretch of street of one name (or of road of one number), joined.
#[derive(Debug, Clone, Copy)]
pub struct Street {
    /// Its line.
    pub chain: u32,
    /// Its name or number.
    pub text: u32,
    /// The class of most of its ways.
    pub class: u8,
    /// 0 for a very long one; 20 more for each half.
    pub rank: u16,
    /// Metres of all of the same name around.
    pub length_m: u32,
    /// Units of the world of this stretch.
    pub length: f64,
    /// Is its name one of the longest around?
    pub is_major: bool,
}

/// All stretches of a name within a square of this zoom (some 30 km) are one street.
const NEAR_ZOOM: u8 = 10;
/// Others of its name within a square of this zoom (some 120 km) count too,
const FAR_ZOOM: u8 = 8;
/// but for no more than so many times itself: there is a Belgrano in every town.
const NAMESAKES: f64 = 4.0;
/// So many names of each large square are the longest around.
const MAJOR: usize = 40;

/// Joins streets by their names, or roads by their numbers.
pub fn named<'a>(scene: &mut Scene<'a>, ways: Vec<(&'a str, u32, u8)>, are_names: bool) -> Vec<Street> {
    let mut streets = Vec::new();
    let mut lines = Vec::new();
    for (name, ways) in by_name(ways) {
        lines.clear();
        ways.iter().filter_map(|(way, _)| scene.extract.way(*way)).for_each(|w| stretches(&w, &mut lines));
        let joined = join(&lines, &|n| scene.at(n));
        let text = scene.texts.len() as u32;
        scene.texts.push(if are_names { Text { name, number: "" } } else { Text { name: "", number: name } });
        let class = usual(&ways);
        let from = streets.len();
        for line in joined {
            let street = measure(scene, line, text, class);
            streets.push(street);
        }
        if let Some(group) = streets.get_mut(from..) {
            reckon(scene, group);
        }
    }
    if are_names {
        mark(scene, &mut streets);
        for street in &streets {
            let mut feature = scene_feature(scene, street);
            (feature.min, feature.rank, feature.number) = (LAST, street.rank, street.length_m as i32);
            feature.order = i32::from(street.rank);
            scene.features.push(feature);
        }
    }
    streets
}

/// Ways of each name, in the order in which names were first met. The extract keeps each text once: its place tells names apart.
fn by_name(ways: Vec<(&str, u32, u8)>) -> Vec<(&str, Vec<(u32, u8)>)> {
    let mut places: FxHashMap<*const u8, usize> = FxHashMap::default();
    let mut groups: Vec<(&str, Vec<(u32, u8)>)> = Vec::new();
    for (name, way, class) in ways {
        let place = *places.entry(name.as_ptr()).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, group)) = groups.get_mut(place) {
            group.push((way, class));
        }
    }
    groups
}

/// The class of most ways.
fn usual(ways: &[(u32, u8)]) -> u8 {
    let mut counts = [0u32; 16];
    for (_, class) in ways {
        if let Some(count) = counts.get_mut(usize::from(*class)) {
            *count += 1;
        }
    }
    // Of equals the most important.
    let most = counts.iter().max().copied().unwrap_or(0);
    counts.iter().position(|c| *c == most).unwrap_or(0) as u8
}

fn measure(scene: &mut Scene<'_>, line: Vec<u32>, text: u32, class: u8) -> Street {
    let points: Vec<Point> = line.iter().map(|n| scene.at(*n)).collect();
    let length = length(&points);
    let metres = points.first().map_or(0.0, |p| length * metres_a_unit(*p));
    let chain = scene.chains.push(line);
    Street { chain, text, class, rank: 0, length_m: metres as u32, length, is_major: false }
}

/// Sorts stretches of one name, the longest first, and ranks them by all of them around.
fn reckon(scene: &Scene<'_>, group: &mut [Street]) {
    group.sort_by(|a, b| b.length.total_cmp(&a.length).then(a.chain.cmp(&b.chain)));
    let mut sums: FxHashMap<(u8, i32, i32), f64> = FxHashMap::default();
    for street in group.iter() {
        for z in [NEAR_ZOOM, FAR_ZOOM] {
            *sums.entry(cell(scene, street, z)).or_default() += f64::from(street.length_m);
        }
    }
    for street in group.iter_mut() {
        let sum = |z: u8| sums.get(&cell(scene, street, z)).copied().unwrap_or(0.0);
        let (near, far) = (sum(NEAR_ZOOM).max(1.0), sum(FAR_ZOOM));
        let all = far.min(near * NAMESAKES).max(near);
        street.length_m = all as u32;
        // 204.8 km are 0.
        street.rank = (20.0 * (204_800.0 / all).log2()).clamp(0.0, 400.0) as u16;
    }
}

/// The square of a zoom in which the middle of a street lies.
fn cell(scene: &Scene<'_>, street: &Street, z: u8) -> (u8, i32, i32) {
    let line = scene.chains.get(street.chain);
    let node = line.get(line.len() / 2).copied().unwrap_or(0);
    let tile = Tile::at(z, scene.at(node));
    (z, tile.x, tile.y)
}

/// Marks the longest names of each large square.
fn mark(scene: &Scene<'_>, streets: &mut [Street]) {
    let mut cells: FxHashMap<(u8, i32, i32), FxHashMap<u32, u32>> = FxHashMap::default();
    for street in streets.iter() {
        let names = cells.entry(cell(scene, street, FAR_ZOOM)).or_default();
        let longest = names.entry(street.text).or_default();
        *longest = street.length_m.max(*longest);
    }
    let mut major: FxHashSet<u32> = FxHashSet::default();
    for names in cells.into_values() {
        let mut names: Vec<(u32, u32)> = names.into_iter().map(|(text, long)| (long, text)).collect();
        names.sort_unstable_by_key(|(long, text)| (std::cmp::Reverse(*long), *text));
        major.extend(names.iter().take(MAJOR).map(|(_, text)| *text));
    }
    for street in streets.iter_mut() {
        street.is_major = major.contains(&street.text);
    }
}

fn scene_feature(scene: &Scene<'_>, street: &Street) -> Feature {
    let mut square = Square::NONE;
    scene.chains.get(street.chain).iter().for_each(|n| square.hold(scene.at(*n)));
    let mut feature = Feature::new(Layer::StreetNames, street.class, Source::Chain(street.chain), square);
    feature.text = street.text;
    feature
}

/// What a road looks like at low zooms, as one number: ways with the same one may be joined.
pub fn looks(look: &Look) -> u32 {
    u32::from(look.class) | u32::from(look.min) << 8 | u32::from(look.flags & flag::EVERYWHERE) << 16
}

/// Adds joined roads, which are drawn up to zoom 12.
pub fn roads(scene: &mut Scene<'_>, mut roads: Vec<(u32, u32)>) {
    roads.sort_unstable();
    let mut lines = Vec::new();
    for group in roads.chunk_by(|a, b| a.0 == b.0) {
        let Some((looks, _)) = group.first() else { continue };
        let (class, min, flags) = ((looks & 0xff) as u8, (looks >> 8 & 0xff) as u8, (looks >> 16) as u16);
        lines.clear();
        group.iter().filter_map(|(_, way)| scene.extract.way(*way)).for_each(|w| stretches(&w, &mut lines));
        for line in join(&lines, &|n| scene.at(n)) {
            let mut feature = chain(scene, Layer::Roads, line);
            (feature.class, feature.min, feature.max, feature.flags) = (class, min, 12, flags);
            feature.rank = u16::from(class);
            feature.order = -i32::from(class) * 2 - i32::from(flags & flag::LINK);
            scene.features.push(feature);
        }
    }
}

/// Adds borders.
pub fn borders(scene: &mut Scene<'_>, mut borders: Vec<(u32, u8, bool)>) {
    borders.sort_unstable_by_key(|(way, level, at_sea)| (*level, *at_sea, *way));
    let mut lines = Vec::new();
    for group in borders.chunk_by(|a, b| (a.1, a.2) == (b.1, b.2)) {
        let Some((_, level, at_sea)) = group.first() else { continue };
        lines.clear();
        group.iter().filter_map(|(way, ..)| scene.extract.way(*way)).for_each(|w| stretches(&w, &mut lines));
        for line in join(&lines, &|n| scene.at(n)) {
            let mut feature = chain(scene, Layer::Boundaries, line);
            feature.number = i32::from(*level);
            feature.order = -i32::from(*level);
            feature.flags = if *at_sea { flag::MARITIME } else { 0 };
            feature.min = match level {
                2 => 0,
                4 => 3,
                6 => 8,
                _ => 11,
            };
            scene.features.push(feature);
        }
    }
}

fn chain(scene: &mut Scene<'_>, layer: Layer, line: Vec<u32>) -> Feature {
    let mut square = Square::NONE;
    line.iter().for_each(|n| square.hold(scene.at(*n)));
    Feature::new(layer, 0, Source::Chain(scene.chains.push(line)), square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::sketch::Sketch;

    #[test]
    fn a_street_of_many_ways_is_one() {
        let mut sketch = Sketch::default();
        let nodes: Vec<u32> = (0..9).map(|i| sketch.node(-34.6, -58.4 + f64::from(i) * 0.001, &[])).collect();
        for pair in nodes.windows(2) {
            let highway = if pair[0] == 0 { "primary" } else { "residential" };
            sketch.way(pair, &[("highway", highway), ("name", "Avenida Rivadavia")]);
        }
        let aside = sketch.node(-34.601, -58.4, &[]);
        sketch.way(&[nodes[0], aside], &[("highway", "residential"), ("name", "Salta")]);
        let extract = sketch.done();
        let scene = Scene::new(&extract, 2);
        assert_eq!(scene.streets.len(), 2);
        let street = scene.streets[0];
        assert_eq!(scene.texts[street.text as usize].name, "Avenida Rivadavia");
        assert_eq!((scene.chains.get(street.chain).len(), street.class), (9, 5));
        // 8 x 0.001 degrees of longitude at 34.6 degrees south.
        assert!((i64::from(street.length_m) - 732).abs() < 5, "{}", street.length_m);
        assert!(street.rank < scene.streets[1].rank);
        // Joined below zoom 13: the avenue's two looks, and the other street.
        let low = scene.features.iter().filter(|f| f.layer == Layer::Roads && f.is_at(12)).count();
        assert_eq!(low, 3);
    }
}
