//! The flat world that tiles are cut from: Web Mercator in whole units, 4,096 to a tile of zoom 14 (2.4 m / 4 at the equator).

use pmtiles::{TileCoord, TileId};

/// The last zoom with tiles of its own.
pub const LAST: u8 = 14;
/// Units along a tile's edge.
pub const EXTENT: i32 = 4096;
/// Units around the equator.
pub const AROUND: i32 = EXTENT << LAST;
/// How far outside of a tile lines and areas are cut, in the tile's units: 8 px.
pub const BUFFER: i32 = 64;
/// Units of a tile in a pixel, for tiles drawn 512 px wide.
pub const PIXEL: i32 = EXTENT / 512;

/// A point of the world: x eastwards from the antimeridian, y southwards from the northern edge.
pub type Point = [i32; 2];

/// Where a place lies. Latitudes beyond the map's edges (85.05 degrees) are set on them.
pub fn project(lat_e7: i32, lon_e7: i32) -> Point {
    let sin = (f64::from(lat_e7) / 1e7).clamp(-85.051_128, 85.051_128).to_radians().sin();
    let x = f64::from(lon_e7) / 3.6e9 + 0.5;
    let y = 0.5 - ((1.0 + sin) / (1.0 - sin)).ln() / (4.0 * std::f64::consts::PI);
    [units(x), units(y)]
}

fn units(share: f64) -> i32 {
    ((share * f64::from(AROUND)) as i32).clamp(0, AROUND - 1)
}

/// Metres of one unit at a place's latitude.
pub fn metres_a_unit(at: Point) -> f64 {
    let y = (0.5 - f64::from(at[1]) / f64::from(AROUND)) * 2.0 * std::f64::consts::PI;
    40_075_016.7 / f64::from(AROUND) / y.cosh()
}

/// A box; both corners belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    /// The least x and y.
    pub min: Point,
    /// The greatest.
    pub max: Point,
}

impl Square {
    /// Holds nothing yet.
    pub const NONE: Self = Self { min: [i32::MAX; 2], max: [i32::MIN; 2] };

    /// Grows it to hold `p`.
    pub fn hold(&mut self, p: Point) {
        self.min = [self.min[0].min(p[0]), self.min[1].min(p[1])];
        self.max = [self.max[0].max(p[0]), self.max[1].max(p[1])];
    }

    /// The box around points.
    pub fn around(points: &[Point]) -> Self {
        let mut square = Self::NONE;
        points.iter().for_each(|p| square.hold(*p));
        square
    }

    /// Is the other wholly inside?
    pub fn holds(&self, other: &Self) -> bool {
        self.min[0] <= other.min[0]
            && self.min[1] <= other.min[1]
            && other.max[0] <= self.max[0]
            && other.max[1] <= self.max[1]
    }

    /// Is the point inside?
    pub fn has(&self, p: Point) -> bool {
        self.holds(&Self { min: p, max: p })
    }

    /// Its four corners, so that the area is an outer ring.
    pub fn corners(&self) -> [Point; 4] {
        let ([a, b], [c, d]) = (self.min, self.max);
        [[a, b], [c, b], [c, d], [a, d]]
    }

    /// The longer edge.
    pub fn size(&self) -> i32 {
        (self.max[0].saturating_sub(self.min[0])).max(self.max[1].saturating_sub(self.min[1]))
    }
}

/// A tile, at most of [`LAST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Zoom.
    pub z: u8,
    /// Column from the west.
    pub x: i32,
    /// Row from the north.
    pub y: i32,
}

impl Tile {
    /// The tile of a zoom that holds a point.
    pub fn at(z: u8, p: Point) -> Self {
        let shift = u32::from(LAST - z) + 12;
        Self { z, x: p[0] >> shift, y: p[1] >> shift }
    }

    /// Its number along the curve that the file is ordered by.
    pub fn number(self) -> u64 {
        self.coord().map_or(0, |c| TileId::from(c).value())
    }

    /// The tile of a number.
    pub fn of(number: u64) -> Option<Self> {
        let c = TileCoord::from(TileId::new(number).ok()?);
        Some(Self { z: c.z(), x: c.x() as i32, y: c.y() as i32 })
    }

    /// As the library names it; `None` outside of the world.
    pub fn coord(self) -> Option<TileCoord> {
        TileCoord::new(self.z, u32::try_from(self.x).ok()?, u32::try_from(self.y).ok()?).ok()
    }

    /// How many bits a unit of this tile has in units of the world.
    pub fn shift(self) -> u32 {
        u32::from(LAST - self.z)
    }

    /// Its north-western corner.
    pub fn corner(self) -> Point {
        let shift = self.shift() + 12;
        [self.x << shift, self.y << shift]
    }

    /// Its ground and so many units of the world around.
    pub fn ground(self, around: i32) -> Square {
        let ([x, y], edge) = (self.corner(), EXTENT << self.shift());
        Square { min: [x - around, y - around], max: [x + edge + around, y + edge + around] }
    }

    /// The four tiles of the next zoom.
    pub fn children(self) -> [Self; 4] {
        let (z, x, y) = (self.z + 1, self.x * 2, self.y * 2);
        [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(dx, dy)| Self { z, x: x + dx, y: y + dy })
    }
}

/// All tiles of a zoom that a box (grown by so many units of the world) touches.
pub fn touched(z: u8, square: &Square, around: i32) -> impl Iterator<Item = Tile> + use<> {
    let (a, b) = span(z, square, around);
    (a.y..=b.y).flat_map(move |y| (a.x..=b.x).map(move |x| Tile { z, x, y }))
}

/// How many those are.
pub fn touched_count(z: u8, square: &Square, around: i32) -> i64 {
    let (a, b) = span(z, square, around);
    i64::from(b.x - a.x + 1) * i64::from(b.y - a.y + 1)
}

fn span(z: u8, square: &Square, around: i32) -> (Tile, Tile) {
    let inside = |p: Point, by: i32| p.map(|c| c.saturating_add(by).clamp(0, AROUND - 1));
    (Tile::at(z, inside(square.min, -around)), Tile::at(z, inside(square.max, around)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_places_lie_in_known_tiles() {
        // The Obelisk of Buenos Aires, by the usual formula.
        let p = project(-346_037_000, -583_816_000);
        let tile = Tile::at(12, p);
        assert_eq!((tile.x, tile.y), (1383, 2468));
        assert!((metres_a_unit(p) - 0.4915).abs() < 0.001, "{}", metres_a_unit(p));
        assert_eq!(Tile::of(tile.number()), Some(tile));
    }

    proptest! {
        /// A point lies on the ground of its tile, and of exactly one child.
        #[test]
        fn tiles_cover_the_world(lat in -850_000_000..850_000_000i32, lon in -1_800_000_000..1_800_000_000i32, z in 0..LAST) {
            let p = project(lat, lon);
            let tile = Tile::at(z, p);
            prop_assert!(tile.ground(0).has(p));
            prop_assert_eq!(tile.children().iter().filter(|c| **c == Tile::at(z + 1, p)).count(), 1);
        }
    }
}
