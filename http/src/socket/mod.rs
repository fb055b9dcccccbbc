//! The sockets: `/ws/technician` and `/ws/dispatch`. The only room that knows actix-web-actors.

mod scan;
mod sockets;
mod technician;
mod viewer;
mod wire;

use std::time::Duration;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws::WsResponseBuilder;
pub use sockets::{Ended, Listener, Notified, Sockets};
pub use wire::on_connect;

use crate::app::App;
use crate::failure::Failure;
use crate::who::Hello;

/// `hello` comes within this, else 4401.
const HELLO_LIMIT: Duration = Duration::from_secs(5);
/// The server pings this often.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Silence that ends a socket.
const SILENCE_LIMIT: Duration = Duration::from_secs(50);
/// After a close frame the peer's bytes are still taken for so long.
const LINGER: Duration = Duration::from_millis(1_500);

/// No login session, or no longer.
const CLOSE_LOGIN: u16 = 4401;
/// Another socket of the same device took over; final.
const CLOSE_REPLACED: u16 = 4409;
/// Try again later.
const CLOSE_BUSY: u16 = 1013;
/// The other end should come back.
const CLOSE_GOING_AWAY: u16 = 1001;

/// `GET /ws/technician`: a phone.
pub async fn technician(
    app: Data<App>,
    _: Hello,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let (scanned, flag) = admit(&app, &request, payload)?;
    let socket = technician::TechnicianSocket::new(
        app.registry.clone(),
        app.sockets.clone(),
        flag,
        wire::Wire::of(&request),
    );
    upgrade(WsResponseBuilder::new(socket, &request, scanned).frame_size(scan::MAX_FRAME as usize).start())
}

/// `GET /ws/dispatch`: a viewer.
pub async fn dispatch(
    app: Data<App>,
    _: Hello,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let (scanned, flag) = admit(&app, &request, payload)?;
    let socket =
        viewer::ViewerSocket::new(app.registry.clone(), app.sockets.clone(), flag, wire::Wire::of(&request));
    upgrade(WsResponseBuilder::new(socket, &request, scanned).frame_size(scan::MAX_FRAME as usize).start())
}

/// A missing Origin is accepted, a foreign one is not; while the server stops nobody is let in.
fn admit(
    app: &App,
    request: &HttpRequest,
    payload: Payload,
) -> Result<(scan::Scanned, scan::FaultFlag), Failure> {
    if app.sockets.is_closing() {
        return Err(Failure::from(campo_engine::error::Error::Unavailable("the server")));
    }
    if !crate::origin::is_allowed(app, request) {
        return Err(Failure::from(campo_engine::error::Error::Forbidden));
    }
    Ok(scan::Scanned::new(payload))
}

fn upgrade(response: Result<HttpResponse, actix_web::Error>) -> Result<HttpResponse, Failure> {
    // A request that is no WebSocket handshake gets actix's own 400.
    Ok(response.unwrap_or_else(|e| e.error_response()))
}
