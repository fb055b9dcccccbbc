//! Deals features out to groups of tiles: small ones by their box, large ones cut down quarter by quarter.
//!
//! A group is four by four tiles: what one thread works on. Groups follow the file's order.

use super::clip;
use super::feature::Feature;
use super::layer::{Form, Layer};
use super::scene::{Decoding, Scene};
use super::shape::Shape;
use super::world::{BUFFER, LAST, Square, Tile, touched, touched_count};

/// Zooms between a group and its tiles.
pub const GROUP: u8 = 2;
/// A feature in more groups than this is cut once instead of being decoded in each.
const FEW: i64 = 6;

/// A feature with geometry made for one zoom.
#[derive(Debug)]
pub struct Piece {
    /// The feature.
    pub feature: Feature,
    /// The geometry; `None` where an area covers the whole group.
    pub shape: Option<Shape>,
}

/// All that is drawn at a zoom.
#[derive(Debug)]
pub struct Dealt {
    /// The zoom.
    pub z: u8,
    /// A group's number and what is in it, in order: a place among features, or behind them among pieces.
    pub refs: Vec<(u64, u32)>,
    /// Features with geometry of their own.
    pub pieces: Vec<Piece>,
}

/// How far around its tiles a feature is needed, in units of the world.
pub fn around(layer: Layer, z: u8) -> i32 {
    // A label belongs to the tile of its middle alone.
    if layer.form() == Form::Point || layer == Layer::StreetLabels { 0 } else { BUFFER << (LAST - z) }
}

/// Deals out a zoom; `labels` are that zoom's.
pub fn deal(scene: &Scene<'_>, z: u8, labels: Vec<Piece>) -> Dealt {
    let g = z.saturating_sub(GROUP);
    let mut dealt = Dealt { z, refs: Vec::new(), pieces: Vec::new() };
    let behind = scene.features.len() as u32;
    let mut scratch = Cutting::default();
    for (place, feature) in scene.features.iter().enumerate().filter(|(_, f)| f.is_at(z)) {
        if is_too_small(feature, z) {
            continue;
        }
        let around = around(feature.layer, z);
        if touched_count(g, &feature.square, around) <= FEW {
            let groups = touched(g, &feature.square, around);
            dealt.refs.extend(groups.map(|tile| (tile.number(), place as u32)));
        } else {
            let mut shape = Shape::default();
            scene.geometry(feature, z, &mut scratch.decoding, &mut shape);
            if !shape.is_empty() {
                let mut cutter =
                    Cutter { feature, around, g, behind, dealt: &mut dealt, scratch: &mut scratch };
                cutter.cut(root(&feature.square, g, around), shape);
            }
        }
    }
    for label in labels {
        let tile = Tile::at(g, label.feature.square.min);
        dealt.refs.push((tile.number(), behind + dealt.pieces.len() as u32));
        dealt.pieces.push(label);
    }
    dealt.refs.sort_unstable();
    dealt
}

/// Lines shorter than a pixel are not drawn at low zooms.
fn is_too_small(feature: &Feature, z: u8) -> bool {
    z < 13 && feature.layer.form() == Form::Line && feature.square.size() >> (LAST - z) < super::world::PIXEL
}

/// The smallest tile of at most zoom `g` that holds a box.
fn root(square: &Square, g: u8, around: i32) -> Tile {
    let holds = |z: &u8| touched_count(*z, square, around) == 1;
    let z = (0..=g).rev().find(holds).unwrap_or(0);
    touched(z, square, around).next().unwrap_or(Tile { z: 0, x: 0, y: 0 })
}

#[derive(Debug, Default)]
struct Cutting {
    decoding: Decoding,
    clip: clip::Scratch,
}

struct Cutter<'a> {
    feature: &'a Feature,
    around: i32,
    g: u8,
    behind: u32,
    dealt: &'a mut Dealt,
    scratch: &'a mut Cutting,
}

impl Cutter<'_> {
    /// Cuts what lies in a tile down to its groups.
    fn cut(&mut self, tile: Tile, shape: Shape) {
        let is_area = self.feature.layer.form() == Form::Area;
        if is_area && covers(&shape, &tile.ground(self.around)) {
            return self.fill(tile);
        }
        if tile.z == self.g {
            return self.put(tile, Some(shape));
        }
        for child in tile.children() {
            let ground = child.ground(self.around);
            let mut part = Shape::default();
            if is_area {
                clip::areas(&shape, &ground, &mut self.scratch.clip, &mut part);
            } else {
                clip::lines(&shape, &ground, &mut part);
            }
            if !part.is_empty() {
                self.cut(child, part);
            }
        }
    }

    /// Covers all groups below a tile.
    fn fill(&mut self, tile: Tile) {
        if tile.z == self.g {
            return self.put(tile, None);
        }
        tile.children().into_iter().for_each(|child| self.fill(child));
    }

    fn put(&mut self, tile: Tile, shape: Option<Shape>) {
        self.dealt.refs.push((tile.number(), self.behind + self.dealt.pieces.len() as u32));
        self.dealt.pieces.push(Piece { feature: *self.feature, shape });
    }
}

/// Is the area the box itself?
fn covers(shape: &Shape, square: &Square) -> bool {
    let mut parts = shape.parts();
    let (Some(ring), None) = (parts.next(), parts.next()) else { return false };
    ring.len() == 4 && square.corners().iter().all(|c| ring.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osm::sketch::Sketch;

    /// A lake of half a degree: its groups at zoom 14 are mostly covered, and together they are the lake.
    #[test]
    fn a_large_area_is_cut_quarter_by_quarter() {
        let mut sketch = Sketch::default();
        let corners = [(-34.0, -60.0), (-34.0, -59.5), (-34.5, -59.5), (-34.5, -60.0)];
        let mut nodes: Vec<u32> = corners.iter().map(|(lat, lon)| sketch.node(*lat, *lon, &[])).collect();
        nodes.push(nodes[0]);
        sketch.way(&nodes, &[("natural", "water")]);
        let extract = sketch.done();
        let scene = Scene::new(&extract, 1);
        let dealt = deal(&scene, 14, Vec::new());
        let covered = dealt.pieces.iter().filter(|p| p.shape.is_none()).count();
        assert!(covered > 20 && covered < dealt.pieces.len(), "{covered} of {}", dealt.pieces.len());
        assert!(dealt.refs.windows(2).all(|w| w[0].0 < w[1].0), "each group once, in order");
        let groups = touched_count(12, &scene.features[0].square, around(Layer::Water, 14));
        assert_eq!(groups, dealt.refs.len() as i64);
    }
}
