//! The customer's page: `/t/{token}` and its stream.
//!
//! No cookie, no index, no referrer; the token stands in no log. Unknown, expired and revoked links look the same.

mod page;
mod rating;
mod stream;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use campo_engine::audit::looks;
use campo_engine::error::Error;
use campo_engine::ids::{JobId, OrgId, SessionId};
use campo_engine::tracking::session::{self, Known};

pub use rating::{rate, show as rating};

use crate::app::App;
use crate::failure::Failure;
use crate::language;
use crate::who::Linked;

/// A link that opens a session.
struct Followed {
    org: OrgId,
    session: SessionId,
    job: JobId,
    known: Known,
}

/// `GET /t/{token}`: the page, which says state, window and technician before any script runs.
pub async fn page(
    app: Data<App>,
    _: Linked,
    token: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let Some(followed) = follow(&app, &token, true).await? else {
        return Ok(private(&mut HttpResponse::NotFound()).body(page::not_found(language::of(&request))));
    };
    looks::link(&app.engine, followed.org, followed.session).await?;
    let marker = match &app.registry.tracking_alive(followed.session) {
        Some(_) => stream::newest(&app, &followed).await,
        None => None,
    };
    let live = marker.unwrap_or_else(|| session::live(&followed.known, None, campo_actors::now_ms()));
    Ok(private(&mut HttpResponse::Ok()).body(page::render(&followed.known, &live, language::of(&request))))
}

/// `GET /t/{token}/live`: server-sent events; 204 once it is over.
pub async fn live(app: Data<App>, _: Linked, token: Path<String>) -> Result<HttpResponse, Failure> {
    let Some(followed) = follow(&app, &token, false).await? else {
        return Ok(private(&mut HttpResponse::NotFound()).body(page::not_found(page::Language::Es)));
    };
    if session::is_over(&followed.known) {
        return Ok(private(&mut HttpResponse::NoContent()).finish());
    }
    looks::link(&app.engine, followed.org, followed.session).await?;
    let said = stream::subscribe(&app, &followed).await.ok_or(Error::Unavailable("the live stream"))?;
    Ok(private(&mut HttpResponse::Ok())
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::events(said, app.sockets.closing())))
}

async fn follow(app: &App, token: &str, counts: bool) -> Result<Option<Followed>, Failure> {
    let db = &app.engine.db;
    let Some((org, session, job)) = session::follow(db, token).await? else { return Ok(None) };
    let known = if counts {
        session::look(db, org, session).await?
    } else {
        session::known(db, org, session).await?
    };
    Ok(known.map(|known| Followed { org, session, job, known }))
}

/// What every answer to a customer carries.
fn private(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header(("X-Robots-Tag", "noindex, nofollow"))
}
