//! `/api/notifications`: a person's own inbox.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::db::Tenant;
use campo_engine::notices;
use campo_engine::notices::view::{NoticeFilter, NoticeList, NoticeView, Unread};
use campo_engine::page::Paging;
use campo_engine::push::{self, PushEndpoint, PushKept, PushKey, PushToken};
use campo_engine::trial::{self, Trial, TrialSent};
use uuid::Uuid;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::NoticesManage;

/// One's own inbox, the newest first, and how many are unread.
#[utoipa::path(get, path = "/api/notifications", operation_id = "list_notifications", tag = "notifications",
    params(NoticeFilter, Paging), responses((status = 200, body = NoticeList), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: NoticesManage,
    filter: Query<NoticeFilter>,
    paging: Query<Paging>,
) -> Result<Json<NoticeList>, Failure> {
    let work = async |t: &mut Tenant| notices::list(t, who.user, &filter, &paging).await;
    Ok(Json(app.engine.db.within(who.org, work).await?))
}

/// A notice was read. Twice is once.
#[utoipa::path(post, path = "/api/notifications/{id}/read", operation_id = "read_notification", tag = "notifications",
    params(("id" = Uuid, Path, description = "The notice")), responses((status = 200, body = NoticeView), Refused))]
pub(super) async fn read(
    app: Data<App>,
    who: NoticesManage,
    id: Path<Uuid>,
) -> Result<Json<NoticeView>, Failure> {
    let work = async |t: &mut Tenant| notices::read(t, who.user, *id).await;
    Ok(Json(app.engine.db.within(who.org, work).await?))
}

/// All of one's notices were read.
#[utoipa::path(post, path = "/api/notifications/read-all", operation_id = "read_all_notifications",
    tag = "notifications", responses((status = 200, body = Unread), Refused))]
pub(super) async fn read_all(app: Data<App>, who: NoticesManage) -> Result<Json<Unread>, Failure> {
    Ok(Json(app.engine.db.within(who.org, async |t| notices::read_all(t, who.user).await).await?))
}

/// What pages subscribe to Web Push with.
#[utoipa::path(get, path = "/api/notifications/push-key", operation_id = "get_push_key", tag = "notifications",
    responses((status = 200, body = PushKey), Refused))]
pub(super) async fn push_key(app: Data<App>, _: NoticesManage) -> Result<Json<PushKey>, Failure> {
    Ok(Json(push::key(&app.engine)?))
}

/// This browser may be woken. Told again it is kept once.
#[utoipa::path(post, path = "/api/notifications/push-token", operation_id = "add_push_token", tag = "notifications",
    request_body = PushToken,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = PushKept), Refused))]
pub(super) async fn subscribe(
    app: Data<App>,
    who: NoticesManage,
    request: HttpRequest,
    body: Once<PushToken>,
) -> Result<HttpResponse, Failure> {
    let engine = &app.engine;
    let browser = request.headers().get(USER_AGENT).and_then(|h| h.to_str().ok());
    let effect =
        async |t: &mut Tenant, token: &PushToken| push::subscribe(t, engine, who.user, token, browser).await;
    body.create(&app, &who, "POST /api/notifications/push-token", effect).await
}

/// This browser is woken no more. Twice is once.
#[utoipa::path(delete, path = "/api/notifications/push-token", operation_id = "delete_push_token",
    tag = "notifications", request_body = PushEndpoint, responses((status = 204), Refused))]
pub(super) async fn unsubscribe(
    app: Data<App>,
    who: NoticesManage,
    body: Json<PushEndpoint>,
) -> Result<HttpResponse, Failure> {
    let work = async |t: &mut Tenant| push::unsubscribe(t, who.user, &body.endpoint).await;
    app.engine.db.within(who.org, work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends oneself a message through one channel.
#[utoipa::path(post, path = "/api/notifications/test", operation_id = "test_notification", tag = "notifications",
    request_body = Trial,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 202, body = TrialSent), Refused))]
pub(super) async fn test(
    app: Data<App>,
    who: NoticesManage,
    body: Once<Trial>,
) -> Result<HttpResponse, Failure> {
    let (engine, asker) = (&app.engine, who.asker());
    let effect = async |t: &mut Tenant, trial: &Trial| trial::send(t, engine, asker, *trial).await;
    body.run(&app, &who, ("POST /api/notifications/test", StatusCode::ACCEPTED), effect).await
}
