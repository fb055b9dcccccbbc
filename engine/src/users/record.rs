//! What an employer keeps of a person: locked once it is said (functional.md section 1). Seen by owners, admins and the
//! person.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::User;
use crate::check::Check;
use crate::error::Result;
use crate::protect::Locks;
use crate::protect::fields::{self, SEXES};

/// A person's papers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = UserPapers)]
pub struct Record {
    /// Their name as documents have it.
    pub legal_name: Option<String>,
    /// Their number as an employee, 11 digits.
    pub cuil: Option<String>,
    /// The number of their document.
    pub dni: Option<String>,
    /// When they were born.
    #[schema(value_type = Option<String>, format = Date)]
    pub fecha_nacimiento: Option<NaiveDate>,
    /// Where they are citizens.
    pub nacionalidad: Option<String>,
    /// f, m or x.
    pub sexo: Option<String>,
    /// Since when they work here.
    #[schema(value_type = Option<String>, format = Date)]
    pub fecha_ingreso: Option<NaiveDate>,
    /// What kind of contract they have.
    pub modalidad_contrato: Option<String>,
    /// Their health insurance.
    pub obra_social: Option<String>,
    /// Their insurance against accidents at work.
    pub art: Option<String>,
    /// Their collective agreement.
    pub convenio_colectivo: Option<String>,
}

/// A person with their papers.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Profile {
    /// The person.
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub user: User,
    /// Their papers; all null to those who may not see them.
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub record: Record,
}

/// What is said of a person's papers: each once. Absent or null says nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[schema(as = SayUserPapers)]
pub struct SayRecord {
    /// Their name as documents have it.
    #[serde(default)]
    pub legal_name: Option<String>,
    /// Their number as an employee, with or without hyphens.
    #[serde(default)]
    pub cuil: Option<String>,
    /// The number of their document.
    #[serde(default)]
    pub dni: Option<String>,
    /// When they were born.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub fecha_nacimiento: Option<NaiveDate>,
    /// Where they are citizens.
    #[serde(default)]
    pub nacionalidad: Option<String>,
    /// f, m or x.
    #[serde(default)]
    pub sexo: Option<String>,
    /// Since when they work here.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub fecha_ingreso: Option<NaiveDate>,
    /// What kind of contract they have.
    #[serde(default)]
    pub modalidad_contrato: Option<String>,
    /// Their health insurance.
    #[serde(default)]
    pub obra_social: Option<String>,
    /// Their insurance against accidents at work.
    #[serde(default)]
    pub art: Option<String>,
    /// Their collective agreement.
    #[serde(default)]
    pub convenio_colectivo: Option<String>,
}

impl SayRecord {
    /// What was said, in its stored form, over what is there.
    pub(super) fn over(&self, was: &Record, check: &mut Check) -> Record {
        let text = |check: &mut Check, field, said: &Option<String>, most, was: &Option<String>| {
            check.optional(field, said.as_deref(), most).or_else(|| was.clone())
        };
        let filled = |said: &Option<String>| said.clone().filter(|t| !t.trim().is_empty());
        Record {
            legal_name: text(check, "legal_name", &self.legal_name, 200, &was.legal_name),
            cuil: filled(&self.cuil).map(|c| fields::cuil(check, "cuil", &c)).or_else(|| was.cuil.clone()),
            dni: filled(&self.dni).map(|d| fields::dni(check, "dni", &d)).or_else(|| was.dni.clone()),
            fecha_nacimiento: self.fecha_nacimiento.or(was.fecha_nacimiento),
            nacionalidad: text(check, "nacionalidad", &self.nacionalidad, 60, &was.nacionalidad),
            sexo: filled(&self.sexo)
                .map(|s| fields::one_of(check, "sexo", &s.to_lowercase(), SEXES))
                .or_else(|| was.sexo.clone()),
            fecha_ingreso: self.fecha_ingreso.or(was.fecha_ingreso),
            modalidad_contrato: text(
                check,
                "modalidad_contrato",
                &self.modalidad_contrato,
                60,
                &was.modalidad_contrato,
            ),
            obra_social: text(check, "obra_social", &self.obra_social, 100, &was.obra_social),
            art: text(check, "art", &self.art, 100, &was.art),
            convenio_colectivo: text(
                check,
                "convenio_colectivo",
                &self.convenio_colectivo,
                100,
                &was.convenio_colectivo,
            ),
        }
    }
}

/// Refuses to change what was said before.
pub(super) fn locks(was: &Record, will: &Record) -> Result<()> {
    let mut locks = Locks::default();
    locks.note("legal_name", was.legal_name.as_ref(), will.legal_name.as_ref());
    locks.note("cuil", was.cuil.as_ref(), will.cuil.as_ref());
    locks.note("dni", was.dni.as_ref(), will.dni.as_ref());
    locks.note("fecha_nacimiento", was.fecha_nacimiento.as_ref(), will.fecha_nacimiento.as_ref());
    locks.note("nacionalidad", was.nacionalidad.as_ref(), will.nacionalidad.as_ref());
    locks.note("sexo", was.sexo.as_ref(), will.sexo.as_ref());
    locks.note("fecha_ingreso", was.fecha_ingreso.as_ref(), will.fecha_ingreso.as_ref());
    locks.note("modalidad_contrato", was.modalidad_contrato.as_ref(), will.modalidad_contrato.as_ref());
    locks.note("obra_social", was.obra_social.as_ref(), will.obra_social.as_ref());
    locks.note("art", was.art.as_ref(), will.art.as_ref());
    locks.note("convenio_colectivo", was.convenio_colectivo.as_ref(), will.convenio_colectivo.as_ref());
    locks.done()
}
