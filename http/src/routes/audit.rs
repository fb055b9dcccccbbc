//! `/api/admin/audit-log`: who did what; `/api/users/me/views`: who looked at one's positions.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Query};
use campo_engine::audit::list::{self, AuditAction, AuditEntry, AuditList, DataView};
use campo_engine::audit::looks::{self, Viewer};
use campo_engine::audit::place::{self, From};
use campo_engine::audit::verify::{self, AuditVerdict};
use campo_engine::audit::{Action, Entry};
use campo_engine::ids::UserId;
use campo_engine::page::{Page, Paging};
use campo_engine::tracking::window::Language;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::language;
use crate::who::{AccountManage, AuditRead, SignedIn};

/// Notes, before an answer shows them, that somebody looks at these people's positions.
pub(super) async fn seen(
    app: &App,
    who: &SignedIn,
    way: &'static str,
    people: &[UserId],
) -> Result<(), Failure> {
    let viewer = Viewer { org: who.org, by: who.by(), id: who.user.0, way };
    Ok(looks::looked(&app.engine, viewer, people).await?)
}

/// Who did what, the newest first.
#[utoipa::path(get, path = "/api/admin/audit-log", operation_id = "list_audit_log", tag = "admin",
    params(AuditList, ("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Page<AuditEntry>), Refused))]
pub(super) async fn log(
    app: Data<App>,
    who: AuditRead,
    query: Query<AuditList>,
    request: HttpRequest,
) -> Result<Json<Page<AuditEntry>>, Failure> {
    let is_spanish = language::of(&request) == Language::Es;
    Ok(Json(list::list(&app.engine.db, who.org, &query, is_spanish).await?))
}

/// What can stand in the log, in words.
#[utoipa::path(get, path = "/api/admin/audit-log/actions", operation_id = "list_audit_actions", tag = "admin",
    params(("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Vec<AuditAction>), Refused))]
pub(super) async fn actions(
    _: Data<App>,
    _: AuditRead,
    request: HttpRequest,
) -> Result<Json<Vec<AuditAction>>, Failure> {
    Ok(Json(list::actions(language::of(&request) == Language::Es)))
}

/// Walks the organization's chain and names the first bad row; compares it with the newest anchors.
#[utoipa::path(get, path = "/api/admin/audit-log/verify", operation_id = "verify_audit_log", tag = "admin",
    responses((status = 200, body = AuditVerdict), Refused))]
pub(super) async fn verify(app: Data<App>, who: AuditRead) -> Result<Json<AuditVerdict>, Failure> {
    let anchors = place::anchors(&app.engine, From::Newest).await?;
    let verdict = verify::verify(&app.engine.db, who.org, &anchors, None).await?;
    let told = Entry::new(Action::AuditVerified, who.by(), "audit_log").with("ok", verdict.ok);
    let told = told.with("rows", verdict.rows).with("first_bad", verdict.first_bad);
    app.engine
        .db
        .within(who.org, async |t| {
            t.audit(told);
            Ok(())
        })
        .await?;
    Ok(Json(verdict))
}

/// Who looked at one's own positions, the newest first: once for each viewer and hour.
#[utoipa::path(get, path = "/api/users/me/views", operation_id = "list_my_views", tag = "users",
    params(Paging, ("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Page<DataView>), Refused))]
pub(super) async fn views(
    app: Data<App>,
    who: AccountManage,
    paging: Query<Paging>,
    request: HttpRequest,
) -> Result<Json<Page<DataView>>, Failure> {
    let is_spanish = language::of(&request) == Language::Es;
    Ok(Json(list::views_of(&app.engine.db, who.org, who.user, &paging, is_spanish).await?))
}
