//! A person's own sessions and organizations.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::auth::own::{self, Me, Session};
use campo_engine::auth::session;
use campo_engine::ids::{LoginId, OrgId};
use campo_engine::page::Page;
use serde::Deserialize;

use super::super::table::Refused;
use super::{cookies, device};
use crate::app::App;
use crate::failure::Failure;
use crate::who::AccountManage;

/// Where to go.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(in crate::routes) struct SwitchOrg {
    /// One of the organizations of `me`.
    org_id: OrgId,
}

/// Who somebody is here, and where else they belong.
#[utoipa::path(get, path = "/api/auth/me", operation_id = "me", tag = "auth",
    responses((status = 200, body = Me), Refused))]
pub(in crate::routes) async fn me(app: Data<App>, who: AccountManage) -> Result<Json<Me>, Failure> {
    Ok(Json(own::me(&app.engine.db, who.org, who.user).await?))
}

/// One's own living sessions, in every organization.
#[utoipa::path(get, path = "/api/auth/sessions", operation_id = "list_sessions", tag = "auth",
    responses((status = 200, body = Page<Session>), Refused))]
pub(in crate::routes) async fn sessions(
    app: Data<App>,
    who: AccountManage,
) -> Result<Json<Page<Session>>, Failure> {
    let items = own::sessions(&app.engine.db, who.user, who.login).await?;
    Ok(Json(Page { items, next: None }))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", operation_id = "end_session", tag = "auth", params(("id" = LoginId, Path)),
    responses((status = 204), Refused))]
pub(in crate::routes) async fn end(
    app: Data<App>,
    who: AccountManage,
    id: Path<LoginId>,
) -> Result<HttpResponse, Failure> {
    own::end(&app.engine, (who.org, who.user), *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends every session of the person, in every organization.
#[utoipa::path(post, path = "/api/auth/logout-all", operation_id = "logout_all", tag = "auth",
    responses((status = 204), Refused))]
pub(in crate::routes) async fn logout_all(
    app: Data<App>,
    who: AccountManage,
) -> Result<HttpResponse, Failure> {
    own::end_all(&app.engine, (who.org, who.user)).await?;
    Ok(HttpResponse::NoContent().append_header(cookies::drop_refresh(&app)).finish())
}

/// Goes on in another of one's organizations; this session ends.
#[utoipa::path(post, path = "/api/auth/switch-org", operation_id = "switch_org", tag = "auth", request_body = SwitchOrg,
    responses((status = 200, body = session::Tokens), Refused))]
pub(in crate::routes) async fn switch(
    app: Data<App>,
    who: AccountManage,
    request: HttpRequest,
    body: Json<SwitchOrg>,
) -> Result<HttpResponse, Failure> {
    let device = device(&app, &request, None);
    let tokens = own::switch(&app.engine, who.org, who.user, who.login, body.org_id, &device).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .append_header(cookies::keep_refresh(&app, &tokens.refresh_token))
        .json(tokens))
}
