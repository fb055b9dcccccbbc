//! Who is asking: keys, one-time codes, login sessions, roles.

mod base64;
mod cache;
pub mod keys;
pub mod otp;
pub mod own;
pub mod phone;
pub mod refresh;
pub mod resume;
pub mod role;
pub mod session;
mod sql;
pub mod token;

pub(crate) use sql::revoke_everywhere;
