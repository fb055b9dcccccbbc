//! Settings of everything outside, one struct a topic.

use std::path::PathBuf;

use campo_engine::settings::Settings;
use clap::Args;

/// Companies that are talked to.
#[derive(Debug, Clone, Default, Args)]
pub struct Providers {
    /// Certificates (PEM) that providers' servers may show besides those the system trusts.
    #[arg(long, env = "CAMPO_EXTRA_CA", value_name = "CAMPO_EXTRA_CA", global = true)]
    pub extra_ca: Option<PathBuf>,
}

impl Providers {
    /// As the engine takes them.
    pub fn settings(&self) -> Settings {
        Settings { extra_ca: self.extra_ca.clone().filter(|p| !p.as_os_str().is_empty()) }
    }
}
