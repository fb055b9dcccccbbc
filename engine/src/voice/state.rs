//! Where a note stands, and where it may go from there. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a note stands (functional.md section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = VoiceState)]
pub enum State {
    /// It came.
    Pending,
    /// It is being heard.
    Transcribing,
    /// Its words are there; the form is being filled in.
    Extracting,
    /// The rules have decided: a job was made, or the customer was asked.
    Completed,
    /// It waits for a person.
    NeedsReview,
    /// A person has decided.
    Reviewed,
    /// The service gave up; it waits for a person too.
    Failed,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Transcribing => "transcribing",
            Self::Extracting => "extracting",
            Self::Completed => "completed",
            Self::NeedsReview => "needs_review",
            Self::Reviewed => "reviewed",
            Self::Failed => "failed",
        }
    }

    /// Are the machines at it?
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Pending | Self::Transcribing | Self::Extracting)
    }

    /// Does it wait for a person?
    pub fn waits(self) -> bool {
        matches!(self, Self::NeedsReview | Self::Failed)
    }

    /// May it go there?
    ///
    /// A person may also decide before a customer who was asked answers. Back only so: a rejection is undone, a failed one is tried again by a person (dead letters), a customer who
    /// was asked says no or nothing.
    pub fn may_become(self, to: Self) -> bool {
        use State::{Completed, Extracting, Failed, NeedsReview, Pending, Reviewed, Transcribing};
        match self {
            Pending => matches!(to, Transcribing | NeedsReview | Failed),
            Transcribing => matches!(to, Extracting | Completed | NeedsReview | Failed),
            Extracting => matches!(to, Completed | NeedsReview | Failed),
            Completed => matches!(to, NeedsReview | Reviewed),
            NeedsReview => to == Reviewed,
            Failed => matches!(to, Reviewed | Transcribing | Extracting),
            Reviewed => to == NeedsReview,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [State; 7] = [
        State::Pending,
        State::Transcribing,
        State::Extracting,
        State::Completed,
        State::NeedsReview,
        State::Reviewed,
        State::Failed,
    ];

    /// Whatever happens to a note, a person can end it.
    #[test]
    fn every_note_can_be_ended_by_a_person() {
        for start in ALL {
            let mut reached = vec![start];
            while let Some(next) = ALL
                .iter()
                .find(|to| !reached.contains(to) && reached.iter().any(|from| from.may_become(**to)))
            {
                reached.push(*next);
            }
            assert!(reached.contains(&State::Reviewed), "{start:?}");
        }
    }

    #[test]
    fn nothing_stands_still_by_a_step_and_words_are_the_wire() {
        for state in ALL {
            assert!(!state.may_become(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert!(!(state.is_under_way() && state.waits()));
        }
        assert!(!State::Reviewed.may_become(State::Completed), "no machine overrules a person");
    }
}
