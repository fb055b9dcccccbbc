//! Why somebody has their points, in words: Spanish first, English second.

use serde::Serialize;
use serde_json::{Value, json};

use super::rules::SkillLevel;
use crate::tracking::window::Language;

/// A reason with its numbers.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the words below say it")]
pub enum Reason {
    WhereaboutsUnknown,
    TooFar { km: f64 },
    Away { minutes: f64 },
    LateForUrgent { minutes: f64 },
    Free,
    EnCamino,
    Working { minutes: Option<i64> },
    Silent,
    Paused,
    OffShift,
    Remaining { jobs: i64 },
    Trade { needed: bool, has: bool, level: Option<SkillLevel> },
    Activity { jobs: i64, rating: Option<f64> },
}

/// A reason as clients get it: a stable code with its numbers, and the words.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = DispatchReason)]
pub struct ReasonView {
    /// Stable, as `away`.
    pub code: &'static str,
    /// The numbers in it.
    #[schema(value_type = Object)]
    pub params: Value,
    /// In the language of `Accept-Language`: Spanish unless English is preferred.
    pub text: String,
}

impl Reason {
    /// As clients get it.
    pub fn view(&self, language: Language) -> ReasonView {
        let (code, params) = self.code();
        let text = match language {
            Language::Es => self.spanish(),
            Language::En => self.english(),
        };
        ReasonView { code, params, text }
    }

    fn code(&self) -> (&'static str, Value) {
        match self {
            Self::WhereaboutsUnknown => ("whereabouts_unknown", json!({})),
            Self::TooFar { km } => ("too_far", json!({"km": km.round()})),
            Self::Away { minutes } => ("away", json!({"minutes": minutes.ceil()})),
            Self::LateForUrgent { minutes } => ("late_for_urgent", json!({"minutes": minutes.ceil()})),
            Self::Free => ("free", json!({})),
            Self::EnCamino => ("en_camino", json!({})),
            Self::Working { minutes } => ("working", json!({"minutes": minutes})),
            Self::Silent => ("silent", json!({})),
            Self::Paused => ("paused", json!({})),
            Self::OffShift => ("off_shift", json!({})),
            Self::Remaining { jobs } => ("remaining", json!({"jobs": jobs})),
            Self::Trade { needed, has, level } => {
                ("trade", json!({"needed": needed, "has": has, "level": level}))
            }
            Self::Activity { jobs, rating } => ("activity", json!({"jobs": jobs, "rating": rating})),
        }
    }

    fn spanish(&self) -> String {
        match self {
            Self::WhereaboutsUnknown => "No se sabe dónde está ahora".into(),
            Self::TooFar { km } => format!("Está a {km:.0} km: demasiado lejos"),
            Self::Away { minutes } => format!("Llega en {} min", minutes.ceil()),
            Self::LateForUrgent { minutes } => {
                format!("Llega en {} min, tarde para una urgencia", minutes.ceil())
            }
            Self::Free => "Libre ahora".into(),
            Self::EnCamino => "En camino a otro trabajo".into(),
            Self::Working { minutes: Some(m) } => format!("Trabajando desde hace {m} min"),
            Self::Working { minutes: None } => "Trabajando, no se sabe desde cuándo".into(),
            Self::Silent => "Sin señal del teléfono ahora".into(),
            Self::Paused => "En pausa ahora".into(),
            Self::OffShift => "Fuera de turno".into(),
            Self::Remaining { jobs: 0 } => "Sin otros trabajos por hacer hoy".into(),
            Self::Remaining { jobs: 1 } => "Un trabajo más por hacer hoy".into(),
            Self::Remaining { jobs } => format!("{jobs} trabajos más por hacer hoy"),
            Self::Trade { needed, has, level } => {
                let trade = match (needed, has) {
                    (false, _) => "El trabajo no pide especialidad",
                    (true, true) => "Es su especialidad",
                    (true, false) => "No figura entre sus especialidades",
                };
                let level = match level {
                    Some(SkillLevel::Junior) => ", nivel inicial",
                    Some(SkillLevel::Regular) => ", nivel medio",
                    Some(SkillLevel::Senior) => ", nivel experto",
                    None => "",
                };
                format!("{trade}{level}")
            }
            Self::Activity { jobs, rating: None } => {
                format!("{jobs} trabajos en 30 días; todavía sin calificaciones")
            }
            Self::Activity { jobs, rating: Some(r) } => {
                format!("{jobs} trabajos en 30 días; calificación {}", format!("{r:.1}").replace('.', ","))
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::WhereaboutsUnknown => "Nobody knows where they are now".into(),
            Self::TooFar { km } => format!("{km:.0} km away: too far"),
            Self::Away { minutes } => format!("{} min away", minutes.ceil()),
            Self::LateForUrgent { minutes } => {
                format!("{} min away, late for something urgent", minutes.ceil())
            }
            Self::Free => "Free now".into(),
            Self::EnCamino => "On the way to another job".into(),
            Self::Working { minutes: Some(m) } => format!("At work for {m} min"),
            Self::Working { minutes: None } => "At work, nobody knows since when".into(),
            Self::Silent => "No signal from the phone now".into(),
            Self::Paused => "On a break now".into(),
            Self::OffShift => "Off shift".into(),
            Self::Remaining { jobs: 0 } => "Nothing else to do today".into(),
            Self::Remaining { jobs: 1 } => "One more job to do today".into(),
            Self::Remaining { jobs } => format!("{jobs} more jobs to do today"),
            Self::Trade { needed, has, level } => {
                let trade = match (needed, has) {
                    (false, _) => "The job needs no trade",
                    (true, true) => "It is their trade",
                    (true, false) => "Not among their trades",
                };
                let level = match level {
                    Some(SkillLevel::Junior) => ", junior",
                    Some(SkillLevel::Regular) => ", regular",
                    Some(SkillLevel::Senior) => ", senior",
                    None => "",
                };
                format!("{trade}{level}")
            }
            Self::Activity { jobs, rating: None } => format!("{jobs} jobs in 30 days; no ratings yet"),
            Self::Activity { jobs, rating: Some(r) } => format!("{jobs} jobs in 30 days; rated {r:.1}"),
        }
    }
}
