//! Integration tests: real HTTP, real PostgreSQL, real sockets.
//!
//! [`house`] starts a server with a database of its own; every feature's laws stand in a file of its name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod access;
mod acme;
mod append_only;
mod audit;
mod auth;
mod backup;
mod bucket;
mod catalog;
mod changes;
mod cli;
mod cluster;
mod commands;
mod customers;
mod day;
mod deploy;
mod desk;
mod devices;
mod directions;
mod dispatch;
mod doors;
mod duplicates;
mod erasure;
mod estimates;
mod extract;
mod fakes;
mod files;
mod floor;
mod hours;
mod house;
mod idempotency;
mod jobs;
mod journeys;
mod mail;
mod matrix;
mod migrations;
mod notices;
mod notifications;
mod openai;
mod openapi;
mod organization;
mod pauses;
mod phones;
mod photos;
mod places;
mod privacy;
mod push;
mod receiver;
mod recovery;
mod refresh;
mod schedules;
mod services;
mod shifts;
mod tamper;
mod tiles;
mod tls;
mod users;
mod vault;
mod viewers;
mod voice;
mod webhooks;
mod whatsapp;
mod wire;
mod worker;
