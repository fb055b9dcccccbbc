//! Why the engine refused or failed.

use std::time::Duration;

use serde::Serialize;

/// What the database says when it fails. Named here so that other crates need no SQL of their own.
pub use sqlx::Error as DatabaseError;

/// Everything the engine answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the engine refused or failed. Each variant is one thing a caller can act on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row, or it belongs to another organization: the caller cannot tell which.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Fields that cannot be accepted, each with a reason in words.
    #[error("invalid: {}", .0.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// Well formed, but the present state forbids it. `current` is the row as it stands now.
    #[error("{detail}")]
    Conflict {
        /// The stable code, as `JOB_001`.
        code: &'static str,
        /// What stands against it, in words.
        detail: String,
        /// The present row in its REST form, where there is one.
        current: Option<serde_json::Value>,
    },
    /// Fields that are locked once they have a value: a change is asked for, not made (`LOCKED_001`).
    #[error("locked: {}", .0.iter().map(|f| f.field).collect::<Vec<_>>().join(", "))]
    Locked(Vec<FieldError>),
    /// Nobody is signed in, or no longer.
    #[error("{detail}")]
    Unauthorized {
        /// The stable code, as `AUTH_004`.
        code: &'static str,
        /// Why, in words.
        detail: &'static str,
    },
    /// The phone's code was right, and the person has a second factor (`AUTH_012`): the ticket goes back with its code.
    #[error("a second factor is needed")]
    SecondFactor {
        /// Good once, for five minutes.
        ticket: String,
    },
    /// The role may not do this in its own organization (`AUTH_003`).
    #[error("insufficient permission")]
    Forbidden,
    /// Too often; try again after so many seconds (`RATE_001`, `AUTH_008`).
    #[error("too many requests, try again in {retry_after_s} s")]
    TooMany {
        /// The stable code, `RATE_001` or `AUTH_008`.
        code: &'static str,
        /// Seconds to wait.
        retry_after_s: u64,
        /// Why, in words.
        detail: &'static str,
    },
    /// Something needed is away; the same call may succeed later.
    #[error("{0} is unavailable")]
    Unavailable(&'static str),
    /// A provider refused or did not answer usefully.
    #[error("{service}: {detail} ({code})")]
    Provider {
        /// Which, as `whatsapp`.
        service: &'static str,
        /// Whether asking again can help.
        again: Again,
        /// Its own code, or ours for what the way there did.
        code: String,
        /// What it said, without secrets.
        detail: String,
    },
    /// A sealed value cannot be opened, or none be sealed (`VAULT_001` keys destroyed, `VAULT_002` key-encryption key
    /// missing, `VAULT_003` damaged).
    #[error("{detail}")]
    Sealed {
        /// The stable code.
        code: &'static str,
        /// What is missing, in words.
        detail: String,
    },
    /// The database failed.
    #[error("database")]
    Database(#[from] sqlx::Error),
    /// Something that cannot be: a defect of ours, said rather than hidden.
    #[error("internal: {0}")]
    Internal(String),
}

/// Whether asking a provider again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It would say the same: the task is dead at once.
    Never,
    /// After the wait of the task's kind.
    Soon,
    /// Not before so long.
    After(Duration),
    /// Not before so long, and nothing was tried: the attempt does not count.
    Postponed(Duration),
}

/// A field and what is wrong with it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field's name on the wire.
    pub field: &'static str,
    /// What is wrong, in words.
    pub message: String,
}

impl Error {
    /// One bad field.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field, message: message.into() }])
    }

    /// Whether the database is away (as opposed to refusing): the caller may try again.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Provider { again, .. } => *again != Again::Never,
            // Whoever has the key puts it back.
            Self::Sealed { code, .. } => *code == "VAULT_002",
            Self::Database(e) => is_outage(e),
            _ => false,
        }
    }
}

/// Whether a database error means that the connection or the server is away.
pub fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // 57P01..57P03: shutting down or starting; 08xxx: connection; 53xxx: resources; 40xxx: try again.
        sqlx::Error::Database(e) => {
            e.code().is_some_and(|c| ["57P", "08", "53", "40"].iter().any(|class| c.starts_with(class)))
        }
        _ => false,
    }
}

/// Whether the database refused a value that no column takes (SQLSTATE class 22): what a client sent.
pub fn is_bad_value(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.code().is_some_and(|c| c.starts_with("22")))
}
