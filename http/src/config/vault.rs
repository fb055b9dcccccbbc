//! Settings of secrets at rest.

use std::path::{Path, PathBuf};

use campo_engine::settings::VaultSettings;
use clap::Args;

/// Secrets at rest.
#[derive(Debug, Clone, Default, Args)]
pub struct Vault {
    /// File of the key-encryption keys, which campo keys rotate-kek adds to. Named, it must be there; until the
    /// first rotation the key derives from the secret file [default: CAMPO_DATA/kek].
    #[arg(long, env = "CAMPO_KEK_FILE", value_name = "CAMPO_KEK_FILE", global = true)]
    pub kek_file: Option<PathBuf>,
}

impl Vault {
    /// As the engine takes them.
    pub fn settings(&self, data: &Path) -> VaultSettings {
        // An empty variable is how container tools write "not set".
        let given = self.kek_file.clone().filter(|f| !f.as_os_str().is_empty());
        VaultSettings {
            is_kek_file_given: given.is_some(),
            kek_file: Some(given.unwrap_or_else(|| data.join("kek"))),
        }
    }
}
