//! `/api/organization`: the company that somebody signed into.

use actix_web::web::{Data, Json};
use campo_engine::organizations::{self, Edit, Organization};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::{Owner, SignedIn};

/// The company that somebody signed into.
#[utoipa::path(get, path = "/api/organization", operation_id = "get_organization", tag = "organization",
    responses((status = 200, body = Organization), Refused))]
pub(super) async fn get(app: Data<App>, who: SignedIn) -> Result<Json<Organization>, Failure> {
    Ok(Json(organizations::get(&app.engine.db, who.org).await?))
}

/// The owner changes the company.
#[utoipa::path(patch, path = "/api/organization", operation_id = "edit_organization", tag = "organization",
    request_body = Edit, responses((status = 200, body = Organization), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    owner: Owner,
    body: Json<Edit>,
) -> Result<Json<Organization>, Failure> {
    Ok(Json(organizations::edit(&app.engine.db, owner.org, owner.user, body.into_inner()).await?))
}
