//! Checking the fields of a body, all of them before the answer: `errors:[{"field","message"}]`.

use serde::{Deserialize, Deserializer};

use crate::error::{Error, FieldError, Result};

/// A field of a PATCH: absent (`None`), set to nothing (`Some(None)`), set to a value.
pub type Field<T> = Option<Option<T>>;

/// Reads a [`Field`]: with `#[serde(default, deserialize_with = "field::read")]` null is not absence.
pub fn read<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Field<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What is wrong with a body so far.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    /// Notes a bad field unless `good`.
    pub fn require(&mut self, good: bool, field: &'static str, message: &str) {
        if !good {
            self.0.push(FieldError { field, message: message.into() });
        }
    }

    /// A text of `min` to `max` characters, trimmed. PostgreSQL stores no NUL.
    pub fn text(&mut self, field: &'static str, text: &str, min: usize, max: usize) -> String {
        let text = text.trim();
        let length = text.chars().count();
        self.require(
            (min..=max).contains(&length),
            field,
            &format!("must have {min} to {max} characters, has {length}"),
        );
        self.require(!text.contains('\0'), field, "must not contain NUL");
        text.to_owned()
    }

    /// A text that may be absent; an empty one counts as absent.
    pub fn optional(&mut self, field: &'static str, text: Option<&str>, max: usize) -> Option<String> {
        let text = text.map(str::trim).filter(|t| !t.is_empty())?;
        Some(self.text(field, text, 0, max))
    }

    /// A place: both coordinates in range, or neither.
    pub fn place(&mut self, lat: Option<f64>, lon: Option<f64>) -> Option<(f64, f64)> {
        self.require(lat.is_some() == lon.is_some(), "lat", "lat and lon come together");
        self.require(lat.is_none_or(|v| (-90.0..=90.0).contains(&v)), "lat", "must lie between -90 and 90");
        self.require(
            lon.is_none_or(|v| (-180.0..=180.0).contains(&v)),
            "lon",
            "must lie between -180 and 180",
        );
        lat.zip(lon)
    }

    /// Goes on if all is well.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// A change must say which version it saw; another one than the present is stale.
///
/// `current` is the row as it stands now, for the answer.
pub fn check_version(seen: i32, present: i32, current: impl serde::Serialize) -> Result<()> {
    if seen == present {
        return Ok(());
    }
    Err(Error::Conflict {
        code: STALE,
        detail: format!("version {seen} was changed meanwhile, the present one is {present}"),
        current: serde_json::to_value(current).ok(),
    })
}

/// The code of a stale version (409 with the present row).
pub const STALE: &str = "VERSION_001";
