//! Fields of a PATCH: absence is not null.

use serde::{Deserialize, Deserializer};

/// A field of a PATCH: absent (`None`), set to nothing (`Some(None)`), set to a value.
pub type Field<T> = Option<Option<T>>;

/// Reads a [`Field`]: with `#[serde(default, deserialize_with = "field::read")]` null is not absence.
pub fn read<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Field<T>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
