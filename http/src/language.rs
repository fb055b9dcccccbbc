//! The language that somebody reads: Spanish first.

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT_LANGUAGE;
use campo_engine::tracking::window::Language;

/// Spanish unless `Accept-Language` prefers English over it.
pub fn of(request: &HttpRequest) -> Language {
    let wanted = request.headers().get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let first = wanted.split(',').map(str::trim).find(|l| l.starts_with("es") || l.starts_with("en"));
    if first.is_some_and(|l| l.starts_with("en")) { Language::En } else { Language::Es }
}
