//! What the operator decides about things outside: one field a topic, filled by `http`'s configuration.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::auth::otp::guard::Budget;
use crate::directions::DirectionsSettings;
use crate::ids::OrgId;
use crate::mail::server::Server;

use crate::providers::openai::OpenAiSettings;
use crate::services::Capability;

/// What the operator decides. Everything has a default under which the server runs alone.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Failed codes of unknown devices that everyone together may have.
    pub otp_failures: Budget,
    /// Certificates (PEM) that providers' servers may show besides those the system trusts.
    pub extra_ca: Option<PathBuf>,
    /// Who is asked how long a trip takes.
    pub directions: DirectionsSettings,
    /// What is switched off whatever anybody decides.
    pub disabled: BTreeSet<Capability>,
    /// What links are made of, without a slash at the end; none until the server listens.
    pub public_url: Option<String>,
    /// WhatsApp by Meta's Cloud API.
    pub whatsapp: WhatsApp,
    /// SMS by Twilio.
    pub twilio: Twilio,
    /// Transcription and extraction of voice notes.
    pub openai: OpenAiSettings,
    /// Where files lie.
    pub files: FileSettings,
    /// Outgoing webhooks.
    pub webhooks: Webhooks,
    /// Push services of browsers.
    pub push: PushSettings,
    /// E-mail.
    pub email: EmailSettings,
    /// How long personal data is kept.
    pub privacy: PrivacySettings,
    /// The audit log.
    pub audit: AuditSettings,
    /// Secrets at rest.
    pub vault: VaultSettings,
}

/// The audit log.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// Which of its keys writes; those before it verify.
    pub key: i16,
    /// Where anchors go: a folder or a bucket of their own.
    pub anchors: FileSettings,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { key: 1, anchors: FileSettings::default() }
    }
}

/// Secrets at rest.
#[derive(Debug, Clone, Default)]
pub struct VaultSettings {
    /// The file of key-encryption keys; without one they derive from the secret alone.
    pub kek_file: Option<PathBuf>,
    /// Whether the operator named it: then nothing is sealed without it.
    pub is_kek_file_given: bool,
}

/// How long personal data is kept, and how long one's own erasure may be taken back.
#[derive(Debug, Clone)]
pub struct PrivacySettings {
    /// From the confirmation of one's own erasure to its end.
    pub wait: chrono::TimeDelta,
    /// Days by kind.
    pub keep: crate::privacy::retain::Keep,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        Self { wait: chrono::TimeDelta::days(30), keep: crate::privacy::retain::Keep::default() }
    }
}

/// WhatsApp by Meta's Cloud API.
#[derive(Clone)]
pub struct WhatsApp {
    /// Where the API is, without a slash at the end.
    pub base_url: String,
    /// As `v24.0`.
    pub api_version: String,
    /// Signs webhooks.
    pub app_secret: Option<String>,
    /// What Meta shows when it asks whether a webhook is ours.
    pub verify_token: Option<String>,
    /// The installation's own number, for codes and for organizations without one.
    pub phone_number_id: Option<String>,
    /// What opens it.
    pub token: Option<String>,
    /// Whether it is Meta's test number.
    pub is_sandbox: bool,
    /// What the account's templates are called and say, where they differ from the house's (JSON).
    pub templates: Option<PathBuf>,
    /// Whose are messages to the installation's number from people whom no one organization knows.
    pub default_org: Option<OrgId>,
    /// Messages of one organization in a minute.
    pub per_minute: u32,
    /// How long a message in doubt waits for a status before it is sent again.
    pub doubt: Duration,
}

impl Default for WhatsApp {
    fn default() -> Self {
        Self {
            base_url: "https://graph.facebook.com".into(),
            api_version: "v24.0".into(),
            app_secret: None,
            verify_token: None,
            phone_number_id: None,
            token: None,
            is_sandbox: false,
            templates: None,
            default_org: None,
            per_minute: 50,
            doubt: Duration::from_secs(10),
        }
    }
}

impl WhatsApp {
    /// The installation's own number and what opens it.
    pub fn own_number(&self) -> Option<(&str, &str)> {
        self.phone_number_id.as_deref().zip(self.token.as_deref())
    }
}

impl std::fmt::Debug for WhatsApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WhatsApp({}, {:?})", self.base_url, self.phone_number_id)
    }
}

/// SMS by Twilio: codes, and critical messages that WhatsApp did not take.
#[derive(Clone)]
pub struct Twilio {
    /// Where the API is, without a slash at the end.
    pub base_url: String,
    /// The account.
    pub account_sid: Option<String>,
    /// Its token: signs webhooks, and opens the API where there is no key.
    pub auth_token: Option<String>,
    /// An API key instead of the token.
    pub api_key: Option<String>,
    /// Its secret.
    pub api_secret: Option<String>,
    /// The number that is sent from, or a messaging service (`MG..`).
    pub from: Option<String>,
    /// Numbers that may be sent to begin so.
    pub prefixes: Vec<String>,
    /// SMS to one number in an hour.
    pub per_number: u32,
    /// SMS to one block of ten thousand numbers in an hour.
    pub per_block: u32,
    /// SMS to numbers that nobody of ours has, in an hour.
    pub per_unknown: u32,
    /// SMS in all in an hour.
    pub in_all: u32,
}

impl Default for Twilio {
    fn default() -> Self {
        Self {
            base_url: "https://api.twilio.com".into(),
            account_sid: None,
            auth_token: None,
            api_key: None,
            api_secret: None,
            from: None,
            prefixes: vec!["+54".into()],
            per_number: 3,
            per_block: 20,
            per_unknown: 60,
            in_all: 300,
        }
    }
}

impl Twilio {
    /// The account, user and password of its API, and the sender; none where something is missing.
    pub fn opened(&self) -> Option<(&str, &str, &str, &str)> {
        let account = self.account_sid.as_deref()?;
        let (user, password) = match (self.api_key.as_deref(), self.api_secret.as_deref()) {
            (Some(key), Some(secret)) => (key, secret),
            _ => (account, self.auth_token.as_deref()?),
        };
        Some((account, user, password, self.from.as_deref()?))
    }
}

impl Twilio {
    /// Whether Twilio can reach this address: its own service wants one of the public network.
    pub fn calls_back(&self, url: &str) -> bool {
        url.starts_with("https://") || self.base_url != Self::default().base_url
    }
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Twilio({}, {:?}, {:?})", self.base_url, self.account_sid, self.from)
    }
}

/// Where files lie: a folder, or a bucket of S3 or of what speaks like it.
#[derive(Clone, Default)]
pub struct FileSettings {
    /// The folder that serves without a `url`.
    pub folder: PathBuf,
    /// `s3://bucket` or `s3://bucket/prefix`.
    pub url: Option<String>,
    /// Where the store answers; none for AWS itself.
    pub endpoint: Option<String>,
    /// As `us-east-1`; R2 says `auto`.
    pub region: Option<String>,
    /// The access key's id.
    pub access_key: Option<String>,
    /// Its secret.
    pub secret_key: Option<String>,
}

impl std::fmt::Debug for FileSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = self.url.clone().unwrap_or_else(|| self.folder.display().to_string());
        write!(f, "FileSettings({place})")
    }
}
/// Outgoing webhooks.
#[derive(Debug, Clone, Default)]
pub struct Webhooks {
    /// Whether they may lead into private networks and over plain HTTP.
    pub allow_private: bool,
}

/// Push services of browsers.
#[derive(Debug, Clone, Default)]
pub struct PushSettings {
    /// Whom a push service may write to: `mailto:` or `https:`.
    pub contact: Option<String>,
    /// Origins of push services besides those that browsers are known to use.
    pub services: Vec<String>,
}

impl PushSettings {
    /// Whom a push service may write to; services refuse tokens without anybody.
    pub fn contact(&self) -> String {
        self.contact.clone().unwrap_or_else(|| "mailto:campo@localhost.localdomain".into())
    }
}

/// E-mail.
#[derive(Debug, Clone, Default)]
pub struct EmailSettings {
    /// The SMTP server that takes it.
    pub server: Option<Server>,
    /// The sender, as `Plomería Sur <avisos@example.com>`.
    pub from: Option<String>,
}
