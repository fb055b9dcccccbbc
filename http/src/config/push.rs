//! Web Push.

use campo_engine::settings::PushSettings;
use clap::Args;

/// Web Push.
#[derive(Debug, Clone, Default, Args)]
pub struct Push {
    /// Whom push services may write to, as mailto:you@example.com or an https:// page [default: CAMPO_MAIL_FROM].
    #[arg(long, env = "CAMPO_PUSH_CONTACT", value_name = "CAMPO_PUSH_CONTACT", global = true, value_parser = contact)]
    pub push_contact: Option<String>,
    /// Origins of push services besides those that browsers are known to use, separated by commas: for tests.
    #[arg(
        long,
        env = "CAMPO_PUSH_SERVICES",
        value_name = "CAMPO_PUSH_SERVICES",
        global = true,
        default_value = ""
    )]
    pub push_services: super::Origins,
}

impl Push {
    /// As the engine takes them; the sender of e-mail is whom to write to where nobody else is named.
    pub fn settings(&self, mail_from: Option<&str>) -> PushSettings {
        let sender = mail_from.map(|from| {
            let address = from.rsplit('<').next().unwrap_or(from).trim_end_matches('>').trim();
            format!("mailto:{address}")
        });
        let contact = self.push_contact.clone().filter(|c| !c.is_empty());
        PushSettings { contact: contact.or(sender), services: self.push_services.0.clone() }
    }
}

fn contact(text: &str) -> Result<String, String> {
    let good = text.is_empty()
        || text.strip_prefix("mailto:").is_some_and(campo_engine::mail::is_address)
        || (text.starts_with("https://") && url::Url::parse(text).is_ok());
    if good { Ok(text.to_owned()) } else { Err("expected mailto:you@example.com or https://..".into()) }
}
