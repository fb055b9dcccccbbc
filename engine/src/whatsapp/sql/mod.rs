//! Queries of WhatsApp coming in.

pub(super) mod desk;
pub(super) mod door;
pub(super) mod inbox;
pub(super) mod request;
pub(super) mod send;
pub(super) mod thread;
