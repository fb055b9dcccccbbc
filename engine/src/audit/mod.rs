//! The audit log of an organization: who did what, and who looked at whose positions.
//!
//! Entries are made by use cases ([`crate::db::Tenant::audit`]), follow from events, and are bound by [`crate::ledger`].
//!
//! - [`list`]: the log as people read it. [`looks`]: looking at positions, once an hour.
//! - [`verify`]: walking a chain in the database. [`export`]: a chain as a file, verified far from it.
//! - [`anchor`] and [`place`]: the ends of all chains, signed, in a second place.

pub mod anchor;
pub mod export;
pub mod list;
pub mod looks;
pub mod place;
mod sql;
pub mod verify;

pub use crate::ledger::{Action, Asked, Bad, Entry, Why, asked_by, asker_is, catalogue, person, personal};
