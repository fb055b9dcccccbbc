//! What may be said of a customer: a new one, a changed one, checked.

use serde::{Deserialize, Deserializer, Serialize};

use super::Customer;
use crate::check::Check;
use crate::error::Result;
use crate::location::{self, Next};
use crate::protect::Locks;
use crate::protect::fields::{self, IVA_OF_CUSTOMERS};

/// A customer to add.
#[derive(Debug, Default, Clone, Deserialize, Serialize, utoipa::ToSchema)]
pub struct NewCustomer {
    /// Their name.
    pub name: String,
    /// Their phone, in any usual spelling.
    pub phone: String,
    /// Where they live, in words.
    pub address: Option<String>,
    /// WGS-84 degrees; with `lon` or not at all.
    pub lat: Option<f64>,
    /// WGS-84 degrees.
    pub lon: Option<f64>,
    /// What to know of them.
    pub notes: Option<String>,
    /// Where e-mail reaches them.
    #[serde(default)]
    pub email: Option<String>,
    /// Their tax number, with or without hyphens.
    #[serde(default)]
    pub cuit: Option<String>,
    /// The name of the company.
    #[serde(default)]
    pub razon_social: Option<String>,
    /// responsable_inscripto, monotributista, exento or consumidor_final.
    #[serde(default)]
    pub condicion_iva: Option<String>,
    /// The number of their document.
    #[serde(default)]
    pub dni: Option<String>,
    /// Where invoices are addressed to.
    #[serde(default)]
    pub direccion_fiscal: Option<String>,
}

/// What may change of a customer: a field that is left out stays, null empties it. `cuit`, `razon_social` (with a
/// CUIT), `condicion_iva` and `dni` are locked once they have a value; another `direccion_fiscal` waits for the owner.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub struct EditCustomer {
    /// The version that the editor saw.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// A new phone.
    pub phone: Option<String>,
    /// Where they live, in words.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub address: Option<Option<String>>,
    /// WGS-84 degrees.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<f64>)]
    pub lat: Option<Option<f64>>,
    /// WGS-84 degrees.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<f64>)]
    pub lon: Option<Option<f64>>,
    /// What to know of them.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub notes: Option<Option<String>>,
    /// Where e-mail reaches them.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Their tax number.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub cuit: Option<Option<String>>,
    /// The name of the company.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub razon_social: Option<Option<String>>,
    /// responsable_inscripto, monotributista, exento or consumidor_final.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub condicion_iva: Option<Option<String>>,
    /// The number of their document.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub dni: Option<Option<String>>,
    /// Where invoices are addressed to.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub direccion_fiscal: Option<Option<String>>,
    /// Whether they are served.
    pub is_active: Option<bool>,
}

/// Tells null from a field that was left out.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// What a company needs to bill somebody, checked; the tax number still in the open.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Fiscal {
    pub(crate) email: Option<String>,
    pub(crate) cuit: Option<String>,
    pub(crate) razon_social: Option<String>,
    pub(crate) condicion_iva: Option<String>,
    pub(crate) dni: Option<String>,
    pub(crate) direccion_fiscal: Option<String>,
}

impl Fiscal {
    /// What a new customer says of it.
    pub(super) fn of(new: &NewCustomer, check: &mut Check) -> Self {
        Self {
            email: check.email("email", new.email.as_deref()),
            cuit: cuit(check, new.cuit.as_deref()),
            razon_social: check.optional("razon_social", new.razon_social.as_deref(), 200),
            condicion_iva: condition(check, new.condicion_iva.as_deref()),
            dni: dni(check, new.dni.as_deref()),
            direccion_fiscal: check.optional("direccion_fiscal", new.direccion_fiscal.as_deref(), 500),
        }
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !t.trim().is_empty())
}

fn cuit(check: &mut Check, text: Option<&str>) -> Option<String> {
    filled(text).map(|t| check.cuit("cuit", t))
}

fn dni(check: &mut Check, text: Option<&str>) -> Option<String> {
    filled(text).map(|t| fields::dni(check, "dni", t))
}

fn condition(check: &mut Check, text: Option<&str>) -> Option<String> {
    filled(text).map(|t| fields::one_of(check, "condicion_iva", t, IVA_OF_CUSTOMERS))
}

/// The row as it would be, checked, and what follows for its place. `row.cuit` is in the open on both sides.
///
/// # Errors
/// What cannot be accepted, and [`crate::error::Error::Locked`] for fields that are no longer edited.
pub(super) fn apply(mut row: Customer, edit: EditCustomer) -> Result<(Customer, Next)> {
    let mut check = Check::default();
    let (before, place, old) = (row.clone(), row.location(), row.address.clone());
    if let Some(name) = &edit.name {
        row.name = check.text("name", name, 1, 200);
    }
    if let Some(phone) = &edit.phone {
        row.phone = check.phone("phone", phone);
    }
    if let Some(address) = &edit.address {
        row.address = check.optional("address", address.as_deref(), 500);
    }
    if let Some(notes) = &edit.notes {
        row.notes = check.optional("notes", notes.as_deref(), 2000);
    }
    bill(&mut row, &edit, &mut check);
    let said = location::said(place.place, edit.lat, edit.lon, &mut check);
    row.is_active = edit.is_active.unwrap_or(row.is_active);
    check.done()?;
    locks(&before, &row)?;
    let next = location::next((place, old.as_deref()), row.address.as_deref(), said);
    Ok((row, next))
}

fn bill(row: &mut Customer, edit: &EditCustomer, check: &mut Check) {
    if let Some(email) = &edit.email {
        row.email = check.email("email", email.as_deref());
    }
    if let Some(text) = &edit.cuit {
        row.cuit = cuit(check, text.as_deref());
    }
    if let Some(text) = &edit.razon_social {
        row.razon_social = check.optional("razon_social", text.as_deref(), 200);
    }
    if let Some(text) = &edit.condicion_iva {
        row.condicion_iva = condition(check, text.as_deref());
    }
    if let Some(text) = &edit.dni {
        row.dni = dni(check, text.as_deref());
    }
    if let Some(text) = &edit.direccion_fiscal {
        row.direccion_fiscal = check.optional("direccion_fiscal", text.as_deref(), 500);
    }
}

/// Refuses to change what is locked (functional.md section 1).
pub(super) fn locks(was: &Customer, will: &Customer) -> Result<()> {
    let mut locks = Locks::default();
    locks.note("cuit", was.cuit.as_ref(), will.cuit.as_ref());
    if was.cuit.is_some() {
        locks.note("razon_social", was.razon_social.as_ref(), will.razon_social.as_ref());
    }
    locks.note("condicion_iva", was.condicion_iva.as_ref(), will.condicion_iva.as_ref());
    locks.note("dni", was.dni.as_ref(), will.dni.as_ref());
    locks.done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::ids::CustomerId;
    use crate::location::{Location, Source};
    use crate::moment::Moment;

    fn row() -> Customer {
        let now = Moment(chrono::Utc::now());
        Customer {
            id: CustomerId::new(),
            name: "Ana".into(),
            phone: "+5491155550001".into(),
            address: Some("Mitre 1".into()),
            lat: Some(-34.9),
            lon: Some(-60.0),
            location_source: Some(Source::Person),
            location_confidence: None,
            location_unsure: false,
            notes: None,
            email: None,
            cuit: None,
            razon_social: None,
            condicion_iva: None,
            dni: None,
            direccion_fiscal: None,
            is_active: true,
            opted_out_at: None,
            merged_into: None,
            merged_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
            cuit_sealed: None,
            cuit_blind: None,
        }
    }

    fn edit(json: &str) -> EditCustomer {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn left_out_stays_and_null_empties() {
        let (same, place) = apply(row(), edit(r#"{"version":1}"#)).unwrap();
        assert_eq!(same.address.as_deref(), Some("Mitre 1"));
        assert_eq!(place, Next::Settled(Location::pinned((-34.9, -60.0))));
        let (less, place) =
            apply(row(), edit(r#"{"version":1,"address":null,"lat":null,"lon":null}"#)).unwrap();
        assert_eq!((less.address, place), (None, Next::Settled(Location::default())));
    }

    #[test]
    fn half_a_place_is_refused() {
        assert!(apply(row(), edit(r#"{"version":1,"lat":null}"#)).is_err());
        assert!(apply(row(), edit(r#"{"version":1,"lat":91}"#)).is_err());
    }

    #[test]
    fn what_identifies_is_said_once() {
        let named = |error: Error| match error {
            Error::Locked(fields) => fields.into_iter().map(|f| f.field).collect::<Vec<_>>(),
            other => panic!("{other}"),
        };
        // Without a tax number the company's name is a name like another.
        let company = r#"{"version":1,"razon_social":"Sur SRL","dni":"20.123.456"}"#;
        let (row, _) = apply(row(), edit(company)).unwrap();
        assert_eq!(row.dni.as_deref(), Some("20123456"));
        let (row, _) =
            apply(row, edit(r#"{"version":1,"razon_social":"Sur SA","cuit":"30-50001091-2"}"#)).unwrap();
        let again = r#"{"version":1,"razon_social":"Sur SA","cuit":"30500010912","dni":"20123456"}"#;
        let (row, _) = apply(row, edit(again)).unwrap();
        let changed = r#"{"version":1,"razon_social":"Norte","cuit":null,"dni":"20123457"}"#;
        assert_eq!(named(apply(row, edit(changed)).unwrap_err()), ["cuit", "razon_social", "dni"]);
    }
}
