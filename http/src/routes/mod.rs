//! What is where.

mod admin;
mod audit;
mod auth;
mod changes;
mod customers;
mod demo;
mod devices;
mod dispatch;
mod downloads;
mod estimates;
pub mod faces;
mod files;
mod health;
mod incoming;
mod ingest;
mod jobs;
mod notices;
mod notifications;
mod openapi;
mod organization;
mod places;
mod privacy;
mod ratings;
mod restricted;
mod services;
mod shifts;
mod table;
mod tiles;
mod tracking;
mod types;
mod users;
mod voice;
mod webhooks;
mod whatsapp;

use actix_web::http::StatusCode;
use actix_web::web::{self, JsonConfig, PathConfig, QueryConfig, ServiceConfig};

use crate::failure::{self, Failure};
use crate::who::guarded;
use crate::{live, socket};

/// A body of the API may have this many bytes; the largest form has about ten kilobytes.
const LONGEST_BODY: usize = 256 * 1024;

/// Mounts everything that the public listener serves.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(JsonConfig::default().limit(LONGEST_BODY).error_handler(failure::of_json))
        .app_data(PathConfig::default().error_handler(failure::of_path))
        .app_data(QueryConfig::default().error_handler(failure::of_query))
        .service(web::scope("/api").configure(api).default_service(web::to(unknown)))
        .configure(health::configure)
        .configure(demo::configure)
        .configure(sockets)
        .configure(ingest::configure)
        .configure(tiles::configure)
        .configure(downloads::configure)
        .configure(faces::configure)
        .default_service(web::to(unknown));
}

/// The sockets and the customer's page.
fn sockets(config: &mut ServiceConfig) {
    config
        .route("/ws/technician", guarded(web::get(), socket::technician))
        .route("/ws/dispatch", guarded(web::get(), socket::dispatch))
        .route("/t/{token}", guarded(web::get(), live::page))
        .route("/t/{token}/live", guarded(web::get(), live::live))
        .route("/r/{token}", guarded(web::get(), live::rating))
        .route("/r/{token}", guarded(web::post(), live::rate));
}

/// The REST API.
fn api(config: &mut ServiceConfig) {
    config.configure(table::mount);
}

/// Mounts what the admin listener serves.
pub fn configure_admin(config: &mut ServiceConfig) {
    config.configure(health::configure_admin).default_service(web::to(unknown));
}

async fn unknown() -> Result<&'static str, Failure> {
    Err(Failure::new(StatusCode::NOT_FOUND, "REQUEST_004", "nothing is here"))
}
