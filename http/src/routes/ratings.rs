//! `/api/tracking/ratings/{token}`: what a customer says of a job, by the link of the completion message.

use actix_web::web::{Data, Json, Path};
use campo_engine::notifications::ratings::{self, Rating, Said};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::Linked;

/// The job that a customer may rate, and what was said. Needs no signing in: the link is the permission.
#[utoipa::path(get, path = "/api/tracking/ratings/{token}", operation_id = "get_rating", tag = "tracking", security(()),
    params(("token" = String, Path)), responses((status = 200, body = Rating), Refused))]
pub(super) async fn get(app: Data<App>, _: Linked, token: Path<String>) -> Result<Json<Rating>, Failure> {
    Ok(Json(ratings::get(&app.engine.db, &token).await?))
}

/// Says it, 1 to 5 stars and words; again replaces it.
#[utoipa::path(post, path = "/api/tracking/ratings/{token}", operation_id = "rate_job", tag = "tracking", security(()),
    params(("token" = String, Path)), request_body = Said, responses((status = 200, body = Rating), Refused))]
pub(super) async fn rate(
    app: Data<App>,
    _: Linked,
    token: Path<String>,
    said: Json<Said>,
) -> Result<Json<Rating>, Failure> {
    Ok(Json(ratings::rate(&app.engine.db, &token, &said).await?))
}
