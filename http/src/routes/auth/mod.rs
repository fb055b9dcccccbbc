//! `/api/auth`: signing in and out.

pub(super) mod code;
mod cookies;
pub(super) mod own;
pub(super) mod renew;

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use campo_engine::auth::keys::{hex, sha256};
use campo_engine::auth::session::Device;
use uuid::Uuid;

use crate::address;
use crate::app::App;

/// What a browser says of itself is kept this far.
const LONGEST_USER_AGENT: usize = 300;

/// The device behind a request: the UUID it gives itself, else its cookie's, else what its program says of itself.
fn device(app: &App, request: &HttpRequest, said: Option<Uuid>) -> Device {
    let agent = request.headers().get(USER_AGENT).and_then(|h| h.to_str().ok()).unwrap_or("");
    let user_agent: String = agent.chars().take(LONGEST_USER_AGENT).collect();
    let key = said.or_else(|| cookies::device(request)).map_or_else(
        || {
            let digest = hex(&sha256(user_agent.as_bytes()));
            format!("agent {}", digest.get(..16).unwrap_or_default())
        },
        |device| device.to_string(),
    );
    let ip = address::of(request, &app.config.trusted_proxies);
    Device { key: Some(key), ip: Some(address::limit_key(ip)), user_agent: Some(user_agent) }
}
