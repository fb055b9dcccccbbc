//! Why a call to a provider brought nothing.

use std::time::Duration;

use bytes::Bytes;

use super::Service;
use crate::error::{Again, Error};

/// Why a call brought nothing. Each variant is one thing a caller can act on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The breaker is open: nothing was sent.
    #[error("not asked: it failed again and again; the next try is in {} s", retry_after.as_secs())]
    Open {
        /// When it is asked again.
        retry_after: Duration,
    },
    /// Refused, no such name, no trust, no connection in time: nothing was sent.
    #[error("unreachable: {detail}")]
    Unreachable {
        /// What the client said.
        detail: String,
    },
    /// Broken off after sending: it may have taken effect.
    #[error("no answer: {detail}")]
    Doubtful {
        /// What the client said.
        detail: String,
    },
    /// Too many calls (429).
    #[error("it wants fewer calls (429)")]
    Busy {
        /// The wait it asks for.
        retry_after: Option<Duration>,
        /// Its words.
        body: Bytes,
    },
    /// Its own failure (5xx).
    #[error("it failed ({status})")]
    Broken {
        /// The status.
        status: u16,
        /// The wait it asks for.
        retry_after: Option<Duration>,
        /// Its words.
        body: Bytes,
    },
}

impl Failure {
    /// Whether the call may have taken effect all the same.
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Self::Doubtful { .. } | Self::Broken { .. })
    }

    /// As the worker hears it: tried again, and not counted where nothing was tried.
    pub fn into_error(self, service: Service) -> Error {
        let detail = self.to_string();
        let (code, again) = match self {
            Self::Open { retry_after } => ("open", Again::Postponed(retry_after)),
            Self::Unreachable { .. } => ("unreachable", Again::Soon),
            Self::Doubtful { .. } => ("doubtful", Again::Soon),
            Self::Busy { retry_after, .. } => ("busy", retry_after.map_or(Again::Soon, Again::After)),
            Self::Broken { retry_after, .. } => ("broken", retry_after.map_or(Again::Soon, Again::After)),
        };
        Error::Provider { service: service.as_str(), again, code: code.to_owned(), detail }
    }
}
