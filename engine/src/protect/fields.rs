//! The one list of protected fields, and how each is written. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::auth::role::Role;
use crate::check::Check;
use crate::cuit::Cuit;

/// What has protected fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ChangeEntity)]
pub enum Entity {
    /// The company itself.
    Organization,
    /// A person of the team.
    User,
    /// A customer.
    Customer,
}

/// How a field is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Never edited once it has a value: a change request, with its papers.
    Locked,
    /// The owner's change applies at once, another's waits for the owner.
    Approval,
}

/// What a field's text must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// So many letters at most.
    Text(usize),
    /// A tax number.
    Cuit,
    /// An employee's number.
    Cuil,
    /// Six to nine digits.
    Dni,
    /// `2026-11-24`.
    Date,
    /// A point of sale: 1 to 99999.
    Point,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A role, never owner.
    Role,
    /// true or false.
    Bool,
}

/// A protected field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protected {
    /// Of what.
    pub entity: Entity,
    /// As the API names it.
    pub field: &'static str,
    /// How it is protected.
    pub guard: Guard,
    /// What its text must be.
    pub form: Form,
}

/// Where a company stands with the value-added tax.
pub const IVA_OF_COMPANIES: &[&str] = &["responsable_inscripto", "monotributista", "exento"];
/// Where a customer stands with it.
pub const IVA_OF_CUSTOMERS: &[&str] =
    &["responsable_inscripto", "monotributista", "exento", "consumidor_final"];
/// As documents of identity have it.
pub const SEXES: &[&str] = &["f", "m", "x"];

const fn locked(entity: Entity, field: &'static str, form: Form) -> Protected {
    Protected { entity, field, guard: Guard::Locked, form }
}

const fn approval(entity: Entity, field: &'static str, form: Form) -> Protected {
    Protected { entity, field, guard: Guard::Approval, form }
}

/// Every protected field that a change may be asked for (functional.md section 1).
pub const FIELDS: &[Protected] = &[
    locked(Entity::Organization, "cuit", Form::Cuit),
    locked(Entity::Organization, "razon_social", Form::Text(200)),
    locked(Entity::Organization, "tipo_sociedad", Form::Text(60)),
    locked(Entity::Organization, "iva_condition", Form::OneOf(IVA_OF_COMPANIES)),
    locked(Entity::Organization, "punto_venta_afip", Form::Point),
    locked(Entity::Organization, "fecha_inscripcion_afip", Form::Date),
    locked(Entity::Organization, "ingresos_brutos", Form::Text(40)),
    approval(Entity::Organization, "domicilio_fiscal", Form::Text(500)),
    locked(Entity::User, "cuil", Form::Cuil),
    locked(Entity::User, "dni", Form::Dni),
    locked(Entity::User, "legal_name", Form::Text(200)),
    locked(Entity::User, "fecha_nacimiento", Form::Date),
    locked(Entity::User, "nacionalidad", Form::Text(60)),
    locked(Entity::User, "sexo", Form::OneOf(SEXES)),
    locked(Entity::User, "fecha_ingreso", Form::Date),
    locked(Entity::User, "modalidad_contrato", Form::Text(60)),
    locked(Entity::User, "obra_social", Form::Text(100)),
    locked(Entity::User, "art", Form::Text(100)),
    locked(Entity::User, "convenio_colectivo", Form::Text(100)),
    approval(Entity::User, "role", Form::Role),
    approval(Entity::User, "puesto", Form::Text(100)),
    approval(Entity::User, "is_active", Form::Bool),
    locked(Entity::Customer, "cuit", Form::Cuit),
    locked(Entity::Customer, "razon_social", Form::Text(200)),
    locked(Entity::Customer, "condicion_iva", Form::OneOf(IVA_OF_CUSTOMERS)),
    locked(Entity::Customer, "dni", Form::Dni),
    approval(Entity::Customer, "direccion_fiscal", Form::Text(500)),
];

impl Entity {
    /// The column and wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::User => "user",
            Self::Customer => "customer",
        }
    }
}

/// The protected field of this name.
pub fn find(entity: Entity, field: &str) -> Option<&'static Protected> {
    FIELDS.iter().find(|f| f.entity == entity && f.field == field)
}

impl Form {
    /// A value in its stored form, or what is wrong with it, noted under `field`.
    pub fn read(self, check: &mut Check, field: &'static str, text: &str) -> String {
        match self {
            Self::Text(most) => check.text(field, text, 1, most),
            Self::Cuit => check.cuit(field, text),
            Self::Cuil => cuil(check, field, text),
            Self::Dni => dni(check, field, text),
            Self::Date => {
                let text = text.trim();
                if text.parse::<NaiveDate>().is_err() {
                    check.wrong(field, "una fecha como 2026-11-24 (a date)");
                }
                text.to_owned()
            }
            Self::Point => {
                let text = text.trim();
                if !text.parse::<i32>().is_ok_and(|n| (1..=99_999).contains(&n)) {
                    check.wrong(field, "de 1 a 99999 (1 to 99999)");
                }
                text.to_owned()
            }
            Self::OneOf(known) => one_of(check, field, text, known),
            Self::Role => {
                let text = text.trim();
                if !text.parse::<Role>().is_ok_and(|role| role != Role::Owner) {
                    check.wrong(field, "admin, dispatcher, technician o accountant (one of these roles)");
                }
                text.to_owned()
            }
            Self::Bool => one_of(check, field, text, &["true", "false"]),
        }
    }
}

/// A document's number: six to nine digits, dots between them or not.
pub fn dni(check: &mut Check, field: &'static str, text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_plain = text.trim().chars().all(|c| c.is_ascii_digit() || ". ".contains(c));
    if !is_plain || !(6..=9).contains(&digits.len()) {
        check.wrong(field, "de 6 a 9 dígitos (6 to 9 digits)");
    }
    digits
}

/// One of the known words.
pub fn one_of(check: &mut Check, field: &'static str, text: &str, known: &[&str]) -> String {
    let text = text.trim();
    // Short forms that people and other programs use.
    let text = match text {
        "monotributo" => "monotributista",
        text => text,
    };
    if !known.contains(&text) {
        check.wrong(field, format!("de {} (one of these)", known.join(", ")));
    }
    text.to_owned()
}

/// An employee's number is a person's.
pub fn cuil(check: &mut Check, field: &'static str, text: &str) -> String {
    let digits = check.cuit(field, text);
    if Cuit::read(&digits).is_ok_and(|c| c.kind() != crate::cuit::Kind::Person) {
        check.wrong(field, "el CUIL es de una persona: 20, 23, 24 o 27 (a person's number)");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What a form accepts is its own stored form, and nothing breaks it.
        #[test]
        fn stored_forms_are_stable(n in 0..FIELDS.len(), text in "[0-9a-z .\\-]{0,30}") {
            let form = FIELDS[n].form;
            let mut check = Check::default();
            let stored = form.read(&mut check, "requested", &text);
            if check.done().is_ok() {
                let mut again = Check::default();
                prop_assert_eq!(form.read(&mut again, "requested", &stored), stored);
                prop_assert!(again.done().is_ok());
            }
        }
    }

    #[test]
    fn each_field_stands_once() {
        for (n, f) in FIELDS.iter().enumerate() {
            let place = FIELDS.iter().position(|g| g.entity == f.entity && g.field == f.field);
            assert_eq!(place, Some(n), "{}", f.field);
        }
        assert!(find(Entity::User, "salary").is_none());
    }
}
