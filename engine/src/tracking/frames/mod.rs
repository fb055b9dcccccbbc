//! Every frame of the sockets and of the customer's stream, as types: the JSON Schemas in docs/schema are
//! generated from them. The hot frames are packed by hand and held to their types by tests.

mod customer;
mod pack;
mod phone;
mod viewer;

pub use customer::*;
pub use pack::*;
pub use phone::*;
pub use viewer::*;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A frame could not be taken; the socket stays open.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ErrorFrame {
    /// The stable code.
    pub code: String,
    /// What is wrong, in words.
    pub detail: String,
}

#[cfg(test)]
mod schema_tests;
