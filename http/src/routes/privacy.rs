//! One's own personal data, and what people asked of the organization about theirs (Ley 25.326).

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, USER_AGENT};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::db::Tenant;
use campo_engine::error::Error;
use campo_engine::ids::CustomerId;
use campo_engine::page::{Page, Paging};
use campo_engine::privacy::consent::{self, Edit, From, Privacy};
use campo_engine::privacy::export::{self, ExportView};
use campo_engine::privacy::leave::{self, Confirm, Deletion};
use campo_engine::privacy::request::{self, Decide, NewRequest, Rectify, RequestView};
use uuid::Uuid;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{CustomersUpdate, Linked, PrivacyAdminister, PrivacyManage};
use crate::{address, language};

/// What one agreed to, copies, one's own erasure, and what is held.
#[utoipa::path(get, path = "/api/users/me/privacy", operation_id = "my_privacy", tag = "privacy",
    params(("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Privacy), Refused))]
pub(super) async fn get(
    app: Data<App>,
    who: PrivacyManage,
    request: HttpRequest,
) -> Result<Json<Privacy>, Failure> {
    let (engine, user, language) = (&app.engine, who.user, language::of(&request));
    let privacy = engine.db.within(who.org, async |t| consent::get(engine, t, user, language).await);
    Ok(Json(privacy.await?))
}

/// Gives or takes back consents, each kept with when and from where.
#[utoipa::path(patch, path = "/api/users/me/privacy", operation_id = "edit_my_privacy", tag = "privacy",
    request_body = Edit, responses((status = 200, body = Privacy), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    who: PrivacyManage,
    request: HttpRequest,
    body: Json<Edit>,
) -> Result<Json<Privacy>, Failure> {
    let ip = address::of(&request, &app.config.trusted_proxies).to_string();
    let user_agent = request.headers().get(USER_AGENT).and_then(|h| h.to_str().ok());
    let from = From { ip: Some(&ip), user_agent };
    let (engine, user, language) = (&app.engine, who.user, language::of(&request));
    let privacy = engine.db.within(who.org, async |t| {
        consent::edit(t, user, from, *body).await?;
        consent::get(engine, t, user, language).await
    });
    Ok(Json(privacy.await?))
}

/// A copy of everything held about oneself: made soon, once a day; its link lives seven days.
#[utoipa::path(post, path = "/api/users/me/export", operation_id = "export_me", tag = "privacy",
    responses((status = 202, description = "It is being made", body = ExportView), Refused))]
pub(super) async fn export(app: Data<App>, who: PrivacyManage) -> Result<HttpResponse, Failure> {
    let (engine, user) = (&app.engine, who.user);
    let made = engine.db.within(who.org, async |t| export::ask(engine, t, user).await).await?;
    Ok(HttpResponse::Accepted().json(made))
}

/// What is wrong about oneself: answered within five business days.
#[utoipa::path(post, path = "/api/users/me/rectify-request", operation_id = "rectify_me", tag = "privacy", request_body = Rectify,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = RequestView), Refused))]
pub(super) async fn rectify(
    app: Data<App>,
    who: PrivacyManage,
    body: Once<Rectify>,
) -> Result<HttpResponse, Failure> {
    let user = who.user;
    let effect = async |t: &mut Tenant, body: &Rectify| request::rectify(t, user, body).await;
    body.create(&app, &who, "POST /api/users/me/rectify-request", effect).await
}

/// One's own erasure: a code goes to the phone, good for a day. Asking again sends another one.
#[utoipa::path(post, path = "/api/users/me/delete-request", operation_id = "ask_for_deletion", tag = "privacy",
    responses((status = 202, description = "A code is on its way", body = Deletion), Refused))]
pub(super) async fn ask_deletion(app: Data<App>, who: PrivacyManage) -> Result<HttpResponse, Failure> {
    let (engine, user) = (&app.engine, who.user);
    let asked = engine.db.within(who.org, async |t| leave::ask(engine, t, user).await).await?;
    Ok(HttpResponse::Accepted().json(asked))
}

/// The code that came: the wait of thirty days begins.
#[utoipa::path(post, path = "/api/users/me/confirm-deletion", operation_id = "confirm_deletion", tag = "privacy",
    request_body = Confirm, responses((status = 200, body = Deletion), Refused))]
pub(super) async fn confirm_deletion(
    app: Data<App>,
    who: PrivacyManage,
    body: Json<Confirm>,
) -> Result<Json<Deletion>, Failure> {
    let (engine, user) = (&app.engine, who.user);
    // A wrong code is counted, so its transaction commits.
    let answer = engine.db.within(who.org, async |t| leave::confirm(engine, t, user, &body).await).await?;
    Ok(Json(answer?))
}

/// Takes one's own erasure back.
#[utoipa::path(delete, path = "/api/users/me/delete-request", operation_id = "withdraw_deletion", tag = "privacy",
    responses((status = 204), Refused))]
pub(super) async fn withdraw_deletion(app: Data<App>, who: PrivacyManage) -> Result<HttpResponse, Failure> {
    let user = who.user;
    app.engine.db.within(who.org, async |t| leave::withdraw(t, user).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A copy, to whoever has its link.
#[utoipa::path(get, path = "/api/privacy/exports/{token}", operation_id = "download_export", tag = "privacy",
    params(("token" = String, Path)), security(()),
    responses((status = 200, description = "A ZIP", content_type = "application/zip"), Refused))]
pub(super) async fn download(
    app: Data<App>,
    _link: Linked,
    token: Path<String>,
) -> Result<HttpResponse, Failure> {
    let bytes = export::behind(&app.engine, &token).await?.ok_or(Error::NotFound("copy"))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"mis-datos.zip\""))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .body(bytes))
}

/// What people and customers asked, the newest first.
#[utoipa::path(get, path = "/api/organization/privacy-requests", operation_id = "list_privacy_requests", tag = "privacy",
    params(Paging), responses((status = 200, body = Page<RequestView>), Refused))]
pub(super) async fn requests(
    app: Data<App>,
    owner: PrivacyAdminister,
    paging: Query<Paging>,
) -> Result<Json<Page<RequestView>>, Failure> {
    let page = app.engine.db.within(owner.org, async |t| request::list(t, &paging).await);
    Ok(Json(page.await?))
}

/// The owner answers: done (a copy is made, an erasure carried out) or refused with a reason.
#[utoipa::path(post, path = "/api/organization/privacy-requests/{id}/decide", operation_id = "decide_privacy_request",
    tag = "privacy", params(("id" = Uuid, Path)), request_body = Decide,
    responses((status = 200, body = RequestView), Refused))]
pub(super) async fn decide(
    app: Data<App>,
    owner: PrivacyAdminister,
    id: Path<Uuid>,
    body: Json<Decide>,
) -> Result<Json<RequestView>, Failure> {
    let (engine, by) = (&app.engine, owner.user);
    let decided = engine.db.within(owner.org, async |t| request::decide(engine, t, by, *id, &body).await);
    Ok(Json(decided.await?))
}

/// Copies that the organization made to answer requests, with their links.
#[utoipa::path(get, path = "/api/organization/privacy-exports", operation_id = "list_privacy_exports", tag = "privacy",
    responses((status = 200, body = Page<ExportView>), Refused))]
pub(super) async fn exports(
    app: Data<App>,
    owner: PrivacyAdminister,
) -> Result<Json<Page<ExportView>>, Failure> {
    let engine = &app.engine;
    let items = engine.db.within(owner.org, async |t| export::list(engine, t).await).await?;
    Ok(Json(Page { items, next: None }))
}

/// The office takes what a customer asked about their data.
#[utoipa::path(post, path = "/api/customers/{id}/privacy-requests", operation_id = "take_privacy_request", tag = "privacy",
    request_body = NewRequest,
    params(("id" = CustomerId, Path), ("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = RequestView), Refused))]
pub(super) async fn take(
    app: Data<App>,
    staff: CustomersUpdate,
    id: Path<CustomerId>,
    body: Once<NewRequest>,
) -> Result<HttpResponse, Failure> {
    let (by, customer) = (staff.user, *id);
    let effect = async |t: &mut Tenant, body: &NewRequest| request::take(t, by, customer, body).await;
    body.create(&app, &staff, "POST /api/customers/{id}/privacy-requests", effect).await
}
