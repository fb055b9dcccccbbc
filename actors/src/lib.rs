//! actix shells: who is alive, mailboxes, timers. Decides nothing.
//!
//! [`registry`] knows who is alive; [`technician`], [`organization`] and [`tracking`] are thin shells around the
//! pure cores of campo-engine. Messages stand in the file of the actor that receives them.

pub mod organization;
pub mod registry;
pub mod technician;
pub mod tracking;

/// Unix milliseconds now: the one place where actors read the clock.
pub fn now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}
