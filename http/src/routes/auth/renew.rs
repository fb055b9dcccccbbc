//! Refresh and sign out: with the cookie of a browser, or with the token in the body.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use campo_engine::auth::session;
use serde::Deserialize;
use uuid::Uuid;

use super::super::table::Refused;
use super::{cookies, device};
use crate::app::App;
use crate::failure::{self, Failure};
use crate::who::{Anyone, SignedIn};
use crate::{address, origin};

/// What a client without cookies sends. A browser sends no body.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(in crate::routes) struct Renew {
    /// The refresh token.
    refresh_token: Option<String>,
    /// What this device calls itself.
    device: Option<Uuid>,
}

/// The next pair of tokens.
#[utoipa::path(post, path = "/api/auth/refresh", operation_id = "refresh", tag = "auth", security(()), request_body = Option<Renew>,
    responses((status = 200, body = session::Tokens), Refused))]
pub(in crate::routes) async fn refresh(
    app: Data<App>,
    _: Anyone,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Failure> {
    let (token, said, by_cookie) = presented(&app, &request, &body)?;
    app.limits.refresh(address::of(&request, &app.config.trusted_proxies), &token)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("Cache-Control", "no-store"));
    match session::refresh(&app.engine, &token, &device(&app, &request, said)).await {
        Ok(mut tokens) => {
            answer.append_header(cookies::keep_refresh(&app, &tokens.refresh_token));
            if by_cookie {
                // No script needs it: the cookie has it.
                tokens.refresh_token.clear();
            }
            Ok(answer.json(tokens))
        }
        Err(error) => Ok(refused(&app, error.into(), by_cookie)),
    }
}

/// Ends the session of the access token, else of the refresh token.
#[utoipa::path(post, path = "/api/auth/logout", operation_id = "logout", tag = "auth", security((), ("bearer" = [])), request_body = Option<Renew>,
    responses((status = 204), Refused))]
pub(in crate::routes) async fn logout(
    app: Data<App>,
    _: Anyone,
    request: HttpRequest,
    who: Option<SignedIn>,
    body: Bytes,
) -> Result<HttpResponse, Failure> {
    if let Some(who) = who {
        session::end(&app.engine, who.org, who.user, who.login, session::LOGOUT).await?;
    } else {
        let (token, _, _) = presented(&app, &request, &body)?;
        session::end_by_token(&app.engine, &token).await?;
    }
    Ok(HttpResponse::NoContent().append_header(cookies::drop_refresh(&app)).finish())
}

/// The refresh token of a request, what the device calls itself, and whether a cookie brought it.
fn presented(app: &App, request: &HttpRequest, body: &[u8]) -> Result<(String, Option<Uuid>, bool), Failure> {
    let body: Renew = match body {
        [] => Renew::default(),
        text => serde_json::from_slice(text).map_err(failure::of_text)?,
    };
    if let Some(token) = body.refresh_token {
        return Ok((token, body.device, false));
    }
    // Browsers add the cookie to any page's request: only our own pages count.
    origin::check(app, request)?;
    let token = cookies::refresh(app, request).ok_or_else(|| Failure::field("refresh_token", "missing"))?;
    Ok((token, body.device, true))
}

/// A refused cookie is of no more use.
fn refused(app: &App, failure: Failure, by_cookie: bool) -> HttpResponse {
    let mut answer = failure.error_response();
    if by_cookie && answer.status().as_u16() == 401 {
        let (name, value) = cookies::drop_refresh(app);
        if let Ok(value) = value.parse() {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}
