//! The second factor: an authenticator app's codes.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::auth::factor::{self, Enrolment, GivenCode, RecoveryCodes, State};
use campo_engine::auth::otp::second;
use campo_engine::auth::session::Tokens;
use serde::Deserialize;
use uuid::Uuid;

use super::super::table::Refused;
use super::{Known, code, device};
use crate::app::App;
use crate::failure::Failure;
use crate::who::{AccountManage, Anyone, FactorEnrol};
use crate::{address, origin};

/// The second step of signing in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(in crate::routes) struct PassFactor {
    /// As `otp/verify` gave it with `AUTH_012`.
    ticket: String,
    /// Six digits of the app, or a recovery code.
    code: String,
    /// What this device calls itself, always the same.
    device: Option<Uuid>,
}

/// Signs in with the second factor.
#[utoipa::path(post, path = "/api/auth/totp", operation_id = "pass_factor", tag = "auth", security(()), request_body = PassFactor,
    responses((status = 200, body = Tokens), Refused))]
pub(in crate::routes) async fn pass(
    app: Data<App>,
    _: Anyone,
    request: HttpRequest,
    body: Json<PassFactor>,
) -> Result<HttpResponse, Failure> {
    app.limits.sign_in(address::of(&request, &app.config.trusted_proxies))?;
    origin::check(&app, &request)?;
    let known = Known::of(&app, &request, body.device);
    let device = device(&app, &request, known.said);
    let tokens = second::pass(&app.engine, &body.ticket, &body.code, &device).await?;
    Ok(code::signed_in(&app, &tokens, &known))
}

/// Whether one's own second factor is on.
#[utoipa::path(get, path = "/api/auth/totp", operation_id = "get_factor", tag = "auth",
    responses((status = 200, body = State), Refused))]
pub(in crate::routes) async fn state(app: Data<App>, who: AccountManage) -> Result<Json<State>, Failure> {
    Ok(Json(factor::state(&app.engine.db, who.user).await?))
}

/// Begins: what an authenticator app is set up with.
#[utoipa::path(post, path = "/api/auth/totp/enroll", operation_id = "enrol_factor", tag = "auth",
    responses((status = 200, body = Enrolment), Refused))]
pub(in crate::routes) async fn enrol(app: Data<App>, who: FactorEnrol) -> Result<HttpResponse, Failure> {
    let enrolment = factor::enrol(&app.engine, who.user).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(enrolment))
}

/// Turns it on with a first code; recovery codes are shown this once.
#[utoipa::path(post, path = "/api/auth/totp/confirm", operation_id = "confirm_factor", tag = "auth", request_body = GivenCode,
    responses((status = 200, body = RecoveryCodes), Refused))]
pub(in crate::routes) async fn confirm(
    app: Data<App>,
    who: FactorEnrol,
    body: Json<GivenCode>,
) -> Result<HttpResponse, Failure> {
    let codes = factor::confirm(&app.engine, (who.org, who.user), &body.code).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(codes))
}

/// New recovery codes; the old ones are void.
#[utoipa::path(post, path = "/api/auth/totp/recovery-codes", operation_id = "renew_recovery_codes", tag = "auth", request_body = GivenCode,
    responses((status = 200, body = RecoveryCodes), Refused))]
pub(in crate::routes) async fn renew(
    app: Data<App>,
    who: AccountManage,
    body: Json<GivenCode>,
) -> Result<HttpResponse, Failure> {
    let codes = factor::renew(&app.engine, who.user, &body.code).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(codes))
}

/// Turns it off with a code.
#[utoipa::path(post, path = "/api/auth/totp/disable", operation_id = "disable_factor", tag = "auth", request_body = GivenCode,
    responses((status = 204), Refused))]
pub(in crate::routes) async fn turn_off(
    app: Data<App>,
    who: AccountManage,
    body: Json<GivenCode>,
) -> Result<HttpResponse, Failure> {
    factor::turn_off(&app.engine, (who.org, who.user), &body.code).await?;
    Ok(HttpResponse::NoContent().finish())
}
