//! Learned speeds: how much longer than free flow roads take, by place and part of the week.
//!
//! - [`Period`]: the parts of the week that have speeds of their own.
//! - [`Observations`]: sums over matched drives. Added to nightly, merged between organizations, forgotten slowly.
//! - [`Paces`]: what follows from them; a factor on free flow for every edge and period, also where nobody drove.
//!
//! The factor of an edge is a product, each part shrunk to the wider one where there is little to learn from:
//! the shipped prior of its class and period, the city, the class, class and period, the H3 cell, cell and period,
//! the edge, edge and period.

mod key;
mod observations;
mod paces;
mod period;
mod prior;
mod sum;
#[cfg(test)]
mod tests;

pub use observations::{Drive, Observations};
pub use paces::Paces;
pub use period::Period;
