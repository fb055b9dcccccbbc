//! Areas and borders of relations, and the sea.

use rustc_hash::FxHashMap;

use super::classify;
use super::coast;
use super::feature::{Feature, Source};
use super::join::stretches;
use super::layer::Layer;
use super::rings;
use super::scene::{Scene, area, water_label};
use super::shape;
use super::world::{Point, Square, project};
use crate::osm::{Kind, Relation};

/// Adds multipolygons to the scene, and the borders that relations make to `borders`.
pub fn add(scene: &mut Scene<'_>, borders: &mut Vec<(u32, u8, bool)>) {
    let extract = scene.extract;
    let mut levels: FxHashMap<u32, (u8, bool)> = FxHashMap::default();
    for (way, level, at_sea) in borders.drain(..) {
        note(&mut levels, way, level, at_sea);
    }
    for relation in extract.relations() {
        if let Some(level) = classify::border(&relation.tags) {
            for (kind, _) in relation.members() {
                let Kind::Way(way) = kind else { continue };
                let at_sea = extract.way(way).is_some_and(|w| w.tags.is("maritime", "yes"));
                note(&mut levels, way, level, at_sea);
            }
        }
        multipolygon(scene, &relation);
    }
    borders.extend(levels.into_iter().map(|(way, (level, at_sea))| (way, level, at_sea)));
    borders.sort_unstable();
}

/// A border between two countries is one between their provinces too: the higher level is drawn.
fn note(levels: &mut FxHashMap<u32, (u8, bool)>, way: u32, level: u8, at_sea: bool) {
    let known = levels.entry(way).or_insert((level, at_sea));
    *known = (known.0.min(level), known.1 || at_sea);
}

fn multipolygon<'a>(scene: &mut Scene<'a>, relation: &Relation<'a>) {
    let (look, poi) = (classify::area(&relation.tags), classify::poi(&relation.tags));
    if look.is_none() && poi.is_none() {
        return;
    }
    let Some(rings) = members(scene, relation) else {
        scene.skipped.relations += 1;
        return;
    };
    let shape = rings::nest(rings);
    if shape.is_empty() {
        scene.skipped.relations += 1;
        return;
    }
    if let (Some(poi), Some(p)) = (poi, shape::inside(&shape)) {
        let name = relation.tags.get("name").unwrap_or_default();
        let mut spot = Feature::new(poi.layer, poi.class, Source::Spot, Square { min: p, max: p });
        (spot.min, spot.rank) = (poi.min, poi.rank);
        push_text(scene, spot, name);
    }
    if let Some(look) = look {
        let feature = area(look, Source::Shape(scene.shapes.len() as u32), &shape);
        if let Some((label, text)) = water_label(&feature, &shape, &relation.tags) {
            push_text(scene, label, text.name);
        }
        scene.features.push(feature);
        scene.shapes.push(shape);
    }
}

fn push_text<'a>(scene: &mut Scene<'a>, mut feature: Feature, name: &'a str) {
    if !name.is_empty() {
        feature.text = scene.texts.len() as u32;
        scene.texts.push(super::feature::Text { name, number: "" });
    }
    scene.features.push(feature);
}

/// The closed rings of a relation; `None` where nothing sound is left.
///
/// Where an outer ring does not close (a member is missing, as at an extract's edge), the holes of it would turn into areas: only
/// rings whose ways say that they are outer are kept then.
fn members(scene: &Scene<'_>, relation: &Relation<'_>) -> Option<Vec<Vec<Point>>> {
    let (mut outer, mut inner) = (Vec::new(), Vec::new());
    let (mut seen, mut is_broken) = (rustc_hash::FxHashSet::default(), false);
    for (kind, role) in relation.members() {
        match kind {
            Kind::Way(place) if seen.insert(place) => {
                let Some(way) = scene.extract.way(place) else { continue };
                let to = if role == "inner" { &mut inner } else { &mut outer };
                let before = to.len();
                stretches(&way, to);
                // Cut by the extract's edge into several, or to nothing.
                is_broken |= to.len() != before + 1;
            }
            Kind::Absent if role != "subarea" => is_broken = true,
            _ => {}
        }
    }
    let points = |ring: Vec<u32>| -> Vec<Point> { ring.into_iter().map(|n| scene.at(n)).collect() };
    if !is_broken {
        let mut all = outer.clone();
        all.extend(inner.iter().cloned());
        let rings = rings::assemble(&all);
        if !rings.is_broken {
            return Some(rings.closed.into_iter().map(points).collect());
        }
    }
    let outer: Vec<Vec<Point>> = rings::assemble(&outer).closed.into_iter().map(points).collect();
    if outer.is_empty() {
        return None;
    }
    let squares: Vec<Square> = outer.iter().map(|r| Square::around(r)).collect();
    let inner = rings::assemble(&inner).closed.into_iter().map(points);
    let held = inner.filter(|r: &Vec<Point>| squares.iter().any(|s| s.holds(&Square::around(r))));
    let held: Vec<Vec<Point>> = held.collect();
    Some(outer.into_iter().chain(held).collect())
}

/// Adds the sea of the extract's coastlines.
pub fn sea(scene: &mut Scene<'_>, coasts: &[u32]) {
    if coasts.is_empty() {
        return;
    }
    let mut ways = Vec::new();
    for way in coasts.iter().filter_map(|place| scene.extract.way(*place)) {
        stretches(&way, &mut ways);
    }
    let lines = follow(ways);
    let lines: Vec<Vec<Point>> =
        lines.into_iter().map(|l| l.into_iter().map(|n| scene.at(n)).collect()).collect();
    let Some(bounds) = scene.extract.bounds() else { return };
    let [west, south, east, north]: [f64; 4] = bounds.into();
    let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
    let square = Square { min: project(e7(north), e7(west)), max: project(e7(south), e7(east)) };
    let sea = coast::sea(&lines, &square);
    scene.skipped.coasts = sea.broken;
    if !sea.area.is_empty() {
        let source = Source::Shape(scene.shapes.len() as u32);
        let mut feature = Feature::new(Layer::Water, Layer::Water.class("ocean"), source, sea.area.around());
        feature.order = i32::MIN;
        scene.features.push(feature);
        scene.shapes.push(sea.area);
    }
}

/// Joins ways whose direction matters: each goes on where another begins.
fn follow(ways: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    let firsts: FxHashMap<u32, usize> =
        ways.iter().enumerate().filter_map(|(i, w)| Some((*w.first()?, i))).collect();
    let lasts: rustc_hash::FxHashSet<u32> = ways.iter().filter_map(|w| w.last().copied()).collect();
    let mut left: Vec<Option<Vec<u32>>> = ways.into_iter().map(Some).collect();
    let is_begin =
        |w: &Option<Vec<u32>>| w.as_ref().and_then(|w| w.first()).is_some_and(|n| !lasts.contains(n));
    let begins: Vec<usize> = (0..left.len()).filter(|i| left.get(*i).is_some_and(is_begin)).collect();
    let mut joined = Vec::new();
    // First those that begin somewhere, then what is left: islands.
    for start in begins.into_iter().chain(0..left.len()) {
        let Some(mut line) = left.get_mut(start).and_then(Option::take) else { continue };
        while let Some(next) = line.last().and_then(|n| firsts.get(n)) {
            let Some(way) = left.get_mut(*next).and_then(Option::take) else { break };
            line.extend(way.into_iter().skip(1));
        }
        joined.push(line);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::sketch::Sketch;
    use crate::tiles::scene::Skipped;
    use crate::tiles::shape::area2;

    fn square(sketch: &mut Sketch, lat: f64, lon: f64, size: f64) -> Vec<u32> {
        let corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)];
        let mut nodes: Vec<u32> =
            corners.iter().map(|(a, b)| sketch.node(lat + a * size, lon + b * size, &[])).collect();
        nodes.push(nodes[0]);
        nodes
    }

    #[test]
    fn a_wood_with_a_clearing_in_two_outer_ways() {
        let mut sketch = Sketch::default();
        let outer = square(&mut sketch, -34.6, -58.4, 0.02);
        let inner = square(&mut sketch, -34.595, -58.395, 0.005);
        let a = sketch.way(&outer[..3], &[]);
        let b = sketch.way(&outer[2..], &[]);
        let c = sketch.way(&inner, &[]);
        let members = [(Kind::Way(a), "outer"), (Kind::Way(b), "outer"), (Kind::Way(c), "inner")];
        sketch.relation(&members, &[("type", "multipolygon"), ("landuse", "forest")]);
        // A lake with a member beyond the extract, and nothing else of it.
        sketch.relation(
            &[(Kind::Way(a), "outer"), (Kind::Absent, "outer")],
            &[("type", "multipolygon"), ("natural", "water")],
        );
        let extract = sketch.done();
        let scene = Scene::new(&extract, 1);
        assert_eq!(scene.features.len(), 1);
        let rings: Vec<i64> = scene.shapes[0].parts().map(|r| area2(r).signum()).collect();
        assert_eq!(rings, [1, -1]);
        assert_eq!(scene.skipped, Skipped { relations: 1, ..Skipped::default() });
    }

    #[test]
    fn a_coast_of_two_ways_makes_a_sea() {
        let mut sketch = Sketch::default();
        let coast: Vec<u32> =
            [-34.5, -34.55, -34.6].iter().map(|lat| sketch.node(*lat, -58.4, &[])).collect();
        sketch.node(-34.55, -58.3, &[]);
        sketch.node(-34.55, -58.5, &[]);
        sketch.way(&coast[1..], &[("natural", "coastline")]);
        sketch.way(&coast[..2], &[("natural", "coastline")]);
        let extract = sketch.done();
        let scene = Scene::new(&extract, 1);
        let sea = scene.features.iter().find(|f| f.layer == Layer::Water).unwrap();
        assert_eq!((sea.class, sea.min), (0, 0));
        // Drawn southwards: the water is in the west.
        assert!(sea.square.max[0] == scene.at(coast[0])[0] && sea.square.min[0] < sea.square.max[0]);
    }
}
