//! `/api/jobs`.

use actix_web::HttpResponse;
use actix_web::error::JsonPayloadError;
use actix_web::web::{Bytes, Data, Json, Path, Query};
use campo_engine::db::Tenant;
use campo_engine::ids::{JobId, UserId};
use campo_engine::jobs::calendar::{self, CalendarQuery, CalendarView};
use campo_engine::jobs::form::{
    AssignJob, CancelJob, ChangeStatus, CompleteJob, CreateJob, EditJob, ReopenJob, StartJob,
};
use campo_engine::jobs::stats::{self, JobStats, StatsQuery};
use campo_engine::jobs::view::HistoryEntry;
use campo_engine::jobs::{self, AddPhoto, Assigned, JobList, JobView, PhotoView};
use campo_engine::page::Page;
use campo_engine::services::{self, Capability};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::table::Refused;
use crate::app::App;
use crate::failure::{self, Failure};
use crate::once::Once;
use crate::who::{
    CalendarRead, JobsAssign, JobsCancel, JobsComplete, JobsCreate, JobsRead, JobsReopen, JobsStatus,
    JobsUpdate,
};

/// Jobs, newest first when nobody says how; a technician sees their own.
#[utoipa::path(get, path = "/api/jobs", operation_id = "list_jobs", tag = "jobs", params(JobList),
    responses((status = 200, body = Page<JobView>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: JobsRead,
    query: Query<JobList>,
) -> Result<Json<Page<JobView>>, Failure> {
    let (links, query) = (app.links(), query.into_inner());
    let page = app.engine.db.within(who.org, async |t| jobs::list(t, &links, who.asker(), &query).await);
    Ok(Json(page.await?))
}

/// Makes a job: scheduled if technician and date are given, else pending.
#[utoipa::path(post, path = "/api/jobs", operation_id = "create_job", tag = "jobs", request_body = CreateJob,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = JobView), Refused))]
pub(super) async fn create(
    app: Data<App>,
    staff: JobsCreate,
    body: Once<CreateJob>,
) -> Result<HttpResponse, Failure> {
    let (asker, maps) = (staff.asker(), &app.engine.maps);
    let effect = async |t: &mut Tenant, body: &CreateJob| jobs::create(t, maps, asker, body.clone()).await;
    body.create(&app, &staff, "POST /api/jobs", effect).await
}

/// One job.
#[utoipa::path(get, path = "/api/jobs/{id}", operation_id = "get_job", tag = "jobs", params(("id" = JobId, Path)),
    responses((status = 200, body = JobView), Refused))]
pub(super) async fn get(app: Data<App>, who: JobsRead, id: Path<JobId>) -> Result<Json<JobView>, Failure> {
    let links = app.links();
    let job = app.engine.db.within(who.org, async |t| jobs::get(t, &links, who.asker(), *id).await);
    Ok(Json(job.await?))
}

/// Edits a job: core fields while it is pending or scheduled, notes until it ends.
#[utoipa::path(patch, path = "/api/jobs/{id}", operation_id = "edit_job", tag = "jobs", params(("id" = JobId, Path)),
    request_body = EditJob, responses((status = 200, body = JobView), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    staff: JobsUpdate,
    id: Path<JobId>,
    body: Json<EditJob>,
) -> Result<Json<JobView>, Failure> {
    let (links, body) = (app.links(), body.into_inner());
    if body.scheduled_start.is_some() || body.scheduled_end.is_some() {
        services::require(&app.engine, staff.org, Capability::Scheduling)?;
    }
    let with = (&app.engine.maps, &links);
    let job = app.engine.db.within(staff.org, async |t| jobs::edit(t, with, staff.asker(), *id, body).await);
    Ok(Json(job.await?))
}

/// Puts people on a job, the lead first; nobody unassigns it.
#[utoipa::path(patch, path = "/api/jobs/{id}/assign", operation_id = "assign_job", tag = "jobs",
    params(("id" = JobId, Path)), request_body = AssignJob, responses((status = 200, body = Assigned), Refused))]
pub(super) async fn assign(
    app: Data<App>,
    staff: JobsAssign,
    id: Path<JobId>,
    body: Json<AssignJob>,
) -> Result<Json<Assigned>, Failure> {
    services::require(&app.engine, staff.org, Capability::JobAssignment)?;
    let (links, body) = (app.links(), body.into_inner());
    let job =
        app.engine.db.within(staff.org, async |t| jobs::assign(t, &links, staff.asker(), *id, body).await);
    Ok(Json(job.await?))
}

/// Takes a job to another state, strictly by the table and by the version that was seen.
#[utoipa::path(patch, path = "/api/jobs/{id}/status", operation_id = "change_job_status", tag = "jobs",
    params(("id" = JobId, Path)), request_body = ChangeStatus, responses((status = 200, body = JobView), Refused))]
pub(super) async fn change_status(
    app: Data<App>,
    who: JobsStatus,
    id: Path<JobId>,
    body: Json<ChangeStatus>,
) -> Result<Json<JobView>, Failure> {
    let (links, body) = (app.links(), body.into_inner());
    let job =
        app.engine.db.within(who.org, async |t| jobs::change_status(t, &links, who.asker(), *id, body).await);
    Ok(Json(job.await?))
}

/// Begins the work: the same as the status working.
#[utoipa::path(post, path = "/api/jobs/{id}/start", operation_id = "start_job", tag = "jobs",
    params(("id" = JobId, Path)), request_body = StartJob, responses((status = 200, body = JobView), Refused))]
pub(super) async fn start(
    app: Data<App>,
    who: JobsStatus,
    id: Path<JobId>,
    body: Bytes,
) -> Result<Json<JobView>, Failure> {
    let (links, body) = (app.links(), optional_body(&body)?);
    let job = app.engine.db.within(who.org, async |t| jobs::start(t, &links, who.asker(), *id, body).await);
    Ok(Json(job.await?))
}

/// Takes a wrong completion back, within ten minutes of it.
#[utoipa::path(post, path = "/api/jobs/{id}/reopen", operation_id = "reopen_job", tag = "jobs",
    params(("id" = JobId, Path)), request_body = ReopenJob, responses((status = 200, body = JobView), Refused))]
pub(super) async fn reopen(
    app: Data<App>,
    staff: JobsReopen,
    id: Path<JobId>,
    body: Json<ReopenJob>,
) -> Result<Json<JobView>, Failure> {
    let (links, body) = (app.links(), body.into_inner());
    let job =
        app.engine.db.within(staff.org, async |t| jobs::reopen(t, &links, staff.asker(), *id, body).await);
    Ok(Json(job.await?))
}

/// Adds an uploaded photo, paper or signature to a job: appended, never changed, the same one once.
#[utoipa::path(post, path = "/api/jobs/{id}/photos", operation_id = "add_job_photo", tag = "jobs", params(("id" = JobId, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    request_body = AddPhoto, responses((status = 201, body = PhotoView), Refused))]
pub(super) async fn add_photo(
    app: Data<App>,
    who: JobsComplete,
    id: Path<JobId>,
    body: Once<AddPhoto>,
) -> Result<HttpResponse, Failure> {
    let (links, asker, org) = (app.links(), who.asker(), who.org);
    let effect =
        async |t: &mut Tenant, body: &AddPhoto| jobs::add_photo(t, &links, asker, *id, body.clone()).await;
    let fill = |photo: &mut Value| links.complete_photo(org, photo);
    body.create_linked(&app, &who, &format!("POST /api/jobs/{id}/photos"), (effect, fill)).await
}

/// Completes a job with its pictures, signature and notes, all or nothing.
#[utoipa::path(post, path = "/api/jobs/{id}/complete", operation_id = "complete_job", tag = "jobs",
    params(("id" = JobId, Path)), request_body = CompleteJob, responses((status = 200, body = JobView), Refused))]
pub(super) async fn complete(
    app: Data<App>,
    who: JobsComplete,
    id: Path<JobId>,
    body: Json<CompleteJob>,
) -> Result<Json<JobView>, Failure> {
    let (links, body) = (app.links(), body.into_inner());
    let job =
        app.engine.db.within(who.org, async |t| jobs::complete(t, &links, who.asker(), *id, body).await);
    Ok(Json(job.await?))
}

/// Calls a job off; a reason is required.
#[utoipa::path(delete, path = "/api/jobs/{id}", operation_id = "cancel_job", tag = "jobs",
    params(("id" = JobId, Path)), request_body = CancelJob, responses((status = 200, body = JobView), Refused))]
pub(super) async fn cancel(
    app: Data<App>,
    staff: JobsCancel,
    id: Path<JobId>,
    body: Bytes,
) -> Result<Json<JobView>, Failure> {
    let (links, body) = (app.links(), optional_body(&body)?);
    let job =
        app.engine.db.within(staff.org, async |t| jobs::cancel(t, &links, staff.asker(), *id, body).await);
    Ok(Json(job.await?))
}

/// Many clients send no body with DELETE, or with a POST that needs none: it is then empty.
fn optional_body<T: Default + DeserializeOwned>(body: &Bytes) -> Result<T, Failure> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|e| failure::json_problem(JsonPayloadError::Deserialize(e)))
}

/// Today's jobs in the organization's zone, and whatever is under way.
#[utoipa::path(get, path = "/api/jobs/today", operation_id = "jobs_today", tag = "jobs", params(Today),
    responses((status = 200, body = Page<JobView>), Refused))]
pub(super) async fn today(
    app: Data<App>,
    who: CalendarRead,
    query: Query<Today>,
) -> Result<Json<Page<JobView>>, Failure> {
    let links = app.links();
    let page = app
        .engine
        .db
        .within(who.org, async |t| jobs::today(t, &links, who.asker(), query.technician_id).await);
    Ok(Json(page.await?))
}

/// Whose day.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Today {
    /// One person's jobs still to do; always one's own for a technician.
    #[serde(alias = "technician", alias = "assigned_to")]
    technician_id: Option<UserId>,
}

/// The jobs of some days, by day and technician; those without a date apart.
#[utoipa::path(get, path = "/api/jobs/calendar", operation_id = "jobs_calendar", tag = "jobs", params(CalendarQuery),
    responses((status = 200, body = CalendarView), Refused))]
pub(super) async fn calendar(
    app: Data<App>,
    who: CalendarRead,
    query: Query<CalendarQuery>,
) -> Result<Json<CalendarView>, Failure> {
    let (links, query) = (app.links(), query.into_inner());
    let page =
        app.engine.db.within(who.org, async |t| calendar::calendar(t, &links, who.asker(), &query).await);
    Ok(Json(page.await?))
}

/// Jobs in numbers: how many stand where, today, and how often somebody was there in time.
#[utoipa::path(get, path = "/api/jobs/stats", operation_id = "jobs_stats", tag = "jobs", params(StatsQuery),
    responses((status = 200, body = JobStats), Refused))]
pub(super) async fn stats(
    app: Data<App>,
    who: JobsRead,
    query: Query<StatsQuery>,
) -> Result<Json<JobStats>, Failure> {
    let query = query.into_inner();
    let stats = app.engine.db.within(who.org, async |t| stats::stats(t, who.asker(), &query).await);
    Ok(Json(stats.await?))
}

/// With what.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WithEdits {
    /// With what was edited between the steps, and by whom; false when absent.
    edits: Option<bool>,
}

/// A job's steps, oldest first; with what was edited between them where that is wanted.
#[utoipa::path(get, path = "/api/jobs/{id}/history", operation_id = "job_history", tag = "jobs",
    params(("id" = JobId, Path), WithEdits), responses((status = 200, body = Page<HistoryEntry>), Refused))]
pub(super) async fn history(
    app: Data<App>,
    who: JobsRead,
    id: Path<JobId>,
    query: Query<WithEdits>,
) -> Result<Json<Page<HistoryEntry>>, Failure> {
    let with_edits = query.edits.unwrap_or(false);
    let page = app.engine.db.within(who.org, async |t| jobs::history(t, who.asker(), *id, with_edits).await);
    Ok(Json(page.await?))
}
