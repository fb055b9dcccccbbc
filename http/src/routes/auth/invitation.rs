//! Invitations: made and ended by the owner, looked at by who holds the link.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::auth::invitation::{self, Invitation, Invited, Presented};
use campo_engine::ids::UserId;

use super::super::table::Refused;
use crate::address;
use crate::app::App;
use crate::failure::Failure;
use crate::who::{Anyone, TeamManage};

/// What an invitation's link is for. The token comes in the body, so that no log has it.
#[utoipa::path(post, path = "/api/auth/invitation", operation_id = "look_at_invitation", tag = "auth", security(()), request_body = Presented,
    responses((status = 200, body = Invited), Refused))]
pub(in crate::routes) async fn look(
    app: Data<App>,
    _: Anyone,
    request: HttpRequest,
    body: Json<Presented>,
) -> Result<Json<Invited>, Failure> {
    app.limits.sign_in(address::of(&request, &app.config.trusted_proxies))?;
    Ok(Json(invitation::look(&app.engine.db, &body.token).await?))
}

/// The owner's link for a member, to be shown as a QR code; asked again it is the same one.
#[utoipa::path(post, path = "/api/users/{id}/invitation", operation_id = "invite_user", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = Invitation), Refused))]
pub(in crate::routes) async fn invite(
    app: Data<App>,
    owner: TeamManage,
    id: Path<UserId>,
) -> Result<HttpResponse, Failure> {
    let (engine, by) = (&app.engine, (owner.org, owner.user));
    let made = invitation::invite(&engine.db, &engine.keys, &app.public_url, by, *id).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(made))
}

/// Ends the links of a member that nobody used.
#[utoipa::path(delete, path = "/api/users/{id}/invitation", operation_id = "revoke_invitation", tag = "users", params(("id" = UserId, Path)),
    responses((status = 204), Refused))]
pub(in crate::routes) async fn revoke(
    app: Data<App>,
    owner: TeamManage,
    id: Path<UserId>,
) -> Result<HttpResponse, Failure> {
    invitation::revoke(&app.engine.db, (owner.org, owner.user), *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
