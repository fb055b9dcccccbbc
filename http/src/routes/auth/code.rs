//! Signing in by a one-time code.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::auth::otp::{self, Asked, Entered, Sent};
use campo_engine::auth::session::Tokens;
use serde::Deserialize;
use uuid::Uuid;

use super::super::table::Refused;
use super::{Known, cookies, device};
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
    /// What this device calls itself, always the same: no other may enter the code then.
    device: Option<Uuid>,
    /// What stands behind the `#` of an invitation's link, where one led here.
    invitation: Option<String>,
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
    origin::check(&app, &request)?;
    let known = Known::of(&app, &request, body.device);
    let key = address::limit_key(ip);
    let invitation = body.invitation.as_deref();
    let asked = Asked { phone: &body.phone, ip: &key, device: known.id(), invitation };
    let sent: Sent = otp::send(&app.engine, asked).await?;
    if sent.is_suspicious && !app.limits.is_at_home(ip) {
        tokio::time::sleep(SLOWED).await;
    }
    let mut answer = HttpResponse::Accepted();
    if let Some(said) = known.said {
        answer.append_header(cookies::keep_device(&app, said));
    }
    Ok(answer.json(sent))
}

/// Signs in; a phone's first login makes its person and organization.
#[utoipa::path(post, path = "/api/auth/otp/verify", operation_id = "verify_code", tag = "auth", security(()), request_body = EnterCode,
    responses((status = 200, body = Tokens), Refused))]
pub(in crate::routes) async fn verify(
    app: Data<App>,
    _: Anyone,
    request: HttpRequest,
    body: Json<EnterCode>,
) -> Result<HttpResponse, Failure> {
    app.limits.sign_in(address::of(&request, &app.config.trusted_proxies))?;
    origin::check(&app, &request)?;
    let known = Known::of(&app, &request, body.device);
    let device = device(&app, &request, known.said);
    let entered =
        Entered { phone: &body.phone, code: &body.code, challenge: body.challenge, holds: known.holds };
    let tokens = otp::verify(&app.engine, entered, &device).await?;
    Ok(signed_in(&app, &tokens, &known))
}

/// What a browser or program gets that signed in.
pub(super) fn signed_in(app: &App, tokens: &Tokens, known: &Known) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("Cache-Control", "no-store"));
    answer.append_header(cookies::keep_refresh(app, &tokens.refresh_token));
    if let Some(said) = known.said {
        answer.append_header(cookies::keep_device(app, said));
    }
    answer.json(tokens)
}
