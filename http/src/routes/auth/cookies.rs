//! Cookies of browsers: the refresh token, which no script can read, and the device's id.
//!
//! Our values are hexadecimal and UUIDs, so nothing has to be quoted or escaped.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderMap, ORIGIN, SET_COOKIE};
use campo_engine::auth::refresh::FAMILY_DAYS;
use uuid::Uuid;

use crate::app::App;

/// Under plain HTTP; its path is /api/auth.
const REFRESH: &str = "campo_refresh";
/// Under HTTPS. The prefix makes browsers insist on Secure, on this host alone and on the path /.
const REFRESH_HOST: &str = "__Host-campo_refresh";
/// The device's id, under plain HTTP and under HTTPS.
const DEVICE: &str = "campo_device";
const DEVICE_HOST: &str = "__Host-campo_device";
const PATH: &str = "/api/auth";
const DAY_S: i64 = 86_400;

/// A `Set-Cookie` header.
pub(super) type SetCookie = (actix_web::http::header::HeaderName, String);

/// The refresh token that a browser holds.
pub(super) fn refresh(app: &App, request: &HttpRequest) -> Option<String> {
    find(request.headers(), if app.is_https() { REFRESH_HOST } else { REFRESH }).map(str::to_owned)
}

/// The id that a browser's device was given.
pub(super) fn device(app: &App, request: &HttpRequest) -> Option<Uuid> {
    Uuid::try_parse(find(request.headers(), if app.is_https() { DEVICE_HOST } else { DEVICE })?).ok()
}

/// Whether a page asks: browsers say so on every POST.
pub(super) fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site")
}

/// Gives a browser its refresh token.
pub(super) fn keep_refresh(app: &App, token: &str) -> SetCookie {
    let (name, path) = if app.is_https() { (REFRESH_HOST, "/") } else { (REFRESH, PATH) };
    (SET_COOKIE, write(name, token, path, FAMILY_DAYS * DAY_S, app.is_https()))
}

/// Takes the refresh token from a browser.
pub(super) fn drop_refresh(app: &App) -> SetCookie {
    let (name, path) = if app.is_https() { (REFRESH_HOST, "/") } else { (REFRESH, PATH) };
    (SET_COOKIE, write(name, "", path, 0, app.is_https()))
}

/// Gives a browser's device its id, for a year.
pub(super) fn keep_device(app: &App, device: Uuid) -> SetCookie {
    let (name, path) = if app.is_https() { (DEVICE_HOST, "/") } else { (DEVICE, PATH) };
    (SET_COOKIE, write(name, &device.to_string(), path, 365 * DAY_S, app.is_https()))
}

fn write(name: &str, value: &str, path: &str, age_s: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}")
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn found_by_its_whole_name() {
        let request = TestRequest::default()
            .insert_header((
                "cookie",
                "campo_refresh_old=1; x=campo_refresh=2; campo_refresh=3; campo_refresh=4",
            ))
            .to_http_request();
        assert_eq!(find(request.headers(), REFRESH), Some("3"));
        assert_eq!(find(request.headers(), "absent"), None);
    }

    #[test]
    fn no_script_and_no_other_site() {
        assert_eq!(
            write("a", "b", "/", 60, true),
            "a=b; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
        );
    }
}
