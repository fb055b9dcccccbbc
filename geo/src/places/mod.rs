//! Streets, addresses and places, searched as people write them.
//!
//! - [`words`]: names without accents, abbreviations written out; what each word is worth.
//! - [`token`], [`query`]: what a written address may mean. Pure.
//! - [`build()`]: the index of an extract, one file.
//! - [`record`], [`file`], [`index`]: that file, mapped.
//! - [`terms`], [`score`], [`search`]: which names fit.
//! - [`locate`], [`shape`], [`grid`]: where on a street; [`reverse`]: what a point is called.
//!
//! A number is where it was seen, else between its neighbours along the street. Where a street has none,
//! the answer is its middle, with little confidence: a block of a hundred numbers is usual in Argentina, but
//! where the counting begins is not written on the map.

mod build;
mod file;
mod grid;
mod index;
mod locate;
mod query;
mod record;
mod reverse;
mod score;
mod search;
mod shape;
mod terms;
mod token;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Coord;

pub use build::build;
pub use index::Places;
pub use words::fold;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundKind {
    /// A street, a number or a corner of it.
    Street,
    /// A barrio, town, city or province.
    Place,
    /// A square, hospital, station or the like.
    Poi,
}

/// How exactly the point is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// The house number is on the map.
    Number,
    /// Between, or beside, numbers that are on the map.
    Interpolated,
    /// Where two streets meet, or the block between two corners.
    Corner,
    /// Somewhere on the street.
    Street,
    /// The middle of a place.
    Place,
}

/// An answer to a written address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Found {
    /// As it is shown: `Avenida Rivadavia 4502, Caballito, Buenos Aires`.
    pub label: String,
    /// What it is.
    pub kind: FoundKind,
    /// Where it is.
    pub at: Coord,
    /// How likely this is what was meant, to a block: 0..=1, hundredths. Two equal answers in different towns
    /// are both unlikely.
    pub confidence: f64,
    /// How exactly the point is known.
    pub precision: Precision,
}

/// Do two texts name the same address, whatever accents, capitals and abbreviations they are written with?
pub fn is_same(a: &str, b: &str) -> bool {
    words::words(a) == words::words(b)
}

/// From this confidence on an address is taken without asking: the word, the street and the block fit.
pub const SURE: f64 = 0.75;

#[cfg(test)]
mod tests;
