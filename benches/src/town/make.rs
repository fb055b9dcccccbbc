//! How the town is laid out.

use super::names::{AVENUES, BESIDE_TRACKS, DIAGONAL, STREETS};
use super::{House, Node, Place, Tags, Town, Way};
use crate::rng::Rng;

/// Corner to corner, metres: a block of about 100 m and the street.
const PITCH_M: f64 = 115.0;
/// The centre: open country in Buenos Aires province.
const CENTRE: Place = Place { lat: -34.9, lon: -60.0 };
/// Houses on each side of a block that have an address.
const HOUSES_A_FACE: usize = 2;
/// Every so many streets comes an avenue.
const AVENUE_EVERY: usize = 6;

/// Makes a town of `blocks` x `blocks` (8 to 36).
pub fn town(seed: u64, blocks: usize) -> Town {
    let mut maker = Maker::new(seed, blocks.clamp(8, 36));
    maker.corners();
    maker.columns();
    maker.rows();
    maker.diagonal();
    maker.railway();
    maker.landmarks();
    Town { name: "Villa Ñandú".into(), nodes: maker.nodes, ways: maker.ways, houses: maker.houses }
}

struct Maker {
    rng: Rng,
    blocks: usize,
    turn: f64,
    /// The tracks lie between this row and the next.
    tracks: usize,
    nodes: Vec<Node>,
    ways: Vec<Way>,
    houses: Vec<House>,
    crossings: Vec<usize>,
    free_names: Vec<&'static str>,
    free_avenues: Vec<&'static str>,
}

/// What a street is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Avenue,
    TwoWay,
    OneWay,
}

impl Maker {
    fn new(seed: u64, blocks: usize) -> Self {
        let mut rng = Rng::new(seed);
        let turn = rng.between(-0.25, 0.25);
        let tracks = blocks * 2 / 3 + rng.below(2);
        let mut free_names: Vec<&str> = STREETS.to_vec();
        // Names are shuffled (Fisher and Yates), avenues keep their rank.
        for i in (1..free_names.len()).rev() {
            free_names.swap(i, rng.below(i + 1));
        }
        let free_avenues = AVENUES.iter().rev().copied().collect();
        Self {
            rng,
            blocks,
            turn,
            tracks,
            nodes: Vec::new(),
            ways: Vec::new(),
            houses: Vec::new(),
            crossings: Vec::new(),
            free_names,
            free_avenues,
        }
    }

    /// Degrees of a place given in blocks from the south-west corner.
    fn place(&self, column: f64, row: f64) -> Place {
        let half = self.blocks as f64 / 2.0;
        let (x, y) = ((column - half) * PITCH_M, (row - half) * PITCH_M);
        let (sin, cos) = self.turn.sin_cos();
        CENTRE.moved(x * cos - y * sin, x * sin + y * cos)
    }

    fn node(&mut self, place: Place, tags: Tags) -> usize {
        self.nodes.push(Node { place, tags });
        self.nodes.len() - 1
    }

    fn corner(&self, column: usize, row: usize) -> usize {
        row * (self.blocks + 1) + column
    }

    fn place_of(&self, node: usize) -> Place {
        self.nodes.get(node).map_or(CENTRE, |n| n.place)
    }

    fn is_avenue(&self, line: usize) -> bool {
        line > 0 && line < self.blocks && line.is_multiple_of(AVENUE_EVERY)
    }

    /// Whether a row is one of the two beside the tracks.
    fn is_beside(&self, row: usize) -> bool {
        row == self.tracks || row == self.tracks + 1
    }

    /// All corners first, so that their indices are known.
    fn corners(&mut self) {
        for row in 0..=self.blocks {
            for column in 0..=self.blocks {
                let (jx, jy) = (self.rng.between(-0.03, 0.03), self.rng.between(-0.03, 0.03));
                let place = self.place(column as f64 + jx, row as f64 + jy);
                let lights = self.is_avenue(column) && (self.is_avenue(row) || row % 3 == 1)
                    || self.is_avenue(row) && column % 3 == 1;
                let tags = if lights { vec![("highway", "traffic_signals".into())] } else { Vec::new() };
                self.node(place, tags);
            }
        }
    }

    /// Streets that run north and south; only avenues cross the tracks.
    fn columns(&mut self) {
        for column in 0..=self.blocks {
            let kind = self.kind(column, column == 0 || column == self.blocks);
            let name = self.name(kind);
            let corners = |maker: &Self, rows: std::ops::RangeInclusive<usize>| -> Vec<usize> {
                rows.map(|row| maker.corner(column, row)).collect()
            };
            let mut south = corners(self, 0..=self.tracks);
            let north = corners(self, self.tracks + 1..=self.blocks);
            // Tracks cut everything but the avenues inside.
            if self.is_avenue(column) {
                let place = self.place(column as f64, self.tracks as f64 + 0.5);
                let crossing = self.node(place, vec![("railway", "level_crossing".into())]);
                self.crossings.push(crossing);
                south.push(crossing);
                south.extend(north);
                self.street(name, kind, south, column % 2 == 0);
            } else {
                self.street(name, kind, south, column % 2 == 0);
                self.street(name, kind, north, column % 2 == 0);
            }
        }
    }

    /// Streets that run west and east.
    fn rows(&mut self) {
        for row in 0..=self.blocks {
            let edge = row == 0 || row == self.blocks || self.is_beside(row);
            let kind = self.kind(row, edge);
            let name = if self.is_beside(row) && !self.is_avenue(row) {
                BESIDE_TRACKS.get(row - self.tracks).copied().unwrap_or(DIAGONAL)
            } else {
                self.name(kind)
            };
            let corners = (0..=self.blocks).map(|column| self.corner(column, row)).collect();
            self.street(name, kind, corners, row % 2 == 0);
        }
    }

    fn kind(&self, line: usize, edge: bool) -> Kind {
        match (self.is_avenue(line), edge) {
            (true, _) => Kind::Avenue,
            (_, true) => Kind::TwoWay,
            _ => Kind::OneWay,
        }
    }

    fn name(&mut self, kind: Kind) -> &'static str {
        let avenue = if kind == Kind::Avenue { self.free_avenues.pop() } else { None };
        // Sizes are bounded so that names never run out; the diagonal's would not lie.
        avenue.or_else(|| self.free_names.pop()).unwrap_or(DIAGONAL)
    }

    fn street(&mut self, name: &'static str, kind: Kind, mut nodes: Vec<usize>, forward: bool) {
        let (class, speed, lanes) = match kind {
            Kind::Avenue if name == AVENUES.first().copied().unwrap_or_default() => ("primary", "60", "4"),
            Kind::Avenue => ("secondary", "60", "4"),
            Kind::TwoWay => ("tertiary", "40", "2"),
            Kind::OneWay => ("residential", "40", "1"),
        };
        let mut tags: Tags = vec![
            ("highway", class.into()),
            ("name", name.into()),
            ("maxspeed", speed.into()),
            ("lanes", lanes.into()),
            ("surface", "asphalt".into()),
        ];
        self.houses_along(name, &nodes);
        if kind == Kind::OneWay {
            tags.push(("oneway", "yes".into()));
            if !forward {
                nodes.reverse();
            }
        }
        self.ways.push(Way { nodes, tags });
    }

    /// A hundred numbers a block, even on the right and odd on the left, as everywhere in the country.
    fn houses_along(&mut self, street: &str, nodes: &[usize]) {
        for (block, (a, b)) in nodes.iter().zip(nodes.iter().skip(1)).enumerate() {
            let (from, to) = (self.place_of(*a), self.place_of(*b));
            if from.distance_m(to) < PITCH_M * 0.7 {
                continue;
            }
            for house in 0..HOUSES_A_FACE * 2 {
                let right = house % 2 == 0;
                let part =
                    (0.2 + 0.6 * (house / 2) as f64 / HOUSES_A_FACE as f64 + self.rng.between(0.0, 0.1))
                        .min(0.9);
                let number = (block + 1) * 100 + (part * 98.0) as usize / 2 * 2 + usize::from(!right);
                let (dx, dy) = from.offset_m(to);
                let side = if right { 9.0 } else { -9.0 } / dx.hypot(dy);
                let place = from.towards(to, part).moved(dy * side, -dx * side);
                let tags = vec![("addr:street", street.into()), ("addr:housenumber", number.to_string())];
                self.node(place, tags);
                let address = format!("{street} {number}");
                self.houses.push(House { place, address, between: (*a, *b), part });
            }
        }
    }

    /// An avenue from the south edge to the tracks, corner to corner across the blocks.
    fn diagonal(&mut self) {
        let start = 1 + self.rng.below(2);
        let steps = self.tracks.min(self.blocks - start);
        let nodes = (0..=steps).map(|k| self.corner(start + k, k)).collect();
        let tags: Tags = vec![
            ("highway", "secondary".into()),
            ("name", DIAGONAL.into()),
            ("maxspeed", "60".into()),
            ("lanes", "2".into()),
            ("surface", "asphalt".into()),
        ];
        self.ways.push(Way { nodes, tags });
    }

    /// Tracks from edge to edge through the crossings.
    fn railway(&mut self) {
        let row = self.tracks as f64 + 0.5;
        let west = self.node(self.place(-2.0, row), Vec::new());
        let station = self.node(
            self.place(self.blocks as f64 / 2.0 + 0.4, row),
            vec![("railway", "station".into()), ("name", "Estación Villa Ñandú".into())],
        );
        let east = self.node(self.place(self.blocks as f64 + 2.0, row), Vec::new());
        let mut nodes = vec![west, station, east];
        nodes.extend(self.crossings.iter().copied());
        // In order along the tracks: the turn is small enough for longitude to decide.
        nodes.sort_by(|a, b| self.place_of(*a).lon.total_cmp(&self.place_of(*b).lon));
        let tags =
            vec![("railway", "rail".into()), ("name", "Ramal de la Pampa".into()), ("gauge", "1676".into())];
        self.ways.push(Way { nodes, tags });
    }

    /// The square, and what a town has.
    fn landmarks(&mut self) {
        let middle = self.blocks / 2 - 1;
        let inset = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)];
        let mut ring: Vec<usize> = inset
            .iter()
            .map(|(x, y)| {
                let place = self.place(middle as f64 + x, middle as f64 + y);
                self.node(place, Vec::new())
            })
            .collect();
        ring.extend(ring.first().copied());
        self.ways.push(Way {
            nodes: ring,
            tags: vec![("leisure", "park".into()), ("name", "Plaza San Martín".into())],
        });
        let centre = self.place(middle as f64 + 0.5, middle as f64 + 0.5);
        self.node(centre, vec![("place", "town".into()), ("name", "Villa Ñandú".into())]);
        for (what, name, column, row) in [
            ("hospital", "Hospital Municipal Doña Petrona", 4.5, 3.5),
            ("school", "Escuela N.º 7 Domingo F. Sarmiento", 6.5, 5.5),
            ("townhall", "Municipalidad de Villa Ñandú", middle as f64 + 1.5, middle as f64 + 0.5),
        ] {
            let place = self.place(column, row);
            self.node(place, vec![("amenity", what.into()), ("name", name.into())]);
        }
    }
}

#[cfg(test)]
mod tests;
