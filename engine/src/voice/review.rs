//! A person decides: the job as it is proposed, corrected, or none.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::note::{Note, NoteView, shown};
use super::proposal::Proposal;
use super::state::State;
use super::{decide, sql};
use crate::Engine;
use crate::asker::Asker;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::VoiceNoteId;
use crate::page::{Cursor, Page, Paging};
use crate::services::{self, Signal};
use crate::tracking::window::Language;

/// What a person decides of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = VoiceReviewAction)]
pub enum Action {
    /// The job as it is proposed.
    Approve,
    /// The job with corrections.
    Edit,
    /// No job.
    Reject,
    /// Takes a rejection back: it waits again.
    Reopen,
}

/// `POST /api/voice/transcripts/{id}/review`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ReviewVoice)]
pub struct Review {
    /// What.
    pub action: Action,
    /// Corrections of the proposed job: what is absent stays, null empties. With `edit` alone.
    #[schema(value_type = Option<Proposal>)]
    pub fields: Option<Map<String, Value>>,
    /// Why, up to 500 characters.
    pub note: Option<String>,
    /// The version that was seen; whatever is there when absent.
    pub version: Option<i32>,
}

/// What waits for a person, the oldest first.
pub async fn queue(tx: &mut Tenant, language: Language, paging: &Paging) -> Result<Page<NoteView>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = sql::queue(tx, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |n: &Note| Cursor { at: n.created_at, id: n.note_id.0 });
    let mut items = Vec::with_capacity(page.items.len());
    for note in page.items {
        items.push(shown(tx, language, note).await?);
    }
    Ok(Page { items, next: page.next })
}

/// Decides about a note.
///
/// # Errors
/// 404; `VERSION_001` for a stale version and `VOICE_001` for one that is decided already, both with the note as it
/// is; [`Error::Invalid`] where the job cannot be made so.
pub async fn review(
    engine: &Engine,
    tx: &mut Tenant,
    (asker, language): (Asker, Language),
    id: VoiceNoteId,
    body: &Review,
) -> Result<NoteView> {
    asker.office()?;
    let mut check = Check::default();
    let said = check.optional("note", body.note.as_deref(), 500);
    if body.fields.is_some() && body.action != Action::Edit {
        check.wrong("fields", "solo con edit (with edit alone)");
    }
    check.done()?;
    let mut note = sql::lock(tx, id).await?.ok_or(Error::NotFound("voice note"))?;
    if let Some(seen) = body.version
        && seen != note.version
    {
        let (present, view) = (note.version, shown(tx, language, note).await?);
        return Err(crate::check::version(seen, present, &view)
            .err()
            .unwrap_or(Error::NotFound("voice note")));
    }
    if !is_allowed(&note, body.action) {
        let view = shown(tx, language, note).await?;
        return Err(decided(&view));
    }
    if body.action == Action::Reopen {
        (note.review_action, note.reviewed_by, note.reviewed_at, note.review_note) = (None, None, None, None);
        note.go(State::NeedsReview)?;
        sql::save(tx, &mut note).await?;
        tx.record(note.event("voice.reopened", asker.by()));
        return shown(tx, language, note).await;
    }
    (note.review_action, note.review_note) = (Some(body.action), said);
    (note.reviewed_by, note.reviewed_at) = (Some(asker.user), Some(Utc::now()));
    note.go(State::Reviewed)?;
    if body.action != Action::Reject {
        if let Some(fields) = &body.fields {
            let wanted = note.proposal.take().map(|p| p.0).unwrap_or_default();
            note.proposal = Some(Json(wanted.corrected(fields)?));
        }
        decide::make_job(tx, &engine.maps, &mut note, asker.by()).await?;
    }
    sql::save(tx, &mut note).await?;
    tx.record(note.event("voice.reviewed", asker.by()));
    if note.extraction.is_some() {
        services::observe(engine, None, Signal::VoiceReview, body.action == Action::Approve);
    }
    shown(tx, language, note).await
}

/// A note that waits, or that the customer was asked about; a rejection can be taken back. A job is made once.
fn is_allowed(note: &Note, action: Action) -> bool {
    match action {
        Action::Reopen => note.state == State::Reviewed && note.job_id.is_none(),
        _ => note.state.may_become(State::Reviewed) && note.job_id.is_none(),
    }
}

fn decided(view: &NoteView) -> Error {
    Error::Conflict {
        code: "VOICE_001",
        detail: "ya está decidido, o todavía se está escuchando (decided already, or still being heard)"
            .into(),
        current: serde_json::to_value(view).ok(),
    }
}
