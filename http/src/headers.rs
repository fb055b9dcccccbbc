//! Headers of every answer, and problem documents for refusals that nobody worded.

use actix_web::ResponseError;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::{DefaultHeaders, ErrorHandlerResponse, ErrorHandlers};

use crate::failure::Failure;

/// Everything from this origin, nothing inline, nobody's frame. The map draws in a worker from a blob.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self' ws: wss:; worker-src 'self' blob:; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// Security headers, where the answer has none of its own.
///
/// `tiles` and `files` are the origins of configured providers of tiles and of the files' store: pictures are
/// loaded from there too, sounds from the latter.
pub fn security(public_url: &str, tiles: &[String], files: Option<&str>) -> DefaultHeaders {
    let policy = if tiles.is_empty() {
        CONTENT_SECURITY_POLICY.to_owned()
    } else {
        let origins = tiles.join(" ");
        CONTENT_SECURITY_POLICY
            .replace("img-src 'self'", &format!("img-src 'self' {origins}"))
            .replace("connect-src 'self'", &format!("connect-src 'self' {origins}"))
    };
    let policy = match files {
        Some(origin) => {
            let media = format!("{policy}; media-src 'self' blob: {origin}");
            media.replace("img-src 'self'", &format!("img-src 'self' {origin}"))
        }
        None => policy,
    };
    let headers = DefaultHeaders::new()
        .add(("Content-Security-Policy", policy))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "strict-origin-when-cross-origin"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Permissions-Policy", "geolocation=(self), camera=(), microphone=()"));
    if public_url.starts_with("https://") {
        return headers.add(("Strict-Transport-Security", "max-age=31536000"));
    }
    headers
}

/// The framework refuses a wrong method or a broken request without words: they become a problem document.
pub fn problems<B: MessageBody + 'static>() -> ErrorHandlers<B> {
    ErrorHandlers::new().default_handler_client(word)
}

fn word<B>(answer: ServiceResponse<B>) -> actix_web::Result<ErrorHandlerResponse<B>> {
    if answer.headers().contains_key(CONTENT_TYPE) {
        return Ok(ErrorHandlerResponse::Response(answer.map_into_left_body()));
    }
    let status = answer.status();
    let code = if status.as_u16() == 404 { "REQUEST_004" } else { "REQUEST_001" };
    let worded = Failure::new(status, code, status.canonical_reason().unwrap_or("refused")).error_response();
    let (request, plain) = answer.into_parts();
    let mut worded = worded;
    for (name, value) in plain.headers() {
        // `Allow` of a wrong method.
        worded.headers_mut().append(name.clone(), value.clone());
    }
    Ok(ErrorHandlerResponse::Response(ServiceResponse::new(request, worded).map_into_right_body()))
}
