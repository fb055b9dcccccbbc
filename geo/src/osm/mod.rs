//! An OpenStreetMap extract in memory, read in one pass and kept small.
//!
//! - [`extract`]: what the map's builders read: nodes, ways, relations, with their tags.
//! - [`read`]: from an `.osm.pbf` file, with its errors in words.
//! - [`tags`]: keys and values, each text once.
//! - [`chain`]: a way's nodes as a few bytes.
//!
//! 38.9 million nodes (all Argentina) take about 0.6 GB.

pub mod chain;
pub mod extract;
pub mod read;
#[cfg(test)]
pub(crate) mod sketch;
pub mod tags;

pub use extract::{Extract, Kind, Member, Relation, TaggedNode, Way};
pub use read::ReadError;
pub use tags::Tags;
