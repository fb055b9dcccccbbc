//! What a person agreed to in an organization: each answer kept with when, from where, and which words they saw.
//!
//! Location: who never answered is tracked on shift alone, as the work needs it; who says no is not tracked at all.
//! History: who says no is tracked live, and their positions go when the shift ends ([`super::retain`]).

use std::collections::BTreeMap;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{export, leave, request, retain, sql};
use crate::Engine;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::UserId;
use crate::ledger::{Action, Entry};
use crate::moment::Moment;
use crate::tracking::window::Language;

/// What may be agreed to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ConsentKind)]
pub enum Kind {
    /// The terms of use.
    Terms,
    /// How personal data is treated.
    Privacy,
    /// Companies abroad: WhatsApp, transcription, maps.
    InternationalTransfer,
    /// Recordings that a machine hears.
    Voice,
    /// Positions while on shift.
    Location,
    /// Positions kept after the shift.
    LocationHistory,
}

/// Which words are agreed to; other words are another version.
pub const VERSION: &str = "2026-11";

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Terms,
        Self::Privacy,
        Self::InternationalTransfer,
        Self::Voice,
        Self::Location,
        Self::LocationHistory,
    ];

    /// What is agreed to, in words.
    pub fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Terms, Language::Es) => "Acepto los términos de uso del servicio.",
            (Self::Terms, Language::En) => "I accept the terms of use.",
            (Self::Privacy, Language::Es) => {
                "Sé qué datos míos se guardan, para qué y por cuánto tiempo, y que puedo pedir una copia, corregirlos o \
                 borrarlos (ley 25.326)."
            }
            (Self::Privacy, Language::En) => {
                "I know which of my data is kept, what for and how long, and that I may ask for a copy, have it corrected \
                 or erased (law 25.326)."
            }
            (Self::InternationalTransfer, Language::Es) => {
                "Los mensajes pasan por WhatsApp (Meta) y otras empresas fuera del país, solo para entregarlos."
            }
            (Self::InternationalTransfer, Language::En) => {
                "Messages pass through WhatsApp (Meta) and other companies abroad, to be delivered and nothing else."
            }
            (Self::Voice, Language::Es) => {
                "Mis audios pueden ser transcriptos por un servicio fuera del país."
            }
            (Self::Voice, Language::En) => "My recordings may be transcribed by a service abroad.",
            (Self::Location, Language::Es) => {
                "Mientras mi jornada está abierta, el teléfono envía mi posición para asignar trabajos y avisar al cliente \
                 cuánto falta. Fuera de la jornada no se guarda ninguna. Puedo decir que no, sin consecuencias laborales."
            }
            (Self::Location, Language::En) => {
                "While my shift is open my phone sends my position, to assign jobs and to tell customers how long it takes. \
                 Outside of the shift none is kept. I may refuse, without consequences at work."
            }
            (Self::LocationHistory, Language::Es) => {
                "El recorrido de mi jornada se guarda hasta 90 días, y después solo un resumen diario. Si digo que no, se \
                 borra al terminar la jornada."
            }
            (Self::LocationHistory, Language::En) => {
                "Where I went during a shift is kept for up to 90 days, then only a daily summary. If I refuse, it is \
                 erased when the shift ends."
            }
        }
    }
}

/// One thing that may be agreed to, as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Consent)]
pub struct Given {
    /// What.
    pub kind: Kind,
    /// Yes, no, or null: not answered yet.
    pub is_given: Option<bool>,
    /// When it was answered.
    pub at: Option<Moment>,
    /// Which words were answered.
    pub version: Option<String>,
    /// The words now, in the reader's language.
    pub text: &'static str,
    /// Their version; another one than `version` asks again.
    pub text_version: &'static str,
}

/// `GET /api/users/me/privacy`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Privacy {
    /// What was agreed to.
    pub consents: Vec<Given>,
    /// Copies of one's data that were asked for, the newest first.
    pub exports: Vec<export::ExportView>,
    /// One's own erasure, where it is under way.
    pub deletion: Option<leave::Deletion>,
    /// What else was asked, the newest first.
    pub requests: Vec<request::RequestView>,
    /// What is kept about a person and why: tables in words.
    pub held: Vec<Kept>,
}

/// One kind of thing that is kept about people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Kept {
    /// In words (es-AR).
    pub what: &'static str,
    /// `consent`, `contract`, `labour`, `security` or `proof`.
    pub ground: String,
}

/// `PATCH /api/users/me/privacy`: what is absent stays.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[schema(as = EditPrivacy)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The terms of use.
    pub terms: Option<bool>,
    /// How personal data is treated.
    pub privacy: Option<bool>,
    /// Companies abroad.
    pub international_transfer: Option<bool>,
    /// Recordings that a machine hears.
    pub voice: Option<bool>,
    /// Positions while on shift.
    pub location: Option<bool>,
    /// Positions kept after the shift.
    pub location_history: Option<bool>,
}

impl Edit {
    fn answers(&self) -> impl Iterator<Item = (Kind, bool)> {
        let all = [
            (Kind::Terms, self.terms),
            (Kind::Privacy, self.privacy),
            (Kind::InternationalTransfer, self.international_transfer),
            (Kind::Voice, self.voice),
            (Kind::Location, self.location),
            (Kind::LocationHistory, self.location_history),
        ];
        all.into_iter().filter_map(|(kind, given)| Some((kind, given?)))
    }
}

/// From where somebody answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct From<'a> {
    /// Their address.
    pub ip: Option<&'a str>,
    /// Their browser.
    pub user_agent: Option<&'a str>,
}

/// How everything stands for a person.
pub async fn get(engine: &Engine, tenant: &mut Tenant, user: UserId, language: Language) -> Result<Privacy> {
    let newest = sql::consent::newest(tenant, user).await?;
    let consents = Kind::ALL.map(|kind| {
        let row = newest.iter().find(|row| row.kind == kind);
        Given {
            kind,
            is_given: row.map(|r| r.is_given),
            at: row.map(|r| Moment(r.at)),
            version: row.map(|r| r.version.clone()),
            text: kind.text(language),
            text_version: VERSION,
        }
    });
    let held: BTreeMap<&str, String> = sql::held::all()
        .filter(|h| h.whose.contains("s.users") || h.whose.contains("s.members"))
        .map(|h| (h.what, format!("{:?}", h.ground).to_lowercase()))
        .collect();
    Ok(Privacy {
        consents: consents.to_vec(),
        exports: export::of(engine, tenant, user).await?,
        deletion: leave::under_way(tenant, user).await?,
        requests: request::of(tenant, user).await?,
        held: held.into_iter().map(|(what, ground)| Kept { what, ground }).collect(),
    })
}

/// A person answers. The same answer again is kept again: it is newer.
pub async fn edit(tenant: &mut Tenant, user: UserId, from: From<'_>, edit: Edit) -> Result<()> {
    let answers: Vec<(Kind, bool)> = edit.answers().collect();
    if answers.is_empty() {
        return Err(Error::invalid("location", "nada que cambiar (nothing to change)"));
    }
    for (kind, given) in &answers {
        note(tenant, user, (*kind, *given, VERSION), from).await?;
    }
    let answer = |kind| answers.iter().find(|(k, _)| *k == kind).map(|(_, given)| *given);
    let (location, history) = (answer(Kind::Location), answer(Kind::LocationHistory));
    if location.is_none() && history.is_none() {
        return Ok(());
    }
    sql::consent::set_tracking(tenant, user, location, history).await?;
    if history == Some(false) {
        retain::forget_soon(tenant, user, chrono::TimeDelta::zero()).await?;
    }
    // The technician's actor reads what it may take again.
    let event = NewEvent::new("technician.privacy_changed", Utc::now(), By::technician(user));
    tenant.record(event.with("technician_id", user).with("location", location).with("history", history));
    Ok(())
}

/// Keeps one answer, also of somebody who answers for the organization (voice notes).
pub(crate) async fn note(
    tenant: &mut Tenant,
    user: UserId,
    (kind, given, version): (Kind, bool, &str),
    from: From<'_>,
) -> Result<()> {
    let id = Uuid::now_v7();
    sql::consent::insert(tenant, (id, user), (kind, given, version), from).await?;
    let action = if given { Action::ConsentGiven } else { Action::ConsentWithdrawn };
    let entry = Entry::new(action, By::staff(user), "consent").on(id).about(user);
    tenant.audit(entry.with("kind", kind).with("text_version", version));
    Ok(())
}
