//! Who is nearest and whom the house would send.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::dispatch::{self, Near, NearestQuery, Recommendation};
use campo_engine::ids::{JobId, UserId};
use campo_engine::page::Page;

use super::audit;
use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::language;
use crate::who::DispatchRecommend;

/// Who can be at a place soonest: positions under five minutes old, within 50 km, on shift, ordered by travel time.
#[utoipa::path(get, path = "/api/tracking/nearest", operation_id = "nearest", tag = "tracking", params(NearestQuery),
    responses((status = 200, body = Page<Near>), Refused))]
pub(super) async fn nearest(
    app: Data<App>,
    staff: DispatchRecommend,
    query: Query<NearestQuery>,
) -> Result<Json<Page<Near>>, Failure> {
    let (links, query) = (app.links(), query.into_inner());
    let page = dispatch::nearest(&app.engine, staff.org, &links, staff.asker(), query).await?;
    let people: Vec<UserId> = page.items.iter().map(|n| n.technician_id).collect();
    audit::seen(&app, &staff, "nearest", &people).await?;
    Ok(Json(page))
}

/// Whom the house would send to a job, the best first, with parts, points and reasons in words.
#[utoipa::path(get, path = "/api/jobs/{id}/recommendations", operation_id = "recommendations", tag = "jobs",
    params(("id" = JobId, Path), ("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Page<Recommendation>), Refused))]
pub(super) async fn recommendations(
    app: Data<App>,
    staff: DispatchRecommend,
    id: Path<JobId>,
    request: HttpRequest,
) -> Result<Json<Page<Recommendation>>, Failure> {
    let (links, language) = (app.links(), language::of(&request));
    let page = dispatch::recommend(&app.engine, staff.org, &links, staff.asker(), *id, language).await?;
    let people: Vec<UserId> = page.items.iter().map(|r| r.technician_id).collect();
    audit::seen(&app, &staff, "nearest", &people).await?;
    Ok(Json(page))
}
