//! Principals without a role. Their handlers check what they bring; the type says so in the signature.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::permission::{Gate, Permission};
use crate::failure::Failure;

macro_rules! outside {
    ($($(#[$doc:meta])* $type:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $type;

        impl Permission for $type {
            const GATE: Gate = Gate { name: $name, roles: None };
        }

        impl FromRequest for $type {
            type Error = Failure;
            type Future = Ready<Result<Self, Failure>>;

            fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(Ok(Self))
            }
        }
    )+};
}

outside! {
    /// Everyone, signed in or not: signing in itself, pages, the map.
    Anyone "anyone";
    /// Whoever has the link: a customer's page, a rating, a file. The token in the address is the permission.
    Linked "link";
    /// A provider that signs what it sends.
    Provider "provider";
    /// A phone app of others: the token in the address is a device's.
    PhoneApp "device";
    /// A socket: its first frame says who is there.
    Hello "hello";
    /// Whoever reaches the admin listener.
    Operator "operator";
}
