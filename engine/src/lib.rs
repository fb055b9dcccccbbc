//! What is decided and remembered: use cases, state machines, SQL. No actix.
//!
//! Rooms: [`ids`], [`error`], [`db`] (the only door to SQL), [`event`] (every fact the rest may hear),
//! [`postgres`] (the private server), [`maps`] (the map that serves), [`location`] (pins and addresses), [`estimates`] (travel times),
//! [`task`] and [`worker`] (durable work), [`privacy`] (consents, copies, erasure, retention), [`providers`] and [`breaker`] (companies we talk to), [`vault`] (secrets at rest; [`seal`] their first form), [`settings`],
//! [`services`] (panic modes, kill switches), [`directions`] (companies that know ways), [`backup`] (everything in one file, and back), [`live`] (fan-out), [`asked`] (answers to phones), [`notices`] (the in-app inbox), [`push`] and [`mail`] (browsers and
//! e-mail), [`webhooks`] (customers' own systems), and the features [`auth`], [`organizations`],
//! [`ledger`] (what an audit entry is and how it is chained) and [`audit`] (the log: read, verified, anchored),
//! [`users`], [`schedules`] (when people work), [`customers`], [`cuit`] (tax numbers), [`protect`] (locked fields) and [`changes`] (requests to change them), [`files`], [`notifications`], `jobs`, `shifts`, `tracking`, [`devices`] (phone apps of others), [`dispatch`]. In a feature `mod.rs` holds the use cases, `state.rs` or
//! `rules.rs` is pure, `sql.rs` holds the queries.

pub mod alert;
pub mod asked;
pub mod asker;
pub mod audit;
pub mod auth;
pub mod backup;
pub mod breaker;
pub mod changes;
pub mod check;
pub mod cuit;
pub mod customers;
pub mod db;
pub mod demo;
pub mod devices;
pub mod directions;
pub mod dispatch;
pub mod engine;
pub mod error;
pub mod estimates;
pub mod event;
pub mod field;
pub mod files;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod ledger;
pub mod live;
pub mod location;
pub mod mail;
pub mod maps;
pub mod message;
pub mod moment;
pub mod notices;
pub mod notifications;
pub mod organizations;
pub mod page;
pub mod postgres;
pub mod privacy;
pub mod protect;
pub mod providers;
pub mod push;
pub mod schedules;
pub mod seal;
pub mod services;
pub mod settings;
pub mod shifts;
pub mod task;
pub mod tracking;
pub mod trial;
pub mod users;
pub mod vault;
pub mod voice;
pub mod webhooks;
pub mod whatsapp;
pub mod worker;

pub use engine::Engine;
