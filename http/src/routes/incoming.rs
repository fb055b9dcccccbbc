//! `/api/webhooks`: what providers tell us. Signed, kept, answered at once; what it means is the worker's work.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::error::Error;
use campo_engine::whatsapp::{door, signature, twilio};
use serde::Deserialize;

use super::table::Refused;
use crate::address;
use crate::app::App;
use crate::failure::{self, Failure};
use crate::who::Provider;

/// Twilio's callbacks are short forms.
const LARGEST_FORM: usize = 64 << 10;

/// What Meta asks when a webhook is set up.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Verify {
    /// subscribe.
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    /// Our token.
    #[serde(rename = "hub.verify_token")]
    verify_token: Option<String>,
    /// What is to be answered.
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

/// Meta asks whether the webhook is ours.
#[utoipa::path(get, path = "/api/webhooks/whatsapp", operation_id = "verify_whatsapp_webhook", tag = "webhooks", security(()),
    params(Verify), responses((status = 200, body = String, content_type = "text/plain"), Refused))]
pub(super) async fn verify_whatsapp(
    app: Data<App>,
    _: Provider,
    asked: Query<Verify>,
) -> Result<HttpResponse, Failure> {
    let ours = app.engine.settings.whatsapp.verify_token.as_deref();
    let is_ours =
        ours.zip(asked.verify_token.as_deref()).is_some_and(|(a, b)| signature::is_same_secret(a, b));
    if asked.mode.as_deref() != Some("subscribe") || !is_ours {
        return Err(Failure::new(StatusCode::FORBIDDEN, "AUTH_003", "the verify token is another one"));
    }
    let challenge = asked.into_inner().challenge.unwrap_or_default();
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(challenge))
}

/// Messages, statuses and more, up to 3 MiB: kept for good, then answered.
#[utoipa::path(post, path = "/api/webhooks/whatsapp", operation_id = "whatsapp_webhook", tag = "webhooks", security(()),
    params(("X-Hub-Signature-256" = String, Header, description = "sha256= and the HMAC-SHA256 of the raw body in hexadecimal")),
    request_body(content = Vec<u8>, content_type = "application/json"),
    responses((status = 200, description = "Kept"), Refused))]
pub(super) async fn whatsapp(
    app: Data<App>,
    _: Provider,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let body = read(payload, door::LARGEST).await?;
    let secret = app.engine.settings.whatsapp.app_secret.as_deref().unwrap_or_default();
    if !signature::is_signed(secret, &body, header(&request, "x-hub-signature-256")) {
        return Err(forged(&app, &request));
    }
    app.engine.intake.keep("whatsapp", body).await?;
    Ok(HttpResponse::Ok().finish())
}

/// What became of an SMS.
#[utoipa::path(post, path = "/api/webhooks/twilio", operation_id = "twilio_webhook", tag = "webhooks", security(()),
    params(("X-Twilio-Signature" = String, Header, description = "As Twilio signs")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204), Refused))]
pub(super) async fn twilio(
    app: Data<App>,
    _: Provider,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let body = read(payload, LARGEST_FORM).await?;
    let url = format!("{}{}", app.public_url, request.uri());
    let params = twilio::params(&body);
    let signed = header(&request, "x-twilio-signature").unwrap_or_default();
    if !twilio::is_signed(&app.engine, &url, &params, &body, signed) {
        return Err(forged(&app, &request));
    }
    twilio::take(&app.engine, &params).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn read(payload: Payload, most: usize) -> Result<Bytes, Failure> {
    match payload.to_bytes_limited(most).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(Failure::new(StatusCode::BAD_REQUEST, "REQUEST_001", "the body could not be read")),
        Err(_) => Err(failure::too_long()),
    }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn forged(app: &App, request: &HttpRequest) -> Failure {
    if let Err(too_many) = app.limits.forged(address::of(request, &app.config.trusted_proxies)) {
        return too_many.into();
    }
    Error::Unauthorized { code: "AUTH_004", detail: "the signature is not the provider's" }.into()
}
