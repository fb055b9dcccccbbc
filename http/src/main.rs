//! The executable `campo`.
fn main() {}
