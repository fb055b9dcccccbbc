//! What is switched off from outside, whatever anybody decides within.

use std::collections::BTreeSet;

use campo_engine::services::{self, Capability};
use clap::Args;

/// Kill switches of the environment.
#[derive(Debug, Clone, Default, Args)]
pub struct Services {
    /// Capabilities that are off whatever anybody decides, separated by commas, as `whatsapp,whatsapp_voice_ai`.
    #[arg(long, env = "CAMPO_DISABLE", value_name = "CAMPO_DISABLE", global = true, default_value = "")]
    pub disable: Disabled,
}

/// A list of capabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disabled(pub BTreeSet<Capability>);

impl std::str::FromStr for Disabled {
    type Err = String;
    fn from_str(list: &str) -> Result<Self, String> {
        services::disabled(list).map(Self)
    }
}
