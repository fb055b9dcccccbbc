//! What an organization decides about voice notes: consent, the lower edge of automatic creation, how long
//! recordings are kept.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{retain, sql};
use crate::Engine;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::Result;
use crate::event::{By, NewEvent};
use crate::ids::UserId;
use crate::moment::Moment;
use crate::privacy::consent;
use crate::tracking::window::Language;

/// Days that recordings are kept when nothing else is said.
pub const RETENTION_DAYS: i32 = 90;
/// Which words are consented to; another text is another consent.
pub const CONSENT_VERSION: &str = "2026-11";

/// What is consented to, in words.
pub fn consent_text(language: Language) -> &'static str {
    match language {
        Language::Es => {
            "Los audios que mandan los clientes se transcriben con un servicio de OpenAI en Estados Unidos \
             (transferencia internacional, ley 25.326, art. 12). A cada cliente se le avisa con su primer audio y puede \
             pedir que no se transcriba. Los audios se borran a los días que elijas; el texto queda en la conversación."
        }
        Language::En => {
            "Recordings that customers send are transcribed by a service of OpenAI in the United States (international \
             transfer, law 25.326, art. 12). Each customer is told with their first recording and may refuse it. \
             Recordings are erased after the days you choose; the text stays with the conversation."
        }
    }
}

/// What holds for an organization.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VoiceSettings)]
pub struct Settings {
    /// Did the organization consent? Without it notes wait for a person.
    pub consent: bool,
    /// When.
    pub consent_at: Option<Moment>,
    /// Who.
    pub consent_by: Option<UserId>,
    /// Which words were consented to.
    pub consent_version: Option<String>,
    /// What is consented to, in the reader's language.
    pub consent_text: &'static str,
    /// Jobs are created by themselves from this overall confidence on, 0.30 to 1.
    pub auto_create_threshold: f64,
    /// Days that recordings are kept, 1 to 3650.
    pub retention_days: i32,
    /// Has the installation a key?
    pub is_configured: bool,
    /// Rises with every change.
    pub version: i32,
}

/// `PATCH /api/voice/settings`: what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = EditVoiceSettings)]
pub struct Edit {
    /// Gives consent, or takes it back.
    pub consent: Option<bool>,
    /// The lower edge of automatic creation, 0.30 to 1.
    #[serde(alias = "voice_auto_create_threshold", alias = "voiceAutoCreateThreshold")]
    pub auto_create_threshold: Option<f64>,
    /// Days that recordings are kept, 1 to 3650.
    pub retention_days: Option<i32>,
    /// The version that was seen; whatever is there when absent.
    pub version: Option<i32>,
}

/// What holds now.
pub async fn get(engine: &Engine, tx: &mut Tenant, language: Language) -> Result<Settings> {
    Ok(view(engine, language, sql::settings(tx).await?))
}

/// The owner changes it. Consent is recorded with who, when and from where.
pub async fn edit(
    engine: &Engine,
    tx: &mut Tenant,
    (by, ip, language): (UserId, Option<&str>, Language),
    edit: &Edit,
) -> Result<Settings> {
    let mut check = Check::default();
    if edit.auto_create_threshold.is_some_and(|t| !(0.30..=1.0).contains(&t)) {
        check.wrong("auto_create_threshold", "entre 0,30 y 1 (0.30 to 1)");
    }
    if edit.retention_days.is_some_and(|d| !(1..=3650).contains(&d)) {
        check.wrong("retention_days", "entre 1 y 3650 (1 to 3650)");
    }
    check.done()?;
    let mut row = sql::lock_settings(tx).await?;
    crate::check::version(
        edit.version.unwrap_or(row.version),
        row.version,
        &view(engine, language, row.clone()),
    )?;
    let had = row.consent_at.is_some();
    match edit.consent {
        Some(true) if !had => {
            (row.consent_at, row.consent_by) = (Some(Utc::now()), Some(by));
            row.consent_version = Some(CONSENT_VERSION.into());
        }
        Some(false) => (row.consent_at, row.consent_by, row.consent_version) = (None, None, None),
        _ => {}
    }
    row.threshold = edit.auto_create_threshold.unwrap_or(row.threshold);
    row.retention_days = edit.retention_days.unwrap_or(row.retention_days);
    let is_given = !had && row.consent_at.is_some();
    sql::save_settings(tx, &mut row, ip.filter(|_| is_given)).await?;
    if had != row.consent_at.is_some() {
        // The owner answered for the organization: it stands among what they agreed to.
        let from = consent::From { ip, user_agent: None };
        consent::note(tx, by, (consent::Kind::Voice, is_given, CONSENT_VERSION), from).await?;
    }
    let kind = match (had, row.consent_at.is_some()) {
        (false, true) => "voice.consent_given",
        (true, false) => "voice.consent_withdrawn",
        _ => "voice.settings_changed",
    };
    let settings = view(engine, language, row);
    tx.record(NewEvent::new(kind, Utc::now(), By::staff(by)).with("settings", &settings));
    if edit.retention_days.is_some() {
        retain::at_once(tx).await?;
    }
    Ok(settings)
}

/// The demonstration's owner consents: nobody real speaks in it.
pub(crate) async fn consent_in_demo(tx: &mut Tenant, owner: UserId) -> Result<()> {
    let mut row = sql::lock_settings(tx).await?;
    (row.consent_at, row.consent_by) = (Some(Utc::now()), Some(owner));
    row.consent_version = Some(CONSENT_VERSION.into());
    sql::save_settings(tx, &mut row, None).await
}

fn view(engine: &Engine, language: Language, row: sql::SettingsRow) -> Settings {
    Settings {
        consent: row.consent_at.is_some(),
        consent_at: row.consent_at.map(Moment),
        consent_by: row.consent_by,
        consent_version: row.consent_version,
        consent_text: consent_text(language),
        auto_create_threshold: row.threshold,
        retention_days: row.retention_days,
        is_configured: engine.settings.openai.key.is_some(),
        version: row.version,
    }
}
