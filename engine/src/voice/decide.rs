//! What follows from a note that was understood, by the rules of [`super::score`].

use chrono::Utc;
use sqlx::types::Json;

use super::note::Note;
use super::proposal::{self, Drafted, Proposal, Speaker};
use super::score::{self, Facts, Route, Score};
use super::state::State;
use super::words::{Reason, customer};
use super::{Named, ask, speech, sql};
use crate::Engine;
use crate::customers::{self, NewCustomer};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::CustomerId;
use crate::jobs::form::CreateJob;
use crate::jobs::{self, Made, Origin};
use crate::maps::Maps;
use crate::moment;
use crate::services::{self, Signal};

/// From here on a note counts as understood when the service's health is judged (functional.md section 9).
const UNDERSTOOD: f64 = 0.50;
/// Of a transcript in a job's internal notes.
const QUOTED: usize = 1_500;

/// Judges a note and carries out what follows: a job, a question, a person.
pub(super) async fn decide(engine: &Engine, named: Named) -> Result<()> {
    let mut tx = engine.db.tenant(named.org).await?;
    let Some(mut note) = judge(&mut tx, named).await? else { return Ok(()) };
    let overall = note.overall.unwrap_or_default();
    let done = carry_out(&mut tx, &engine.maps, &mut note).await;
    match done {
        Ok(()) => tx.commit().await?,
        // What the rules of jobs refuse a person may mend.
        Err(Error::Invalid(_) | Error::Conflict { .. } | Error::NotFound(_)) => {
            drop(tx);
            park(engine, named).await?;
        }
        Err(error) => return Err(error),
    }
    services::observe(engine, None, Signal::VoiceConfidence, overall >= UNDERSTOOD);
    Ok(())
}

/// Locks the note and writes its judgement into the row in hand; None where it is decided already.
async fn judge(tx: &mut Tenant, named: Named) -> Result<Option<Note>> {
    let Some(mut note) = sql::lock(tx, named.note).await? else { return Ok(None) };
    let (State::Extracting, Some(said)) = (note.state, note.extraction.clone()) else { return Ok(None) };
    let transcript = note.transcript.clone().unwrap_or_default();
    let zone = moment::zone(&sql::zone(tx).await?);
    let today = note.created_at.with_timezone(&zone).date_naive();
    let given = note.proposal.take().map(|p| p.0).unwrap_or_default();
    let phone = note.sender.clone().or(given.customer_phone);
    let who = sql::customer(tx, note.customer_id, phone.as_deref()).await?;
    let speaker = Speaker {
        phone: phone.or_else(|| who.as_ref().map(|w| w.phone.clone())),
        customer: who.as_ref().map(|w| w.customer_id),
        has_address: who.as_ref().is_some_and(|w| w.is_placed || w.address.is_some()),
    };
    let drafted = proposal::draft(&said, &transcript, &speaker, (today, zone));
    let facts = facts(&note, &drafted, &transcript);
    let (route, mut reasons) = score::route(&facts, sql::settings(tx).await?.threshold);
    reasons.extend(drafted.reasons);
    let score = Score::of(&facts);
    note.customer_id = note.customer_id.or(speaker.customer);
    note.overall = Some(score.overall);
    note.score = Some(Json(score));
    note.proposal = Some(Json(drafted.proposal));
    note.reasons = Json(reasons);
    note.decision = Some(route);
    note.decided_at = Some(Utc::now());
    Ok(Some(note))
}

fn facts(note: &Note, drafted: &Drafted, transcript: &str) -> Facts {
    Facts {
        transcription: note.heard.unwrap_or_default(),
        address: drafted.address,
        problem: drafted.problem,
        others: drafted.others.clone(),
        penalties: speech::penalties(transcript, note.duration_s),
        has_contact: drafted.has_contact,
        can_ask: note.sender.is_some(),
    }
}

async fn carry_out(tx: &mut Tenant, maps: &Maps, note: &mut Note) -> Result<()> {
    match note.decision {
        Some(Route::Create | Route::CreateFlagged) => {
            make_job(tx, maps, note, By::SYSTEM).await?;
            note.go(State::Completed)?;
            ask::say(tx, note, "created", customer::CREATED.to_owned(), false).await?;
        }
        Some(Route::AskCustomer) => {
            note.go(State::Completed)?;
            ask::question(tx, note).await?;
        }
        Some(Route::AskAgain) => {
            note.go(State::Completed)?;
            ask::say(tx, note, "again", customer::AGAIN.to_owned(), false).await?;
        }
        Some(Route::Reject) => {
            note.go(State::Completed)?;
            ask::say(tx, note, "rejected", customer::REJECTED.to_owned(), false).await?;
        }
        Some(Route::Review) | None => return note.wait(tx, State::NeedsReview, &[]).await,
    }
    tx.record(note.event("voice.decided", By::SYSTEM));
    sql::save(tx, note).await
}

/// The judgement stands; the job could not be made.
async fn park(engine: &Engine, named: Named) -> Result<()> {
    let mut tx = engine.db.tenant(named.org).await?;
    let Some(mut note) = judge(&mut tx, named).await? else { return Ok(()) };
    note.decision = Some(Route::Review);
    note.wait(&mut tx, State::NeedsReview, &[Reason::JobRefused]).await?;
    tx.commit().await
}

/// Makes the job that a note proposes, and its customer where they are new. The row in hand names both.
///
/// # Errors
/// [`Error::Invalid`] for what is missing, by the proposal's names.
pub(super) async fn make_job(tx: &mut Tenant, maps: &Maps, note: &mut Note, by: By) -> Result<()> {
    let wanted = note.proposal.as_ref().map(|p| p.0.clone()).unwrap_or_default();
    let customer_id = customer_of(tx, maps, note, &wanted, by).await?;
    let title =
        wanted.title.ok_or_else(|| Error::invalid("title", "falta el título (a title is required)"))?;
    let body = CreateJob {
        title,
        customer_id,
        description: wanted.description,
        job_type: wanted.job_type,
        priority: wanted.priority,
        scheduled_start: wanted.scheduled_start,
        address: wanted.address,
        lat: wanted.lat,
        lon: wanted.lon,
        notes: wanted.notes,
        internal_notes: Some(provenance(note)),
        ..CreateJob::default()
    };
    let origin = Origin { by, source: Made::Voice, message: note.message_id.map(|m| m.0) };
    let job = jobs::create_from(tx, maps, origin, body).await?;
    (note.job_id, note.customer_id) = (Some(job.id), Some(customer_id));
    Ok(())
}

/// What the job says of its making, to those who work with it.
fn provenance(note: &Note) -> String {
    let percent = note.overall.map_or_else(String::new, |o| format!(" (confianza {:.0} %)", o * 100.0));
    let flag = if note.decision == Some(Route::CreateFlagged) && note.reviewed_by.is_none() {
        "Revisar: creado de un audio"
    } else {
        "De un audio"
    };
    let words: String = note.transcript.as_deref().unwrap_or_default().chars().take(QUOTED).collect();
    if words.is_empty() { format!("{flag}.") } else { format!("{flag}{percent}: «{words}»") }
}

/// The customer of a proposal: named, or by their phone, or new.
async fn customer_of(
    tx: &mut Tenant,
    maps: &Maps,
    note: &Note,
    wanted: &Proposal,
    by: By,
) -> Result<CustomerId> {
    if let Some(id) = wanted.customer_id.or(note.customer_id) {
        return Ok(id);
    }
    let phone = wanted.customer_phone.clone().or_else(|| note.sender.clone());
    let Some(phone) = phone else {
        let missing = "falta el cliente o un teléfono (a customer or a phone is required)";
        return Err(Error::invalid("customer_phone", missing));
    };
    let stored = crate::auth::phone::normalize(&phone)
        .ok_or_else(|| Error::invalid("customer_phone", crate::check::PHONE))?;
    if let Some(known) = sql::customer(tx, None, Some(&stored)).await? {
        return Ok(known.customer_id);
    }
    let new = NewCustomer {
        name: wanted.customer_name.clone().unwrap_or_else(|| stored.clone()),
        phone: stored,
        address: wanted.address.clone(),
        lat: wanted.lat,
        lon: wanted.lon,
        ..NewCustomer::default()
    };
    Ok(customers::add_by(tx, maps, by, &new).await?.id)
}
