//! From where a request came, put around its handling: audit entries say so.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::USER_AGENT;
use actix_web::middleware::Next;
use actix_web::web::Data;
use campo_engine::audit::{Asked, asked_by};

use crate::address;
use crate::app::App;

/// Handles a request as asked from its address and program.
pub async fn note(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let ip = request
        .app_data::<Data<App>>()
        .map(|app| address::of(request.request(), &app.config.trusted_proxies).to_string());
    let user_agent = request.headers().get(USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned);
    asked_by(Asked { ip, user_agent }, next.call(request)).await
}
