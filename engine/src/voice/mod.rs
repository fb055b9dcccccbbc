//! Voice notes: heard, understood, decided about; by machines within the organization's consent, else by people.
//!
//! - [`state`], [`score`], [`speech`], [`dates`], [`form`], [`proposal`], [`answer`], [`ogg`]: pure rules.
//! - `entry`: a note or an answer comes in; `hear` and `understand`: the two paid steps, each kept before the next.
//! - `decide`: what follows; `ask`: the customer's yes or no; `review`: a person; `retain`: recordings go.
//!
//! Whatever stands in the way of the machines (no key, no consent, a switch, a limit, a failure), the note waits in
//! the review queue with its reason: none is lost.

pub mod answer;
mod ask;
pub mod dates;
mod decide;
mod entry;
pub mod form;
mod hear;
mod note;
pub mod ogg;
pub mod proposal;
mod retain;
mod review;
pub mod score;
pub mod settings;
pub mod speech;
mod sql;
pub mod state;
pub mod stats;
mod understand;
pub mod words;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use ask::{CONFIRM, FOLLOW, answer_received, confirm, follow};
pub use entry::{Process, WATCH, note_received, process, watch};
pub use hear::{TRANSCRIBE, transcribe};
pub use note::{Audio, NoteView, audio, get};
pub use retain::{FORGET, forget};
pub use review::{Action, Review, queue, review};
pub use understand::{EXTRACT, extract};

use crate::error::{Error, Result};
use crate::ids::{OrgId, VoiceNoteId};
use crate::task::NewTask;

/// Names a note in tasks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Named {
    org: OrgId,
    note: VoiceNoteId,
}

impl Named {
    fn read(kind: &str, payload: &Value) -> Result<Self> {
        Self::deserialize(payload).map_err(|e| Error::Internal(format!("task {kind}: {e}")))
    }

    /// The one open task of this kind for this note.
    fn task(self, kind: &'static str) -> Result<NewTask> {
        let mut task = NewTask::new(kind, Some(self.org), self)?;
        task.unique_key = Some(self.note.to_string());
        Ok(task)
    }
}
