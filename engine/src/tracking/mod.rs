//! Where people are and what follows from it.
//!
//! Pure: [`point`] (as phones send it), [`fix`] (as the core sees it), [`clock`], [`refusal`], [`verdict`],
//! [`motion`], [`stops`], [`arrival`], [`derive`] (all of them over one track), [`technician`] (the live state
//! of one person), [`rate`], [`window`] (what the customer is promised), [`privacy`].

pub mod arrival;
pub mod clock;
pub mod derive;
pub mod fix;
pub mod motion;
pub mod point;
pub mod privacy;
pub mod rate;
pub mod refusal;
pub mod stops;
pub mod technician;
pub mod verdict;
pub mod window;

#[cfg(test)]
mod replay_tests;
#[cfg(test)]
mod testing;
