//! Settings of the demonstration.

use clap::Args;

/// The demonstration.
#[derive(Debug, Clone, Default, Args)]
pub struct Demo {
    /// With --demo: the page of the customers' phones, where /demo/phones leads (campo-bench fakes serves it).
    #[arg(long = "demo-phones", env = "CAMPO_DEMO_PHONES", value_name = "CAMPO_DEMO_PHONES", global = true,
          value_parser = super::providers::provider_address)]
    pub phones: Option<String>,
}
