//! What is drawn, before it is cut into tiles.

use super::layer::Layer;
use super::world::Square;

/// Flags of a feature; each is an attribute of the same name.
pub mod flag {
    /// `link`
    pub const LINK: u16 = 1;
    /// `bridge`
    pub const BRIDGE: u16 = 2;
    /// `tunnel`
    pub const TUNNEL: u16 = 4;
    /// `unpaved`
    pub const UNPAVED: u16 = 8;
    /// `toll`
    pub const TOLL: u16 = 16;
    /// `oneway` 1
    pub const ONEWAY: u16 = 32;
    /// `oneway` -1
    pub const AGAINST: u16 = 64;
    /// `service`: a yard of a railway, or one of the three of roads
    pub const SERVICE: u16 = 128;
    /// `service` of a road: `parking_aisle`
    pub const PARKING: u16 = 256;
    /// `service` of a road: `driveway`
    pub const DRIVEWAY: u16 = 512;
    /// `service` of a road: `alley`
    pub const ALLEY: u16 = 1024;
    /// `maritime`
    pub const MARITIME: u16 = 2048;
    /// `capital` 2
    pub const COUNTRY: u16 = 4096;
    /// `capital` 4
    pub const PROVINCE: u16 = 8192;
    /// All that a road shows at every zoom.
    pub const EVERYWHERE: u16 = LINK | BRIDGE | TUNNEL | UNPAVED | TOLL;
    /// With their names.
    pub const NAMES: [(u16, &str); 7] = [
        (LINK, "link"),
        (BRIDGE, "bridge"),
        (TUNNEL, "tunnel"),
        (UNPAVED, "unpaved"),
        (TOLL, "toll"),
        (MARITIME, "maritime"),
        (ONEWAY, "oneway"),
    ];
}

/// Where a feature's geometry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The middle of its box: a point.
    Spot,
    /// A way of the extract.
    Way(u32),
    /// A joined line.
    Chain(u32),
    /// Geometry of its own.
    Shape(u32),
}

/// Nothing is written.
pub const NO_TEXT: u32 = u32::MAX;

/// A thing on the map.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// The box around it.
    pub square: Square,
    /// Its geometry.
    pub source: Source,
    /// Its layer.
    pub layer: Layer,
    /// Its class, by place in the layer's list.
    pub class: u8,
    /// The first zoom with it.
    pub min: u8,
    /// The last.
    pub max: u8,
    /// See [`flag`].
    pub flags: u16,
    /// Smaller is more important.
    pub rank: u16,
    /// Its place within the layer: smaller comes first.
    pub order: i32,
    /// `height`, `population`, `admin_level`, `length_m`, or a road's `layer`.
    pub number: i32,
    /// Its texts, by place.
    pub text: u32,
}

impl Feature {
    /// A feature of a layer with everything else at its beginning.
    pub fn new(layer: Layer, class: u8, source: Source, square: Square) -> Self {
        Self {
            square,
            source,
            layer,
            class,
            min: 0,
            max: super::world::LAST,
            flags: 0,
            rank: 0,
            order: 0,
            number: 0,
            text: NO_TEXT,
        }
    }

    /// Is it part of a zoom?
    pub fn is_at(&self, z: u8) -> bool {
        self.min <= z && z <= self.max
    }
}

/// A name and a number (`ref`) as the extract has them; empty where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Text<'a> {
    /// `name` (or `number` of a house).
    pub name: &'a str,
    /// `ref`.
    pub number: &'a str,
}
