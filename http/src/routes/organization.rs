//! `/api/organization`: the company that somebody signed into.

use actix_web::web::{self, Data, Json, ServiceConfig};
use campo_engine::organizations::{self, Edit, Organization};

use crate::app::App;
use crate::failure::Failure;
use crate::who::{Owner, SignedIn};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/organization").route(web::get().to(get)).route(web::patch().to(edit)));
}

/// `GET /api/organization`: the company that somebody signed into.
async fn get(app: Data<App>, who: SignedIn) -> Result<Json<Organization>, Failure> {
    Ok(Json(organizations::get(&app.engine.db, who.org).await?))
}

/// `PATCH /api/organization`: the owner changes it.
async fn edit(app: Data<App>, owner: Owner, body: Json<Edit>) -> Result<Json<Organization>, Failure> {
    Ok(Json(organizations::edit(&app.engine.db, owner.org, owner.user, body.into_inner()).await?))
}
