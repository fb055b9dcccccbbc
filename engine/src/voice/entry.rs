//! A note comes in: with a message, or from somebody of the office.

use chrono::{TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::note::{NoteView, shown};
use super::sql::{self, NewNote};
use super::state::State;
use super::words::Reason;
use super::{EXTRACT, Named, TRANSCRIBE, retain};
use crate::Engine;
use crate::asker::Asker;
use crate::auth::phone;
use crate::check::{self, Check};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, FileId, MessageId, VoiceNoteId};
use crate::task;
use crate::tracking::window::Language;

/// The task that looks whether a note got stuck.
pub const WATCH: &str = "voice.watch";
/// A note that is not understood by then waits for a person: customers do not wait for machines.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// A voice note came with a customer's message. Twice is once.
pub async fn note_received(tx: &mut Tenant, message: MessageId, file: FileId) -> Result<()> {
    let Some(source) = sql::message(tx, message).await? else { return Err(Error::NotFound("message")) };
    let new = NewNote {
        message: Some(message),
        sender: source.from_phone,
        customer: source.customer_id,
        ..NewNote::default()
    };
    begin(tx, file, &new).await.map(|_| ())
}

/// Writes a note and what follows; None where its message has one.
async fn begin(tx: &mut Tenant, file: FileId, new: &NewNote) -> Result<Option<VoiceNoteId>> {
    let id = VoiceNoteId::new();
    if !sql::insert(tx, id, file, new).await? {
        return Ok(None);
    }
    let named = Named { org: tx.org(), note: id };
    task::enqueue(tx.conn(), &named.task(TRANSCRIBE)?).await?;
    let mut look = named.task(WATCH)?;
    look.run_at = Utc::now() + PATIENCE;
    task::enqueue(tx.conn(), &look).await?;
    retain::plan(tx).await?;
    tx.wake_worker();
    Ok(Some(id))
}

/// `POST /api/voice/process`: a recording that was uploaded (purpose `voice`), or a message that has one.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = ProcessVoice)]
pub struct Process {
    /// The uploaded recording.
    pub file_id: Option<FileId>,
    /// Or the message that brought it.
    pub message_id: Option<MessageId>,
    /// Whose it is, where that is known.
    pub customer_id: Option<CustomerId>,
    /// The phone to reach them.
    pub phone: Option<String>,
}

/// Takes a note for somebody of the office; a message's note is taken once.
///
/// # Errors
/// [`Error::Invalid`] where neither or both are named, or what is named is no recording.
pub async fn process(tx: &mut Tenant, language: Language, asker: Asker, body: &Process) -> Result<NoteView> {
    asker.office()?;
    let id = match (body.file_id, body.message_id) {
        (Some(file), None) => upload(tx, asker, file, body).await?,
        (None, Some(message)) => of_message(tx, message).await?,
        _ => {
            let wrong = "file_id o message_id, uno de los dos (file_id or message_id, one of them)";
            return Err(Error::invalid("file_id", wrong));
        }
    };
    let note = sql::get(tx, id).await?.ok_or_else(|| Error::Internal("a note vanished".into()))?;
    shown(tx, language, note).await
}

async fn upload(tx: &mut Tenant, asker: Asker, file: FileId, body: &Process) -> Result<VoiceNoteId> {
    let mut check = Check::default();
    let mime = sql::file_type(tx, file).await?;
    if !mime.is_some_and(|m| is_recording(&m)) {
        check.wrong("file_id", "no es un audio de esta organización (not a recording of this organization)");
    }
    let phone = body.phone.as_deref().map(|text| match phone::normalize(text) {
        Some(phone) => phone,
        None => {
            check.wrong("phone", check::PHONE);
            String::new()
        }
    });
    let who = match body.customer_id {
        Some(id) => {
            let who = sql::customer(tx, Some(id), None).await?;
            if who.is_none() {
                let unknown = "no es cliente de esta organización (not a customer of this organization)";
                check.wrong("customer_id", unknown);
            }
            who
        }
        None => None,
    };
    check.done()?;
    let new = NewNote {
        uploaded_by: Some(asker.user),
        // The phone of somebody who did not write: they can be reached, and are not asked.
        customer: who.map(|w| w.customer_id),
        ..NewNote::default()
    };
    let id = begin(tx, file, &new).await?.ok_or_else(|| Error::Internal("an upload met itself".into()))?;
    if let Some(phone) = phone {
        let mut note = sql::lock(tx, id).await?.ok_or_else(|| Error::Internal("a note vanished".into()))?;
        let proposal = super::proposal::Proposal { customer_phone: Some(phone), ..Default::default() };
        note.proposal = Some(sqlx::types::Json(proposal));
        sql::save(tx, &mut note).await?;
    }
    Ok(id)
}

async fn of_message(tx: &mut Tenant, message: MessageId) -> Result<VoiceNoteId> {
    if let Some(known) = sql::by_message(tx, message).await? {
        return Ok(known);
    }
    let wrong = || Error::invalid("message_id", "no es un mensaje de voz (not a voice message)");
    let source = sql::message(tx, message).await?.ok_or_else(wrong)?;
    let file = file_of(&source.body).ok_or_else(wrong)?;
    let mime = sql::file_type(tx, file).await?;
    if !mime.is_some_and(|m| is_recording(&m)) {
        return Err(wrong());
    }
    note_received(tx, message, file).await?;
    sql::by_message(tx, message).await?.ok_or_else(|| Error::Internal("a note vanished".into()))
}

/// The stored file of a message's body.
fn file_of(body: &Value) -> Option<FileId> {
    let id = body.get("file_id").or_else(|| body.get("media")?.get("file_id"))?;
    id.as_str()?.parse().ok()
}

/// Sound, or a film's container that browsers record sound into.
fn is_recording(mime: &str) -> bool {
    mime.starts_with("audio/") || mime == "video/webm"
}

/// The task [`WATCH`]: a note that nobody is at any more, or that took too long, waits for a person.
///
/// Its worker may have been killed twice; then its task is dead and tells nobody.
pub async fn watch(engine: &Engine, payload: &Value) -> Result<()> {
    let named = Named::read(WATCH, payload)?;
    let mut tx = engine.db.tenant(named.org).await?;
    let Some(mut note) = sql::lock(&mut tx, named.note).await?.filter(|n| n.state.is_under_way()) else {
        return Ok(());
    };
    let is_at_it = sql::has_open_task(&mut tx, &[TRANSCRIBE, EXTRACT], named.note).await?;
    let reason = if is_at_it { Reason::Slow } else { Reason::ProviderFailed };
    note.wait(&mut tx, State::NeedsReview, &[reason]).await?;
    tx.commit().await
}
