//! How voice notes go: figures of the last days.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::sql;
use crate::db::Tenant;
use crate::error::{Error, Result};

/// Which days.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// The last so many days, 1 to 366; 30 when absent.
    pub days: Option<i32>,
}

/// How voice notes went.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceStats)]
pub struct Stats {
    /// Of the last so many days.
    pub days: i32,
    /// Notes that came.
    pub notes: i64,
    /// By where they stand.
    pub states: States,
    /// By what the rules decided.
    pub decisions: Decisions,
    /// By what people decided.
    pub reviews: Reviews,
    /// Mean overall confidence; null without any.
    pub mean_confidence: Option<f64>,
    /// Of the reviewed ones with a proposal: the share that was approved as it was; null without any.
    pub accuracy: Option<f64>,
    /// Seconds from a note's coming to its decision, 95 of 100 at most; null without any.
    pub decided_p95_s: Option<f64>,
    /// Seconds that a note waits for a person, in the middle; null without any.
    pub reviewed_median_s: Option<f64>,
    /// Seconds of sound that were transcribed: what is paid for.
    pub transcribed_s: f64,
    /// Waiting for a person now.
    pub waiting: i64,
}

/// Notes by where they stand.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceStates)]
pub struct States {
    /// The machines are at it.
    pub under_way: i64,
    /// The rules decided.
    pub completed: i64,
    /// Wait for a person.
    pub needs_review: i64,
    /// A person decided.
    pub reviewed: i64,
    /// The service gave up.
    pub failed: i64,
}

/// Notes by what the rules decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceDecisions)]
pub struct Decisions {
    /// Jobs made by themselves.
    pub created: i64,
    /// Of them: to be looked at.
    pub flagged: i64,
    /// The customer was asked.
    pub asked: i64,
    /// Of them: jobs made after a yes.
    pub confirmed: i64,
    /// Asked to say it again.
    pub asked_again: i64,
    /// Not understood.
    pub rejected: i64,
}

/// Notes by what people decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceReviews)]
pub struct Reviews {
    /// As proposed.
    pub approved: i64,
    /// With corrections.
    pub edited: i64,
    /// No job.
    pub rejected: i64,
}

/// The figures.
pub async fn stats(tx: &mut Tenant, span: Span) -> Result<Stats> {
    let days = span.days.unwrap_or(30);
    if !(1..=366).contains(&days) {
        return Err(Error::invalid("days", "entre 1 y 366 (1 to 366)"));
    }
    let f = sql::figures(tx, days).await?;
    let waiting = sql::waiting(tx).await?;
    let all = f.approved + f.edited + f.refused;
    Ok(Stats {
        days,
        notes: f.notes,
        states: States {
            under_way: f.under_way,
            completed: f.completed,
            needs_review: f.needs_review,
            reviewed: f.reviewed,
            failed: f.failed,
        },
        decisions: Decisions {
            created: f.created,
            flagged: f.flagged,
            asked: f.asked,
            confirmed: f.confirmed,
            asked_again: f.asked_again,
            rejected: f.rejected,
        },
        reviews: Reviews { approved: f.approved, edited: f.edited, rejected: f.refused },
        mean_confidence: f.confidence,
        accuracy: (all > 0).then(|| f.approved as f64 / all as f64),
        decided_p95_s: f.decided_p95_s,
        reviewed_median_s: f.reviewed_median_s,
        transcribed_s: f.audio_s,
        waiting,
    })
}
