//! Signing in by a one-time code.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::auth::otp::{self, Entered, Sent};
use serde::Deserialize;
use uuid::Uuid;

use super::super::table::Refused;
use super::{cookies, device};
use crate::app::App;
use crate::failure::Failure;
use crate::who::Anyone;
use crate::{address, origin};

/// An address that asks for suspiciously many phones waits this long for each.
const SLOWED: std::time::Duration = std::time::Duration::from_secs(1);

/// Whose phone gets a code.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(in crate::routes) struct SendCode {
    /// In any usual spelling.
    phone: String,
}

/// A code as it was entered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(in crate::routes) struct EnterCode {
    /// The phone that got it.
    phone: String,
    /// Six digits.
    code: String,
    /// The challenge of `otp/send`; without it the newest of this phone.
    challenge: Option<Uuid>,
    /// What this device calls itself, always the same.
    device: Option<Uuid>,
}

/// A code goes to a phone, known or not.
#[utoipa::path(post, path = "/api/auth/otp/send", operation_id = "send_code", tag = "auth", security(()), request_body = SendCode,
    responses((status = 202, body = Sent), Refused))]
pub(in crate::routes) async fn send(
    app: Data<App>,
    _: Anyone,
    request: HttpRequest,
    body: Json<SendCode>,
) -> Result<HttpResponse, Failure> {
    let ip = address::of(&request, &app.config.trusted_proxies);
    app.limits.sign_in(ip)?;
    let sent: Sent = otp::send(&app.engine, &body.phone, &address::limit_key(ip)).await?;
    if sent.is_suspicious && !app.limits.is_at_home(ip) {
        tracing::warn!("one address asks for codes to many phones");
        tokio::time::sleep(SLOWED).await;
    }
    Ok(HttpResponse::Accepted().json(sent))
}

/// Signs in; a phone's first login makes its person and organization.
#[utoipa::path(post, path = "/api/auth/otp/verify", operation_id = "verify_code", tag = "auth", security(()), request_body = EnterCode,
    responses((status = 200, body = campo_engine::auth::session::Tokens), Refused))]
pub(in crate::routes) async fn verify(
    app: Data<App>,
    _: Anyone,
    request: HttpRequest,
    body: Json<EnterCode>,
) -> Result<HttpResponse, Failure> {
    app.limits.sign_in(address::of(&request, &app.config.trusted_proxies))?;
    origin::check(&app, &request)?;
    // A browser that says nothing of its device is given an id, kept where no script can read it.
    let is_new_browser = body.device.is_none()
        && cookies::device(&request).is_none()
        && cookies::is_browser(request.headers());
    let said = if is_new_browser { Some(Uuid::new_v4()) } else { body.device };
    let device = device(&app, &request, said);
    let entered = Entered { phone: &body.phone, code: &body.code, challenge: body.challenge };
    let tokens = otp::verify(&app.engine, entered, &device).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("Cache-Control", "no-store"));
    answer.append_header(cookies::keep_refresh(&app, &tokens.refresh_token));
    if let Some(said) = said {
        answer.append_header(cookies::keep_device(&app, said));
    }
    Ok(answer.json(tokens))
}
