//! Checking what a caller sent: every wrong field at once, each with a reason in words.

use serde::Serialize;

use crate::auth::phone;
use crate::cuit::Cuit;
use crate::error::{Error, FieldError, Result};

/// What is said of a number that is none.
pub const PHONE: &str = "se espera un teléfono argentino, como +5491155550001 (an Argentine phone number)";

/// Gathers what is wrong with a request.
#[derive(Debug, Default)]
pub struct Check(Vec<FieldError>);

impl Check {
    /// Notes a wrong field.
    pub fn wrong(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { field, message: message.into() });
    }

    /// A text of so many letters, without blanks around it and without signs that nobody can see.
    pub fn text(&mut self, field: &'static str, text: &str, least: usize, most: usize) -> String {
        let text = text.trim();
        let length = text.chars().count();
        if !(least..=most).contains(&length) {
            self.wrong(field, format!("de {least} a {most} letras ({least} to {most} letters)"));
        }
        // PostgreSQL stores no NUL, and the others only hide things.
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
            self.wrong(field, "sin caracteres de control (no control characters)");
        }
        text.to_owned()
    }

    /// A text that may be missing; an empty one is none.
    pub fn optional(&mut self, field: &'static str, text: Option<&str>, most: usize) -> Option<String> {
        text.map(|t| self.text(field, t, 0, most)).filter(|t| !t.is_empty())
    }

    /// A phone in its stored form.
    pub fn phone(&mut self, field: &'static str, text: &str) -> String {
        phone::normalize(text).unwrap_or_else(|| {
            self.wrong(field, PHONE);
            String::new()
        })
    }

    /// A tax number, written with hyphens or without: its 11 digits ([`Cuit`]).
    pub fn cuit(&mut self, field: &'static str, text: &str) -> String {
        match Cuit::read(text) {
            Ok(cuit) => cuit.digits().to_owned(),
            Err(_) => {
                self.wrong(field, "se espera un CUIT válido (a valid CUIT)");
                String::new()
            }
        }
    }

    /// An address of e-mail that may be missing; an empty one is none.
    pub fn email(&mut self, field: &'static str, text: Option<&str>) -> Option<String> {
        let text = text.map(str::trim).filter(|t| !t.is_empty())?;
        if text.len() > 254 || !text.is_ascii() || text.parse::<lettre::Address>().is_err() {
            self.wrong(field, "no es una dirección de correo (not an e-mail address)");
        }
        Some(text.to_owned())
    }

    /// A place: both numbers or none, within the Earth.
    pub fn place(&mut self, lat: Option<f64>, lon: Option<f64>) {
        if lat.is_some() != lon.is_some() {
            self.wrong(
                if lat.is_none() { "lat" } else { "lon" },
                "lat y lon van juntas (lat and lon belong together)",
            );
        }
        if lat.is_some_and(|l| !(-90.0..=90.0).contains(&l)) {
            self.wrong("lat", "entre -90 y 90 (-90 to 90)");
        }
        if lon.is_some_and(|l| !(-180.0..=180.0).contains(&l)) {
            self.wrong("lon", "entre -180 y 180 (-180 to 180)");
        }
    }

    /// Refuses with everything that was wrong.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// Refuses a change made on a stale version, and shows the row as it is now.
pub fn version(seen: i32, present: i32, row: &impl Serialize) -> Result<()> {
    if seen == present {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "VERSION_001",
        detail: format!("somebody changed it meanwhile: version {present}, not {seen}"),
        current: serde_json::to_value(row).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_numbers() {
        for good in ["20-12345678-6", "30500010912", "33693450239"] {
            let mut check = Check::default();
            check.cuit("cuit", good);
            assert!(check.done().is_ok(), "{good}");
        }
        for bad in ["", "20-12345678-5", "2012345678", "abc", "20/12345678/6"] {
            let mut check = Check::default();
            check.cuit("cuit", bad);
            assert!(check.done().is_err(), "{bad}");
        }
    }

    #[test]
    fn places() {
        for (lat, lon, good) in [
            (None, None, true),
            (Some(-34.6), Some(-58.4), true),
            (Some(91.0), Some(0.0), false),
            (Some(0.0), None, false),
            (Some(f64::NAN), Some(0.0), false),
            (Some(0.0), Some(f64::INFINITY), false),
        ] {
            let mut check = Check::default();
            check.place(lat, lon);
            assert_eq!(check.done().is_ok(), good, "{lat:?} {lon:?}");
        }
    }
}
