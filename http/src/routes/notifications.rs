//! `/api/notifications/preferences`, the delivery log, consent.

use actix_web::web::{Data, Json, Path, Query};
use campo_engine::customers::Customer;
use campo_engine::ids::{CustomerId, JobId};
use campo_engine::notifications::consent::{self, Reason, Wish};
use campo_engine::notifications::log::{self, Entry};
use campo_engine::notifications::preferences::{self, Edit, Preferences};
use campo_engine::page::{Page, Paging};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::{CustomersUpdate, NoticesManage, PreferencesManage, WhatsappRead};

/// What somebody wants to hear, through which channels, and when.
#[utoipa::path(get, path = "/api/notifications/preferences", operation_id = "get_notification_preferences", tag = "notifications",
    responses((status = 200, body = Preferences), Refused))]
pub(super) async fn preferences(
    app: Data<App>,
    who: PreferencesManage,
) -> Result<Json<Preferences>, Failure> {
    Ok(Json(preferences::get(&app.engine.db, who.org, who.user).await?))
}

/// Changes one's own; what is absent stays.
#[utoipa::path(patch, path = "/api/notifications/preferences", operation_id = "edit_notification_preferences", tag = "notifications",
    request_body = Edit, responses((status = 200, body = Preferences), Refused))]
pub(super) async fn edit_preferences(
    app: Data<App>,
    who: PreferencesManage,
    body: Json<Edit>,
) -> Result<Json<Preferences>, Failure> {
    Ok(Json(preferences::edit(&app.engine.db, who.org, who.user, who.role, body.into_inner()).await?))
}

/// What was sent to oneself by WhatsApp and SMS, newest first.
#[utoipa::path(get, path = "/api/notifications/deliveries", operation_id = "list_own_deliveries", tag = "notifications",
    params(Paging), responses((status = 200, body = Page<Entry>), Refused))]
pub(super) async fn deliveries(
    app: Data<App>,
    who: NoticesManage,
    paging: Query<Paging>,
) -> Result<Json<Page<Entry>>, Failure> {
    Ok(Json(log::of_person(&app.engine.db, who.org, who.user, &paging).await?))
}

/// Every message about a job: to whom, where it stands, when.
#[utoipa::path(get, path = "/api/jobs/{id}/messages", operation_id = "list_job_messages", tag = "jobs",
    params(("id" = JobId, Path), Paging), responses((status = 200, body = Page<Entry>), Refused))]
pub(super) async fn of_job(
    app: Data<App>,
    staff: WhatsappRead,
    id: Path<JobId>,
    paging: Query<Paging>,
) -> Result<Json<Page<Entry>>, Failure> {
    Ok(Json(log::of_job(&app.engine.db, staff.org, *id, &paging).await?))
}

/// A customer gets no messages but critical ones, with a reason.
#[utoipa::path(post, path = "/api/customers/{id}/opt-out", operation_id = "opt_customer_out", tag = "customers",
    params(("id" = CustomerId, Path)), request_body = Reason, responses((status = 200, body = Customer), Refused))]
pub(super) async fn opt_out(
    app: Data<App>,
    staff: CustomersUpdate,
    id: Path<CustomerId>,
    body: Json<Reason>,
) -> Result<Json<Customer>, Failure> {
    Ok(Json(consent::decide(&app.engine.db, staff.org, staff.user, *id, Wish::OptOut, &body).await?))
}

/// A customer gets messages again, with a reason.
#[utoipa::path(post, path = "/api/customers/{id}/opt-in", operation_id = "opt_customer_in", tag = "customers",
    params(("id" = CustomerId, Path)), request_body = Reason, responses((status = 200, body = Customer), Refused))]
pub(super) async fn opt_in(
    app: Data<App>,
    staff: CustomersUpdate,
    id: Path<CustomerId>,
    body: Json<Reason>,
) -> Result<Json<Customer>, Failure> {
    Ok(Json(consent::decide(&app.engine.db, staff.org, staff.user, *id, Wish::OptIn, &body).await?))
}
