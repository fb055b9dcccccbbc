//! `/api/tracking`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::db::Tenant;
use campo_engine::dispatch::board::{self, Availability, MapData, Way, WayQuery};
use campo_engine::dispatch::itinerary::{self, Itinerary, ItineraryQuery};
use campo_engine::ids::{JobId, SessionId, UserId};
use campo_engine::jobs::{self, SessionView};
use campo_engine::page::Page;
use campo_engine::tracking::track::{self, Location, TrackPoint, TrackQuery};

use serde::Deserialize;

use super::audit;
use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{DispatchRecommend, LiveRead, TrackingRead, TrackingStart};

/// Where everyone was last seen: the newest position that counts, of the last two days.
#[utoipa::path(get, path = "/api/tracking/locations", operation_id = "locations", tag = "tracking",
    responses((status = 200, body = Page<Location>), Refused))]
pub(super) async fn locations(app: Data<App>, staff: LiveRead) -> Result<Json<Page<Location>>, Failure> {
    let page = app.engine.db.within(staff.org, async |t| track::locations(t).await).await?;
    let people: Vec<UserId> = page.items.iter().map(|l| l.technician_id).collect();
    audit::seen(&app, &staff, "locations", &people).await?;
    Ok(Json(page))
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
    let page = page.await?;
    audit::seen(&app, &who, "track", &[*id]).await?;
    Ok(Json(page))
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
    let session = session.await?;
    audit::seen(&app, &who, "session", &[session.technician_id]).await?;
    Ok(Json(session))
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

/// `POST /api/tracking/sessions`: to which job.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub(super) struct BeginJourney {
    /// The job.
    job_id: JobId,
}

/// Sets out to a job, oneself or on behalf of its lead; the journey that is under way already is found again.
#[utoipa::path(post, path = "/api/tracking/sessions", operation_id = "begin_session", tag = "tracking",
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    request_body = BeginJourney, responses((status = 201, body = SessionView), Refused))]
pub(super) async fn begin(
    app: Data<App>,
    who: TrackingStart,
    body: Once<BeginJourney>,
) -> Result<HttpResponse, Failure> {
    let (links, asker) = (app.links(), who.asker());
    let effect = async |t: &mut Tenant, body: &BeginJourney| {
        jobs::begin_journey(t, &links, asker, body.job_id).await.map(|(session, _)| session)
    };
    body.create(&app, &who, "POST /api/tracking/sessions", effect).await
}

/// Ends a journey by hand; its job stays where it is. Saying it twice is saying it once.
#[utoipa::path(post, path = "/api/tracking/sessions/{id}/complete", operation_id = "complete_session", tag = "tracking",
    params(("id" = SessionId, Path)), responses((status = 200, body = SessionView), Refused))]
pub(super) async fn complete(
    app: Data<App>,
    who: TrackingStart,
    id: Path<SessionId>,
) -> Result<Json<SessionView>, Failure> {
    let links = app.links();
    let session =
        app.engine.db.within(who.org, async |t| jobs::end_journey(t, &links, who.asker(), *id).await);
    Ok(Json(session.await?))
}

/// A technician's day as it will go: jobs in order, the ways between them, when each is expected.
#[utoipa::path(get, path = "/api/tracking/technicians/{id}/itinerary", operation_id = "itinerary", tag = "tracking",
    params(("id" = UserId, Path), ItineraryQuery), responses((status = 200, body = Itinerary), Refused))]
pub(super) async fn itinerary(
    app: Data<App>,
    who: TrackingRead,
    id: Path<UserId>,
    query: Query<ItineraryQuery>,
) -> Result<Json<Itinerary>, Failure> {
    let links = app.links();
    let day = itinerary::itinerary(&app.engine, who.org, &links, who.asker(), *id, &query).await?;
    audit::seen(&app, &who, "itinerary", &[*id]).await?;
    Ok(Json(day))
}

/// Who may be sent now.
#[utoipa::path(get, path = "/api/tracking/dispatch/availability", operation_id = "availability", tag = "tracking",
    responses((status = 200, body = Page<Availability>), Refused))]
pub(super) async fn availability(
    app: Data<App>,
    staff: DispatchRecommend,
) -> Result<Json<Page<Availability>>, Failure> {
    let page = board::availability(&app.engine, staff.org).await?;
    audit::seen(&app, &staff, "locations", &placed(&page.items)).await?;
    Ok(Json(page))
}

/// What a map shows at once: people where they were seen, open jobs where they are.
#[utoipa::path(get, path = "/api/tracking/map/data", operation_id = "map_data", tag = "tracking",
    responses((status = 200, body = MapData), Refused))]
pub(super) async fn map_data(app: Data<App>, staff: LiveRead) -> Result<Json<MapData>, Failure> {
    let data = board::map_data(&app.engine, staff.org, &app.links()).await?;
    audit::seen(&app, &staff, "locations", &placed(&data.technicians)).await?;
    Ok(Json(data))
}

/// Those whose place is shown.
fn placed(people: &[Availability]) -> Vec<UserId> {
    people.iter().filter(|p| p.place.is_some()).map(|p| p.technician_id).collect()
}

/// The way between two places, by our own map.
#[utoipa::path(get, path = "/api/tracking/map/route", operation_id = "map_route", tag = "tracking",
    params(WayQuery), responses((status = 200, body = Way), Refused))]
pub(super) async fn map_route(
    app: Data<App>,
    staff: LiveRead,
    query: Query<WayQuery>,
) -> Result<Json<Way>, Failure> {
    Ok(Json(board::way(&app.engine, staff.org, query.into_inner()).await?))
}
