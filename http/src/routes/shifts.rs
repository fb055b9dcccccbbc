//! `/api/shifts`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Query};
use campo_engine::db::Tenant;
use campo_engine::page::Page;
use campo_engine::shifts::{self, ChangePause, ChangeShift, ShiftList, ShiftState, ShiftView};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{ShiftsRead, ShiftsUpdate};

/// Shifts, newest first; a technician sees their own.
#[utoipa::path(get, path = "/api/shifts", operation_id = "list_shifts", tag = "shifts", params(ShiftList),
    responses((status = 200, body = Page<ShiftView>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: ShiftsRead,
    query: Query<ShiftList>,
) -> Result<Json<Page<ShiftView>>, Failure> {
    let query = query.into_inner();
    let page = app.engine.db.within(who.org, async |t| shifts::list(t, who.asker(), &query).await);
    Ok(Json(page.await?))
}

/// Begins or ends a shift, one's own or as the office anybody's; with `shift_id` the office corrects one.
#[utoipa::path(post, path = "/api/shifts", operation_id = "change_shift", tag = "shifts", request_body = ChangeShift,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses(
        (status = 201, description = "On shift", body = ShiftState),
        (status = 200, description = "Off shift", body = ShiftState),
        Refused,
    ))]
pub(super) async fn change(
    app: Data<App>,
    who: ShiftsUpdate,
    body: Once<ChangeShift>,
) -> Result<HttpResponse, Failure> {
    let asker = who.asker();
    let status = if body.body.on { StatusCode::CREATED } else { StatusCode::OK };
    let effect = async |t: &mut Tenant, body: &ChangeShift| shifts::change(t, asker, body).await;
    body.run(&app, &who, ("POST /api/shifts", status), effect).await
}

/// Begins or ends a pause within the open shift, one's own or as the office anybody's: its positions are not stored.
#[utoipa::path(post, path = "/api/shifts/pause", operation_id = "change_pause", tag = "shifts", request_body = ChangePause,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 200, body = ShiftState), Refused))]
pub(super) async fn pause(
    app: Data<App>,
    who: ShiftsUpdate,
    body: Once<ChangePause>,
) -> Result<HttpResponse, Failure> {
    let asker = who.asker();
    let effect = async |t: &mut Tenant, body: &ChangePause| shifts::pause(t, asker, body).await;
    body.run(&app, &who, ("POST /api/shifts/pause", StatusCode::OK), effect).await
}

/// Says that one's own open shift goes on: the answer to being asked whether it was forgotten.
#[utoipa::path(post, path = "/api/shifts/confirm", operation_id = "confirm_shift", tag = "shifts",
    responses((status = 200, body = ShiftState), Refused))]
pub(super) async fn confirm(app: Data<App>, who: ShiftsUpdate) -> Result<Json<ShiftState>, Failure> {
    Ok(Json(app.engine.db.within(who.org, async |t| shifts::confirm(t, who.asker()).await).await?))
}
