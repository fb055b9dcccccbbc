//! Why a note waits, in words; and what customers are told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tracking::window::Language;

/// Why a note waits for a person, or what to mind about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VoiceReasonCode)]
pub enum Reason {
    /// The installation has no key.
    NoKey,
    /// The organization did not consent to the transfer.
    NoConsent,
    /// The sender does not want it.
    SenderRefused,
    /// The capability is switched off.
    SwitchedOff,
    /// The service is in panic: everything goes to people.
    Paused,
    /// Over 20 notes a minute in the organization.
    RateOrganization,
    /// Over 5 notes an hour of one sender.
    RateSender,
    /// A type of file that is not read.
    UnsupportedAudio,
    /// The file is gone or not a voice note.
    AudioMissing,
    /// The service failed for good.
    ProviderFailed,
    /// The model would not, or could not, fill the form in.
    NotExtracted,
    /// It took too long.
    Slow,
    /// Not heard well.
    TranscriptionLow,
    /// Nobody said where, and nothing is on file.
    AddressMissing,
    /// Where is unsure.
    AddressLow,
    /// Nobody said what.
    ProblemMissing,
    /// What is unsure.
    ProblemLow,
    /// No phone to reach the customer.
    NoContact,
    /// On the whole too unsure.
    LowConfidence,
    /// Unsure, and there is no customer's phone to ask.
    NobodyToAsk,
    /// The customer said it was not understood.
    CustomerSaidNo,
    /// The customer did not answer within two hours.
    CustomerSilent,
    /// The words of the note say another day than the model.
    DateDisagrees,
    /// The day is over, or too far.
    DateOutOfRange,
    /// Slang.
    Slang,
    /// Another language.
    MixedLanguage,
    /// Very fast.
    Fast,
    /// Many fillers.
    Fillers,
    /// The job could not be made of it.
    JobRefused,
}

impl Reason {
    /// For people.
    pub fn words(self, language: Language) -> &'static str {
        let (es, en) = self.both();
        match language {
            Language::Es => es,
            Language::En => en,
        }
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::NoKey => ("La transcripción no está configurada", "Transcription is not set up"),
            Self::NoConsent => {
                ("Falta el consentimiento de la empresa", "The company has not given its consent")
            }
            Self::SenderRefused => {
                ("El cliente no quiere que se transcriba", "The customer does not want it transcribed")
            }
            Self::SwitchedOff => ("La transcripción está apagada", "Transcription is switched off"),
            Self::Paused => ("La transcripción está en pausa", "Transcription is paused"),
            Self::RateOrganization => ("Demasiados audios en un minuto", "Too many notes in one minute"),
            Self::RateSender => ("Demasiados audios de este número", "Too many notes from this number"),
            Self::UnsupportedAudio => ("Formato de audio no soportado", "This audio format is not supported"),
            Self::AudioMissing => ("No se pudo leer el audio", "The audio could not be read"),
            Self::ProviderFailed => {
                ("El servicio de transcripción falló", "The transcription service failed")
            }
            Self::NotExtracted => ("No se pudieron sacar los datos", "The details could not be extracted"),
            Self::Slow => ("La transcripción tardó demasiado", "Transcription took too long"),
            Self::TranscriptionLow => ("Se escucha mal", "Hard to hear"),
            Self::AddressMissing => ("Falta la dirección", "The address is missing"),
            Self::AddressLow => ("La dirección no es segura", "The address is not certain"),
            Self::ProblemMissing => ("No se dice el problema", "The problem is missing"),
            Self::ProblemLow => ("El problema no es seguro", "The problem is not certain"),
            Self::NoContact => ("No hay teléfono de contacto", "There is no phone to reach them"),
            Self::LowConfidence => ("Confianza baja", "Low confidence"),
            Self::NobodyToAsk => ("No hay a quién preguntarle", "There is nobody to ask"),
            Self::CustomerSaidNo => ("El cliente dijo que no es así", "The customer said it is not right"),
            Self::CustomerSilent => ("El cliente no contestó", "The customer did not answer"),
            Self::DateDisagrees => {
                ("La fecha no coincide con lo dicho", "The date does not match what was said")
            }
            Self::DateOutOfRange => ("La fecha no sirve", "The date cannot be used"),
            Self::Slang => ("Mucho lunfardo", "A lot of slang"),
            Self::MixedLanguage => ("Mezcla idiomas", "Mixes languages"),
            Self::Fast => ("Habla muy rápido", "Speaks very fast"),
            Self::Fillers => ("Muchas muletillas", "Many fillers"),
            Self::JobRefused => ("No se pudo crear el trabajo", "The job could not be created"),
        }
    }
}

/// What customers are told of their notes. Spanish: it is what they wrote in.
pub mod customer {
    /// With the first note of a sender: who hears it, and how to say no.
    pub const NOTICE: &str = "Recibimos tu audio. Lo transcribe un servicio automático (OpenAI, en Estados Unidos) \
        para anotar tu pedido y después lo revisamos. Si preferís que lo escuche solo una persona, respondé \
        NO TRANSCRIBIR.";
    /// Not heard well.
    pub const AGAIN: &str =
        "Perdón, no pudimos escuchar bien tu audio. ¿Nos lo mandás de nuevo o lo escribís?";
    /// Not understood.
    pub const REJECTED: &str =
        "Perdón, no pudimos entender tu audio. ¿Nos contás por escrito qué necesitás y la dirección?";
    /// After half an hour.
    pub const REMINDER: &str = "¿Nos confirmás si anotamos bien tu pedido? Respondé SÍ o NO.";
    /// After a yes.
    pub const CREATED: &str = "¡Gracias! Ya anotamos tu pedido.";
    /// After a no.
    pub const CORRECTED: &str = "Gracias por avisar. Una persona lo revisa y te escribe.";
    /// After opting out.
    pub const OPTED_OUT: &str = "Listo: tus audios los escucha solo una persona.";

    /// What was understood, as a question.
    pub fn question(what: &str, address: Option<&str>, when: Option<&str>) -> String {
        let mut text = format!("Entendimos esto de tu audio: {what}");
        if let Some(address) = address {
            text = format!("{text}, en {address}");
        }
        if let Some(when) = when {
            text = format!("{text}, {when}");
        }
        format!("{text}. ¿Está bien? Respondé SÍ o NO.")
    }
}
