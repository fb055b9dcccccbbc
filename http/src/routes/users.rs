//! `/api/users`: the people of an organization.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::ids::UserId;
use campo_engine::page::{Page, Paging};
use campo_engine::schedules::{self, Put, Schedule};
use campo_engine::users::{self, EditUser, Filter, NewUser, Profile, User};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{SchedulesRead, SchedulesUpdate, TeamManage, TeamRead};

/// The team, newest first.
#[utoipa::path(get, path = "/api/users", operation_id = "list_users", tag = "users", params(Filter, Paging),
    responses((status = 200, body = Page<User>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    staff: TeamRead,
    filter: Query<Filter>,
    paging: Query<Paging>,
) -> Result<Json<Page<User>>, Failure> {
    Ok(Json(users::list(&app.engine.db, staff.org, &filter, &paging).await?))
}

/// The owner adds somebody, who can sign in and be assigned at once.
#[utoipa::path(post, path = "/api/users", operation_id = "create_user", tag = "users", request_body = NewUser, params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = Profile), Refused))]
pub(super) async fn add(
    app: Data<App>,
    owner: TeamManage,
    new: Once<NewUser>,
) -> Result<HttpResponse, Failure> {
    let user = users::meet(&app.engine.db, &new.body).await?;
    let by = owner.user;
    new.create(&app, &owner, "POST /api/users", async |tenant, new| users::add(tenant, by, user, new).await)
        .await
}

/// One person; with their papers to owners, admins and themselves.
#[utoipa::path(get, path = "/api/users/{id}", operation_id = "get_user", tag = "users", params(("id" = UserId, Path)),
    responses((status = 200, body = Profile), Refused))]
pub(super) async fn get(app: Data<App>, staff: TeamRead, id: Path<UserId>) -> Result<Json<Profile>, Failure> {
    Ok(Json(users::get(&app.engine.db, staff.org, staff.asker(), *id).await?))
}

/// When somebody works; a technician sees the own hours.
#[utoipa::path(get, path = "/api/users/{id}/schedule", operation_id = "get_work_schedule", tag = "users",
    params(("id" = UserId, Path)), responses((status = 200, body = Schedule), Refused))]
pub(super) async fn schedule(
    app: Data<App>,
    who: SchedulesRead,
    id: Path<UserId>,
) -> Result<Json<Schedule>, Failure> {
    let row = app.engine.db.within(who.org, async |t| schedules::get(t, who.asker(), *id).await);
    Ok(Json(row.await?))
}

/// Says when somebody works, in place of what was said before.
#[utoipa::path(put, path = "/api/users/{id}/schedule", operation_id = "put_work_schedule", tag = "users",
    params(("id" = UserId, Path)), request_body = Put, responses((status = 200, body = Schedule), Refused))]
pub(super) async fn put_schedule(
    app: Data<App>,
    who: SchedulesUpdate,
    id: Path<UserId>,
    body: Json<Put>,
) -> Result<Json<Schedule>, Failure> {
    let body = body.into_inner();
    let row = app.engine.db.within(who.org, async |t| schedules::put(t, who.asker(), *id, body).await);
    Ok(Json(row.await?))
}

/// The owner changes somebody; another role ends their sessions.
#[utoipa::path(patch, path = "/api/users/{id}", operation_id = "edit_user", tag = "users", params(("id" = UserId, Path)), request_body = EditUser,
    responses((status = 200, body = Profile), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    owner: TeamManage,
    id: Path<UserId>,
    body: Json<EditUser>,
) -> Result<Json<Profile>, Failure> {
    Ok(Json(users::edit(&app.engine, owner.org, owner.user, *id, body.into_inner()).await?))
}

/// The owner deactivates somebody; their sessions end.
#[utoipa::path(delete, path = "/api/users/{id}", operation_id = "deactivate_user", tag = "users", params(("id" = UserId, Path)),
    responses((status = 204), Refused))]
pub(super) async fn deactivate(
    app: Data<App>,
    owner: TeamManage,
    id: Path<UserId>,
) -> Result<HttpResponse, Failure> {
    users::deactivate(&app.engine, owner.org, owner.user, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
