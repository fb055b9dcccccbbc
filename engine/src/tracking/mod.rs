//! Where people are and what follows from it.
//!
//! Pure: [`point`] (as phones send it), [`fix`] (as the core sees it), [`sample`] (as rules need it), [`clock`],
//! [`refusal`], [`verdict`], [`motion`], [`motion_path`] (what is expected between positions), [`stops`], [`arrival`], [`derive`] (all of them over one track), [`answers`] (ETAs, `outside`: by companies that know ways),
//! [`technician`] (the live state of one person) and its [`outcome`], [`rate`], [`window`] (what the customer is
//! promised), [`privacy`], [`ledger`] (what may be acknowledged), [`fleet`] (what viewers must hear), [`frames`]
//! (every frame of the wire).
//!
//! Remembered: [`store`] (the one writer of positions), [`sql`], [`hello`] (who may speak), [`memory`] and
//! [`overview`] (what actors are rebuilt from), [`order`] (commands and shifts), [`phone`], [`session`], [`track`]
//! (what REST shows of a person's way).

pub mod answers;
pub mod arrival;
pub mod clock;
pub mod derive;
pub mod expect;
pub mod fix;
pub mod fleet;
pub mod frames;
pub mod hello;
pub mod ledger;
mod loose;
pub mod memory;
pub mod motion;
pub mod motion_path;
pub mod order;
pub mod outcome;
mod outside;
pub mod overview;
pub mod phone;
pub mod point;
pub mod privacy;
pub mod rate;
mod recent;
pub mod refusal;
pub mod sample;
pub mod session;
pub mod sql;
pub mod stops;
pub mod store;
pub mod technician;
pub mod track;
pub mod verdict;
pub mod window;

#[cfg(test)]
mod replay_tests;
#[cfg(test)]
mod testing;
