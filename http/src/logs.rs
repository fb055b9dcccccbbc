//! Logs: to standard error, because standard output carries results alone.

use tracing_subscriber::EnvFilter;

use crate::config::{Config, Profile};

/// Begins to log. A second call changes nothing.
pub fn init(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_terminal);
    let _ = match config.profile {
        Profile::Development => logs.with_target(false).try_init(),
        Profile::Production => logs.json().flatten_event(true).try_init(),
    };
}
