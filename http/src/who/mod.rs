//! Who asks: extractors that are permissions (functional.md section 1).
//!
//! - [`SignedIn`]: somebody with a living login session.
//! - [`catalogue`]: every permission by its name, a type each; a handler names one as its second argument.
//! - [`outside`]: principals without a role: everyone, a link's holder, a provider, a phone app, a socket.
//! - [`guard`]: mounts handlers, and compiles for none that names no permission.
//!
//! 401 with `AUTH_004` (invalid), `AUTH_005` (expired) or `AUTH_010` (session ended); 403 with `AUTH_003` where the
//! role has no such permission. Both come before anything else of a request is judged.

pub mod catalogue;
pub mod guard;
pub mod outside;
pub mod permission;

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use campo_engine::asker::Asker;
use campo_engine::auth::role::Role;
use campo_engine::auth::token;
use campo_engine::error::Error;
use campo_engine::event::By;
use campo_engine::ids::{LoginId, OrgId, UserId};
use chrono::Utc;

pub use catalogue::*;
pub use guard::{Guarded, guarded};
pub use outside::*;
pub use permission::{Gate, Permission, Reach};

use crate::app::App;
use crate::failure::Failure;

/// Somebody signed in, whatever their role. No permission by itself.
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

/// Who sends this request: found once for each request.
async fn extract(request: HttpRequest) -> Result<SignedIn, Failure> {
    if let Some(known) = request.extensions().get::<SignedIn>() {
        return Ok(*known);
    }
    let missing = || Error::Unauthorized { code: "AUTH_004", detail: "sign in first: Authorization: Bearer" };
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::Internal("no app".into()))?;
    let header = request.headers().get(AUTHORIZATION).and_then(|h| h.to_str().ok()).ok_or_else(missing)?;
    let (scheme, token) = header.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing().into());
    }
    let who = sign_in(app, token.trim()).await?;
    app.limits.organization(&app.engine, who.org).await?;
    request.extensions_mut().insert(who);
    campo_engine::audit::asker_is(who.by());
    Ok(who)
}

impl FromRequest for SignedIn {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(extract(request.clone()))
    }
}
