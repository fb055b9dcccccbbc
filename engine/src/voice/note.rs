//! A note as it is stored, and as people get it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;

use super::form::Extraction;
use super::proposal::Proposal;
use super::review::Action;
use super::score::{Route, Score};
use super::speech;
use super::sql::{self, Jsonb, Proposed, Said};
use super::state::State;
use super::words::Reason;
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::files;
use crate::ids::{CustomerId, FileId, JobId, MessageId, OrgId, UserId, VoiceNoteId};
use crate::jobs::view::CustomerRef;
use crate::moment::Moment;
use crate::tracking::window::Language;

/// A note as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Note {
    pub(super) note_id: VoiceNoteId,
    pub(super) file_id: FileId,
    pub(super) message_id: Option<MessageId>,
    pub(super) uploaded_by: Option<UserId>,
    pub(super) sender: Option<String>,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) state: State,
    pub(super) decision: Option<Route>,
    pub(super) reasons: Json<Vec<Reason>>,
    pub(super) transcript: Option<String>,
    pub(super) heard: Option<f64>,
    pub(super) duration_s: Option<f64>,
    pub(super) extraction: Said,
    pub(super) score: Jsonb<Score>,
    pub(super) overall: Option<f64>,
    pub(super) proposal: Proposed,
    pub(super) job_id: Option<JobId>,
    pub(super) admitted_at: Option<DateTime<Utc>>,
    pub(super) decided_at: Option<DateTime<Utc>>,
    pub(super) asked_at: Option<DateTime<Utc>>,
    pub(super) reminded_at: Option<DateTime<Utc>>,
    pub(super) answer: Option<String>,
    pub(super) answered_at: Option<DateTime<Utc>>,
    pub(super) review_action: Option<Action>,
    pub(super) review_note: Option<String>,
    pub(super) reviewed_by: Option<UserId>,
    pub(super) reviewed_at: Option<DateTime<Utc>>,
    pub(super) waiting_since: Option<DateTime<Utc>>,
    pub(super) audio_erased_at: Option<DateTime<Utc>>,
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl Note {
    /// Takes it to another state.
    ///
    /// # Errors
    /// [`Error::Internal`] for a step that the table does not have: a defect of ours.
    pub(super) fn go(&mut self, to: State) -> Result<()> {
        if !self.state.may_become(to) {
            let (from, to) = (self.state.as_str(), to.as_str());
            return Err(Error::Internal(format!("a voice note that is {from} cannot become {to}")));
        }
        if to.waits() {
            self.waiting_since = Some(Utc::now());
        }
        self.state = to;
        Ok(())
    }

    /// It waits for a person from now on, and everyone hears why.
    pub(super) async fn wait(&mut self, tx: &mut Tenant, to: State, reasons: &[Reason]) -> Result<()> {
        self.go(to)?;
        for reason in reasons {
            if !self.reasons.contains(reason) {
                self.reasons.push(*reason);
            }
        }
        sql::save(tx, self).await?;
        tx.record(self.event("voice.waiting", By::SYSTEM));
        Ok(())
    }

    /// A fact of it: who is at the office hears which note, and no word of what was said.
    pub(super) fn event(&self, kind: &'static str, by: By) -> NewEvent {
        let note = serde_json::json!({
            "id": self.note_id,
            "state": self.state,
            "decision": self.decision,
            "reasons": self.reasons.0,
            "job_id": self.job_id,
            "message_id": self.message_id,
            "action": self.review_action,
            "version": self.version,
        });
        NewEvent::new(kind, Utc::now(), by).with("voice", note)
    }

    /// As people get it.
    pub(super) fn view(self, customer: Option<sql::Who>, language: Language) -> NoteView {
        let review = self.review_action.map(|action| Reviewed {
            action,
            by: self.reviewed_by,
            at: self.reviewed_at.map(Moment),
            note: self.review_note,
        });
        let words_per_minute =
            self.transcript.as_deref().and_then(|t| speech::words_per_minute(t, self.duration_s));
        NoteView {
            id: self.note_id,
            state: self.state,
            decision: self.decision,
            reasons: self.reasons.0.iter().map(|r| Why { code: *r, text: r.words(language) }).collect(),
            message_id: self.message_id,
            file_id: self.file_id,
            uploaded_by: self.uploaded_by,
            sender: self.sender,
            customer: customer.map(|c| CustomerRef {
                id: c.customer_id,
                name: c.name,
                phone: c.phone,
                address: c.address,
            }),
            transcript: self.transcript,
            transcription_confidence: self.heard,
            duration_s: self.duration_s,
            words_per_minute,
            fields: self.extraction.map(|e| e.0),
            score: self.score.map(|s| s.0),
            overall_confidence: self.overall,
            proposed_job: self.proposal.map(|p| p.0),
            job_id: self.job_id,
            asked_at: self.asked_at.map(Moment),
            customer_answer: self.answer,
            review,
            has_audio: self.audio_erased_at.is_none(),
            waiting_since: self.waiting_since.map(Moment),
            version: self.version,
            created_at: Moment(self.created_at),
            updated_at: Moment(self.updated_at),
        }
    }
}

/// Why it waits, or what to mind.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = VoiceReason)]
pub struct Why {
    /// The stable word.
    pub code: Reason,
    /// In the reader's language.
    pub text: &'static str,
}

/// What a person decided.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = VoiceReview)]
pub struct Reviewed {
    /// What.
    pub action: Action,
    /// Who.
    pub by: Option<UserId>,
    /// When.
    pub at: Option<Moment>,
    /// What they noted.
    pub note: Option<String>,
}

/// A voice note.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = VoiceNote)]
pub struct NoteView {
    /// Its id.
    pub id: VoiceNoteId,
    /// Where it stands.
    pub state: State,
    /// What the rules decided; null before.
    pub decision: Option<Route>,
    /// Why it waits, or what to mind.
    pub reasons: Vec<Why>,
    /// The message that brought it; null for an upload.
    pub message_id: Option<MessageId>,
    /// The recording.
    pub file_id: FileId,
    /// Who uploaded it.
    pub uploaded_by: Option<UserId>,
    /// The phone that it came from.
    pub sender: Option<String>,
    /// Whose it is, where they are known.
    pub customer: Option<CustomerRef>,
    /// The words.
    pub transcript: Option<String>,
    /// How sure they are, 0..1.
    pub transcription_confidence: Option<f64>,
    /// Its length.
    pub duration_s: Option<f64>,
    /// How fast it is spoken.
    pub words_per_minute: Option<f64>,
    /// What was understood, each with its confidence.
    pub fields: Option<Extraction>,
    /// The parts of the judgement.
    pub score: Option<Score>,
    /// The judgement, 0..1.
    pub overall_confidence: Option<f64>,
    /// The job that it proposes.
    pub proposed_job: Option<Proposal>,
    /// The job that it became.
    pub job_id: Option<JobId>,
    /// When the customer was asked.
    pub asked_at: Option<Moment>,
    /// yes or no.
    pub customer_answer: Option<String>,
    /// What a person decided.
    pub review: Option<Reviewed>,
    /// Is the recording still kept?
    pub has_audio: bool,
    /// Since when it waits for a person.
    pub waiting_since: Option<Moment>,
    /// Rises with every change.
    pub version: i32,
    /// When it came.
    pub created_at: Moment,
    /// When it last changed.
    pub updated_at: Moment,
}

/// One note.
pub async fn get(tx: &mut Tenant, language: Language, id: VoiceNoteId) -> Result<NoteView> {
    let note = sql::get(tx, id).await?.ok_or(Error::NotFound("voice note"))?;
    shown(tx, language, note).await
}

/// A note with its customer.
pub(super) async fn shown(tx: &mut Tenant, language: Language, note: Note) -> Result<NoteView> {
    let customer = match (note.customer_id, &note.sender) {
        (None, None) => None,
        (id, phone) => sql::customer(tx, id, phone.as_deref()).await?,
    };
    Ok(note.view(customer, language))
}

/// A link to a recording.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = VoiceAudio)]
pub struct Audio {
    /// Where it is for an hour.
    pub url: String,
    /// Its type.
    pub mime: String,
    /// Its length, where it is known.
    pub duration_s: Option<f64>,
}

/// A link to the recording, good for an hour.
///
/// # Errors
/// [`Error::Conflict`] (`VOICE_003`) once it was erased.
pub async fn audio(engine: &Engine, org: OrgId, id: VoiceNoteId) -> Result<Audio> {
    let mut tx = engine.db.tenant(org).await?;
    let note = sql::get(&mut tx, id).await?.ok_or(Error::NotFound("voice note"))?;
    let mime = sql::file_type(&mut tx, note.file_id).await?;
    let Some(mime) = mime.filter(|_| note.audio_erased_at.is_none()) else {
        let detail = "el audio ya se borró (the recording was erased)".into();
        return Err(Error::Conflict { code: "VOICE_003", detail, current: None });
    };
    Ok(Audio { url: files::link(engine, org, note.file_id), mime, duration_s: note.duration_s })
}
