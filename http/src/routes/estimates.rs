//! `/api/estimates`: whether arrival windows hold.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Query};
use campo_engine::estimates::coverage::{self, CoverageQuery, CoverageView};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::language;
use crate::who::LiveRead;

/// Whether the windows that were given held: by tier, hour of the week and minutes left, with 95 % intervals.
#[utoipa::path(get, path = "/api/estimates/coverage", operation_id = "eta_coverage", tag = "estimates",
    params(CoverageQuery, ("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = CoverageView), Refused))]
pub(super) async fn coverage(
    app: Data<App>,
    staff: LiveRead,
    query: Query<CoverageQuery>,
    request: HttpRequest,
) -> Result<Json<CoverageView>, Failure> {
    let language = language::of(&request);
    Ok(Json(coverage::coverage(&app.engine.db, staff.org, &query, language).await?))
}
