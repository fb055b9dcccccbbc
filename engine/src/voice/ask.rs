//! The customer is told, asked and reminded; their yes or no is read.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{self, Answer};
use super::note::Note;
use super::proposal::{Proposal, part_of_day};
use super::score::Route;
use super::state::State;
use super::words::{Reason, customer};
use super::{Named, decide, sql};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, ByKind};
use crate::ids::{MessageId, OrgId, VoiceNoteId};
use crate::moment;
use crate::notifications::content::{Content, Reply};
use crate::notifications::outbound::{self, Outgoing};
use crate::task::{self, NewTask};

/// The task that reminds, and that gives a question up.
pub const FOLLOW: &str = "voice.follow";
/// The task that makes the job after a yes.
pub const CONFIRM: &str = "voice.confirm";
/// After so long the customer is reminded (functional.md section 6).
const REMIND: TimeDelta = TimeDelta::minutes(30);
/// After so long a person looks.
const GIVE_UP: TimeDelta = TimeDelta::hours(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Remind,
    GiveUp,
}

#[derive(Serialize, Deserialize)]
struct Follow {
    org: OrgId,
    note: VoiceNoteId,
    step: Step,
}

/// Tells the sender of a note something, once a note and matter; nobody where there is no sender.
pub(super) async fn say(tx: &mut Tenant, note: &Note, what: &str, text: String, asks: bool) -> Result<()> {
    let Some(phone) = &note.sender else { return Ok(()) };
    let content = if asks {
        let button = |title: &str| Reply {
            id: format!("voice:{}:{}", note.note_id, title.to_lowercase()),
            title: title.to_owned(),
            description: None,
        };
        Content::Buttons {
            body: text.chars().take(1_000).collect(),
            buttons: vec![button("Sí"), button("No")],
        }
    } else {
        Content::text(text.clone())
    };
    let conversation = match note.message_id {
        Some(message) => sql::message(tx, message).await?.and_then(|m| m.conversation_id),
        None => None,
    };
    let message = Outgoing {
        text: Some(text),
        conversation,
        dedupe_key: Some(format!("voice:{}:{what}", note.note_id)),
        entity: Some(("voice_note", note.note_id.0)),
        customer: note.customer_id,
        ..Outgoing::whatsapp(phone.clone(), content)
    };
    outbound::enqueue(tx, message).await.map(|_: MessageId| ())
}

/// Asks whether it was understood; reminders follow. The caller saves the note.
pub(super) async fn question(tx: &mut Tenant, note: &mut Note) -> Result<()> {
    let zone = moment::zone(&sql::zone(tx).await?);
    let wanted = note.proposal.as_ref().map(|p| p.0.clone()).unwrap_or_default();
    let said = note.extraction.as_ref().map(|e| e.0.clone()).unwrap_or_default();
    let when = wanted.scheduled_start.map(|at| {
        let here = at.with_timezone(&zone);
        let part = said.preferred_time.value.as_deref().map_or("", part_of_day);
        if part.starts_with('a') {
            format!("el {} {part}", here.format("%d/%m"))
        } else {
            format!("el {} a las {}", here.format("%d/%m"), here.format("%H:%M"))
        }
    });
    let what = what_is_wanted(&wanted);
    let text = customer::question(&what, wanted.address.as_deref(), when.as_deref());
    say(tx, note, "question", text, true).await?;
    let now = Utc::now();
    note.asked_at = Some(now);
    follow_later(tx, note.note_id, Step::Remind, now + REMIND).await?;
    follow_later(tx, note.note_id, Step::GiveUp, now + GIVE_UP).await
}

fn what_is_wanted(wanted: &Proposal) -> String {
    let text = wanted.description.as_deref().or(wanted.title.as_deref()).unwrap_or_default();
    text.chars().take(300).collect::<String>().trim_end_matches('.').to_owned()
}

async fn follow_later(tx: &mut Tenant, note: VoiceNoteId, step: Step, at: DateTime<Utc>) -> Result<()> {
    let org = tx.org();
    let mut later = NewTask::new(FOLLOW, Some(org), Follow { org, note, step })?;
    later.run_at = at;
    task::enqueue(tx.conn(), &later).await
}

/// The task [`FOLLOW`]: reminds, or sends an unanswered note to a person.
pub async fn follow(engine: &Engine, payload: &Value) -> Result<()> {
    let Follow { org, note, step } =
        Follow::deserialize(payload).map_err(|e| Error::Internal(format!("task {FOLLOW}: {e}")))?;
    let mut tx = engine.db.tenant(org).await?;
    let Some(mut note) = sql::lock(&mut tx, note).await?.filter(is_open_question) else { return Ok(()) };
    match step {
        Step::Remind => {
            say(&mut tx, &note, "reminder", customer::REMINDER.to_owned(), true).await?;
            note.reminded_at = Some(Utc::now());
            sql::save(&mut tx, &mut note).await?;
        }
        Step::GiveUp => note.wait(&mut tx, State::NeedsReview, &[Reason::CustomerSilent]).await?,
    }
    tx.commit().await
}

fn is_open_question(note: &Note) -> bool {
    note.state == State::Completed
        && note.decision == Some(Route::AskCustomer)
        && note.answer.is_none()
        && note.job_id.is_none()
}

/// A customer wrote: is it the answer to a question of ours, or a refusal to be transcribed?
///
/// True when it was; then it needs nobody else. `phone` in its stored form.
pub async fn answer_received(tx: &mut Tenant, phone: &str, text: &str) -> Result<bool> {
    if answer::refuses(text) && sql::refuses(tx, phone).await?.is_some() {
        opt_out(tx, phone).await?;
        return Ok(true);
    }
    let Some(read) = answer::read(text) else { return Ok(false) };
    let Some(mut note) = sql::open_question(tx, phone).await? else { return Ok(false) };
    note.answered_at = Some(Utc::now());
    match read {
        Answer::Yes => {
            note.answer = Some("yes".into());
            sql::save(tx, &mut note).await?;
            let named = Named { org: tx.org(), note: note.note_id };
            task::enqueue(tx.conn(), &named.task(CONFIRM)?).await?;
            tx.wake_worker();
        }
        Answer::No => {
            note.answer = Some("no".into());
            note.wait(tx, State::NeedsReview, &[Reason::CustomerSaidNo]).await?;
            say(tx, &note, "corrected", customer::CORRECTED.to_owned(), false).await?;
        }
    }
    Ok(true)
}

/// From now on people listen to this sender's notes, to those under way too.
async fn opt_out(tx: &mut Tenant, phone: &str) -> Result<()> {
    sql::refuse(tx, phone).await?;
    for id in sql::under_way_of(tx, phone).await? {
        if let Some(mut note) = sql::lock(tx, id).await?.filter(|n| n.state.is_under_way()) {
            note.wait(tx, State::NeedsReview, &[Reason::SenderRefused]).await?;
        }
    }
    let said = Outgoing {
        text: Some(customer::OPTED_OUT.into()),
        ..Outgoing::whatsapp(phone, Content::text(customer::OPTED_OUT))
    };
    outbound::enqueue(tx, said).await.map(|_: MessageId| ())
}

/// The task [`CONFIRM`]: the customer said yes.
pub async fn confirm(engine: &Engine, payload: &Value) -> Result<()> {
    let named = Named::read(CONFIRM, payload)?;
    let mut tx = engine.db.tenant(named.org).await?;
    let is_due =
        |n: &Note| n.state == State::Completed && n.answer.as_deref() == Some("yes") && n.job_id.is_none();
    let Some(mut note) = sql::lock(&mut tx, named.note).await?.filter(is_due) else { return Ok(()) };
    let by = By { kind: ByKind::Customer, id: None };
    match decide::make_job(&mut tx, &engine.maps, &mut note, by).await {
        Ok(()) => {
            say(&mut tx, &note, "created", customer::CREATED.to_owned(), false).await?;
            tx.record(note.event("voice.decided", by));
            sql::save(&mut tx, &mut note).await?;
            tx.commit().await
        }
        Err(Error::Invalid(_) | Error::Conflict { .. } | Error::NotFound(_)) => {
            drop(tx);
            let mut tx = engine.db.tenant(named.org).await?;
            let Some(mut note) = sql::lock(&mut tx, named.note).await?.filter(is_due) else { return Ok(()) };
            note.wait(&mut tx, State::NeedsReview, &[Reason::JobRefused]).await?;
            tx.commit().await
        }
        Err(error) => Err(error),
    }
}
