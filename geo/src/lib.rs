//! Pure: coordinates, distances, H3 cells, ETA models. No async, no network.
//!
//! - [`coord`]: a point on the earth, distances, bearings.
//! - [`segment`]: how near the way between two points came to a third.
//! - [`bounds`]: a box on the map, safe at the antimeridian.
//! - [`cell`]: H3 cells.
//! - [`eta`]: when somebody arrives; one function, with the tier in the answer.

pub mod bounds;
pub mod cell;
pub mod coord;
pub mod eta;
pub mod segment;

pub use bounds::Bounds;
pub use coord::Coord;
pub use eta::{Eta, eta};
