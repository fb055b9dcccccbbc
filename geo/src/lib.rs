//! Pure: coordinates, distances, H3 cells, maps and roads, ETA models. No async, no network.
//!
//! - [`coord`]: a point on the earth, distances, bearings.
//! - [`segment`]: how near the way between two points came to a third.
//! - [`bounds`]: a box on the map, safe at the antimeridian.
//! - [`cell`]: H3 cells.
//! - [`osm`]: an OpenStreetMap extract in memory.
//! - [`map`]: the files that are made from one, replaced as a whole.
//! - [`matching`]: where somebody drove, from positions every half minute.
//! - [`near`]: who is nearest: an index of moving points.
//! - [`pace`]: learned speeds.
//! - [`roads`]: the road graph: snapping, routes, tables.
//! - [`tiles`]: the basemap as vector tiles.
//! - [`places`]: streets, addresses and places, searched as people write them.
//! - [`eta`]: when somebody arrives; one function, with the tier in the answer.

pub mod bounds;
pub mod cell;
pub mod coord;
pub mod eta;
pub mod map;
pub mod matching;
pub mod near;
pub mod osm;
pub mod pace;
pub mod places;
pub mod roads;
pub mod segment;
pub mod tiles;

pub use bounds::Bounds;
pub use coord::Coord;
pub use eta::{Eta, eta};
