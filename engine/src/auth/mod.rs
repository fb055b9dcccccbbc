//! Who is asking: keys, one-time codes, login sessions, roles.

pub mod agent;
mod base64;
mod cache;
pub mod factor;
pub mod invitation;
pub mod keys;
pub mod otp;
pub mod own;
pub mod phone;
pub mod refresh;
pub mod resume;
pub mod ring;
pub mod role;
pub mod rotation;
pub mod session;
mod sql;
pub(crate) mod tell;
pub mod token;

pub(crate) use sql::revoke_everywhere;
