//! `/files/{token}`: a file to whoever has its link. The link is the permission, and lives an hour.

use std::ops::Range as Bounds;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use campo_engine::error::Error;
use campo_engine::files::{self, Form, Served, link::Leads};
use chrono::Utc;
use futures_util::stream;

use crate::app::App;
use crate::failure::Failure;
use crate::who::{Linked, guarded};

/// Whatever a file holds, in a browser it runs nothing and loads nothing.
const NOTHING: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::resource("/files/{token}")
            .route(guarded(web::get(), download))
            .route(guarded(web::head(), download)),
    );
}

/// `GET /files/{token}`. A link that is unknown, bent or over is the same 404.
async fn download(
    request: HttpRequest,
    _: Linked,
    app: Data<App>,
    token: Path<String>,
) -> Result<HttpResponse, Failure> {
    let gone = || Failure::from(Error::NotFound("file"));
    let leads = app.engine.files.links.read(&token, Utc::now()).ok_or_else(gone)?;
    let served = files::behind(&app.engine, &leads).await?.ok_or_else(gone)?;
    let etag = etag(&leads);
    if header(&request, IF_NONE_MATCH.as_str()).is_some_and(|tags| tags == "*" || tags.contains(&etag)) {
        return Ok(start(StatusCode::NOT_MODIFIED, &leads, &etag).finish());
    }
    let wanted = match asked(&request, &etag, served.length) {
        Asked::All => None,
        Asked::Part(bounds) => Some(bounds),
        Asked::Nowhere => {
            let whole = format!("bytes */{}", served.length);
            return Ok(HttpResponse::RangeNotSatisfiable().insert_header((CONTENT_RANGE, whole)).finish());
        }
    };
    let mut answer = head(&leads, &served, &etag, wanted.as_ref());
    if request.method() == Method::HEAD {
        let length = wanted.map_or(served.length, |bounds| bounds.end - bounds.start);
        // Its length is told, its bytes are not fetched.
        return Ok(answer.body(SizedStream::new(length, stream::empty::<std::io::Result<Bytes>>())));
    }
    let bytes = files::read(&app.engine, &leads, wanted).await?.ok_or_else(gone)?;
    Ok(answer.body(bytes))
}

fn start(status: StatusCode, leads: &Leads, etag: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CACHE_CONTROL, format!("private, max-age={}, immutable", leads.left_s)))
        .insert_header((ETAG, etag));
    answer
}

fn head(leads: &Leads, served: &Served, etag: &str, part: Option<&Bounds<u64>>) -> HttpResponseBuilder {
    let status = if part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut answer = start(status, leads, etag);
    answer
        .insert_header((CONTENT_TYPE, served.mime.as_str()))
        .insert_header((CONTENT_DISPOSITION, served.disposition.as_str()))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header(("Content-Security-Policy", NOTHING))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .insert_header(("X-Robots-Tag", "noindex"));
    if let Some(part) = part {
        let last = part.end.saturating_sub(1);
        answer.insert_header((CONTENT_RANGE, format!("bytes {}-{last}/{}", part.start, served.length)));
    }
    answer
}

/// A file never changes under its id.
fn etag(leads: &Leads) -> String {
    let form = if leads.form == Form::Thumbnail { "-thumb" } else { "" };
    format!("\"{}{form}\"", leads.file)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

#[derive(Debug, PartialEq)]
enum Asked {
    All,
    Part(Bounds<u64>),
    Nowhere,
}

fn asked(request: &HttpRequest, etag: &str, length: u64) -> Asked {
    let Some(text) = header(request, RANGE.as_str()) else { return Asked::All };
    // Of another version than the client has: all of it (RFC 9110, 13.1.5).
    if header(request, IF_RANGE.as_str()).is_some_and(|tag| tag != etag) {
        return Asked::All;
    }
    part_of(text, length)
}

/// One range of bytes (RFC 9110, 14.1.2); several at once are answered by the whole.
fn part_of(text: &str, length: u64) -> Asked {
    let Some(spec) = text.strip_prefix("bytes=").filter(|s| !s.contains(',')) else { return Asked::All };
    let Some((first, last)) = spec.trim().split_once('-') else { return Asked::All };
    let number = |text: &str| text.parse::<u64>().ok();
    let bounds = match (number(first), number(last)) {
        (Some(first), _) if last.is_empty() => first..length,
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (None, Some(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return Asked::All,
    };
    if bounds.start >= bounds.end { Asked::Nowhere } else { Asked::Part(bounds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_the_standard_has_them() {
        for (text, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=0-499", Asked::Part(0..500)),
            ("bytes=500-", Asked::Part(500..1000)),
            ("bytes=-300", Asked::Part(700..1000)),
            ("bytes=-5000", Asked::Part(0..1000)),
            ("bytes=990-5000", Asked::Part(990..1000)),
            ("bytes=1000-", Asked::Nowhere),
            ("bytes=-0", Asked::Nowhere),
            ("bytes=9-1", Asked::All),
            ("bytes=0-1,5-6", Asked::All),
            ("items=0-1", Asked::All),
            ("bytes=a-b", Asked::All),
            ("bytes=0-18446744073709551615", Asked::Part(0..1000)),
        ] {
            assert_eq!(part_of(text, 1000), expected, "{text}");
        }
    }
}
