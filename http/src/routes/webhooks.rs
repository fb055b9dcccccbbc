//! `/api/webhook-endpoints`: where the organization's own systems hear its events.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::db::Tenant;
use campo_engine::error::Error;
use campo_engine::page::{Page, Paging};
use campo_engine::webhooks;
use campo_engine::webhooks::form::{
    DeliveryFilter, EditEndpoint, EndpointWithSecret, NewEndpoint, Replay, Replayed, WebhookDelivery,
    WebhookEndpoint,
};
use serde::Deserialize;
use uuid::Uuid;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::WebhooksManage;

/// The endpoints of the organization, newest first.
#[utoipa::path(get, path = "/api/webhook-endpoints", operation_id = "list_webhook_endpoints", tag = "webhooks",
    params(Paging), responses((status = 200, body = Page<WebhookEndpoint>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: WebhooksManage,
    paging: Query<Paging>,
) -> Result<Json<Page<WebhookEndpoint>>, Failure> {
    Ok(Json(app.engine.db.within(who.org, async |t| webhooks::list(t, &paging).await).await?))
}

/// Makes an endpoint. Its secret is in this answer and in none after it.
#[utoipa::path(post, path = "/api/webhook-endpoints", operation_id = "create_webhook_endpoint", tag = "webhooks",
    request_body = NewEndpoint,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = EndpointWithSecret), Refused))]
pub(super) async fn create(
    app: Data<App>,
    who: WebhooksManage,
    body: Once<NewEndpoint>,
) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    struct Made {
        id: Uuid,
    }
    let engine = &app.engine;
    let effect = async |t: &mut Tenant, new: &NewEndpoint| webhooks::create(t, engine, who.user, new).await;
    let route = ("POST /api/webhook-endpoints", StatusCode::CREATED);
    let answer = body.answer(&app, &who, route, effect).await?;
    // The answer is stored without the secret, which stands sealed in its row.
    let Made { id } =
        serde_json::from_str(&answer.body).map_err(|e| Error::Internal(format!("a stored answer: {e}")))?;
    let whole = async |t: &mut Tenant| {
        let endpoint = webhooks::get(t, id).await?;
        webhooks::with_secret(t, engine, endpoint).await
    };
    let whole = engine.db.within(who.org, whole).await?;
    let mut response = HttpResponse::Created();
    if answer.replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    Ok(response.json(whole))
}

/// One endpoint.
#[utoipa::path(get, path = "/api/webhook-endpoints/{id}", operation_id = "get_webhook_endpoint", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 200, body = WebhookEndpoint), Refused))]
pub(super) async fn get(
    app: Data<App>,
    who: WebhooksManage,
    id: Path<Uuid>,
) -> Result<Json<WebhookEndpoint>, Failure> {
    Ok(Json(app.engine.db.within(who.org, async |t| webhooks::get(t, *id).await).await?))
}

/// Changes an endpoint; turned on again, it hears what happened meanwhile.
#[utoipa::path(patch, path = "/api/webhook-endpoints/{id}", operation_id = "edit_webhook_endpoint", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint")), request_body = EditEndpoint,
    responses((status = 200, body = WebhookEndpoint), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    who: WebhooksManage,
    id: Path<Uuid>,
    body: Json<EditEndpoint>,
) -> Result<Json<WebhookEndpoint>, Failure> {
    let (engine, edit) = (&app.engine, body.into_inner());
    let row = engine.db.within(who.org, async |t| webhooks::edit(t, engine, *id, edit).await).await?;
    Ok(Json(row))
}

/// Removes an endpoint, and what was on its way to it.
#[utoipa::path(delete, path = "/api/webhook-endpoints/{id}", operation_id = "delete_webhook_endpoint",
    tag = "webhooks", params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 204), Refused))]
pub(super) async fn remove(
    app: Data<App>,
    who: WebhooksManage,
    id: Path<Uuid>,
) -> Result<HttpResponse, Failure> {
    app.engine.db.within(who.org, async |t| webhooks::remove(t, *id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives an endpoint another secret; for a day both sign.
#[utoipa::path(post, path = "/api/webhook-endpoints/{id}/rotate-secret", operation_id = "rotate_webhook_secret",
    tag = "webhooks", params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 200, body = EndpointWithSecret), Refused))]
pub(super) async fn rotate(
    app: Data<App>,
    who: WebhooksManage,
    id: Path<Uuid>,
) -> Result<Json<EndpointWithSecret>, Failure> {
    let engine = &app.engine;
    Ok(Json(engine.db.within(who.org, async |t| webhooks::rotate(t, engine, *id).await).await?))
}

/// Sends every event after a number again, with the ids they had.
#[utoipa::path(post, path = "/api/webhook-endpoints/{id}/replay", operation_id = "replay_webhooks", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint")), request_body = Replay,
    responses((status = 202, body = Replayed), Refused))]
pub(super) async fn replay(
    app: Data<App>,
    who: WebhooksManage,
    id: Path<Uuid>,
    body: Json<Replay>,
) -> Result<HttpResponse, Failure> {
    app.limits.bulk(who.org)?;
    let replayed = app.engine.db.within(who.org, async |t| webhooks::replay(t, *id, *body).await).await?;
    Ok(HttpResponse::Accepted().json(replayed))
}

/// What was sent to an endpoint, the newest first, with every try.
#[utoipa::path(get, path = "/api/webhook-endpoints/{id}/deliveries", operation_id = "list_webhook_deliveries",
    tag = "webhooks", params(("id" = Uuid, Path, description = "The endpoint"), DeliveryFilter, Paging),
    responses((status = 200, body = Page<WebhookDelivery>), Refused))]
pub(super) async fn deliveries(
    app: Data<App>,
    who: WebhooksManage,
    id: Path<Uuid>,
    filter: Query<DeliveryFilter>,
    paging: Query<Paging>,
) -> Result<Json<Page<WebhookDelivery>>, Failure> {
    let work = async |t: &mut Tenant| webhooks::deliveries(t, *id, &filter, &paging).await;
    Ok(Json(app.engine.db.within(who.org, work).await?))
}

/// Sends one event again, from the beginning of the schedule.
#[utoipa::path(post, path = "/api/webhook-endpoints/{id}/deliveries/{delivery}/resend",
    operation_id = "resend_webhook", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint"), ("delivery" = Uuid, Path, description = "The delivery")),
    responses((status = 202, body = WebhookDelivery), Refused))]
pub(super) async fn resend(
    app: Data<App>,
    who: WebhooksManage,
    path: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Failure> {
    let (id, delivery) = path.into_inner();
    let row = app.engine.db.within(who.org, async |t| webhooks::resend(t, id, delivery).await).await?;
    Ok(HttpResponse::Accepted().json(row))
}
