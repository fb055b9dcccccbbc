//! What ACME leaves under `CAMPO_DATA/acme`: the account, the certificate and its key, when to try again. All 0600.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The folder.
#[derive(Debug, Clone)]
pub struct Store(PathBuf);

/// How the last tries went: kept, so that a server that restarts again and again asks no more often than one that runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// Failures since the last success.
    pub failures: u32,
    /// Not before this.
    pub not_before: Option<DateTime<Utc>>,
}

/// A certificate as it is kept: one file, so that chain and key are never of two.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    /// The names it was made for.
    pub domains: Vec<String>,
    /// The chain, PEM.
    pub chain: String,
    /// The key, PEM.
    pub key: String,
}

impl Store {
    /// The folder, which is made when something is kept.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// What is kept under a name; none where there is nothing that can be read.
    pub fn load<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let path = self.0.join(name);
        let text = std::fs::read(&path).ok()?;
        let read = serde_json::from_slice(&text);
        if let Err(error) = &read {
            tracing::warn!(path = %path.display(), %error, "it cannot be read and is made anew");
        }
        read.ok()
    }

    /// Keeps something: whole, or as it was before.
    ///
    /// # Errors
    /// What the file system says, naming the file.
    pub fn keep<T: Serialize>(&self, name: &str, value: &T) -> Result<(), String> {
        let path = self.0.join(name);
        let write = || -> std::io::Result<()> {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
            let draft = self.0.join(format!(".{name}.{}", std::process::id()));
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(&serde_json::to_vec(value)?)?;
            file.sync_all()?;
            std::fs::rename(&draft, &path)?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|e| format!("{}: {e}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn kept_whole_and_private() {
        let folder = std::env::temp_dir().join(format!("campo-acme-{}", uuid::Uuid::new_v4()));
        let store = Store::new(folder.join("acme"));
        assert_eq!(store.load::<Tries>("tries.json"), None);
        let tries = Tries { failures: 2, not_before: Some(DateTime::UNIX_EPOCH) };
        store.keep("tries.json", &tries).unwrap();
        assert_eq!(store.load("tries.json"), Some(tries));
        let mode = |path: &str| std::fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("acme"), mode("acme/tries.json")), (0o700, 0o600));
        std::fs::write(folder.join("acme/tries.json"), "{").unwrap();
        assert_eq!(store.load::<Tries>("tries.json"), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
