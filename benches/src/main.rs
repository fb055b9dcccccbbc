//! The executable `campo-bench`.
fn main() {}
