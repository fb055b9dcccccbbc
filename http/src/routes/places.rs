//! `/api/places`: addresses to points and back, from the map's own index.

use actix_web::web::{Data, Json, Query};
use campo_engine::location::{self, Answers, Named, Point, Search};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::PlacesRead;

/// Addresses, corners, streets and places as people write them, the likeliest first.
///
/// Without a map: no items, and `map` is false.
#[utoipa::path(get, path = "/api/places", operation_id = "search_places", tag = "places", params(Search),
    responses((status = 200, body = Answers), Refused))]
pub(super) async fn search(
    app: Data<App>,
    staff: PlacesRead,
    query: Query<Search>,
) -> Result<Json<Answers>, Failure> {
    Ok(Json(location::search(&app.engine.db, &app.engine.maps, staff.org, &query).await?))
}

/// What a point is called: the nearest street, with its number where one is known.
#[utoipa::path(get, path = "/api/places/reverse", operation_id = "name_place", tag = "places", params(Point),
    responses((status = 200, body = Named), Refused))]
pub(super) async fn reverse(
    app: Data<App>,
    _: PlacesRead,
    query: Query<Point>,
) -> Result<Json<Named>, Failure> {
    Ok(Json(location::reverse(&app.engine.maps, query.into_inner())?))
}
