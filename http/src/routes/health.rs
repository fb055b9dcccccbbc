//! Whether the server lives and works, and what it counted.

use std::time::Duration;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use serde_json::json;

use crate::app::App;
use crate::who::{Anyone, Operator, guarded};

/// A database that does not commit within this is no database for a load balancer.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .route("/health/live", guarded(web::get(), live))
        .route("/health/ready", guarded(web::get(), ready));
}

pub(super) fn configure_admin(config: &mut ServiceConfig) {
    config.route("/metrics", guarded(web::get(), metrics)).configure(configure);
}

async fn live(_: Data<App>, _: Anyone) -> impl Responder {
    HttpResponse::Ok().json(json!({"status": "live"}))
}

/// 200 only when the database can commit, else 503 with a reason for each part.
async fn ready(app: Data<App>, _: Anyone) -> impl Responder {
    let database = match tokio::time::timeout(PATIENCE, app.engine.db.can_commit()).await {
        Ok(Ok(())) => "ok",
        Ok(Err(e)) if e.is_outage() => "unreachable",
        Ok(Err(_)) => "refuses to commit",
        Err(_) => "does not answer in time",
    };
    let is_ready = database == "ok";
    let mut answer = if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    let status = if is_ready { "ready" } else { "not ready" };
    answer
        .insert_header(("Cache-Control", "no-store"))
        .json(json!({"status": status, "parts": {"database": database}}))
}

async fn metrics(_: Data<App>, _: Operator) -> impl Responder {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(crate::metrics::render())
}
