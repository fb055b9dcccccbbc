//! What a driver says when it cannot go on.

use std::fmt;

/// A sentence for the person at the terminal; drivers act on none of the causes apart.
#[derive(Debug)]
pub struct Trouble(String);

/// Result of everything in the drivers.
pub type Outcome<T> = Result<T, Trouble>;

impl Trouble {
    /// Makes one from a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Puts `what` in front, so that the sentence says what was being done.
    pub fn while_doing(self, what: &str) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

macro_rules! from {
    ($($cause:ty),+) => {$(
        impl From<$cause> for Trouble {
            fn from(cause: $cause) -> Self {
                Self(chain(&cause))
            }
        }
    )+};
}
from!(std::io::Error, reqwest::Error, sqlx::Error, serde_json::Error, uuid::Error, csv::Error);

/// Writes an error with its sources in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
