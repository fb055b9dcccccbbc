//! The faces: pages built into the executable.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::middleware::Compress;
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::auth::keys::hex;
use rust_embed::RustEmbed;

use crate::who::{Anyone, guarded};

/// What `npm run build` made. Without a build there are no faces and everything else works.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Faces;

/// A page's address and its file.
const PAGES: [(&str, &str); 7] = [
    ("/", "index.html"),
    // The sign-in page too: what follows the # is the invitation, which no server sees.
    ("/invitar", "index.html"),
    ("/dispatch", "dispatch.html"),
    ("/tecnico", "tecnico.html"),
    ("/sw.js", "sw.js"),
    ("/manifest.webmanifest", "manifest.webmanifest"),
    ("/favicon.svg", "favicon.svg"),
];

pub(super) fn configure(config: &mut ServiceConfig) {
    for (address, file) in PAGES {
        let page = move |request: HttpRequest, _: Anyone| async move { answer(&request, file, "no-cache") };
        config.service(web::resource(address).wrap(Compress::default()).route(guarded(web::get(), page)));
    }
    // Their names change with their content.
    config.service(
        web::resource("/assets/{file:.*}").wrap(Compress::default()).route(guarded(web::get(), asset)),
    );
    config.service(web::resource("/icons/{file:.*}").route(guarded(web::get(), icon)));
}

async fn asset(request: HttpRequest, _: Anyone, file: Path<String>) -> HttpResponse {
    answer(&request, &format!("assets/{file}"), "public, max-age=31536000, immutable")
}

async fn icon(request: HttpRequest, _: Anyone, file: Path<String>) -> HttpResponse {
    answer(&request, &format!("icons/{file}"), "public, max-age=86400")
}

/// A file of the faces, as it was built; for the customer page's template too.
pub fn file(name: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Faces::get(name).map(|f| f.data)
}

/// Whether the faces were built before the executable.
pub fn are_built() -> bool {
    Faces::get("index.html").is_some()
}

fn answer(request: &HttpRequest, name: &str, cache: &'static str) -> HttpResponse {
    let Some(found) = Faces::get(name) else { return HttpResponse::NotFound().finish() };
    let etag = format!("\"{}\"", hex(found.metadata.sha256_hash().get(..16).unwrap_or_default()));
    let known = request.headers().get(IF_NONE_MATCH).and_then(|h| h.to_str().ok());
    if known.is_some_and(|k| k.contains(&etag)) {
        return HttpResponse::NotModified()
            .insert_header((ETAG, etag))
            .insert_header((CACHE_CONTROL, cache))
            .finish();
    }
    HttpResponse::Ok()
        .content_type(content_type(name))
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, etag))
        .body(found.data.into_owned())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "pbf" => "application/x-protobuf",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
