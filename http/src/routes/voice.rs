//! `/api/voice`: voice notes, their review queue, what the organization decided about them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::db::Tenant;
use campo_engine::ids::VoiceNoteId;
use campo_engine::page::{Page, Paging};
use campo_engine::voice::settings::{Edit, Settings};
use campo_engine::voice::stats::{Span, Stats};
use campo_engine::voice::{self, Audio, NoteView, Process, Review};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{OrganizationUpdate, VoiceReview};
use crate::{address, language};

/// Takes a recording that was uploaded (purpose `voice`) or came with a message; a message's note is taken once.
#[utoipa::path(post, path = "/api/voice/process", operation_id = "process_voice", tag = "voice", request_body = Process,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = NoteView), Refused))]
pub(super) async fn process(
    app: Data<App>,
    staff: VoiceReview,
    request: HttpRequest,
    body: Once<Process>,
) -> Result<HttpResponse, Failure> {
    app.limits.voice(staff.org)?;
    let (asker, language) = (staff.asker(), language::of(&request));
    let effect = async |t: &mut Tenant, body: &Process| voice::process(t, language, asker, body).await;
    body.create(&app, &staff, "POST /api/voice/process", effect).await
}

/// What waits for a person, the oldest first: the proposed job, its confidences, and why it waits.
#[utoipa::path(get, path = "/api/voice/review-queue", operation_id = "voice_review_queue", tag = "voice",
    params(Paging, ("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Page<NoteView>), Refused))]
pub(super) async fn queue(
    app: Data<App>,
    staff: VoiceReview,
    request: HttpRequest,
    paging: Query<Paging>,
) -> Result<Json<Page<NoteView>>, Failure> {
    let language = language::of(&request);
    let page = app.engine.db.within(staff.org, async |t| voice::queue(t, language, &paging).await);
    Ok(Json(page.await?))
}

/// One note, whatever its state.
#[utoipa::path(get, path = "/api/voice/transcripts/{id}", operation_id = "get_voice_note", tag = "voice",
    params(("id" = VoiceNoteId, Path), ("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = NoteView), Refused))]
pub(super) async fn get(
    app: Data<App>,
    staff: VoiceReview,
    request: HttpRequest,
    id: Path<VoiceNoteId>,
) -> Result<Json<NoteView>, Failure> {
    let language = language::of(&request);
    let note = app.engine.db.within(staff.org, async |t| voice::get(t, language, *id).await);
    Ok(Json(note.await?))
}

/// A link to the recording, good for an hour; `VOICE_003` once it was erased.
#[utoipa::path(get, path = "/api/voice/transcripts/{id}/audio", operation_id = "voice_audio", tag = "voice",
    params(("id" = VoiceNoteId, Path)), responses((status = 200, body = Audio), Refused))]
pub(super) async fn audio(
    app: Data<App>,
    staff: VoiceReview,
    id: Path<VoiceNoteId>,
) -> Result<Json<Audio>, Failure> {
    Ok(Json(voice::audio(&app.engine, staff.org, *id).await?))
}

/// A person decides: approve or edit makes the job, reject makes none, reopen takes a rejection back.
#[utoipa::path(post, path = "/api/voice/transcripts/{id}/review", operation_id = "review_voice_note", tag = "voice",
    request_body = Review,
    params(("id" = VoiceNoteId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 200, body = NoteView), Refused))]
pub(super) async fn review(
    app: Data<App>,
    staff: VoiceReview,
    request: HttpRequest,
    id: Path<VoiceNoteId>,
    body: Once<Review>,
) -> Result<HttpResponse, Failure> {
    let (who, id, engine) = ((staff.asker(), language::of(&request)), *id, &app.engine);
    let effect = async |t: &mut Tenant, body: &Review| voice::review(engine, t, who, id, body).await;
    let route = ("POST /api/voice/transcripts/{id}/review", StatusCode::OK);
    body.run(&app, &staff, route, effect).await
}

/// How voice notes went in the last days.
#[utoipa::path(get, path = "/api/voice/stats", operation_id = "voice_stats", tag = "voice", params(Span),
    responses((status = 200, body = Stats), Refused))]
pub(super) async fn stats(
    app: Data<App>,
    staff: VoiceReview,
    span: Query<Span>,
) -> Result<Json<Stats>, Failure> {
    let stats = app.engine.db.within(staff.org, async |t| voice::stats::stats(t, *span).await);
    Ok(Json(stats.await?))
}

/// What the organization decided: consent, the lower edge of automatic creation, how long recordings are kept.
#[utoipa::path(get, path = "/api/voice/settings", operation_id = "voice_settings", tag = "voice",
    params(("Accept-Language" = Option<String>, Header, description = "es or en")),
    responses((status = 200, body = Settings), Refused))]
pub(super) async fn settings(
    app: Data<App>,
    staff: VoiceReview,
    request: HttpRequest,
) -> Result<Json<Settings>, Failure> {
    let (engine, language) = (&app.engine, language::of(&request));
    let settings = engine.db.within(staff.org, async |t| voice::settings::get(engine, t, language).await);
    Ok(Json(settings.await?))
}

/// The owner decides. Consent to the transfer abroad is recorded with who, when and from where.
#[utoipa::path(patch, path = "/api/voice/settings", operation_id = "edit_voice_settings", tag = "voice",
    request_body = Edit, responses((status = 200, body = Settings), Refused))]
pub(super) async fn edit_settings(
    app: Data<App>,
    owner: OrganizationUpdate,
    request: HttpRequest,
    body: Json<Edit>,
) -> Result<Json<Settings>, Failure> {
    let ip = address::of(&request, &app.config.trusted_proxies).to_string();
    let (engine, who) = (&app.engine, (owner.user, Some(ip.as_str()), language::of(&request)));
    let settings = engine.db.within(owner.org, async |t| voice::settings::edit(engine, t, who, &body).await);
    Ok(Json(settings.await?))
}
