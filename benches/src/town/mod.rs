//! An invented town of the Argentine plains: a grid of named streets, made from a seed.
//!
//! Nothing in it is copied from a map, so it can be shown and shipped without a licence. One-ways alternate,
//! avenues cut through every sixth block, a diagonal crosses half of it, and a railway splits it with few
//! crossings, so that routes, detours and arrival times are like real ones.

pub mod graph;
pub mod make;
pub mod names;
pub mod pbf;

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::error::Outcome;
use crate::say;

pub use make::town;

/// `campo-bench town`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The same seed makes the same town
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Blocks on each side
    #[arg(long, default_value_t = 24)]
    pub blocks: usize,
    /// The file to write
    #[arg(long, default_value = "town.osm.pbf")]
    pub out: PathBuf,
}

/// A place, in WGS-84 decimal degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
}

impl Place {
    /// Distance in metres; flat, which within a town is exact to a millimetre a metre.
    pub fn distance_m(self, other: Place) -> f64 {
        let (dx, dy) = self.offset_m(other);
        dx.hypot(dy)
    }

    /// Metres east and north from here to there.
    pub fn offset_m(self, other: Place) -> (f64, f64) {
        let dy = (other.lat - self.lat) * METRES_A_DEGREE;
        let dx = (other.lon - self.lon) * METRES_A_DEGREE * self.lat.to_radians().cos();
        (dx, dy)
    }

    /// The place so many metres east and north of here.
    pub fn moved(self, east_m: f64, north_m: f64) -> Place {
        Place {
            lat: self.lat + north_m / METRES_A_DEGREE,
            lon: self.lon + east_m / (METRES_A_DEGREE * self.lat.to_radians().cos()),
        }
    }

    /// The place a part of the way to another, 0 here and 1 there.
    pub fn towards(self, other: Place, part: f64) -> Place {
        Place { lat: self.lat + (other.lat - self.lat) * part, lon: self.lon + (other.lon - self.lon) * part }
    }
}

/// Metres of one degree of a great circle on the mean Earth (radius 6 371 008.8 m).
pub const METRES_A_DEGREE: f64 = 111_195.08;

/// Tags of a node or way, as OpenStreetMap has them.
pub type Tags = Vec<(&'static str, String)>;

/// A point of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub tags: Tags,
}

/// A line of the map; its nodes by index.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// In order; a one-way is driven in this order.
    pub nodes: Vec<usize>,
    /// What it is.
    pub tags: Tags,
}

impl Way {
    /// A tag's value.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(k, _)| *k == key).map(|(_, v)| v.as_str())
    }
}

/// A house with an address, on the street between two crossings.
#[derive(Debug, Clone, PartialEq)]
pub struct House {
    /// Where.
    pub place: Place,
    /// `Calle 123`
    pub address: String,
    /// The crossings (or railway crossing) its stretch of street lies between.
    pub between: (usize, usize),
    /// How far along, 0 at the first and 1 at the second.
    pub part: f64,
}

/// The whole town.
#[derive(Debug, Clone, PartialEq)]
pub struct Town {
    /// Its name.
    pub name: String,
    /// All points, houses included.
    pub nodes: Vec<Node>,
    /// All lines.
    pub ways: Vec<Way>,
    /// All houses.
    pub houses: Vec<House>,
}

/// The command.
pub fn run(args: &Args) -> Outcome<bool> {
    let town = town(args.seed, args.blocks);
    if let Some(folder) = args.out.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&args.out, pbf::encode(&town))?;
    say!(
        "{}: {} calles, {} casas -> {}",
        town.name,
        town.ways.iter().filter(|w| w.tag("highway").is_some()).count(),
        town.houses.len(),
        args.out.display()
    );
    Ok(true)
}
