//! `/api/organization/change-requests`: protected fields are changed by somebody who asks and an owner who decides.

use std::cell::RefCell;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::auth::session;
use campo_engine::changes::{self, ChangeRequest, Decide, Filter, NewChangeRequest};
use campo_engine::db::Tenant;
use campo_engine::page::{Page, Paging};
use uuid::Uuid;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{ChangesDecide, ChangesRead, ChangesRequest};

/// Requests, newest first. A dispatcher sees those about customers.
#[utoipa::path(get, path = "/api/organization/change-requests", operation_id = "list_change_requests",
    tag = "organization", params(Filter, Paging), responses((status = 200, body = Page<ChangeRequest>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: ChangesRead,
    filter: Query<Filter>,
    paging: Query<Paging>,
) -> Result<Json<Page<ChangeRequest>>, Failure> {
    Ok(Json(changes::list(&app.engine, who.org, who.asker(), &filter, &paging).await?))
}

/// Asks for a change of a protected field. What needs approval alone changes at once where the owner asks.
#[utoipa::path(post, path = "/api/organization/change-requests", operation_id = "create_change_request",
    tag = "organization", request_body = NewChangeRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = ChangeRequest), Refused))]
pub(super) async fn create(
    app: Data<App>,
    who: ChangesRequest,
    new: Once<NewChangeRequest>,
) -> Result<HttpResponse, Failure> {
    let (asker, engine, ended) = (who.asker(), &app.engine, RefCell::new(Vec::new()));
    let effect = async |tenant: &mut Tenant, new: &NewChangeRequest| {
        let (row, logins) = changes::create(engine, tenant, asker, new).await?;
        ended.replace(logins);
        Ok(row)
    };
    let fill = |answer: &mut _| changes::with_requested(answer, &new.body);
    let route = "POST /api/organization/change-requests";
    let answer = new.create_linked(&app, &who, route, (effect, fill)).await?;
    session::tell_ended(engine, &ended.into_inner());
    Ok(answer)
}

/// An owner approves: the field is changed here and now.
#[utoipa::path(post, path = "/api/organization/change-requests/{id}/approve", operation_id = "approve_change_request",
    tag = "organization", params(("id" = Uuid, Path)), request_body = Decide,
    responses((status = 200, body = ChangeRequest), Refused))]
pub(super) async fn approve(
    app: Data<App>,
    owner: ChangesDecide,
    id: Path<Uuid>,
    body: Option<Json<Decide>>,
) -> Result<Json<ChangeRequest>, Failure> {
    let body = body.map(Json::into_inner).unwrap_or_default();
    Ok(Json(changes::approve(&app.engine, owner.org, owner.user, *id, &body).await?))
}

/// An owner rejects, with a reason: the field stays as it is.
#[utoipa::path(post, path = "/api/organization/change-requests/{id}/reject", operation_id = "reject_change_request",
    tag = "organization", params(("id" = Uuid, Path)), request_body = Decide,
    responses((status = 200, body = ChangeRequest), Refused))]
pub(super) async fn reject(
    app: Data<App>,
    owner: ChangesDecide,
    id: Path<Uuid>,
    body: Option<Json<Decide>>,
) -> Result<Json<ChangeRequest>, Failure> {
    let body = body.map(Json::into_inner).unwrap_or_default();
    Ok(Json(changes::reject(&app.engine, owner.org, owner.user, *id, &body).await?))
}
