//! Clients of the wire contract: a technician's phone and a dispatcher's screen.
//!
//! `frame`, `point`, `heard` and `session` are pure (bytes and values in, bytes and values out) and serve both
//! the asynchronous clients here and the load generator's own loop in [`crate::swarm`].

pub mod connect;
pub mod frame;
pub mod heard;
pub mod phone;
pub mod point;
pub mod session;
pub mod socket;
pub mod viewer;
