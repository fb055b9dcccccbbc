//! E-mail.

use campo_engine::mail::server::Server;
use campo_engine::settings::EmailSettings;
use clap::Args;

/// E-mail.
#[derive(Debug, Clone, Default, Args)]
pub struct Mail {
    /// The SMTP server: smtps://user:password@host:465, starttls://user:password@host:587 or smtp://host:25.
    #[arg(long, env = "CAMPO_SMTP_URL", value_name = "CAMPO_SMTP_URL", global = true, hide_env_values = true,
          value_parser = server)]
    pub smtp_url: Option<String>,
    /// The sender of e-mail, as "Plomería Sur <avisos@example.com>".
    #[arg(long, env = "CAMPO_MAIL_FROM", value_name = "CAMPO_MAIL_FROM", global = true, value_parser = sender)]
    pub mail_from: Option<String>,
}

impl Mail {
    /// As the engine takes them.
    pub fn settings(&self) -> EmailSettings {
        let server = self.smtp_url.as_deref().filter(|u| !u.is_empty()).and_then(|u| Server::parse(u).ok());
        EmailSettings { server, from: self.mail_from.clone().filter(|f| !f.is_empty()) }
    }
}

fn server(text: &str) -> Result<String, String> {
    // An empty variable is how container tools write "not set".
    if !text.is_empty() {
        Server::parse(text)?;
    }
    Ok(text.to_owned())
}

fn sender(text: &str) -> Result<String, String> {
    if text.is_empty() || campo_engine::mail::is_sender(text) {
        return Ok(text.to_owned());
    }
    Err("expected an address, as avisos@example.com or Plomería Sur <avisos@example.com>".into())
}
