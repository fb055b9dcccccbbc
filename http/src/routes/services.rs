//! `/api/admin/{health,panic,capabilities,usage}` and `/api/services`: what runs, and what is switched off.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::directions::usage::{self, UsageQuery, UsageView};
use campo_engine::error::Error;
use campo_engine::services::capability::Capability;
use campo_engine::services::decide::{self, SetMode, Switch};
use campo_engine::services::view::{self, CapabilityView, HealthView, Notice, PanicView};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::language;
use crate::who::{OperationsManage, OperationsRead, ServicesRead};

/// How every service stands, with its breaker on this server and what was counted of the organization's own.
#[utoipa::path(get, path = "/api/admin/health", operation_id = "service_health", tag = "admin",
    params(("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = HealthView), Refused))]
pub(super) async fn health(
    app: Data<App>,
    who: OperationsRead,
    request: HttpRequest,
) -> Result<Json<HealthView>, Failure> {
    Ok(Json(view::health(&app.engine, who.org, language::of(&request)).await?))
}

/// How every service stands, by whose decision and why.
#[utoipa::path(get, path = "/api/admin/panic", operation_id = "list_panic", tag = "admin",
    params(("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Vec<PanicView>), Refused))]
pub(super) async fn panic(
    app: Data<App>,
    who: OperationsRead,
    request: HttpRequest,
) -> Result<Json<Vec<PanicView>>, Failure> {
    Ok(Json(view::panic(&app.engine, who.org, language::of(&request))))
}

/// Sets how a service stands for the own organization. What holds for everybody is the operator's.
#[utoipa::path(patch, path = "/api/admin/panic/{service}", operation_id = "set_panic", tag = "admin",
    params(("service" = String, Path, description = "As `whatsapp`"),
        ("Accept-Language" = Option<String>, Header, description = "es or en")),
    request_body = SetMode, responses((status = 200, body = PanicView), Refused))]
pub(super) async fn set_panic(
    app: Data<App>,
    who: OperationsManage,
    service: Path<String>,
    body: Json<SetMode>,
    request: HttpRequest,
) -> Result<Json<PanicView>, Failure> {
    let service = decide::service_named(&service)?;
    decide::set_own(&app.engine, who.org, who.user, service, &body).await?;
    Ok(Json(view::panic_of(&app.engine, who.org, service, language::of(&request))))
}

/// What can be switched off, whether it is on, and what happens instead.
#[utoipa::path(get, path = "/api/admin/capabilities", operation_id = "list_capabilities", tag = "admin",
    params(("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Vec<CapabilityView>), Refused))]
pub(super) async fn capabilities(
    app: Data<App>,
    who: OperationsRead,
    request: HttpRequest,
) -> Result<Json<Vec<CapabilityView>>, Failure> {
    Ok(Json(view::capabilities(&app.engine, who.org, language::of(&request))))
}

/// Switches a capability for the own organization. One that is off for everybody stays off.
#[utoipa::path(patch, path = "/api/admin/capabilities/{name}", operation_id = "switch_capability", tag = "admin",
    params(("name" = String, Path, description = "As `whatsapp_voice_ai`"),
        ("Accept-Language" = Option<String>, Header, description = "es or en")),
    request_body = Switch, responses((status = 200, body = CapabilityView), Refused))]
pub(super) async fn switch(
    app: Data<App>,
    who: OperationsManage,
    name: Path<String>,
    body: Json<Switch>,
    request: HttpRequest,
) -> Result<Json<CapabilityView>, Failure> {
    let name: Capability = name.parse().map_err(|_| Error::NotFound("capability"))?;
    decide::switch_own(&app.engine, who.org, Some(who.user), name, &body).await?;
    Ok(Json(view::capability(&app.engine, who.org, name, language::of(&request))))
}

/// What the organization used in a month: journeys, outside directions, and what they cost about.
#[utoipa::path(get, path = "/api/admin/usage", operation_id = "usage", tag = "admin", params(UsageQuery),
    responses((status = 200, body = UsageView), Refused))]
pub(super) async fn used(
    app: Data<App>,
    who: OperationsRead,
    query: Query<UsageQuery>,
) -> Result<Json<UsageView>, Failure> {
    Ok(Json(usage::usage(&app.engine.db, who.org, &query).await?))
}

/// What works otherwise than usual now, in words.
#[utoipa::path(get, path = "/api/services", operation_id = "services_notice", tag = "services",
    params(("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Notice), Refused))]
pub(super) async fn notice(
    app: Data<App>,
    who: ServicesRead,
    request: HttpRequest,
) -> Result<Json<Notice>, Failure> {
    Ok(Json(view::notice(&app.engine, who.org, language::of(&request))))
}
