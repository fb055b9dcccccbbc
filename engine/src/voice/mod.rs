//! Voice notes: heard, understood, decided about; by machines within the organization's consent, else by people.

pub mod answer;
pub mod dates;
pub mod form;
pub mod ogg;
pub mod proposal;
pub mod score;
pub mod speech;
pub mod state;
pub mod words;
