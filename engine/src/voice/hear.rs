//! The first paid step: a note is admitted, heard, and its words are kept.

use chrono::Utc;
use serde_json::Value;
use sqlx::types::Json;

use super::note::Note;
use super::score::Route;
use super::state::State;
use super::words::{Reason, customer};
use super::{EXTRACT, Named, ask, form, ogg, speech, sql};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Again, Error, Result};
use crate::files;
use crate::providers::Service;
use crate::providers::openai::{Heard, OpenAi, Sound};
use crate::services::{self, Capability, Mode};
use crate::task::{self, kinds};

/// The task that hears a note.
pub const TRANSCRIBE: &str = "voice.transcribe";
/// Notes of an organization in a minute (functional.md section 6).
const PER_MINUTE: i64 = 20;
/// Notes of a sender in an hour.
const PER_SENDER: i64 = 5;
/// A transcription under this is asked for again before the next step is paid.
const HEARD: f64 = 0.50;

/// Hears a note, if the machines may. `attempt` counts from 1.
///
/// Words that are stored are not paid for again: who finds them goes on to the next step.
pub async fn transcribe(engine: &Engine, payload: &Value, attempt: i16) -> Result<()> {
    let named = Named::read(TRANSCRIBE, payload)?;
    let Some(note) = admit(engine, named).await? else { return Ok(()) };
    match hear(engine, named, &note).await {
        Ok((heard, duration_s)) => keep(engine, named, &heard, duration_s).await,
        Err(error) => give_up(engine, named, (TRANSCRIBE, attempt), error).await,
    }
}

/// The note, if it is to be heard now. What stands in the way sends it to a person.
async fn admit(engine: &Engine, named: Named) -> Result<Option<Note>> {
    let mut tx = engine.db.tenant(named.org).await?;
    let Some(mut note) = sql::lock(&mut tx, named.note).await? else { return Ok(None) };
    let is_open = matches!(note.state, State::Pending | State::Transcribing | State::Failed);
    if !is_open {
        return Ok(None);
    }
    if note.transcript.is_some() {
        // A dead letter was revived after its words had come.
        note.go(State::Extracting)?;
        sql::save(&mut tx, &mut note).await?;
        task::enqueue(tx.conn(), &named.task(EXTRACT)?).await?;
        tx.wake_worker();
        tx.commit().await?;
        return Ok(None);
    }
    if let Some(reason) = hindrance(engine, &mut tx, &note).await? {
        if note.state == State::Failed {
            return Ok(None);
        }
        note.wait(&mut tx, State::NeedsReview, &[reason]).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if note.state != State::Transcribing {
        note.go(State::Transcribing)?;
        note.admitted_at.get_or_insert_with(Utc::now);
        notice(&mut tx, &note).await?;
        sql::save(&mut tx, &mut note).await?;
    }
    tx.commit().await?;
    Ok(Some(note))
}

/// What stands between a note and the machines; limits count once, when they take it.
pub(super) async fn hindrance(engine: &Engine, tx: &mut Tenant, note: &Note) -> Result<Option<Reason>> {
    let org = tx.org();
    if sql::settings(tx).await?.consent_at.is_none() {
        return Ok(Some(Reason::NoConsent));
    }
    if let Some(phone) = &note.sender
        && sql::refuses(tx, phone).await? == Some(true)
    {
        return Ok(Some(Reason::SenderRefused));
    }
    if !services::allows(engine, Some(org), Capability::WhatsAppVoiceAi) {
        return Ok(Some(Reason::SwitchedOff));
    }
    if OpenAi::new(&engine.calls, &engine.settings.openai).is_none() {
        return Ok(Some(Reason::NoKey));
    }
    if services::mode_for(engine, Some(org), Service::OpenAi) == Mode::Panic {
        return Ok(Some(Reason::Paused));
    }
    if note.admitted_at.is_some() {
        return Ok(None);
    }
    sql::lock_limits(tx).await?;
    let (in_all, of_sender) = sql::admitted(tx, note.sender.as_deref()).await?;
    Ok(if in_all >= PER_MINUTE {
        Some(Reason::RateOrganization)
    } else if of_sender >= PER_SENDER {
        Some(Reason::RateSender)
    } else {
        None
    })
}

/// The first note of a sender is answered with what happens to it, and how to say no.
async fn notice(tx: &mut Tenant, note: &Note) -> Result<()> {
    let Some(phone) = &note.sender else { return Ok(()) };
    if sql::tell(tx, phone).await? {
        ask::say(tx, note, "notice", customer::NOTICE.to_owned(), false).await?;
    }
    Ok(())
}

async fn hear(engine: &Engine, named: Named, note: &Note) -> Result<(Heard, Option<f64>)> {
    let openai = OpenAi::new(&engine.calls, &engine.settings.openai)
        .ok_or_else(|| Error::Internal("the key went away".into()))?;
    let (file, bytes) = files::open(engine, named.org, note.file_id).await?;
    let own = ogg::seconds(&bytes);
    let sound = Sound { bytes, mime: &file.mime, prompt: form::DOMAIN };
    let heard = openai.transcribe(&sound).await?;
    let duration_s = own.or(heard.duration_s);
    Ok((heard, duration_s))
}

/// Keeps the words. What was not heard is asked for again, before the next step is paid.
async fn keep(engine: &Engine, named: Named, heard: &Heard, duration_s: Option<f64>) -> Result<()> {
    let mut tx = engine.db.tenant(named.org).await?;
    let Some(mut note) = sql::lock(&mut tx, named.note).await? else { return Ok(()) };
    let is_echo = speech::is_echo(&heard.text, form::DOMAIN);
    let sure = if is_echo { 0.0 } else { speech::confidence(&heard.text, &heard.signs) };
    (note.transcript, note.heard, note.duration_s) = (Some(cut(&heard.text)), Some(sure), duration_s);
    if let (Some(message), Some(words)) =
        (note.message_id, note.transcript.as_deref().filter(|w| !w.is_empty()))
    {
        sql::put_words(&mut tx, message, words).await?;
    }
    if note.state != State::Transcribing {
        // A person was faster, or it waits already: the words are a help all the same.
        sql::save(&mut tx, &mut note).await?;
        return tx.commit().await;
    }
    if sure < HEARD && note.sender.is_some() {
        note.decision = Some(Route::AskAgain);
        note.reasons = Json(vec![Reason::TranscriptionLow]);
        note.decided_at = Some(Utc::now());
        note.go(State::Completed)?;
        ask::say(&mut tx, &note, "again", customer::AGAIN.to_owned(), false).await?;
        tx.record(note.event("voice.decided", crate::event::By::SYSTEM));
        sql::save(&mut tx, &mut note).await?;
        services::observe(engine, None, services::Signal::VoiceConfidence, false);
    } else if heard.text.is_empty() {
        note.wait(&mut tx, State::NeedsReview, &[Reason::TranscriptionLow]).await?;
    } else {
        note.go(State::Extracting)?;
        sql::save(&mut tx, &mut note).await?;
        task::enqueue(tx.conn(), &named.task(EXTRACT)?).await?;
        tx.wake_worker();
    }
    tx.commit().await
}

/// Ten minutes of fast talk; more is a film's sound.
fn cut(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(20_000).collect()
}

/// After a failure: the worker tries again, or a person listens.
///
/// What is the note's own fault is no dead letter; what is the service's, or the operator's, is one too.
pub(super) async fn give_up(
    engine: &Engine,
    named: Named,
    (kind, attempt): (&'static str, i16),
    error: Error,
) -> Result<()> {
    let is_last = attempt >= kinds::policy(kind).attempts;
    let own = own_fault(&error, is_last);
    let is_final = match &error {
        Error::Provider { again: Again::Never, .. } => true,
        Error::Provider { again: Again::Postponed(_), .. } => false,
        _ => is_last,
    };
    if own.is_none() && !is_final {
        return Err(error);
    }
    let mut tx = engine.db.tenant(named.org).await?;
    if let Some(mut note) = sql::lock(&mut tx, named.note).await?.filter(|n| n.state.is_under_way()) {
        let to = if own.is_some() { State::NeedsReview } else { State::Failed };
        note.wait(&mut tx, to, &[own.unwrap_or(Reason::ProviderFailed)]).await?;
        tx.commit().await?;
    }
    if own.is_some() { Ok(()) } else { Err(error) }
}

/// What is wrong with the note itself, so that asking again would change nothing.
fn own_fault(error: &Error, is_last: bool) -> Option<Reason> {
    match error {
        Error::NotFound(_) => Some(Reason::AudioMissing),
        Error::Provider { code, .. } => match code.as_str() {
            "unsupported_audio" => Some(Reason::UnsupportedAudio),
            "refusal" | "length" | "content_filter" => Some(Reason::NotExtracted),
            "unreadable" if is_last => Some(Reason::NotExtracted),
            _ => None,
        },
        _ => None,
    }
}
