//! Messages to people: what is told to whom, through which channel, when, and what became of it.
//!
//! - [`plan`]: which messages follow from what happened to a job; [`tell`] writes them in its transaction.
//! - [`outbound`]: the one way out: rows of `message`, sent by the worker, followed by receipts.
//! - `compose` and `judge`: when a message leaves, whether it is still true and what it says.
//! - [`events`], [`preferences`], [`quiet`], [`reminders`]: who wants what, and when.
//! - [`codes`]: sign-in codes, by WhatsApp, then SMS; [`sms`]: what SMS may cost; [`consent`]: who wants nothing.
//! - [`log`]: what was sent to whom; [`ratings`]: what customers say of the work.
//! - [`alerts`]: what owners and admins must know at once.
//! - [`templates`]: the words; [`accounts`]: the numbers that organizations send from.

pub mod accounts;
pub mod alerts;
pub mod codes;
mod compose;
pub mod consent;
pub mod events;
mod judge;
pub mod log;
pub mod outbound;
pub mod plan;
pub mod preferences;
pub mod quiet;
pub mod ratings;
mod reminders;
pub mod sms;
mod sql;
pub mod tell;
pub mod templates;
mod words;

pub use crate::providers::meta::content;
