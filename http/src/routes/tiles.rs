//! The basemap: tiles as they stand in its file, and what a map must know to ask for them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, IF_NONE_MATCH, VARY,
};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder};
use campo_engine::directions;
use campo_engine::error::Error;
use campo_engine::maps::OpenMap;
use campo_geo::map::MapError;
use campo_geo::tiles::{Tiles, unpack};
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::Failure;
use crate::who::{Anyone, SignedIn, guarded};

const CONTENT: &str = "application/vnd.mapbox-vector-tile";
/// The address holds the build: what stands there never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

pub(super) fn configure(config: &mut ServiceConfig) {
    for (address, route) in [
        ("/tiles/current.json", guarded(web::get(), current)),
        ("/tiles/current.json", guarded(web::head(), current)),
    ] {
        config.route(address, route);
    }
    let address = "/tiles/{build}/{z}/{x}/{y}.mvt";
    config.route(address, guarded(web::get(), tile)).route(address, guarded(web::head(), tile));
}

/// `GET /tiles/current.json`: TileJSON of the map that serves now, or of the provider that stands for it: that of the
/// asker's tier, where somebody is signed in.
async fn current(request: HttpRequest, _: Anyone, app: Data<App>) -> HttpResponse {
    let map = app.engine.maps.current();
    let url = tiles_url(&request, &app).await;
    let (etag, about) = match (&url, map.as_deref()) {
        (Some(url), _) => {
            let attribution = &app.config.tiles_attribution;
            let mut hasher = DefaultHasher::new();
            (url, attribution).hash(&mut hasher);
            (format!("\"provider-{:x}\"", hasher.finish()), provider(url, attribution))
        }
        (None, Some(OpenMap { manifest, tiles: Some(tiles), .. })) => {
            (format!("\"{}\"", manifest.build), ours(&manifest.build, tiles))
        }
        // No map is a state like any other: calm ground.
        _ => ("\"none\"".to_owned(), json!({"tilejson": "3.0.0", "build": null, "tiles": []})),
    };
    let known = is_known(request.headers(), &etag);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "no-cache"));
    answer.insert_header((VARY, "Authorization"));
    if known { answer.finish() } else { answer.json(about) }
}

/// The provider's tiles of the asker's tier, else everybody's.
async fn tiles_url(request: &HttpRequest, app: &App) -> Option<String> {
    let usual = app.config.tiles_url.clone();
    if app.config.tiles_by_tier.all().next().is_none() {
        return usual;
    }
    // Nobody is refused a map for a token that has ended.
    let Ok(who) = SignedIn::extract(request).await else { return usual };
    let tier = directions::tier(&app.engine, who.org).await;
    let own = tier.and_then(|tier| app.config.tiles_by_tier.of(&tier).map(str::to_owned));
    own.or(usual)
}

fn ours(build: &str, tiles: &Tiles) -> Value {
    let about = tiles.about();
    json!({
        "tilejson": "3.0.0",
        "build": build,
        "tiles": [format!("/tiles/{build}/{{z}}/{{x}}/{{y}}.mvt")],
        "minzoom": about.minzoom,
        "maxzoom": about.maxzoom,
        "bounds": about.bounds,
        "attribution": about.attribution,
        "vector_layers": about.vector_layers,
    })
}

fn provider(url: &str, attribution: &str) -> Value {
    let side = if url.contains("@2x") { 512 } else { 256 };
    json!({
        "tilejson": "3.0.0",
        "build": null,
        "tiles": [url],
        "minzoom": 0,
        "maxzoom": 19,
        "tileSize": side,
        "attribution": attribution,
    })
}

/// `GET /tiles/{build}/{z}/{x}/{y}.mvt`: one tile.
async fn tile(
    request: HttpRequest,
    _: Anyone,
    app: Data<App>,
    path: Path<(String, String, String, String)>,
) -> Result<HttpResponse, Failure> {
    let (build, z, x, y) = path.into_inner();
    let place = place(&z, &x, &y)?;
    let map = app.engine.maps.current().filter(|m| m.manifest.build == build && m.tiles.is_some());
    let Some(map) = map else {
        let detail = "this map is not served any more; see /tiles/current.json";
        return Err(Failure::new(StatusCode::NOT_FOUND, "MAP_002", detail));
    };
    let takes_gzip = takes_gzip(request.headers());
    // Strong: the two forms of a tile are two.
    let form = if takes_gzip { "" } else { "-plain" };
    let etag = format!("\"{build}-{z}-{x}-{y}{form}\"");
    if is_known(request.headers(), &etag) {
        return Ok(described(HttpResponse::NotModified(), etag).finish());
    }
    let bytes = read(map, place, takes_gzip).await?;
    let Some(bytes) = bytes else { return Ok(described(HttpResponse::NoContent(), etag).finish()) };
    let mut answer = described(HttpResponse::Ok(), etag);
    answer.content_type(CONTENT);
    if takes_gzip {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(answer.body(bytes))
}

fn described(mut answer: HttpResponseBuilder, etag: String) -> HttpResponseBuilder {
    answer
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, FOREVER))
        .insert_header((VARY, "Accept-Encoding"));
    answer
}

/// Zoom, column and row; whatever no map has is refused in words.
fn place(z: &str, x: &str, y: &str) -> Result<(u8, u32, u32), Failure> {
    let refuse = |detail: &str| Failure::new(StatusCode::BAD_REQUEST, "MAP_001", detail);
    let numbers = (z.parse::<u8>(), x.parse::<u32>(), y.parse::<u32>());
    let (Ok(z), Ok(x), Ok(y)) = numbers else {
        return Err(refuse("a tile is named /tiles/{build}/{z}/{x}/{y}.mvt, with three whole numbers"));
    };
    if z > campo_geo::tiles::world::LAST {
        return Err(refuse("zooms go from 0 to 14; draw zoom 14 larger above"));
    }
    if x >= 1 << z || y >= 1 << z {
        return Err(refuse("at zoom z columns and rows go from 0 to 2^z - 1"));
    }
    Ok((z, x, y))
}

/// Reads a tile where waiting for a disk holds nobody up: sockets live on this thread.
async fn read(
    map: Arc<OpenMap>,
    (z, x, y): (u8, u32, u32),
    packed: bool,
) -> Result<Option<Vec<u8>>, Failure> {
    let read = web::block(move || -> Result<Option<Vec<u8>>, MapError> {
        let Some(tiles) = &map.tiles else { return Ok(None) };
        let Some(bytes) = tiles.get(z, x, y)? else { return Ok(None) };
        let damaged = |why: io::Error| MapError::Broken {
            path: (&map.manifest.tiles_file).into(),
            why: why.to_string(),
        };
        if packed { Ok(Some(bytes)) } else { unpack(&bytes).map(Some).map_err(damaged) }
    });
    let failed = |why: String| Failure::from(Error::Internal(why));
    read.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))
}

/// Is the tag among those that the client has? `If-None-Match` compares weakly.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let listed = |value: &str| {
        value.split(',').map(str::trim).any(|t| t == "*" || t.strip_prefix("W/").unwrap_or(t) == etag)
    };
    texts(headers, &IF_NONE_MATCH).any(listed)
}

/// Does the client say that it takes gzip? One that says nothing gets the plain form.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut takes = None;
    let mut any = None;
    for part in texts(headers, &ACCEPT_ENCODING).flat_map(|v| v.split(',')) {
        let (name, rest) = part.split_once(';').unwrap_or((part, ""));
        let weight = rest.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>).unwrap_or(0.0);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => takes = Some(weight > 0.0),
            "*" => any = Some(weight > 0.0),
            _ => {}
        }
    }
    takes.or(any).unwrap_or(false)
}

fn texts<'a>(headers: &'a HeaderMap, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).filter_map(|v| v.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn encodings_are_weighed() {
        let takes = |value: &'static str| takes_gzip(&with(ACCEPT_ENCODING, value));
        assert!(takes("gzip, deflate, br, zstd") && takes("br;q=1.0, GZIP;q=0.8") && takes("*"));
        assert!(!takes("br") && !takes("gzip;q=0, *") && !takes("identity") && !takes("gzip;q=x"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn tags_are_compared_weakly() {
        let knows = |value: &'static str| is_known(&with(IF_NONE_MATCH, value), "\"a-1\"");
        assert!(knows("\"a-1\"") && knows("\"b\", W/\"a-1\"") && knows("*"));
        assert!(!knows("\"a\"") && !knows("a-1"));
    }

    #[test]
    fn places_that_no_map_has_are_refused() {
        assert_eq!(place("14", "5534", "9871").unwrap(), (14, 5534, 9871));
        for (z, x, y) in [
            ("15", "0", "0"),
            ("3", "8", "0"),
            ("3", "0", "8"),
            ("-1", "0", "0"),
            ("a", "0", "0"),
            ("300", "0", "0"),
            ("1", "0", "4294967296"),
        ] {
            assert!(place(z, x, y).is_err(), "{z}/{x}/{y}");
        }
    }
}
