//! OpenAI, or a server that speaks its API.

use campo_engine::providers::openai::OpenAiSettings;
use clap::Args;

use super::providers::{given, provider_address};

/// Speech to text and text to a form, for voice notes. Without a key notes wait for a person.
#[derive(Clone, Default, Args)]
pub struct OpenAi {
    /// Where OpenAI's API is, or a server that speaks it [default: https://api.openai.com/v1].
    #[arg(long, env = "CAMPO_OPENAI_BASE_URL", value_name = "CAMPO_OPENAI_BASE_URL", global = true,
          value_parser = provider_address)]
    openai_base_url: Option<String>,
    /// The key; without one voice notes wait for a person.
    #[arg(
        long,
        env = "CAMPO_OPENAI_KEY",
        value_name = "CAMPO_OPENAI_KEY",
        global = true,
        hide_env_values = true
    )]
    openai_key: Option<String>,
    /// The model that hears [default: gpt-4o-mini-transcribe].
    #[arg(
        long,
        env = "CAMPO_VOICE_TRANSCRIBE_MODEL",
        value_name = "CAMPO_VOICE_TRANSCRIBE_MODEL",
        global = true
    )]
    voice_transcribe_model: Option<String>,
    /// The model that fills in the form [default: gpt-4o].
    #[arg(long, env = "CAMPO_VOICE_EXTRACT_MODEL", value_name = "CAMPO_VOICE_EXTRACT_MODEL", global = true)]
    voice_extract_model: Option<String>,
}

/// Without the key.
impl std::fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.settings().fmt(f)
    }
}

impl OpenAi {
    /// The key, for the redactor of logs.
    pub(super) fn secrets(&self) -> Option<String> {
        given(&self.openai_key)
    }

    /// As the engine takes them.
    pub fn settings(&self) -> OpenAiSettings {
        let usual = OpenAiSettings::default();
        OpenAiSettings {
            base_url: given(&self.openai_base_url).unwrap_or(usual.base_url),
            key: given(&self.openai_key),
            transcribe_model: given(&self.voice_transcribe_model).unwrap_or(usual.transcribe_model),
            extract_model: given(&self.voice_extract_model).unwrap_or(usual.extract_model),
        }
    }
}
