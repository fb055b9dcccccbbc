//! The one way to standard output: results and figures, a line each.

use std::io::Write;

/// Writes one line to standard output; a closed pipe is not an error of ours.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// `format!` straight to [`line`].
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => { $crate::say::line(&format!($($part)*)) };
}
