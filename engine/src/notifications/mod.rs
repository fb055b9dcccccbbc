//! Messages to people: what is told to whom, through which channel, when, and what became of it.
//!
//! - [`outbound`]: the one way out: rows of `message`, sent by the worker, followed by receipts.
//! - [`accounts`]: the numbers that organizations send from.

pub mod accounts;
pub mod outbound;

pub use crate::providers::meta::content;
