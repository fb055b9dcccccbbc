//! The window that a customer is promised, in words, and when it may change.

use chrono::{DateTime, Timelike};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::derive::EtaAt;

/// Windows begin and end on these marks of the clock, milliseconds.
const STEP_MS: i64 = 5 * 60_000;
/// No window is narrower than this, milliseconds.
const NARROWEST_MS: i64 = 2 * STEP_MS;
/// An edge this far off is worth a new window, milliseconds.
const SHIFT_MS: i64 = 2 * STEP_MS;
/// But only after it was so for this long (longer than a red light), milliseconds.
const CONFIRM_MS: i64 = 3 * 60_000;

/// From when to when, Unix milliseconds, both on marks of five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Window {
    /// Not before.
    pub from_ms: i64,
    /// Not after.
    pub to_ms: i64,
}

/// The languages that customers are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Spanish of Argentina, 24 hours.
    #[default]
    Es,
    /// English, 12 hours.
    En,
}

impl Window {
    /// The window of an ETA: p10 rounded down, p90 rounded up.
    ///
    /// Marks are local as well as UTC: every zone's offset is a multiple of five minutes.
    pub fn of(eta: &EtaAt) -> Self {
        let at = |seconds: u32| eta.at_ms.saturating_add(i64::from(seconds) * 1_000);
        let from_ms = at(eta.eta.p10_s).div_euclid(STEP_MS) * STEP_MS;
        let to_ms = (at(eta.eta.p90_s).saturating_add(STEP_MS - 1)).div_euclid(STEP_MS) * STEP_MS;
        Self { from_ms, to_ms: to_ms.max(from_ms.saturating_add(NARROWEST_MS)) }
    }

    /// Does it hold this moment? Edges count.
    pub fn holds(&self, ms: i64) -> bool {
        (self.from_ms..=self.to_ms).contains(&ms)
    }

    /// In words: "entre 14:20 y 14:35", "between 2:20 and 2:35 pm".
    pub fn words(&self, language: Language, zone: Tz) -> String {
        let local = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default().with_timezone(&zone).time();
        let (from, to) = (local(self.from_ms), local(self.to_ms));
        if language == Language::Es {
            return format!("entre {} y {}", from.format("%H:%M"), to.format("%H:%M"));
        }
        // "between 11:50 am and 12:05 pm", but one "pm" is enough for two.
        let first = if from.hour12().0 == to.hour12().0 { "%-I:%M" } else { "%-I:%M %P" };
        format!("between {} and {}", from.format(first), to.format("%-I:%M %P"))
    }
}

/// What one customer was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promise {
    shown: Option<Window>,
    /// Since when the present ETA asks for another window.
    doubted_since_ms: Option<i64>,
}

impl Promise {
    /// A promise that was made before, as kept in SQL.
    pub fn new(shown: Option<Window>) -> Self {
        Self { shown, doubted_since_ms: None }
    }

    /// The window that the customer sees.
    pub fn shown(&self) -> Option<Window> {
        self.shown
    }

    /// Takes a new ETA; answers the new window when the promise must change.
    ///
    /// At once where the expected arrival (p50) no longer lies in the window, since it would be a lie; after
    /// three minutes where an edge is ten minutes off, which is longer than a red light or one bad position.
    pub fn on_eta(&mut self, eta: &EtaAt) -> Option<Window> {
        let next = Window::of(eta);
        let expected_ms = eta.at_ms.saturating_add(i64::from(eta.eta.p50_s) * 1_000);
        let Some(shown) = self.shown else { return self.change(next) };
        if !shown.holds(expected_ms) {
            return self.change(next);
        }
        let off = (shown.from_ms - next.from_ms).abs().max((shown.to_ms - next.to_ms).abs());
        if off < SHIFT_MS {
            self.doubted_since_ms = None;
            return None;
        }
        let since = *self.doubted_since_ms.get_or_insert(eta.at_ms);
        if eta.at_ms - since >= CONFIRM_MS { self.change(next) } else { None }
    }

    fn change(&mut self, next: Window) -> Option<Window> {
        self.doubted_since_ms = None;
        let changed = self.shown != Some(next);
        self.shown = Some(next);
        changed.then_some(next)
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
