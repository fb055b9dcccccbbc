//! The second paid step: the form is filled in and kept; then the rules decide.

use serde_json::Value;
use sqlx::types::Json;

use super::form::{self, Extraction};
use super::hear::{give_up, hindrance};
use super::state::State;
use super::{Named, decide, sql};
use crate::Engine;
use crate::error::{Again, Error, Result};
use crate::moment;
use crate::providers::Service;
use crate::providers::openai::OpenAi;

/// The task that fills in a note's form.
pub const EXTRACT: &str = "voice.extract";

/// Fills the form in, unless that was paid for already, and lets the rules decide. `attempt` counts from 1.
pub async fn extract(engine: &Engine, payload: &Value, attempt: i16) -> Result<()> {
    let named = Named::read(EXTRACT, payload)?;
    let mut tx = engine.db.tenant(named.org).await?;
    let Some(mut note) = sql::lock(&mut tx, named.note).await? else { return Ok(()) };
    if note.state == State::Failed {
        // A person tries a dead letter again.
        note.go(State::Extracting)?;
        sql::save(&mut tx, &mut note).await?;
    }
    if note.state != State::Extracting {
        return Ok(());
    }
    let (is_paid, said_at) = (note.extraction.is_some(), note.created_at);
    // Consent may have been taken back, and the switch turned, since it was heard.
    if !is_paid && let Some(reason) = hindrance(engine, &mut tx, &note).await? {
        note.wait(&mut tx, State::NeedsReview, &[reason]).await?;
        return tx.commit().await;
    }
    let (words, zone) = (note.transcript.unwrap_or_default(), sql::zone(&mut tx).await?);
    tx.commit().await?;
    if !is_paid {
        let told = form::instructions(said_at, moment::zone(&zone));
        match fill(engine, &told, &words).await {
            Ok(form) => keep(engine, named, form).await?,
            Err(error) => return give_up(engine, named, (EXTRACT, attempt), error).await,
        }
    }
    decide::decide(engine, named).await
}

async fn fill(engine: &Engine, told: &str, words: &str) -> Result<Extraction> {
    let openai = OpenAi::new(&engine.calls, &engine.settings.openai)
        .ok_or_else(|| Error::Internal("the key went away".into()))?;
    let answer = openai.fill(told, words, (form::NAME, &form::schema())).await?;
    Extraction::read(&answer).ok_or_else(|| Error::Provider {
        service: Service::OpenAi.as_str(),
        again: Again::Soon,
        code: "unreadable".into(),
        detail: "a form that does not follow its schema".into(),
    })
}

/// What was paid for is kept before anything is made of it.
async fn keep(engine: &Engine, named: Named, form: Extraction) -> Result<()> {
    let mut tx = engine.db.tenant(named.org).await?;
    let Some(mut note) = sql::lock(&mut tx, named.note).await? else { return Ok(()) };
    note.extraction = Some(Json(form));
    sql::save(&mut tx, &mut note).await?;
    tx.commit().await
}
