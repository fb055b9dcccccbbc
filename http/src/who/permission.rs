//! What a permission is, and how the catalogue's rows become extractors.

use std::future::Future;
use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest};
use campo_engine::auth::role::Role;
use campo_engine::error::Error;

use super::{SignedIn, extract};
use crate::failure::Failure;

/// The roles in the order of the table's columns.
pub const ROLES: [Role; 5] = [Role::Owner, Role::Admin, Role::Dispatcher, Role::Technician, Role::Accountant];

/// Whose rows a role reaches with a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every row of the organization.
    All,
    /// The rows of one's own alone; the word stands at the end of the permission's name, as `assigned`.
    Own(&'static str),
}

/// A permission: whom it lets in, under which name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// `resource:action`, or the name of a principal without a role.
    pub name: &'static str,
    /// What each of [`ROLES`] reaches; `None` where signing in is not what lets in.
    pub roles: Option<[Option<Reach>; 5]>,
}

impl Gate {
    /// What a role reaches; `None` keeps it out.
    pub fn reach(&self, role: Role) -> Option<Reach> {
        // A build for the matrix to catch: never in one that serves.
        if cfg!(feature = "sabotage-extractor") && self.name == "customers:delete" {
            return Some(Reach::All);
        }
        let place = ROLES.iter().position(|known| *known == role)?;
        self.roles?.get(place).copied().flatten()
    }

    /// The permission as a role holds it, with its scope: `jobs:read:assigned`. The owner holds `*`, which is
    /// everything but what only the person at work may do.
    pub fn held(&self, role: Role) -> Option<String> {
        Some(match self.reach(role)? {
            Reach::All if role == Role::Owner => "*".to_owned(),
            Reach::All => self.name.to_owned(),
            Reach::Own(scope) => format!("{}:{scope}", self.name),
        })
    }
}

/// An extractor that lets in whom its [`Gate`] names, and nobody else.
///
/// A handler has one as its second argument ([`super::Guarded`]).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no permission",
    label = "the second argument of a handler says who may call it: a type of `who::catalogue` or `who::outside`"
)]
pub trait Permission: FromRequest<Error = Failure> + 'static {
    /// Its name and whom it lets in.
    const GATE: Gate;

    /// Whether a role gets in.
    fn admits(role: Role) -> bool {
        Self::GATE.reach(role).is_some()
    }
}

/// The future of a permission.
pub type Asking<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// Who asks, if the gate lets them in.
pub(super) fn ask<T: 'static>(request: &HttpRequest, gate: Gate, make: fn(SignedIn) -> T) -> Asking<T> {
    let request = request.clone();
    Box::pin(async move {
        let who = extract(request).await?;
        gate.reach(who.role).map(|_| make(who)).ok_or_else(|| Error::Forbidden.into())
    })
}

/// Turns rows of the table into extractors. The columns are owner, admin, dispatcher, technician, accountant;
/// `F` is full, `R` read, `own` and `assigned` one's own rows, `-` none.
macro_rules! permissions {
    (@reach F) => { Some($crate::who::Reach::All) };
    (@reach R) => { Some($crate::who::Reach::All) };
    (@reach own) => { Some($crate::who::Reach::Own("own")) };
    (@reach assigned) => { Some($crate::who::Reach::Own("assigned")) };
    (@reach -) => { None };
    ($($(#[$doc:meta])* $type:ident $name:literal $o:tt $a:tt $d:tt $t:tt $c:tt;)+) => {
        /// Every permission, in the order of the table.
        pub const CATALOGUE: &[$crate::who::Gate] = &[$(<$type as $crate::who::Permission>::GATE),+];

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $type(pub $crate::who::SignedIn);

            impl $crate::who::Permission for $type {
                const GATE: $crate::who::Gate = $crate::who::Gate {
                    name: $name,
                    roles: Some([
                        permissions!(@reach $o), permissions!(@reach $a), permissions!(@reach $d),
                        permissions!(@reach $t), permissions!(@reach $c),
                    ]),
                };
            }

            impl $type {
                /// Whose rows alone, where the role reaches one's own.
                pub fn own(&self) -> Option<campo_engine::ids::UserId> {
                    let reach = <Self as $crate::who::Permission>::GATE.reach(self.0.role);
                    matches!(reach, Some($crate::who::Reach::Own(_))).then_some(self.0.user)
                }
            }

            impl std::ops::Deref for $type {
                type Target = $crate::who::SignedIn;
                fn deref(&self) -> &$crate::who::SignedIn {
                    &self.0
                }
            }

            impl actix_web::FromRequest for $type {
                type Error = $crate::failure::Failure;
                type Future = $crate::who::permission::Asking<Self>;

                fn from_request(request: &actix_web::HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
                    $crate::who::permission::ask(request, <Self as $crate::who::Permission>::GATE, Self)
                }
            }
        )+
    };
}
pub(super) use permissions;
