//! Shared by the tests of tier 0 and by the command that fits it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests and an offline tool over fixed files"
)]

pub mod fit;
pub mod score;
pub mod trips;
