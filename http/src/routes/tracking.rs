//! `/api/tracking`.

use actix_web::web::{Data, Json, Path, Query};
use campo_engine::ids::{SessionId, UserId};
use campo_engine::jobs::{self, SessionView};
use campo_engine::page::Page;
use campo_engine::tracking::track::{self, Location, TrackPoint, TrackQuery};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::{LiveRead, TrackingRead, TrackingStart};

/// Where everyone was last seen: the newest position that counts, of the last two days.
#[utoipa::path(get, path = "/api/tracking/locations", operation_id = "locations", tag = "tracking",
    responses((status = 200, body = Page<Location>), Refused))]
pub(super) async fn locations(app: Data<App>, staff: LiveRead) -> Result<Json<Page<Location>>, Failure> {
    Ok(Json(app.engine.db.within(staff.org, async |t| track::locations(t).await).await?))
}

/// Every raw point of a technician with its verdict, in order; one's own for a technician.
#[utoipa::path(get, path = "/api/tracking/technicians/{id}/track", operation_id = "track", tag = "tracking",
    params(("id" = UserId, Path), TrackQuery), responses((status = 200, body = Page<TrackPoint>), Refused))]
pub(super) async fn track(
    app: Data<App>,
    who: TrackingRead,
    id: Path<UserId>,
    query: Query<TrackQuery>,
) -> Result<Json<Page<TrackPoint>>, Failure> {
    let query = query.into_inner();
    let page = app.engine.db.within(who.org, async |t| track::track(t, who.asker(), *id, &query).await);
    Ok(Json(page.await?))
}

/// One journey to one job.
#[utoipa::path(get, path = "/api/tracking/sessions/{id}", operation_id = "get_session", tag = "tracking",
    params(("id" = SessionId, Path)), responses((status = 200, body = SessionView), Refused))]
pub(super) async fn session(
    app: Data<App>,
    who: TrackingRead,
    id: Path<SessionId>,
) -> Result<Json<SessionView>, Failure> {
    let session = app.engine.db.within(who.org, async |t| jobs::session(t, who.asker(), *id).await);
    Ok(Json(session.await?))
}

/// Says by hand that a journey has reached its customer. Saying it twice is saying it once.
#[utoipa::path(post, path = "/api/tracking/sessions/{id}/arrive", operation_id = "arrive", tag = "tracking",
    params(("id" = SessionId, Path)), responses((status = 200, body = SessionView), Refused))]
pub(super) async fn arrive(
    app: Data<App>,
    who: TrackingStart,
    id: Path<SessionId>,
) -> Result<Json<SessionView>, Failure> {
    let links = app.links();
    let session = app.engine.db.within(who.org, async |t| jobs::arrive(t, &links, who.asker(), *id).await);
    Ok(Json(session.await?))
}
