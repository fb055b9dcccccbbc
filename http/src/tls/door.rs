//! Port 80 beside ACME: the authority's questions are answered (RFC 8555, HTTP-01), everything else is sent to https.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::dev::ServerHandle;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

/// What the authority may ask now: token and answer.
#[derive(Debug, Clone, Default)]
pub struct Answers(Arc<RwLock<HashMap<String, String>>>);

impl Answers {
    /// Another question.
    pub fn add(&self, token: &str, answer: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(token.into(), answer.into());
    }

    /// Nothing is asked any more.
    pub fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn of(&self, token: &str) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }
}

#[derive(Clone)]
struct Door {
    answers: Answers,
    public_url: Arc<str>,
}

/// Opens the door on a listener.
///
/// # Errors
/// What the listener says.
pub fn open(listener: TcpListener, answers: Answers, public_url: &str) -> Result<ServerHandle, String> {
    let door = Data::new(Door { answers, public_url: public_url.into() });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(door.clone())
            .route("/.well-known/acme-challenge/{token}", web::get().to(challenge))
            .default_service(web::to(elsewhere))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .map_err(|e| format!("CAMPO_ACME_HTTP_LISTEN: {e}"))?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

async fn challenge(door: Data<Door>, token: Path<String>) -> HttpResponse {
    match door.answers.of(&token) {
        Some(answer) => {
            HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/octet-stream")).body(answer)
        }
        None => HttpResponse::NotFound().finish(),
    }
}

/// Always to our own name: a Host header is whatever its sender likes.
async fn elsewhere(door: Data<Door>, request: HttpRequest) -> HttpResponse {
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    HttpResponse::PermanentRedirect().insert_header((LOCATION, format!("{}{path}", door.public_url))).finish()
}
