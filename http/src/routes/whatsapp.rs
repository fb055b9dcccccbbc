//! `/api/whatsapp`: the office's inbox.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::db::Tenant;
use campo_engine::files::FileView;
use campo_engine::ids::MessageId;
use campo_engine::jobs::JobView;
use campo_engine::page::{Page, Paging};
use campo_engine::whatsapp::desk::{self, Day, EditQuickReply, NewQuickReply, QuickReply, Settings};
use campo_engine::whatsapp::inbox::{self, Asked, EditConversation};
use campo_engine::whatsapp::job::{self, FromConversation, JobDraft};
use campo_engine::whatsapp::media;
use campo_engine::whatsapp::requests::{self, Request};
use campo_engine::whatsapp::send::{self, Send, SendTemplate, TemplatePreview, TemplateView};
use campo_engine::whatsapp::view::{Conversation, Message};
use serde::Deserialize;
use uuid::Uuid;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{JobsCreate, OrganizationUpdate, WhatsappRead, WhatsappSend};

/// Conversations, the newest first.
#[utoipa::path(get, path = "/api/whatsapp/conversations", operation_id = "list_conversations", tag = "whatsapp", params(Asked),
    responses((status = 200, body = Page<Conversation>), Refused))]
pub(super) async fn conversations(
    app: Data<App>,
    staff: WhatsappRead,
    asked: Query<Asked>,
) -> Result<Json<Page<Conversation>>, Failure> {
    let page = app.engine.db.within(staff.org, async |t| inbox::list(t, &asked, staff.user).await);
    Ok(Json(page.await?))
}

/// One conversation, by its id or its customer's.
#[utoipa::path(get, path = "/api/whatsapp/conversations/{id}", operation_id = "get_conversation", tag = "whatsapp",
    params(("id" = Uuid, Path, description = "The conversation's id, or its customer's")),
    responses((status = 200, body = Conversation), Refused))]
pub(super) async fn conversation(
    app: Data<App>,
    staff: WhatsappRead,
    id: Path<Uuid>,
) -> Result<Json<Conversation>, Failure> {
    Ok(Json(app.engine.db.within(staff.org, async |t| inbox::get(t, *id).await).await?))
}

/// Closes, archives, marks as spam, assigns.
#[utoipa::path(patch, path = "/api/whatsapp/conversations/{id}", operation_id = "edit_conversation", tag = "whatsapp",
    params(("id" = Uuid, Path, description = "The conversation's id, or its customer's")), request_body = EditConversation,
    responses((status = 200, body = Conversation), Refused))]
pub(super) async fn edit_conversation(
    app: Data<App>,
    staff: WhatsappSend,
    id: Path<Uuid>,
    body: Json<EditConversation>,
) -> Result<Json<Conversation>, Failure> {
    let (body, by) = (body.into_inner(), staff.user);
    Ok(Json(app.engine.db.within(staff.org, async |t| inbox::edit(t, *id, body, by).await).await?))
}

/// What was said, the newest first.
#[utoipa::path(get, path = "/api/whatsapp/conversations/{id}/messages", operation_id = "list_conversation_messages", tag = "whatsapp",
    params(("id" = Uuid, Path, description = "The conversation's id, or its customer's"), Paging),
    responses((status = 200, body = Page<Message>), Refused))]
pub(super) async fn messages(
    app: Data<App>,
    staff: WhatsappRead,
    id: Path<Uuid>,
    paging: Query<Paging>,
) -> Result<Json<Page<Message>>, Failure> {
    Ok(Json(app.engine.db.within(staff.org, async |t| inbox::messages(t, *id, &paging).await).await?))
}

/// Everything in it was read.
#[utoipa::path(post, path = "/api/whatsapp/conversations/{id}/read", operation_id = "read_conversation", tag = "whatsapp",
    params(("id" = Uuid, Path, description = "The conversation's id, or its customer's")),
    responses((status = 200, body = Conversation), Refused))]
pub(super) async fn read(
    app: Data<App>,
    staff: WhatsappRead,
    id: Path<Uuid>,
) -> Result<Json<Conversation>, Failure> {
    let by = staff.user;
    Ok(Json(app.engine.db.within(staff.org, async |t| inbox::read(t, *id, by).await).await?))
}

/// What the customer asked for, the newest first.
#[utoipa::path(get, path = "/api/whatsapp/conversations/{id}/requests", operation_id = "list_conversation_requests", tag = "whatsapp",
    params(("id" = Uuid, Path, description = "The conversation's id, or its customer's"), Paging),
    responses((status = 200, body = Page<Request>), Refused))]
pub(super) async fn list_requests(
    app: Data<App>,
    staff: WhatsappRead,
    id: Path<Uuid>,
    paging: Query<Paging>,
) -> Result<Json<Page<Request>>, Failure> {
    Ok(Json(app.engine.db.within(staff.org, async |t| requests::list(t, *id, &paging).await).await?))
}

/// Lets a request go: nothing is to be done.
#[utoipa::path(post, path = "/api/whatsapp/requests/{id}/dismiss", operation_id = "dismiss_request", tag = "whatsapp",
    params(("id" = Uuid, Path)), responses((status = 200, body = Request), Refused))]
pub(super) async fn dismiss(
    app: Data<App>,
    staff: WhatsappSend,
    id: Path<Uuid>,
) -> Result<Json<Request>, Failure> {
    let by = staff.user;
    Ok(Json(app.engine.db.within(staff.org, async |t| requests::dismiss(t, *id, by).await).await?))
}

/// Which request a draft is of.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfRequest {
    /// The request; the newest open one when absent.
    request_id: Option<Uuid>,
}

/// The job that would be made now, for a person to look at.
#[utoipa::path(get, path = "/api/whatsapp/conversations/{id}/job", operation_id = "draft_job_from_conversation", tag = "whatsapp",
    params(("id" = Uuid, Path, description = "The conversation's id, or its customer's"), OfRequest),
    responses((status = 200, body = JobDraft), Refused))]
pub(super) async fn draft_job(
    app: Data<App>,
    staff: JobsCreate,
    id: Path<Uuid>,
    of: Query<OfRequest>,
) -> Result<Json<JobDraft>, Failure> {
    Ok(Json(app.engine.db.within(staff.org, async |t| job::draft(t, *id, of.request_id).await).await?))
}

/// Makes a job: what is absent is taken from the conversation.
#[utoipa::path(post, path = "/api/whatsapp/conversations/{id}/job", operation_id = "create_job_from_conversation", tag = "whatsapp",
    params(("id" = Uuid, Path, description = "The conversation's id, or its customer's"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    request_body = FromConversation, responses((status = 201, body = JobView), Refused))]
pub(super) async fn create_job(
    app: Data<App>,
    staff: JobsCreate,
    id: Path<Uuid>,
    body: Once<FromConversation>,
) -> Result<HttpResponse, Failure> {
    let (by, maps, id) = (staff.user, &app.engine.maps, *id);
    let effect = async |t: &mut Tenant, body: &FromConversation| job::create(t, maps, id, by, body).await;
    body.create(&app, &staff, "POST /api/whatsapp/conversations/{id}/job", effect).await
}

/// Writes to a customer: words, a template, a place, a picture, the link to the technician on the way.
#[utoipa::path(post, path = "/api/whatsapp/send", operation_id = "send_whatsapp", tag = "whatsapp", request_body = Send,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = Message), Refused))]
pub(super) async fn send(
    app: Data<App>,
    staff: WhatsappSend,
    body: Once<Send>,
) -> Result<HttpResponse, Failure> {
    app.limits.whatsapp(&app.engine, staff.org)?;
    let (by, templates) = (staff.user, &app.engine.templates);
    let effect = async |t: &mut Tenant, body: &Send| send::send(t, templates, by, body).await;
    body.create(&app, &staff, "POST /api/whatsapp/send", effect).await
}

/// Templates that may be sent at any time.
#[utoipa::path(get, path = "/api/whatsapp/templates", operation_id = "list_whatsapp_templates", tag = "whatsapp",
    responses((status = 200, body = Page<TemplateView>), Refused))]
pub(super) async fn templates(app: Data<App>, _staff: WhatsappRead) -> Json<Page<TemplateView>> {
    Json(Page { items: send::list_templates(&app.engine.templates), next: None })
}

/// How a template would read.
#[utoipa::path(post, path = "/api/whatsapp/templates/preview", operation_id = "preview_whatsapp_template", tag = "whatsapp",
    request_body = SendTemplate, responses((status = 200, body = TemplatePreview), Refused))]
pub(super) async fn preview_template(
    app: Data<App>,
    _staff: WhatsappRead,
    body: Json<SendTemplate>,
) -> Result<Json<TemplatePreview>, Failure> {
    Ok(Json(send::preview_template(&app.engine.templates, &body)?))
}

/// One message.
#[utoipa::path(get, path = "/api/whatsapp/messages/{id}", operation_id = "get_whatsapp_message", tag = "whatsapp",
    params(("id" = MessageId, Path)), responses((status = 200, body = Message), Refused))]
pub(super) async fn message(
    app: Data<App>,
    staff: WhatsappRead,
    id: Path<MessageId>,
) -> Result<Json<Message>, Failure> {
    Ok(Json(app.engine.db.within(staff.org, async |t| inbox::message(t, *id).await).await?))
}

/// What a message brought along, with links that are good for an hour.
#[utoipa::path(get, path = "/api/whatsapp/messages/{id}/media", operation_id = "get_whatsapp_media", tag = "whatsapp",
    params(("id" = MessageId, Path)), responses((status = 200, body = FileView), Refused))]
pub(super) async fn message_media(
    app: Data<App>,
    staff: WhatsappRead,
    id: Path<MessageId>,
) -> Result<Json<FileView>, Failure> {
    Ok(Json(media::of(&app.engine, staff.org, *id).await?))
}

/// Quick replies, by their shortcuts.
#[utoipa::path(get, path = "/api/whatsapp/quick-replies", operation_id = "list_quick_replies", tag = "whatsapp",
    responses((status = 200, body = Page<QuickReply>), Refused))]
pub(super) async fn quick_replies(
    app: Data<App>,
    staff: WhatsappRead,
) -> Result<Json<Page<QuickReply>>, Failure> {
    let items = app.engine.db.within(staff.org, async |t| desk::quick_replies(t).await).await?;
    Ok(Json(Page { items, next: None }))
}

/// A new quick reply.
#[utoipa::path(post, path = "/api/whatsapp/quick-replies", operation_id = "create_quick_reply", tag = "whatsapp", request_body = NewQuickReply,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = QuickReply), Refused))]
pub(super) async fn add_quick_reply(
    app: Data<App>,
    staff: WhatsappSend,
    body: Once<NewQuickReply>,
) -> Result<HttpResponse, Failure> {
    let effect = async |t: &mut Tenant, body: &NewQuickReply| desk::add_quick_reply(t, body).await;
    body.create(&app, &staff, "POST /api/whatsapp/quick-replies", effect).await
}

/// Changes a quick reply.
#[utoipa::path(patch, path = "/api/whatsapp/quick-replies/{id}", operation_id = "edit_quick_reply", tag = "whatsapp",
    params(("id" = Uuid, Path)), request_body = EditQuickReply, responses((status = 200, body = QuickReply), Refused))]
pub(super) async fn edit_quick_reply(
    app: Data<App>,
    staff: WhatsappSend,
    id: Path<Uuid>,
    body: Json<EditQuickReply>,
) -> Result<Json<QuickReply>, Failure> {
    let body = body.into_inner();
    Ok(Json(app.engine.db.within(staff.org, async |t| desk::edit_quick_reply(t, *id, body).await).await?))
}

/// Lets a quick reply go.
#[utoipa::path(delete, path = "/api/whatsapp/quick-replies/{id}", operation_id = "delete_quick_reply", tag = "whatsapp",
    params(("id" = Uuid, Path)), responses((status = 204), Refused))]
pub(super) async fn drop_quick_reply(
    app: Data<App>,
    staff: WhatsappSend,
    id: Path<Uuid>,
) -> Result<HttpResponse, Failure> {
    app.engine.db.within(staff.org, async |t| desk::drop_quick_reply(t, *id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Opening hours, and the answer outside of them.
#[utoipa::path(get, path = "/api/whatsapp/settings", operation_id = "get_inbox_settings", tag = "whatsapp",
    responses((status = 200, body = Settings), Refused))]
pub(super) async fn settings(app: Data<App>, staff: WhatsappRead) -> Result<Json<Settings>, Failure> {
    Ok(Json(app.engine.db.within(staff.org, async |t| desk::settings(t).await).await?))
}

/// Decides opening hours, and the answer outside of them.
#[utoipa::path(put, path = "/api/whatsapp/settings", operation_id = "put_inbox_settings", tag = "whatsapp", request_body = Settings,
    responses((status = 200, body = Settings), Refused))]
pub(super) async fn put_settings(
    app: Data<App>,
    boss: OrganizationUpdate,
    body: Json<Settings>,
) -> Result<Json<Settings>, Failure> {
    let body = body.into_inner();
    Ok(Json(app.engine.db.within(boss.org, async |t| desk::put_settings(t, body).await).await?))
}

/// How many days.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Span {
    /// 1 to 90; 30 when absent.
    days: Option<u64>,
}

/// How requests came about, by day, the newest first.
#[utoipa::path(get, path = "/api/whatsapp/stats", operation_id = "inbox_stats", tag = "whatsapp", params(Span),
    responses((status = 200, body = Page<Day>), Refused))]
pub(super) async fn stats(
    app: Data<App>,
    staff: WhatsappRead,
    span: Query<Span>,
) -> Result<Json<Page<Day>>, Failure> {
    let days = span.days.unwrap_or(30);
    let items = app.engine.db.within(staff.org, async |t| desk::days(t, days).await).await?;
    Ok(Json(Page { items, next: None }))
}
