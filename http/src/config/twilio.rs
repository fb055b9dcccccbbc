//! Settings of SMS (Twilio).

use campo_engine::settings;
use clap::Args;

use super::providers::{given, provider_address};

/// SMS.
#[derive(Clone, Default, Args)]
pub struct Twilio {
    /// Address of Twilio's API [default: https://api.twilio.com].
    #[arg(id = "twilio_base_url", long = "twilio-base-url", env = "CAMPO_TWILIO_BASE_URL", value_name = "CAMPO_TWILIO_BASE_URL",
          global = true, value_parser = provider_address)]
    pub base_url: Option<String>,
    /// The account (AC..).
    #[arg(
        id = "twilio_account_sid",
        long = "twilio-account-sid",
        env = "CAMPO_TWILIO_ACCOUNT_SID",
        value_name = "CAMPO_TWILIO_ACCOUNT_SID",
        global = true
    )]
    pub account_sid: Option<String>,
    /// The account's token: signs webhooks; opens the API where there is no key.
    #[arg(
        id = "twilio_auth_token",
        long = "twilio-auth-token",
        env = "CAMPO_TWILIO_AUTH_TOKEN",
        value_name = "CAMPO_TWILIO_AUTH_TOKEN",
        global = true,
        hide_env_values = true
    )]
    pub auth_token: Option<String>,
    /// An API key (SK..) that opens the API instead.
    #[arg(
        id = "twilio_api_key",
        long = "twilio-api-key",
        env = "CAMPO_TWILIO_API_KEY",
        value_name = "CAMPO_TWILIO_API_KEY",
        global = true
    )]
    pub api_key: Option<String>,
    /// Its secret.
    #[arg(
        id = "twilio_api_secret",
        long = "twilio-api-secret",
        env = "CAMPO_TWILIO_API_SECRET",
        value_name = "CAMPO_TWILIO_API_SECRET",
        global = true,
        hide_env_values = true
    )]
    pub api_secret: Option<String>,
    /// The number that SMS come from, or a messaging service (MG..).
    #[arg(
        id = "twilio_from",
        long = "twilio-from",
        env = "CAMPO_TWILIO_FROM",
        value_name = "CAMPO_TWILIO_FROM",
        global = true
    )]
    pub from: Option<String>,
    /// SMS go to numbers that begin so, separated by commas [default: +54].
    #[arg(
        id = "sms_prefixes",
        long = "sms-prefixes",
        env = "CAMPO_SMS_PREFIXES",
        value_name = "CAMPO_SMS_PREFIXES",
        global = true
    )]
    pub prefixes: Option<String>,
    /// SMS to one number in an hour [default: 3].
    #[arg(
        id = "sms_per_number",
        long = "sms-per-number",
        env = "CAMPO_SMS_PER_NUMBER",
        value_name = "CAMPO_SMS_PER_NUMBER",
        global = true
    )]
    pub per_number: Option<u32>,
    /// SMS to one block of ten thousand numbers in an hour [default: 20].
    #[arg(
        id = "sms_per_block",
        long = "sms-per-block",
        env = "CAMPO_SMS_PER_BLOCK",
        value_name = "CAMPO_SMS_PER_BLOCK",
        global = true
    )]
    pub per_block: Option<u32>,
    /// SMS to numbers that nobody of the installation has, in an hour [default: 60].
    #[arg(
        id = "sms_per_unknown",
        long = "sms-per-unknown",
        env = "CAMPO_SMS_PER_UNKNOWN",
        value_name = "CAMPO_SMS_PER_UNKNOWN",
        global = true
    )]
    pub per_unknown: Option<u32>,
    /// SMS in all in an hour [default: 300].
    #[arg(
        id = "sms_in_all",
        long = "sms-in-all",
        env = "CAMPO_SMS_IN_ALL",
        value_name = "CAMPO_SMS_IN_ALL",
        global = true
    )]
    pub in_all: Option<u32>,
}

impl Twilio {
    pub(super) fn settings(&self) -> settings::Twilio {
        let usual = settings::Twilio::default();
        let prefixes = given(&self.prefixes).map(|list| {
            list.split(',').map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
        });
        settings::Twilio {
            base_url: given(&self.base_url).unwrap_or(usual.base_url),
            account_sid: given(&self.account_sid),
            auth_token: given(&self.auth_token),
            api_key: given(&self.api_key),
            api_secret: given(&self.api_secret),
            from: given(&self.from),
            prefixes: prefixes.unwrap_or(usual.prefixes),
            per_number: self.per_number.unwrap_or(usual.per_number),
            per_block: self.per_block.unwrap_or(usual.per_block),
            per_unknown: self.per_unknown.unwrap_or(usual.per_unknown),
            in_all: self.in_all.unwrap_or(usual.in_all),
        }
    }
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.settings().fmt(f)
    }
}
