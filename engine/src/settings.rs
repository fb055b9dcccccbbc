//! What the operator decides about things outside: one field a topic, filled by `http`'s configuration.

use std::path::PathBuf;

/// What the operator decides. Everything has a default under which the server runs alone.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Certificates (PEM) that providers' servers may show besides those the system trusts.
    pub extra_ca: Option<PathBuf>,
}
