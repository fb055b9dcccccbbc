//! Settings of WhatsApp (Meta's Cloud API).

use std::path::PathBuf;
use std::time::Duration;

use campo_engine::ids::OrgId;
use campo_engine::settings;
use clap::Args;

use super::providers::{given, provider_address};

/// WhatsApp.
#[derive(Clone, Default, Args)]
pub struct WhatsApp {
    /// Address of the Cloud API [default: https://graph.facebook.com].
    #[arg(id = "whatsapp_base_url", long = "whatsapp-base-url", env = "CAMPO_WHATSAPP_BASE_URL", value_name = "CAMPO_WHATSAPP_BASE_URL",
          global = true, value_parser = provider_address)]
    pub base_url: Option<String>,
    /// Its version [default: v24.0].
    #[arg(
        id = "whatsapp_api_version",
        long = "whatsapp-api-version",
        env = "CAMPO_WHATSAPP_API_VERSION",
        value_name = "CAMPO_WHATSAPP_API_VERSION",
        global = true
    )]
    pub api_version: Option<String>,
    /// The app's secret: signs webhooks.
    #[arg(
        id = "whatsapp_app_secret",
        long = "whatsapp-app-secret",
        env = "CAMPO_WHATSAPP_APP_SECRET",
        value_name = "CAMPO_WHATSAPP_APP_SECRET",
        global = true,
        hide_env_values = true
    )]
    pub app_secret: Option<String>,
    /// What Meta shows when it asks whether the webhook is ours.
    #[arg(
        id = "whatsapp_verify_token",
        long = "whatsapp-verify-token",
        env = "CAMPO_WHATSAPP_VERIFY_TOKEN",
        value_name = "CAMPO_WHATSAPP_VERIFY_TOKEN",
        global = true,
        hide_env_values = true
    )]
    pub verify_token: Option<String>,
    /// The installation's own number at Meta: codes, and organizations without a number.
    #[arg(
        id = "whatsapp_phone_number_id",
        long = "whatsapp-phone-number-id",
        env = "CAMPO_WHATSAPP_PHONE_NUMBER_ID",
        value_name = "CAMPO_WHATSAPP_PHONE_NUMBER_ID",
        global = true
    )]
    pub phone_number_id: Option<String>,
    /// The access token of that number.
    #[arg(
        id = "whatsapp_token",
        long = "whatsapp-token",
        env = "CAMPO_WHATSAPP_TOKEN",
        value_name = "CAMPO_WHATSAPP_TOKEN",
        global = true,
        hide_env_values = true
    )]
    pub token: Option<String>,
    /// That number is Meta's test number: Argentine recipients are spelled as its panel stores them.
    #[arg(id = "whatsapp_sandbox", long = "whatsapp-sandbox", env = "CAMPO_WHATSAPP_SANDBOX", value_name = "CAMPO_WHATSAPP_SANDBOX",
          global = true, num_args = 0..=1, default_missing_value = "true")]
    pub sandbox: Option<bool>,
    /// File of what the account's templates are called and say, where they differ from the house's (JSON).
    #[arg(
        id = "whatsapp_templates",
        long = "whatsapp-templates",
        env = "CAMPO_WHATSAPP_TEMPLATES",
        value_name = "CAMPO_WHATSAPP_TEMPLATES",
        global = true
    )]
    pub templates: Option<PathBuf>,
    /// Whose are messages to that number from people whom no one organization knows
    /// [default: the only organization there is].
    #[arg(
        id = "whatsapp_org",
        long = "whatsapp-org",
        env = "CAMPO_WHATSAPP_ORG",
        value_name = "CAMPO_WHATSAPP_ORG",
        global = true
    )]
    pub org: Option<OrgId>,
    /// Messages of one organization in a minute [default: 50].
    #[arg(id = "whatsapp_per_minute", long = "whatsapp-per-minute", env = "CAMPO_WHATSAPP_PER_MINUTE", value_name = "CAMPO_WHATSAPP_PER_MINUTE",
          global = true, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub per_minute: Option<u32>,
    /// Seconds that a message in doubt waits for a status before it is sent again [default: 10].
    #[arg(id = "whatsapp_doubt_s", long = "whatsapp-doubt-s", env = "CAMPO_WHATSAPP_DOUBT_S", value_name = "CAMPO_WHATSAPP_DOUBT_S",
          global = true, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub doubt_s: Option<u64>,
}

impl WhatsApp {
    pub(super) fn settings(&self) -> settings::WhatsApp {
        let usual = settings::WhatsApp::default();
        settings::WhatsApp {
            base_url: given(&self.base_url).unwrap_or(usual.base_url),
            api_version: given(&self.api_version).unwrap_or(usual.api_version),
            app_secret: given(&self.app_secret),
            verify_token: given(&self.verify_token),
            phone_number_id: given(&self.phone_number_id),
            token: given(&self.token),
            is_sandbox: self.sandbox.unwrap_or(false),
            templates: self.templates.clone().filter(|p| !p.as_os_str().is_empty()),
            default_org: self.org,
            per_minute: self.per_minute.unwrap_or(usual.per_minute),
            doubt: self.doubt_s.map_or(usual.doubt, Duration::from_secs),
        }
    }
}

impl std::fmt::Debug for WhatsApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.settings().fmt(f)
    }
}
