//! The finer parts of an address: what a street and a number do not say.

use serde::Deserialize;

use crate::check::Check;
use crate::field::{self, Field};

/// Beside the address of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
pub struct AddressParts {
    /// Floor, flat, which bell: up to 100 characters.
    pub address_extra: Option<String>,
    /// Barrio, up to 100 characters.
    pub neighborhood: Option<String>,
    /// Up to 100 characters.
    pub city: Option<String>,
    /// Up to 100 characters.
    pub province: Option<String>,
    /// Up to 20 characters.
    pub postal_code: Option<String>,
}

impl AddressParts {
    pub(super) fn check(self, check: &mut Check) -> Self {
        Self {
            address_extra: check.optional("address_extra", self.address_extra.as_deref(), 100),
            neighborhood: check.optional("neighborhood", self.neighborhood.as_deref(), 100),
            city: check.optional("city", self.city.as_deref(), 100),
            province: check.optional("province", self.province.as_deref(), 100),
            postal_code: check.optional("postal_code", self.postal_code.as_deref(), 20),
        }
    }
}

/// The same in a PATCH: what is absent stays, null empties.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct EditAddressParts {
    /// Floor, flat, which bell.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub address_extra: Field<String>,
    /// Barrio.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub neighborhood: Field<String>,
    /// City.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub city: Field<String>,
    /// Province.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub province: Field<String>,
    /// Postal code.
    #[serde(default, deserialize_with = "field::read")]
    #[schema(value_type = Option<String>)]
    pub postal_code: Field<String>,
}

impl EditAddressParts {
    /// Whether any of them is said.
    pub(super) fn is_said(&self) -> bool {
        let all = [&self.address_extra, &self.neighborhood, &self.city, &self.province, &self.postal_code];
        all.into_iter().any(Option::is_some)
    }

    pub(super) fn apply(self, present: AddressParts) -> AddressParts {
        AddressParts {
            address_extra: self.address_extra.unwrap_or(present.address_extra),
            neighborhood: self.neighborhood.unwrap_or(present.neighborhood),
            city: self.city.unwrap_or(present.city),
            province: self.province.unwrap_or(present.province),
            postal_code: self.postal_code.unwrap_or(present.postal_code),
        }
    }
}
