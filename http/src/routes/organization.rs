//! `/api/organization`: the company that somebody signed into.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use campo_engine::notifications::accounts::{self, Account, Connect};
use campo_engine::organizations::{self, Edit, Organization};
use campo_engine::whatsapp::inbound;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::{OrganizationRead, OrganizationUpdate, WhatsappConnect};

/// The company that somebody signed into.
#[utoipa::path(get, path = "/api/organization", operation_id = "get_organization", tag = "organization",
    responses((status = 200, body = Organization), Refused))]
pub(super) async fn get(app: Data<App>, who: OrganizationRead) -> Result<Json<Organization>, Failure> {
    Ok(Json(organizations::get(&app.engine.db, who.org).await?))
}

/// The owner changes the company.
#[utoipa::path(patch, path = "/api/organization", operation_id = "edit_organization", tag = "organization",
    request_body = Edit, responses((status = 200, body = Organization), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    owner: OrganizationUpdate,
    body: Json<Edit>,
) -> Result<Json<Organization>, Failure> {
    Ok(Json(organizations::edit(&app.engine.db, owner.org, owner.user, body.into_inner()).await?))
}

/// The number that the organization sends WhatsApp messages from.
#[utoipa::path(get, path = "/api/organization/whatsapp", operation_id = "get_whatsapp_account", tag = "organization",
    responses((status = 200, body = Account), Refused))]
pub(super) async fn whatsapp(app: Data<App>, owner: WhatsappConnect) -> Result<Json<Account>, Failure> {
    Ok(Json(accounts::get(&app.engine.db, owner.org).await?))
}

/// The owner connects a number, or changes it. Its token is kept sealed and never shown.
#[utoipa::path(put, path = "/api/organization/whatsapp", operation_id = "connect_whatsapp_account", tag = "organization",
    request_body = Connect, responses((status = 200, body = Account), Refused))]
pub(super) async fn connect_whatsapp(
    app: Data<App>,
    owner: WhatsappConnect,
    body: Json<Connect>,
) -> Result<Json<Account>, Failure> {
    let account = accounts::connect(&app.engine, owner.org, body.into_inner()).await?;
    // What came for this number before is given to its organization now.
    inbound::release(&app.engine).await?;
    Ok(Json(account))
}

/// The owner lets the number go: the installation's own is used from then on.
#[utoipa::path(delete, path = "/api/organization/whatsapp", operation_id = "disconnect_whatsapp_account", tag = "organization",
    responses((status = 204), Refused))]
pub(super) async fn disconnect_whatsapp(
    app: Data<App>,
    owner: WhatsappConnect,
) -> Result<HttpResponse, Failure> {
    accounts::disconnect(&app.engine.db, owner.org).await?;
    Ok(HttpResponse::NoContent().finish())
}
