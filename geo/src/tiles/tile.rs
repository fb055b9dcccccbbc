//! One tile: what was cut for it, as bytes.

use std::cmp::Ordering;
use std::io::Write;
use std::ops::Range;

use flate2::{Compression, write::GzEncoder};
use mvt::{GeomEncoder, GeomType};

use super::classify;
use super::feature::{Feature, NO_TEXT, Text, flag};
use super::layer::{Form, Layer};
use super::shape::{Shape, area2};
use super::world::{EXTENT, Point, Tile};

/// No tile is larger than this before it is packed: what is least important is left out.
pub const LARGEST: usize = 500_000;

/// A tile that is being filled.
#[derive(Debug, Default)]
pub struct Filling {
    items: Vec<Item>,
    shape: Shape,
}

#[derive(Debug, Clone)]
struct Item {
    feature: Feature,
    parts: Range<usize>,
    points: u32,
}

impl Filling {
    /// Empties it.
    pub fn clear(&mut self) {
        self.items.clear();
        self.shape.clear();
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Adds a feature's geometry, in units of the world, already cut.
    pub fn add(&mut self, feature: &Feature, shape: &Shape, tile: Tile) {
        let form = feature.layer.form();
        let (from, begun) = (self.shape.count(), self.shape.points().len());
        let (corner, shift) = (tile.corner(), tile.shift());
        // To the nearest unit of the tile.
        let half = (1 << shift) >> 1;
        let local = |p: &Point| [(p[0] - corner[0] + half) >> shift, (p[1] - corner[1] + half) >> shift];
        let mut has_outer = false;
        for part in shape.parts() {
            if form == Form::Area {
                let is_hole = area2(part) < 0;
                if is_hole && !has_outer {
                    continue;
                }
                part.iter().for_each(|p| self.shape.push(local(p)));
                let is_kept = self.shape.close_ring(is_hole);
                has_outer = if is_hole { has_outer } else { is_kept };
            } else {
                // A point rounded onto the far edge would belong to no tile.
                let point = |p: Point| p.map(|c| c.clamp(0, EXTENT - 1));
                let place = |p: &Point| if form == Form::Point { point(local(p)) } else { local(p) };
                part.iter().for_each(|p| self.shape.push(place(p)));
                self.shape.close(if form == Form::Line { 2 } else { 1 });
            }
        }
        let parts = from..self.shape.count();
        if !parts.is_empty() {
            let points = (self.shape.points().len() - begun) as u32;
            self.items.push(Item { feature: *feature, parts, points });
        }
    }

    /// The tile's bytes, not packed. Empty where nothing is left.
    pub fn encode(&mut self, texts: &[Text<'_>]) -> Result<Vec<u8>, mvt::Error> {
        self.items.sort_by(|a, b| order(&a.feature, &b.feature));
        let mut bytes = encode(&self.items, &self.shape, texts)?;
        while bytes.len() > LARGEST && self.items.len() > 1 {
            self.leave_out(LARGEST as f64 * 0.9 / bytes.len() as f64);
            bytes = encode(&self.items, &self.shape, texts)?;
        }
        Ok(bytes)
    }

    /// Keeps the most important part of all points.
    fn leave_out(&mut self, share: f64) {
        let mut places: Vec<usize> = (0..self.items.len()).collect();
        let worth = |place: &usize| self.items.get(*place).map_or(u32::MAX, |i| importance(&i.feature));
        places.sort_by_key(worth);
        // A feature costs some bytes beside its points.
        let cost = |item: &Item| f64::from(item.points) + 4.0;
        let mut room = self.items.iter().map(cost).sum::<f64>() * share;
        let mut is_kept = vec![false; self.items.len()];
        for place in places {
            let (Some(item), Some(kept)) = (self.items.get(place), is_kept.get_mut(place)) else { continue };
            room -= cost(item);
            *kept = room >= 0.0;
        }
        let mut kept = is_kept.into_iter();
        let before = self.items.len();
        self.items.retain(|_| kept.next().unwrap_or(false));
        // Always less, so that this ends.
        if self.items.len() == before {
            self.items.pop();
        }
    }
}

/// Smaller is kept longer.
fn importance(feature: &Feature) -> u32 {
    let size = u32::MAX - feature.square.size().max(0) as u32;
    match feature.layer {
        Layer::Places | Layer::Boundaries => 0,
        Layer::Roads => 1 + u32::from(feature.class) * 4,
        Layer::Water => 2 + (size >> 22),
        Layer::Railways | Layer::RoadShields => 10,
        Layer::StreetLabels | Layer::StreetNames => 12 + u32::from(feature.rank) / 10,
        Layer::Waterways | Layer::WaterLabels => 20 + u32::from(feature.class),
        Layer::Pois => 30 + u32::from(feature.rank),
        Layer::Landuse => 1_000 + (size >> 8),
        Layer::Buildings => 0x4000_0000 + (size >> 2),
        Layer::Housenumbers => u32::MAX,
    }
}

/// The order of features in a tile; those that look alike stand together.
fn order(a: &Feature, b: &Feature) -> Ordering {
    key(a).cmp(&key(b))
}

type Key = (Layer, i32, u8, u16, u16, i32, u32);

fn key(f: &Feature) -> Key {
    (f.layer, f.order, f.class, f.rank, f.flags, f.number, f.text)
}

fn encode(items: &[Item], shape: &Shape, texts: &[Text<'_>]) -> Result<Vec<u8>, mvt::Error> {
    let mut tile = mvt::Tile::new(EXTENT as u32);
    for items in items.chunk_by(|a, b| a.feature.layer == b.feature.layer) {
        let Some(first) = items.first() else { continue };
        let mut layer = tile.create_layer(first.feature.layer.name());
        // Lines and areas with the same attributes are one feature.
        let is_one = |a: &Item, b: &Item| {
            a.feature.layer.form() != Form::Point && order(&a.feature, &b.feature) == Ordering::Equal
        };
        for alike in items.chunk_by(is_one) {
            let Some(first) = alike.first() else { continue };
            let parts = alike.iter().flat_map(|i| i.parts.clone()).map(|part| shape.part(part));
            let mut feature = layer.into_feature(geometry(first.feature.layer.form(), parts)?);
            attributes(&first.feature, texts, &mut feature);
            layer = feature.into_layer();
        }
        tile.add_layer(layer)?;
    }
    tile.to_bytes()
}

fn geometry<'a>(form: Form, parts: impl Iterator<Item = &'a [Point]>) -> Result<mvt::GeomData, mvt::Error> {
    let mut encoder = GeomEncoder::<i32>::new(match form {
        Form::Point => GeomType::Point,
        Form::Line => GeomType::Linestring,
        Form::Area => GeomType::Polygon,
    });
    let mut last = None;
    for (i, part) in parts.enumerate() {
        if i > 0 && form != Form::Point {
            encoder.complete_geom()?;
        }
        // The encoder takes a ring that begins where the one before ended for its going on: it begins one further then.
        let turn = usize::from(form == Form::Area && part.first().copied() == last);
        let (begin, rest) = part.split_at_checked(turn).unwrap_or((&[], part));
        for p in rest.iter().chain(begin) {
            encoder.add_point(p[0], p[1])?;
            last = Some(*p);
        }
    }
    encoder.encode()
}

fn attributes(f: &Feature, texts: &[Text<'_>], out: &mut mvt::Feature) {
    if let Some(class) = f.layer.classes().get(usize::from(f.class)) {
        out.add_tag_string("class", class);
    }
    let text = if f.text == NO_TEXT { None } else { texts.get(f.text as usize) };
    let text = text.copied().unwrap_or_default();
    let name = if f.layer == Layer::Housenumbers { "number" } else { "name" };
    if !text.name.is_empty() && f.layer != Layer::RoadShields {
        out.add_tag_string(name, text.name);
    }
    let has_rank = matches!(
        f.layer,
        Layer::Roads
            | Layer::Places
            | Layer::StreetLabels
            | Layer::StreetNames
            | Layer::RoadShields
            | Layer::WaterLabels
            | Layer::Pois
    );
    if has_rank {
        out.add_tag_int("rank", i64::from(f.rank));
    }
    let number = match f.layer {
        Layer::Buildings => Some("height"),
        Layer::Places => Some("population"),
        Layer::Boundaries => Some("admin_level"),
        Layer::StreetLabels | Layer::StreetNames => Some("length_m"),
        Layer::Roads => Some("layer"),
        _ => None,
    };
    if let Some(number) = number.filter(|_| f.number != 0) {
        out.add_tag_int(number, i64::from(f.number));
    }
    flags(f, out);
    if !text.number.is_empty() {
        out.add_tag_string("ref", text.number);
        if f.layer == Layer::RoadShields {
            out.add_tag_int("length", text.number.chars().count() as i64);
            if let Some(network) = classify::network(text.number) {
                out.add_tag_string("network", network);
            }
        }
    }
}

fn flags(f: &Feature, out: &mut mvt::Feature) {
    if f.flags == 0 {
        return;
    }
    let has = |flag: u16| f.flags & flag != 0;
    for (_, name) in flag::NAMES.iter().filter(|(flag, _)| has(*flag)) {
        out.add_tag_int(name, 1);
    }
    if has(flag::AGAINST) {
        out.add_tag_int("oneway", -1);
    }
    if has(flag::SERVICE) {
        out.add_tag_int("service", 1);
    }
    let kinds = [(flag::PARKING, "parking_aisle"), (flag::DRIVEWAY, "driveway"), (flag::ALLEY, "alley")];
    if let Some((_, kind)) = kinds.iter().find(|(flag, _)| has(*flag)) {
        out.add_tag_string("service", kind);
    }
    for (_, level) in [(flag::COUNTRY, 2), (flag::PROVINCE, 4)].iter().filter(|(flag, _)| has(*flag)) {
        out.add_tag_int("capital", *level);
    }
}

/// Gzips a tile.
pub fn pack(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::with_capacity(bytes.len() / 2 + 32), Compression::new(6));
    out.write_all(bytes)?;
    out.finish()
}
