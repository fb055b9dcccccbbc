//! Who asks: extractors that are permissions (functional.md section 1).
//!
//! A handler names in its signature whom it serves; nobody else gets in. 401 with `AUTH_004` (invalid),
//! `AUTH_005` (expired) or `AUTH_010` (session ended); 403 with `AUTH_003` for another role.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use campo_engine::asker::Asker;
use campo_engine::auth::role::Role;
use campo_engine::auth::token;
use campo_engine::error::Error;
use campo_engine::event::By;
use campo_engine::ids::{LoginId, OrgId, UserId};
use chrono::Utc;

use crate::app::App;
use crate::failure::Failure;

/// Somebody signed in, whatever their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The organization in which they act.
    pub org: OrgId,
    /// The person.
    pub user: UserId,
    /// What they are there.
    pub role: Role,
    /// Their login session.
    pub login: LoginId,
}

impl SignedIn {
    /// As use cases know them.
    pub fn asker(&self) -> Asker {
        Asker { user: self.user, role: self.role }
    }

    /// As the cause of an event.
    pub fn by(&self) -> By {
        if self.role == Role::Technician { By::technician(self.user) } else { By::staff(self.user) }
    }
}

/// Checks an access token and that its login session lives.
pub async fn sign_in(app: &App, token: &str) -> Result<SignedIn, Error> {
    let claims = token::verify(&app.engine.keys, token, Utc::now())?;
    app.engine.logins.check(&app.engine.db, &claims).await?;
    Ok(SignedIn { org: claims.org_id, user: claims.sub, role: claims.role, login: claims.sid })
}

async fn extract(request: HttpRequest) -> Result<SignedIn, Failure> {
    let missing = || Error::Unauthorized { code: "AUTH_004", detail: "sign in first: Authorization: Bearer" };
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::Internal("no app".into()))?;
    let header = request.headers().get(AUTHORIZATION).and_then(|h| h.to_str().ok()).ok_or_else(missing)?;
    let (scheme, token) = header.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing().into());
    }
    Ok(sign_in(app, token.trim()).await?)
}

impl FromRequest for SignedIn {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(extract(request.clone()))
    }
}

/// An extractor that lets some roles in.
macro_rules! permission {
    ($($(#[$doc:meta])* $name:ident: $($role:ident)|+;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub SignedIn);

        impl $name {
            /// Whether a role gets in.
            pub fn admits(role: Role) -> bool {
                matches!(role, $(Role::$role)|+)
            }
        }

        impl Deref for $name {
            type Target = SignedIn;
            fn deref(&self) -> &SignedIn {
                &self.0
            }
        }

        impl FromRequest for $name {
            type Error = Failure;
            type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                Box::pin(async move {
                    let who = extract(request).await?;
                    if Self::admits(who.role) { Ok(Self(who)) } else { Err(Error::Forbidden.into()) }
                })
            }
        }
    )+};
}

permission! {
    /// The owner: team, billing, settings.
    Owner: Owner;
    /// Owner or admin.
    OwnerOrAdmin: Owner | Admin;
    /// Owner, admin or dispatcher: schedules, assigns, sees the live map.
    Staff: Owner | Admin | Dispatcher;
    /// Owner, admin, dispatcher or technician: those who do or plan the work.
    Worker: Owner | Admin | Dispatcher | Technician;
    /// A technician.
    Technician: Technician;
    /// Owner, admin, dispatcher or accountant: those who see customers.
    Office: Owner | Admin | Dispatcher | Accountant;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Owner, admin, dispatcher, technician, accountant.
    #[test]
    fn whom_each_lets_in() {
        let roles = [Role::Owner, Role::Admin, Role::Dispatcher, Role::Technician, Role::Accountant];
        let row = |admits: fn(Role) -> bool| roles.map(|r| u8::from(admits(r)));
        assert_eq!(row(Owner::admits), [1, 0, 0, 0, 0]);
        assert_eq!(row(OwnerOrAdmin::admits), [1, 1, 0, 0, 0]);
        assert_eq!(row(Staff::admits), [1, 1, 1, 0, 0]);
        assert_eq!(row(Worker::admits), [1, 1, 1, 1, 0]);
        assert_eq!(row(Technician::admits), [0, 0, 0, 1, 0]);
        assert_eq!(row(Office::admits), [1, 1, 1, 0, 1]);
    }
}
