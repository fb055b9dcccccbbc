//! Settings of everything outside, one struct a topic.

use std::path::PathBuf;

use campo_engine::settings::Settings;
use clap::Args;

use super::services::Services;
use super::webhooks::Webhooks;

/// Companies that are talked to.
#[derive(Debug, Clone, Default, Args)]
pub struct Providers {
    /// Certificates (PEM) that providers' servers may show besides those the system trusts.
    #[arg(long, env = "CAMPO_EXTRA_CA", value_name = "CAMPO_EXTRA_CA", global = true)]
    pub extra_ca: Option<PathBuf>,
    /// WhatsApp.
    #[command(flatten)]
    pub whatsapp: super::whatsapp::WhatsApp,
    /// SMS.
    #[command(flatten)]
    pub twilio: super::twilio::Twilio,
    /// Voice notes.
    #[command(flatten)]
    pub openai: super::openai::OpenAi,
    /// Where files lie.
    #[command(flatten)]
    pub files: super::files::Files,
    /// Directions of companies outside.
    #[command(flatten)]
    pub directions: super::directions::Directions,
    /// Kill switches of the environment.
    #[command(flatten)]
    pub services: Services,
    /// Web Push.
    #[command(flatten)]
    pub push: super::push::Push,
    /// E-mail.
    #[command(flatten)]
    pub mail: super::mail::Mail,
    /// Outgoing webhooks.
    #[command(flatten)]
    pub webhooks: Webhooks,
    /// How long personal data is kept.
    #[command(flatten)]
    pub privacy: super::privacy::Privacy,
}

impl Providers {
    /// Every secret of a company.
    pub fn secrets(&self) -> Vec<String> {
        let (whatsapp, twilio) = (&self.whatsapp, &self.twilio);
        let mut all: Vec<&Option<String>> =
            vec![&whatsapp.app_secret, &whatsapp.verify_token, &whatsapp.token];
        all.extend([&twilio.auth_token, &twilio.api_key, &twilio.api_secret, &self.files.s3_access_key]);
        let mut secrets: Vec<String> = all.into_iter().filter_map(given).collect();
        secrets.extend(self.openai.secrets());
        secrets.extend(self.directions.secrets());
        secrets.extend(self.files.secret());
        secrets
    }

    /// As the engine takes them.
    pub fn settings(&self) -> Settings {
        Settings {
            extra_ca: self.extra_ca.clone().filter(|p| !p.as_os_str().is_empty()),
            whatsapp: self.whatsapp.settings(),
            twilio: self.twilio.settings(),
            openai: self.openai.settings(),
            files: self.files.settings(),
            directions: self.directions.settings(),
            disabled: self.services.disable.0.clone(),
            webhooks: self.webhooks.settings(),
            push: self.push.settings(self.mail.mail_from.as_deref().filter(|f| !f.is_empty())),
            email: self.mail.settings(),
            privacy: self.privacy.settings(),
            ..Settings::default()
        }
    }
}

/// A text that is not empty: an empty variable is how container tools write "not set".
pub(super) fn given(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// Where a provider is: `https://host[/path]`, without a slash at the end.
pub(super) fn provider_address(text: &str) -> Result<String, String> {
    let has_host =
        url::Url::parse(text).is_ok_and(|u| u.host().is_some() && ["http", "https"].contains(&u.scheme()));
    if text.is_empty() || has_host {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("expected http:// or https:// and a host".into())
}
