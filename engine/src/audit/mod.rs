//! The audit log of an organization: who did what, and who looked at whose positions.
//!
//! Entries are made by use cases ([`crate::db::Tenant::audit`]), follow from events, and are bound by [`crate::ledger`].

pub use crate::ledger::{Action, Asked, Bad, Entry, Why, asked_by, catalogue, personal};
