//! Every request has an id: in its answer, in its problem document, in what is logged meanwhile.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::Instrument;
use uuid::Uuid;

use crate::app::App;

/// Where the id stands.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// An id from a proxy has at most this many letters.
const LONGEST: usize = 64;

tokio::task_local! {
    /// The id of the request that this task answers.
    static CURRENT: String;
}

/// What a problem document calls this request: a URN, and none outside of one.
pub fn instance() -> Option<String> {
    let id = CURRENT.try_with(Clone::clone).ok()?;
    let kind = if Uuid::parse_str(&id).is_ok() { "uuid" } else { "request" };
    Some(format!("urn:{kind}:{id}"))
}

/// Names the request, and logs how it ended: by its route's pattern, because a path may open something.
pub async fn named<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let id = id_of(&request).unwrap_or_else(|| Uuid::now_v7().to_string());
    let span = tracing::info_span!("request", id);
    let began = Instant::now();
    let method = request.method().clone();
    let work = async {
        let answer = next.call(request).await;
        if let Ok(answer) = &answer {
            let (status, route) = (answer.status().as_u16(), answer.request().match_pattern());
            let (route, took_us) = (route.as_deref().unwrap_or("-"), began.elapsed().as_micros() as u64);
            tracing::debug!(%method, route, status, took_us, "answered");
        }
        answer
    };
    let mut answer = CURRENT.scope(id.clone(), work.instrument(span)).await?;
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HEADER, id);
    }
    Ok(answer)
}

/// The id that a trusted proxy gave: anybody else's could be somebody else's.
fn id_of(request: &ServiceRequest) -> Option<String> {
    let given = request.headers().get(HEADER)?.to_str().ok()?;
    let app = request.app_data::<Data<App>>()?;
    let peer = request.peer_addr()?.ip();
    (app.config.trusted_proxies.contains(peer) && is_plain(given)).then(|| given.to_owned())
}

fn is_plain(id: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=LONGEST).contains(&id.len()) && id.chars().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_taken() {
        for (id, good) in
            [("a-1_B.2", true), ("", false), ("a b", false), ("a\"b", false), (&"x".repeat(65), false)]
        {
            assert_eq!(is_plain(id), good, "{id}");
        }
    }

    #[tokio::test]
    async fn a_problem_names_its_request() {
        assert_eq!(instance(), None);
        let id = Uuid::nil().to_string();
        let inside = CURRENT.scope(id.clone(), async { instance() }).await;
        assert_eq!(inside, Some(format!("urn:uuid:{id}")));
        assert_eq!(
            CURRENT.scope("x-1".into(), async { instance() }).await.as_deref(),
            Some("urn:request:x-1")
        );
    }
}
