//! Front door and the executable `campo`: routes, sockets, pages.
//!
//! [`cli`] reads the command line and [`config`] the environment; [`server`] listens, by [`tls`] where there are certificates; [`routes`] says what is
//! where; [`socket`] holds the sockets and [`live`] the customer's page; [`who`] holds the extractors that are permissions; [`failure`] turns refusals into statuses.

pub mod address;
pub mod app;
pub mod asked;
pub mod chores;
pub mod cli;
pub mod config;
pub mod crew;
pub mod database;
pub mod expiry;
pub mod failure;
pub mod headers;
pub mod language;
pub mod limit;
pub mod live;
pub mod logs;
pub mod metrics;
pub mod once;
pub mod origin;
pub mod request;
pub mod routes;
pub mod runtime;
pub mod secret;
pub mod server;
pub mod socket;
pub mod tls;
pub mod who;

pub use app::App;
pub use config::Config;
pub use failure::Failure;
