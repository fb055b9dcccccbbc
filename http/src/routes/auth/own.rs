//! A person's own sessions and organizations.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::auth::own::{self, Me, Session};
use campo_engine::auth::session;
use campo_engine::ids::{LoginId, OrgId};
use campo_engine::page::Page;
use serde::Deserialize;

use super::{cookies, device};
use crate::app::App;
use crate::failure::Failure;
use crate::who::SignedIn;

/// Where to go.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct SwitchOrg {
    /// One of the organizations of `me`.
    org_id: OrgId,
}

/// `GET /api/auth/me`: who somebody is here, and where else they belong.
pub(super) async fn me(app: Data<App>, who: SignedIn) -> Result<Json<Me>, Failure> {
    Ok(Json(own::me(&app.engine.db, who.org, who.user).await?))
}

/// `GET /api/auth/sessions`: one's own living sessions, in every organization.
pub(super) async fn sessions(app: Data<App>, who: SignedIn) -> Result<Json<Page<Session>>, Failure> {
    let items = own::sessions(&app.engine.db, who.user, who.login).await?;
    Ok(Json(Page { items, next: None }))
}

/// `DELETE /api/auth/sessions/{id}`: ends one of one's own sessions.
pub(super) async fn end(app: Data<App>, who: SignedIn, id: Path<LoginId>) -> Result<HttpResponse, Failure> {
    own::end(&app.engine, who.user, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/auth/logout-all`: ends every session of the person, in every organization.
pub(super) async fn logout_all(app: Data<App>, who: SignedIn) -> Result<HttpResponse, Failure> {
    session::end_all(&app.engine, who.user, "logout_all").await?;
    Ok(HttpResponse::NoContent().append_header(cookies::drop_refresh(&app)).finish())
}

/// `POST /api/auth/switch-org`: goes on in another of one's organizations; this session ends.
pub(super) async fn switch(
    app: Data<App>,
    request: HttpRequest,
    who: SignedIn,
    body: Json<SwitchOrg>,
) -> Result<HttpResponse, Failure> {
    let device = device(&app, &request, None);
    let tokens = own::switch(&app.engine, who.org, who.user, who.login, body.org_id, &device).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .append_header(cookies::keep_refresh(&app, &tokens.refresh_token))
        .json(tokens))
}
