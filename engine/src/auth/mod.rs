//! Who is asking: keys, one-time codes, login sessions, roles.

pub mod keys;
pub mod role;
