//! Ids as types: a job's id cannot be passed where a person's is meant.
//!
//! Outside, every id is a UUID v7 made by the application. The int4 surrogates of positions
//! ([`Member`], [`Source`]) exist only inside.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            sqlx::Type, schemars::JsonSchema, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schemars(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id: version 7, so that newer rows stand together in the index.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

uuid_id! {
    /// An organization: a company and its people, the tenant.
    OrgId,
    /// A person, the same in every organization they belong to.
    UserId,
    /// One signing-in of one device (`sid` of access tokens).
    LoginId,
    /// A customer of an organization.
    CustomerId,
    /// A job.
    JobId,
    /// A tracking session: one journey to one job.
    SessionId,
    /// A working shift of a technician.
    ShiftId,
    /// A voice note.
    VoiceNoteId,
    /// A message to or from somebody.
    MessageId,
    /// A file.
    FileId,
    /// A photo or signature of a job.
    PhotoId,
    /// A phone that speaks through an app of others.
    DeviceId,
}

/// A person in an organization, as positions carry it. Never leaves the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Member(pub i32);

/// One boot of one device's store, as positions carry it. Never leaves the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Source(pub i32);
