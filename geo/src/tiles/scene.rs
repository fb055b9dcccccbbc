//! Everything that is drawn, before it is cut into tiles: features with their geometry.

use std::ops::Range;
use std::thread;

use super::classify::{self, Look};
use super::feature::{Feature, Source, Text};
use super::join::Chains;
use super::layer::{Form, Layer};
use super::shape::{self, Shape};
use super::simplify;
use super::streets::{self, Street};
use super::world::{LAST, PIXEL, Point, Square, project};
use crate::osm::chain::MISSING;
use crate::osm::{Extract, Tags, Way};

/// What was left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Areas of relations with rings that do not close.
    pub relations: u64,
    /// Pieces of coast that contradict others.
    pub coasts: u64,
    /// Areas of ways with nodes beyond the extract.
    pub areas: u64,
}

/// All features of an extract. Features are plain numbers; geometry is decoded when it is asked for.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The extract.
    pub extract: &'a Extract,
    /// What is drawn.
    pub features: Vec<Feature>,
    /// What is written.
    pub texts: Vec<Text<'a>>,
    /// Joined lines.
    pub chains: Chains,
    /// Areas of relations, and the sea.
    pub shapes: Vec<Shape>,
    /// Named streets, those of one name together, the longest first.
    pub streets: Vec<Street>,
    /// Numbered roads, the same way.
    pub routes: Vec<Street>,
    /// What was left out.
    pub skipped: Skipped,
}

/// What one thread finds in its ways.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub features: Vec<Feature>,
    pub texts: Vec<Text<'a>>,
    /// Named streets: name, way, class.
    pub names: Vec<(&'a str, u32, u8)>,
    /// Numbered roads.
    pub numbers: Vec<(&'a str, u32, u8)>,
    /// Roads that are joined for low zooms: what they look like, way.
    pub roads: Vec<(u32, u32)>,
    pub coasts: Vec<u32>,
    /// Borders: way, level, at sea.
    pub borders: Vec<(u32, u8, bool)>,
    pub skipped: Skipped,
    shape: Shape,
}

impl<'a> Scene<'a> {
    /// Finds everything that is drawn.
    pub fn new(extract: &'a Extract, threads: usize) -> Self {
        let mut part = ways(extract, threads);
        nodes(extract, &mut part);
        let mut scene = Self {
            extract,
            features: Vec::new(),
            texts: Vec::new(),
            chains: Chains::default(),
            shapes: Vec::new(),
            streets: Vec::new(),
            routes: Vec::new(),
            skipped: part.skipped,
        };
        std::mem::swap(&mut scene.features, &mut part.features);
        std::mem::swap(&mut scene.texts, &mut part.texts);
        super::relations::add(&mut scene, &mut part.borders);
        super::relations::sea(&mut scene, &part.coasts);
        streets::roads(&mut scene, part.roads);
        streets::borders(&mut scene, part.borders);
        scene.streets = streets::named(&mut scene, part.names, true);
        scene.routes = streets::named(&mut scene, part.numbers, false);
        scene
    }

    /// Where a node lies.
    pub fn at(&self, node: u32) -> Point {
        at(self.extract, node)
    }

    /// A feature's geometry at a zoom, appended to `out`, with no more detail than that zoom shows.
    pub fn geometry(&self, feature: &Feature, z: u8, scratch: &mut Decoding, out: &mut Shape) {
        scratch.shape.clear();
        let form = feature.layer.form();
        match feature.source {
            Source::Spot => {
                out.push(middle(&feature.square));
                out.close(1);
                return;
            }
            Source::Way(place) => {
                let Some(way) = self.extract.way(place) else { return };
                decode(self.extract, &way, form, &mut scratch.shape);
            }
            Source::Chain(place) => {
                self.chains.get(place).iter().for_each(|n| scratch.shape.push(self.at(*n)));
                scratch.shape.close(2);
            }
            Source::Shape(place) => {
                let Some(shape) = self.shapes.get(place as usize) else { return };
                thin(shape, form, z, &mut scratch.thin, out);
                return;
            }
        }
        thin(&scratch.shape, form, z, &mut scratch.thin, out);
    }
}

/// Lists that are used again and again.
#[derive(Debug, Default)]
pub struct Decoding {
    shape: Shape,
    thin: simplify::Scratch,
}

/// The middle of a box.
pub fn middle(square: &Square) -> Point {
    [square.min[0] / 2 + square.max[0] / 2, square.min[1] / 2 + square.max[1] / 2]
}

/// Where a node of an extract lies.
pub fn at(extract: &Extract, node: u32) -> Point {
    extract.at_e7(node).map_or([0, 0], |(lat, lon)| project(lat, lon))
}

/// Detail that nobody sees at a zoom, in units of the world. Zoom 14 is drawn up to 16 times larger.
pub fn tolerance(form: Form, z: u8) -> f64 {
    let pixels = if form == Form::Line { 0.4 } else { 0.5 };
    if z == LAST { 1.0 } else { pixels * f64::from(PIXEL << (LAST - z)) }
}

fn thin(shape: &Shape, form: Form, z: u8, scratch: &mut simplify::Scratch, out: &mut Shape) {
    let tolerance = tolerance(form, z);
    match form {
        Form::Area => simplify::area(shape, tolerance, scratch, out),
        _ => shape.parts().for_each(|part| simplify::line(part, tolerance, scratch, out)),
    }
}

/// A way's geometry in full. An area with nodes beyond the extract is none.
fn decode(extract: &Extract, way: &Way<'_>, form: Form, out: &mut Shape) {
    for node in way.nodes() {
        if node != MISSING {
            out.push(at(extract, node));
        } else if form == Form::Area {
            return out.cancel();
        } else {
            out.close(2);
        }
    }
    if form == Form::Area {
        close_area(out);
    } else {
        out.close(2);
    }
}

/// Ends a ring of either direction as an outer one.
fn close_area(out: &mut Shape) {
    let ground = shape::area2(out.open());
    if ground < 0 {
        out.open_mut().reverse();
    }
    out.close_ring(false);
}

/// All ways, by some threads.
fn ways(extract: &Extract, threads: usize) -> Part<'_> {
    let count = extract.way_count() as u32;
    let share = count.div_ceil(threads.max(1) as u32).max(1);
    let work = |range: Range<u32>| {
        let mut part = Part::default();
        range.for_each(|place| part.way(extract, place));
        part
    };
    let work = &work;
    thread::scope(|scope| {
        let ranges = (0..count).step_by(share as usize).map(|from| from..(from + share).min(count));
        let running: Vec<_> = ranges.map(|range| scope.spawn(move || work(range))).collect();
        let mut whole = Part::default();
        for part in running {
            match part.join() {
                Ok(part) => whole.append(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        whole
    })
}

fn nodes<'a>(extract: &'a Extract, part: &mut Part<'a>) {
    for node in extract.tagged_nodes() {
        let (tags, p) = (&node.tags, at(extract, node.node));
        for found in [classify::place(tags), classify::poi(tags)].into_iter().flatten() {
            part.spot(found, p, tags);
        }
        part.house(tags, p);
    }
}

impl<'a> Part<'a> {
    fn append(&mut self, mut other: Self) {
        let texts = self.texts.len() as u32;
        for feature in other.features.iter_mut().filter(|f| f.text != super::feature::NO_TEXT) {
            feature.text += texts;
        }
        self.features.append(&mut other.features);
        self.texts.append(&mut other.texts);
        self.names.append(&mut other.names);
        self.numbers.append(&mut other.numbers);
        self.roads.append(&mut other.roads);
        self.coasts.append(&mut other.coasts);
        self.borders.append(&mut other.borders);
        self.skipped.areas += other.skipped.areas;
    }

    fn text(&mut self, text: Text<'a>) -> u32 {
        if self.texts.last() != Some(&text) {
            self.texts.push(text);
        }
        self.texts.len() as u32 - 1
    }

    fn way(&mut self, extract: &'a Extract, place: u32) {
        let Some(way) = extract.way(place).filter(|w| !w.tags.is_empty()) else { return };
        if way.tags.is("natural", "coastline") {
            self.coasts.push(place);
        }
        if let Some(level) = classify::border(&way.tags) {
            self.borders.push((place, level, way.tags.is("maritime", "yes")));
        }
        if let Some(look) = classify::line(&way.tags) {
            self.line(extract, place, &way, look);
        }
        if way.is_closed() {
            self.area(extract, place, &way);
        }
    }

    fn line(&mut self, extract: &'a Extract, place: u32, way: &Way<'a>, look: Look) {
        let mut square = Square::NONE;
        way.nodes().filter(|n| *n != MISSING).for_each(|n| square.hold(at(extract, n)));
        if square == Square::NONE {
            return;
        }
        let text = Text {
            name: way.tags.get("name").unwrap_or_default(),
            number: way.tags.get("ref").unwrap_or_default(),
        };
        let mut feature = drawn(look, Source::Way(place), square);
        if look.layer == Layer::Roads {
            self.road(place, &look, &mut feature, text);
        }
        if text != Text::default() && look.layer != Layer::Railways {
            feature.text = self.text(text);
        }
        self.features.push(feature);
    }

    /// Roads are joined below zoom 13, and their names and numbers are collected.
    fn road(&mut self, place: u32, look: &Look, feature: &mut Feature, text: Text<'a>) {
        // The important ones are drawn over the others, bridges over all.
        feature.order = look.number * 100 - i32::from(look.class) * 2 - i32::from(look.flags & 1);
        if feature.min < 13 {
            self.roads.push((streets::looks(look), place));
            feature.min = 13;
        }
        if !text.name.is_empty() && look.class < 10 {
            self.names.push((text.name, place, look.class));
        }
        let first = text.number.split(';').next().unwrap_or_default().trim();
        if !first.is_empty() && look.class <= 4 && first.chars().count() <= 8 {
            self.numbers.push((first, place, look.class));
        }
    }

    fn area(&mut self, extract: &'a Extract, place: u32, way: &Way<'a>) {
        let (look, poi) = (classify::area(&way.tags), classify::poi(&way.tags));
        let is_house = way.tags.get("addr:housenumber").is_some();
        if look.is_none() && poi.is_none() && !is_house {
            return;
        }
        let mut shape = std::mem::take(&mut self.shape);
        shape.clear();
        decode(extract, way, Form::Area, &mut shape);
        if shape.is_empty() {
            self.skipped.areas += 1;
        } else {
            if let Some(look) = look {
                let feature = area(look, Source::Way(place), &shape);
                self.features.push(feature);
                self.water_label(&feature, &shape, &way.tags);
            }
            if let (Some(poi), Some(p)) = (poi, shape::inside(&shape)) {
                self.spot(poi, p, &way.tags);
            }
            if is_house {
                self.house(&way.tags, middle(&shape.around()));
            }
        }
        self.shape = shape;
    }

    fn water_label(&mut self, water: &Feature, shape: &Shape, tags: &Tags<'a>) {
        if let Some((label, text)) = water_label(water, shape, tags) {
            let text = self.text(text);
            self.features.push(Feature { text, ..label });
        }
    }

    fn spot(&mut self, look: Look, p: Point, tags: &Tags<'a>) {
        let mut feature = drawn(look, Source::Spot, Square { min: p, max: p });
        if let Some(name) = tags.get("name") {
            feature.text = self.text(Text { name, number: "" });
        }
        self.features.push(feature);
    }

    fn house(&mut self, tags: &Tags<'a>, p: Point) {
        let Some(name) = tags.get("addr:housenumber").filter(|n| n.len() <= 12) else { return };
        let mut feature = Feature::new(Layer::Housenumbers, 0, Source::Spot, Square { min: p, max: p });
        feature.min = LAST;
        feature.text = self.text(Text { name, number: "" });
        self.features.push(feature);
    }
}

fn drawn(look: Look, source: Source, square: Square) -> Feature {
    let mut feature = Feature::new(look.layer, look.class, source, square);
    (feature.min, feature.flags, feature.rank, feature.number) =
        (look.min, look.flags, look.rank, look.number);
    feature
}

/// The name of a large water, where it is as wide as a name at some zoom.
pub(super) fn water_label<'a>(
    water: &Feature,
    shape: &Shape,
    tags: &Tags<'a>,
) -> Option<(Feature, Text<'a>)> {
    let name = tags.get("name").filter(|_| water.layer == Layer::Water)?;
    let p = shape::inside(shape)?;
    let mut label = Feature::new(Layer::WaterLabels, water.class, Source::Spot, Square { min: p, max: p });
    // The area appears at 4 x 4 px; its name needs some 60.
    label.min = (water.min + 4).clamp(6, LAST);
    label.rank = u16::from(label.min);
    Some((label, Text { name, number: "" }))
}

/// An area appears when it covers 16 square pixels, houses when they cover 36.
pub(super) fn area(look: Look, source: Source, shape: &Shape) -> Feature {
    let mut feature = drawn(look, source, shape.around());
    let ground = shape.parts().map(shape::area2).sum::<i64>() / 2;
    let pixels = if look.layer == Layer::Buildings { 36 } else { 16 } * i64::from(PIXEL * PIXEL);
    let mut first = LAST;
    while first > 0 && ground >> (2 * (LAST - first)) >= pixels * 4 {
        first -= 1;
    }
    feature.min = feature.min.max(first);
    // Larger ones come first, so that smaller ones are drawn over them. Houses never overlap.
    if look.layer != Layer::Buildings {
        feature.order = -i32::try_from(ground >> 8).unwrap_or(i32::MAX);
    }
    feature
}
