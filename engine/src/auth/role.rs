//! The five roles (functional.md section 1).

use serde::{Deserialize, Serialize};

/// What a person is in an organization.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    sqlx::Type,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    /// Everything, including billing and team.
    Owner,
    /// Operations management, no billing.
    Admin,
    /// Scheduling, assigning, live map, customer chat.
    Dispatcher,
    /// Own assigned jobs.
    Technician,
    /// Invoices, payments, reports.
    Accountant,
}

impl Role {
    /// Owner, admin or dispatcher.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Dispatcher)
    }

    /// The column and wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Dispatcher => "dispatcher",
            Self::Technician => "technician",
            Self::Accountant => "accountant",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Ok(match s {
            "owner" => Self::Owner,
            "admin" => Self::Admin,
            "dispatcher" => Self::Dispatcher,
            "technician" => Self::Technician,
            "accountant" => Self::Accountant,
            _ => return Err(()),
        })
    }
}
