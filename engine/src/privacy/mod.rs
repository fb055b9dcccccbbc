//! Personal data (Ley 25.326): what people agreed to, what they may ask, and how what is held ends.
//!
//! - [`consent`]: what a person agreed to; what that means for positions.
//! - [`request`]: access, rectification, erasure, each with the day by which it is answered; [`leave`]: one's own erasure.
//! - [`export`]: a copy of everything held about somebody, as a ZIP; [`erase`]: its end.
//! - [`retain`]: what ends by its age, every night; [`day`]: what is kept of a day's positions.
//! - [`subject`]: whose data is meant; [`words`]: by what they are recognized; [`redact`], [`clock`]: pure rules.
//!
//! Where anything about anybody is held stands in one list (`sql/held.rs`): export, erasure, docs and the catalog test
//! read it.

pub mod clock;
pub mod consent;
pub mod day;
pub mod erase;
pub mod export;
pub mod leave;
pub mod rectify;
pub mod redact;
pub mod request;
pub mod retain;
mod sql;
pub mod subject;
pub mod words;
mod zip;

/// An entry of the list of what is held: table, what it is, its ground, its personal columns.
pub type Entry = (&'static str, &'static str, String, &'static [&'static str]);

/// The list of what is held, for the catalog test and the documentation.
pub fn register() -> Vec<Entry> {
    let all = sql::held::all().chain(sql::held::IDENTITY).chain(sql::held::OTHERS);
    all.map(|h| (h.table, h.what, format!("{:?}", h.ground).to_lowercase(), h.personal)).collect()
}
