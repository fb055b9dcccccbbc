//! Which pages may use cookies and sockets.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::ORIGIN;

use crate::app::App;
use crate::failure::Failure;

/// Whether the request's Origin is missing (no browser), our own, or one that the operator allowed.
pub fn is_allowed(app: &App, request: &HttpRequest) -> bool {
    let Some(origin) = request.headers().get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    allows(&app.public_url, &app.config.allowed_origins.0, origin)
}

/// Refuses a page that may not come: 403 with `AUTH_003`.
pub fn check(app: &App, request: &HttpRequest) -> Result<(), Failure> {
    if is_allowed(app, request) {
        return Ok(());
    }
    Err(Failure::new(StatusCode::FORBIDDEN, "AUTH_003", "this page's origin is not allowed"))
}

fn allows(public_url: &str, allowed: &[String], origin: &str) -> bool {
    let same = |a: &str| a.eq_ignore_ascii_case(origin);
    same(public_url) || allowed.iter().any(|a| same(a)) || is_same_machine(public_url, origin)
}

/// A server on this machine is called by several names; the port must be the same.
fn is_same_machine(public_url: &str, origin: &str) -> bool {
    let port = |of: &str| {
        let (host, port) = of.strip_prefix("http://")?.rsplit_once(':')?;
        matches!(host, "127.0.0.1" | "localhost" | "[::1]").then(|| port.to_owned())
    };
    port(public_url).is_some_and(|p| port(origin) == Some(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_pages_may_come() {
        let more = ["https://office.example".to_owned()];
        for (public, origin, good) in [
            ("https://campo.example", "https://campo.example", true),
            ("https://campo.example", "https://office.example", true),
            ("https://campo.example", "http://campo.example", false),
            ("https://campo.example", "https://campo.example.evil.example", false),
            ("https://campo.example", "null", false),
            ("http://127.0.0.1:8080", "http://localhost:8080", true),
            ("http://127.0.0.1:8080", "http://localhost:9090", false),
            ("http://127.0.0.1:8080", "http://evil.example:8080", false),
            ("https://campo.example", "http://localhost:8080", false),
        ] {
            assert_eq!(allows(public, &more, origin), good, "{public} {origin}");
        }
    }
}
