//! `/api/users`: the people of an organization.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use campo_engine::ids::UserId;
use campo_engine::page::{Page, Paging};
use campo_engine::users::{self, EditUser, Filter, NewUser, User};

use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{Owner, Staff};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(web::resource("/users").route(web::get().to(list)).route(web::post().to(add))).service(
        web::resource("/users/{id}").route(web::patch().to(edit)).route(web::delete().to(deactivate)),
    );
}

/// `GET /api/users`: the team, newest first.
async fn list(
    app: Data<App>,
    staff: Staff,
    filter: Query<Filter>,
    paging: Query<Paging>,
) -> Result<Json<Page<User>>, Failure> {
    Ok(Json(users::list(&app.engine.db, staff.org, &filter, &paging).await?))
}

/// `POST /api/users`: the owner adds somebody, who can sign in and be assigned at once.
async fn add(app: Data<App>, owner: Owner, new: Once<NewUser>) -> Result<HttpResponse, Failure> {
    let user = users::meet(&app.engine.db, &new.body).await?;
    let by = owner.user;
    new.create(&app, &owner, "POST /api/users", async |tenant, new| users::add(tenant, by, user, new).await)
        .await
}

/// `PATCH /api/users/{id}`: the owner changes somebody; another role ends their sessions.
async fn edit(
    app: Data<App>,
    owner: Owner,
    id: Path<UserId>,
    body: Json<EditUser>,
) -> Result<Json<User>, Failure> {
    Ok(Json(users::edit(&app.engine, owner.org, owner.user, *id, body.into_inner()).await?))
}

/// `DELETE /api/users/{id}`: the owner deactivates somebody; their sessions end.
async fn deactivate(app: Data<App>, owner: Owner, id: Path<UserId>) -> Result<HttpResponse, Failure> {
    users::deactivate(&app.engine, owner.org, owner.user, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
