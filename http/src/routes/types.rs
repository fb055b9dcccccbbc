//! `/api/service-types`: kinds of work.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use campo_engine::db::Tenant;
use campo_engine::jobs::types::{self, EditServiceType, NewServiceType, ServiceType};
use campo_engine::page::Page;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{ServiceTypesManage, ServiceTypesRead};

/// Every kind of work, those put aside too, by their place.
#[utoipa::path(get, path = "/api/service-types", operation_id = "list_service_types", tag = "service-types",
    responses((status = 200, body = Page<ServiceType>), Refused))]
pub(super) async fn list(app: Data<App>, who: ServiceTypesRead) -> Result<Json<Page<ServiceType>>, Failure> {
    Ok(Json(app.engine.db.within(who.org, async |t| types::list(t).await).await?))
}

/// Adds a kind of work.
#[utoipa::path(post, path = "/api/service-types", operation_id = "create_service_type", tag = "service-types",
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    request_body = NewServiceType, responses((status = 201, body = ServiceType), Refused))]
pub(super) async fn add(
    app: Data<App>,
    boss: ServiceTypesManage,
    body: Once<NewServiceType>,
) -> Result<HttpResponse, Failure> {
    let asker = boss.asker();
    let effect = async |t: &mut Tenant, body: &NewServiceType| types::add(t, asker, body).await;
    body.create(&app, &boss, "POST /api/service-types", effect).await
}

/// Changes a kind of work; its code and the jobs that have it stay.
#[utoipa::path(patch, path = "/api/service-types/{code}", operation_id = "edit_service_type", tag = "service-types",
    params(("code" = String, Path)), request_body = EditServiceType, responses((status = 200, body = ServiceType), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    boss: ServiceTypesManage,
    code: Path<String>,
    body: Json<EditServiceType>,
) -> Result<Json<ServiceType>, Failure> {
    let made = app.engine.db.within(boss.org, async |t| types::edit(t, boss.asker(), &code, &body).await);
    Ok(Json(made.await?))
}

/// Puts a kind of work aside: jobs that have it keep it, new ones cannot.
#[utoipa::path(delete, path = "/api/service-types/{code}", operation_id = "put_service_type_aside", tag = "service-types",
    params(("code" = String, Path)), responses((status = 200, body = ServiceType), Refused))]
pub(super) async fn put_aside(
    app: Data<App>,
    boss: ServiceTypesManage,
    code: Path<String>,
) -> Result<Json<ServiceType>, Failure> {
    let made = app.engine.db.within(boss.org, async |t| types::put_aside(t, boss.asker(), &code).await);
    Ok(Json(made.await?))
}
