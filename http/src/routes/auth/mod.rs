//! `/api/auth`: signing in and out.

pub(super) mod code;
mod cookies;
pub(super) mod factor;
pub(super) mod invitation;
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

/// Which device a browser or program is: `said` is what it calls itself, `holds` what binds a code to it.
///
/// A browser that says nothing of its device is given an id, kept where no script can read it.
struct Known {
    said: Option<Uuid>,
    holds: [Option<Uuid>; 2],
}

impl Known {
    fn of(app: &App, request: &HttpRequest, said: Option<Uuid>) -> Self {
        let cookie = cookies::device(app, request);
        let is_new = said.is_none() && cookie.is_none() && cookies::is_browser(request.headers());
        let said = if is_new { Some(Uuid::new_v4()) } else { said };
        Self { said, holds: [said, cookie] }
    }

    /// The id that a code is bound to.
    fn id(&self) -> Option<Uuid> {
        self.said.or(self.holds.into_iter().flatten().next())
    }
}

/// The device behind a request: the UUID it gives itself, else its cookie's, else what its program says of itself.
fn device(app: &App, request: &HttpRequest, said: Option<Uuid>) -> Device {
    let agent = request.headers().get(USER_AGENT).and_then(|h| h.to_str().ok()).unwrap_or("");
    let user_agent: String = agent.chars().take(LONGEST_USER_AGENT).collect();
    let key = said.or_else(|| cookies::device(app, request)).map_or_else(
        || {
            let digest = hex(&sha256(user_agent.as_bytes()));
            format!("agent {}", digest.get(..16).unwrap_or_default())
        },
        |device| device.to_string(),
    );
    let ip = address::of(request, &app.config.trusted_proxies);
    Device { key: Some(key), ip: Some(address::limit_key(ip)), user_agent: Some(user_agent) }
}
