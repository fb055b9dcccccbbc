//! Outgoing webhooks.

use campo_engine::settings;
use clap::Args;

/// Outgoing webhooks.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Webhooks {
    /// Lets webhooks lead into private networks and over plain HTTP: whoever may make one may call the server's
    /// own network then.
    #[arg(long, env = "CAMPO_WEBHOOKS_ALLOW_PRIVATE", value_name = "CAMPO_WEBHOOKS_ALLOW_PRIVATE", global = true,
          value_parser = clap::builder::FalseyValueParser::new())]
    pub webhooks_allow_private: bool,
}

impl Webhooks {
    /// As the engine takes them.
    pub fn settings(self) -> settings::Webhooks {
        settings::Webhooks { allow_private: self.webhooks_allow_private }
    }
}
