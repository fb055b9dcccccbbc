//! Where names of streets and numbers of roads are written at a zoom.
//!
//! A name's place is a piece of the street long enough for it, where the street is straightest and nothing is written yet. The longest streets
//! choose first, each once; then their repetitions follow, at a distance from each other, also from a parallel line of the same name (the other
//! carriageway). The longest of all are written even where no piece of them is long enough: straight, over both ends.

#![allow(clippy::indexing_slicing, reason = "windows of two and three")]

use super::cut::Piece;
use super::feature::{Feature, Source, Text};
use super::layer::Layer;
use super::room::Room;
use super::scene::Scene;
use super::shape::{self, Shape, along};
use super::simplify;
use super::streets::Street;
use super::world::{EXTENT, LAST, Point, Square, Tile};

/// Pixels of a character of 12 px text.
const CHARACTER: f64 = 6.6;
/// Pixels between repetitions along a street, and from any other label of its name.
const APART: f64 = 500.0;
const CLEAR: f64 = 220.0;
/// A street that turns by more than this (radians) along its name is not written on.
const BENT: f64 = 2.2;
/// Lines of one name that are tried for its first place.
const TRIED: usize = 12;

/// The least important class whose names are written at a zoom; the longest streets are free of it.
fn named(z: u8) -> u8 {
    match z {
        10 => 2,
        11 => 3,
        12 => 5,
        13 => 6,
        _ => 12,
    }
}

/// The same for numbers.
fn numbered(z: u8) -> u8 {
    match z {
        6..=7 => 1,
        8..=9 => 2,
        10..=11 => 3,
        _ => 4,
    }
}

/// All labels of a zoom.
pub fn place(scene: &Scene<'_>, z: u8) -> Vec<Piece> {
    let mut writer = Writer::new(scene, z);
    let is_named = (10..=LAST).contains(&z);
    if is_named {
        writer.places();
        writer.first_names();
    }
    if (6..=LAST).contains(&z) {
        writer.numbers();
    }
    if is_named {
        writer.more_names();
    }
    writer.pieces
}

struct Writer<'a> {
    scene: &'a Scene<'a>,
    z: u8,
    room: Room,
    pieces: Vec<Piece>,
    /// Streets of one name, the longest first; with where they are written.
    groups: Vec<(&'a [Street], Vec<Point>)>,
    scratch: simplify::Scratch,
    line: Shape,
    full: Vec<Point>,
}

impl<'a> Writer<'a> {
    fn new(scene: &'a Scene<'a>, z: u8) -> Self {
        let streets = scene.streets.chunk_by(|a, b| a.text == b.text);
        let mut groups: Vec<(&[Street], Vec<Point>)> = streets.map(|g| (g, Vec::new())).collect();
        groups.sort_by_key(|(group, _)| group.iter().map(|s| s.rank).min());
        let (pieces, full) = (Vec::new(), Vec::new());
        Self {
            scene,
            z,
            room: Room::new(z),
            pieces,
            groups,
            scratch: Default::default(),
            line: Shape::default(),
            full,
        }
    }

    /// Names of cities and quarters stand where they are: streets make room.
    fn places(&mut self) {
        for place in self.scene.features.iter().filter(|f| f.layer == Layer::Places && f.is_at(self.z)) {
            let characters = self.text(place.text).name.chars().count();
            self.room.take_box(place.square.min, characters as f64 * 8.0, 18.0);
        }
    }

    fn text(&self, text: u32) -> Text<'a> {
        self.scene.texts.get(text as usize).copied().unwrap_or_default()
    }

    fn width(&self, text: u32) -> f64 {
        (self.text(text).name.chars().count() as f64 * CHARACTER + 8.0) * self.room.pixel()
    }

    /// Each name once.
    fn first_names(&mut self) {
        for place in 0..self.groups.len() {
            let group = self.groups[place].0;
            let Some(first) = group.first() else { continue };
            let width = self.width(first.text);
            let is_shown = |s: &&Street| s.class <= named(self.z) || s.is_major && self.z >= 12;
            let shown: Vec<&Street> = group.iter().filter(is_shown).take(TRIED).collect();
            let found = shown.iter().find_map(|s| self.along_street(s, width));
            let is_major = self.z >= 12 && first.is_major;
            let found = found.or_else(|| if is_major { self.over_ends(&shown, width) } else { None });
            if let Some((street, points)) = found {
                self.write(place, &street, points);
            }
        }
    }

    /// Repetitions.
    fn more_names(&mut self) {
        let pixel = self.room.pixel();
        for place in 0..self.groups.len() {
            let group = self.groups[place].0;
            let Some(first) = group.first() else { continue };
            let (width, least) = (self.width(first.text), named(self.z));
            // The longest come first.
            for street in group.iter().take_while(|s| s.length >= width).filter(|s| s.class <= least) {
                self.decode(street);
                let line = std::mem::take(&mut self.line);
                for section in sections(line.points(), width, APART * pixel) {
                    let free = |p: Point, taken: &[Point]| {
                        taken.iter().all(|t| shape::distance(*t, p) >= CLEAR * pixel)
                    };
                    let spot = section.into_iter().find_map(|spot| {
                        let middle =
                            along(line.points(), spot).filter(|p| free(*p, &self.groups[place].1))?;
                        let points = piece(line.points(), spot, width);
                        self.room.take_along(&points, width).then_some((middle, points))
                    });
                    if let Some((_, points)) = spot {
                        self.write(place, street, points);
                    }
                }
                self.line = line;
            }
        }
    }

    fn decode(&mut self, street: &Street) {
        self.full.clear();
        self.full.extend(self.scene.chains.get(street.chain).iter().map(|n| self.scene.at(*n)));
        self.line.clear();
        simplify::line(&self.full, 1.5 * self.room.pixel(), &mut self.scratch, &mut self.line);
    }

    /// The straightest free place of a street.
    fn along_street(&mut self, street: &Street, width: f64) -> Option<(Street, Vec<Point>)> {
        if street.length < width {
            return None;
        }
        self.decode(street);
        let line = std::mem::take(&mut self.line);
        let found = sections(line.points(), width, f64::INFINITY).into_iter().flatten().find_map(|spot| {
            let points = piece(line.points(), spot, width);
            self.room.take_along(&points, width).then_some(points)
        });
        self.line = line;
        found.map(|points| (*street, points))
    }

    /// A straight line through a street that is too short: along it, else from west to east, at last a little above or below.
    fn over_ends(&mut self, streets: &[&Street], width: f64) -> Option<(Street, Vec<Point>)> {
        let lines: Vec<(Street, Vec<Point>)> = streets
            .iter()
            .map(|street| {
                self.decode(street);
                (**street, self.line.points().to_vec())
            })
            .collect();
        let pixel = self.room.pixel();
        let ways = [(false, 0.0), (true, 0.0), (true, 14.0), (true, -14.0), (true, 28.0), (true, -28.0)];
        for (is_level, off) in ways {
            for (street, line) in &lines {
                let long = shape::length(line);
                for tenth in [5.0, 4.0, 6.0, 3.0, 7.0, 2.0, 8.0, 1.0, 9.0] {
                    let Some([x, y]) = along(line, long * tenth / 10.0) else { continue };
                    let middle = [x, y + (off * pixel) as i32];
                    let Some(points) = straight(line, middle, width * 1.3, is_level) else { continue };
                    if self.room.take_along(&points, width) {
                        return Some((*street, points));
                    }
                }
            }
        }
        None
    }

    fn write(&mut self, group: usize, street: &Street, mut points: Vec<Point>) {
        let middle = |points: &[Point]| along(points, shape::length(points) / 2.0).unwrap_or([0, 0]);
        let by = inwards(middle(&points), self.z);
        points.iter_mut().for_each(|p| *p = [p[0] + by[0], p[1] + by[1]]);
        let middle = middle(&points);
        self.groups[group].1.push(middle);
        let mut feature = label(Layer::StreetLabels, street, self.z, middle);
        feature.number = street.length_m as i32;
        let mut shape = Shape::default();
        points.iter().for_each(|p| shape.push(*p));
        if shape.close(2) {
            self.pieces.push(Piece { feature, shape: Some(shape) });
        }
    }

    /// Numbers of roads: boxes of their own.
    fn numbers(&mut self) {
        let pixel = self.room.pixel();
        let mut taken: Vec<Point> = Vec::new();
        for group in self.scene.routes.chunk_by(|a, b| a.text == b.text) {
            taken.clear();
            let least = numbered(self.z);
            for street in group.iter().filter(|s| s.class <= least) {
                let width = self.text(street.text).number.chars().count() as f64 * 7.0 + 10.0;
                if street.length < width * pixel {
                    break;
                }
                self.decode(street);
                let line = std::mem::take(&mut self.line);
                for section in sections(line.points(), width * pixel, 600.0 * pixel) {
                    let at = section.into_iter().find_map(|spot| {
                        let at = along(line.points(), spot)?;
                        let is_clear = taken.iter().all(|t| shape::distance(*t, at) >= 300.0 * pixel);
                        (is_clear && self.room.take_box(at, width, 22.0)).then_some(at)
                    });
                    if let Some(at) = at {
                        taken.push(at);
                        let shape = Some(Shape::of(vec![at]));
                        self.pieces
                            .push(Piece { feature: label(Layer::RoadShields, street, self.z, at), shape });
                    }
                }
                self.line = line;
            }
        }
    }
}

/// How far a label is to be moved so that its middle is not on its tile's edge, where rounding would put it outside and nobody
/// would draw it: half a pixel at most.
fn inwards(middle: Point, z: u8) -> Point {
    let tile = Tile::at(z, middle);
    let ([x, y], shift) = (tile.corner(), tile.shift());
    let (least, most) = (4 << shift, (EXTENT - 4) << shift);
    [middle[0] - x, middle[1] - y].map(|local| local.clamp(least, most) - local)
}

fn label(layer: Layer, street: &Street, z: u8, middle: Point) -> Feature {
    let mut feature = Feature::new(layer, street.class, Source::Spot, Square { min: middle, max: middle });
    (feature.min, feature.max, feature.rank, feature.text) = (z, z, street.rank, street.text);
    feature.order = i32::from(street.rank);
    feature
}

/// For each section of a line the places of a label (distances along the line), the best first.
fn sections(line: &[Point], width: f64, apart: f64) -> Vec<Vec<f64>> {
    let long = shape::length(line);
    if long < width {
        return Vec::new();
    }
    let count = if apart.is_finite() { (long / apart.max(width * 1.5)).floor().max(1.0) } else { 1.0 };
    let (section, turns) = (long / count, turns(line));
    let bend = |c: f64| turns.iter().filter(|t| (t.0 - c).abs() < width / 2.0).map(|t| t.1).sum::<f64>();
    let of = |i: u32| {
        let middle = (f64::from(i) + 0.5) * section;
        let room = ((section - width) / 2.0).max(0.0);
        // From the middle outwards; a place off the middle must be straighter by something.
        let steps = (room / width * 4.0).ceil().clamp(1.0, 16.0);
        let offs = (0..=steps as u32).flat_map(|k| {
            let off = room * f64::from(k) / steps;
            let places = if k == 0 { vec![middle] } else { vec![middle - off, middle + off] };
            places.into_iter().map(move |c| (c, f64::from(k) / steps * 0.15))
        });
        let mut places: Vec<(f64, f64)> = offs
            .map(|(c, off)| (c, off, bend(c)))
            .filter(|p| p.2 <= BENT)
            .map(|(c, off, bend)| (c, bend + off))
            .collect();
        places.sort_by(|a, b| a.1.total_cmp(&b.1));
        places.into_iter().map(|(c, _)| c).collect()
    };
    (0..count as u32).map(of).collect()
}

/// Where a line turns (distance along it), and by how much (radians).
fn turns(line: &[Point]) -> Vec<(f64, f64)> {
    let mut far = 0.0;
    let angle = |a: Point, b: Point| (f64::from(b[1] - a[1])).atan2(f64::from(b[0] - a[0]));
    line.windows(3)
        .map(|w| {
            far += shape::distance(w[0], w[1]);
            let by = (angle(w[1], w[2]) - angle(w[0], w[1])).abs();
            (far, by.min(2.0 * std::f64::consts::PI - by))
        })
        .collect()
}

/// The piece of a line for a label: as much on either side, so that its middle is the label's.
fn piece(line: &[Point], spot: f64, width: f64) -> Vec<Point> {
    let half = (width * 0.75).min(spot).min(shape::length(line) - spot);
    between(line, spot - half, spot + half)
}

/// A straight line of some length with its middle at a point, in the direction of a street.
fn straight(line: &[Point], middle: Point, long: f64, is_level: bool) -> Option<Vec<Point>> {
    let (first, last) = (line.first()?, line.last()?);
    let chord = shape::distance(*first, *last);
    // A ring or a ramp that comes back has no direction of its own.
    if !is_level && chord < shape::length(line) * 0.3 {
        return None;
    }
    let share = |i: usize| (f64::from(last[i]) - f64::from(first[i])) / chord.max(1.0) * long / 2.0;
    let half = if is_level { [long / 2.0, 0.0] } else { [share(0), share(1)] };
    let at = |sign: f64| [0, 1].map(|i| (f64::from(middle[i]) + half[i] * sign).round() as i32);
    Some(vec![at(-1.0), at(1.0)])
}

/// The stretch of a line between two distances along it.
fn between(line: &[Point], from: f64, to: f64) -> Vec<Point> {
    let mut points: Vec<Point> = along(line, from).into_iter().collect();
    let mut far = 0.0;
    for w in line.windows(2) {
        far += shape::distance(w[0], w[1]);
        if from < far && far < to {
            points.push(w[1]);
        }
    }
    points.extend(along(line, to));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_avoids_the_bend() {
        // Straight for 4,000 units, then a zigzag.
        let mut line = vec![[0, 0], [4_000, 0]];
        (1..20).for_each(|i| line.push([4_000 + i * 200, if i % 2 == 0 { 0 } else { 300 }]));
        let found = sections(&line, 2_000.0, f64::INFINITY);
        assert!(found.len() == 1 && found[0][0] <= 3_001.0, "{found:?}");
    }

    #[test]
    fn repetitions_keep_their_distance() {
        let found: Vec<f64> = sections(&[[0, 0], [10_000, 0]], 500.0, 2_000.0).iter().map(|s| s[0]).collect();
        assert_eq!(found, [1_000.0, 3_000.0, 5_000.0, 7_000.0, 9_000.0]);
        assert!(sections(&[[0, 0], [100, 0]], 500.0, 2_000.0).is_empty());
    }

    #[test]
    fn a_label_on_the_edge_moves_half_a_pixel() {
        let edge = Tile { z: 12, x: 100, y: 200 }.corner();
        assert_eq!(inwards(edge, 12), [16, 16]);
        assert_eq!(inwards([edge[0] - 1, edge[1] + 500], 12), [-15, 0]);
    }

    #[test]
    fn a_stretch_of_a_line() {
        let line = [[0, 0], [10, 0], [10, 10]];
        assert_eq!(between(&line, 5.0, 15.0), [[5, 0], [10, 0], [10, 5]]);
        assert_eq!(straight(&[[0, 0], [0, 10]], [0, 5], 40.0, false).unwrap(), [[0, -15], [0, 25]]);
        assert!(straight(&[[0, 0], [9, 0], [9, 9], [0, 1]], [9, 9], 40.0, false).is_none());
    }
}
