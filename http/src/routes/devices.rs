//! `/api/devices`: tokens for phone apps of others.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::devices::{self, DeviceView, MadeDevice, NewDevice};
use campo_engine::ids::{DeviceId, UserId};
use campo_engine::page::Page;
use serde::Deserialize;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::{DevicesLocate, DevicesManage, DevicesRead};

/// Whose devices.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of one technician; a technician sees their own.
    user_id: Option<UserId>,
}

/// The devices that may send, with what came today.
#[utoipa::path(get, path = "/api/devices", operation_id = "list_devices", tag = "devices", params(Filter),
    responses((status = 200, body = Page<DeviceView>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: DevicesRead,
    filter: Query<Filter>,
) -> Result<Json<Page<DeviceView>>, Failure> {
    let devices =
        app.engine.db.within(who.org, async |t| devices::list(t, who.asker(), filter.user_id).await);
    Ok(Json(devices.await?))
}

/// A token for one phone of a technician, shown this once, with the address and the set-up link of each app.
#[utoipa::path(post, path = "/api/devices", operation_id = "create_device", tag = "devices", request_body = NewDevice,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body make one device")),
    responses((status = 201, body = MadeDevice), Refused))]
pub(super) async fn add(
    app: Data<App>,
    who: DevicesManage,
    new: Json<NewDevice>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let key = request.headers().get("idempotency-key").map(|k| k.to_str().unwrap_or_default());
    let (keys, url) = (&app.engine.keys, &app.public_url);
    let made =
        app.engine.db.within(who.org, async |t| devices::add(t, keys, who.asker(), &new, key, url).await);
    Ok(HttpResponse::Created().insert_header(("Cache-Control", "no-store")).json(made.await?))
}

/// Ends a device's token at once.
#[utoipa::path(delete, path = "/api/devices/{id}", operation_id = "revoke_device", tag = "devices", params(("id" = DeviceId, Path)),
    responses((status = 204), Refused))]
pub(super) async fn revoke(
    app: Data<App>,
    who: DevicesManage,
    id: Path<DeviceId>,
) -> Result<HttpResponse, Failure> {
    app.engine.db.within(who.org, async |t| devices::revoke(t, who.asker(), *id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks a phone where it is: said in the next answer to an app that takes commands (OwnTracks).
#[utoipa::path(post, path = "/api/devices/{id}/locate", operation_id = "locate_device", tag = "devices", params(("id" = DeviceId, Path)),
    responses((status = 202, description = "Asked with its next answer"), Refused))]
pub(super) async fn locate(
    app: Data<App>,
    staff: DevicesLocate,
    id: Path<DeviceId>,
) -> Result<HttpResponse, Failure> {
    app.engine.db.within(staff.org, async |t| devices::locate(t, *id).await).await?;
    Ok(HttpResponse::Accepted().finish())
}
