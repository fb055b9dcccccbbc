//! Logs: to standard error, because standard output carries results alone; as JSON or for people; without secrets.
//!
//! Nothing writes a secret into a log on purpose. What slips in all the same, by a provider's message or a library's, is
//! taken out where the lines leave ([`redact`]), whatever the form.

mod redact;

use std::io::{self, Write};
use std::sync::Arc;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Config, LogFormat};
pub use redact::Redactor;

/// Begins to log. A second call changes nothing.
pub fn init(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = io::IsTerminal::is_terminal(&io::stderr());
    let clean = Clean(Arc::new(Redactor::knowing(&config.secrets())));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(clean).with_ansi(is_terminal);
    let _ = match config.log_format() {
        LogFormat::Human => logs.with_target(false).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
}

/// Standard error behind the redactor.
#[derive(Clone)]
struct Clean(Arc<Redactor>);

/// The lines of one event: they leave together when it ends.
struct Lines {
    redactor: Arc<Redactor>,
    text: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Clean {
    type Writer = Lines;
    fn make_writer(&'a self) -> Lines {
        Lines { redactor: self.0.clone(), text: Vec::with_capacity(256) }
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        // A log that cannot be written has nowhere to say so.
        let _ = io::stderr().write_all(self.redactor.clean(&text).as_bytes());
    }
}
