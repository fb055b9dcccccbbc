//! `/ingest/{token}/{app}`: phone apps that exist already. Success is said after the commit alone.
//!
//! What is refused for good, and what nobody understands, is answered as success and counted: an error would make the phone
//! send it for ever. 5xx and 429 mean "later", 401 and 404 a token that is none.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data, Path, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use campo_actors::technician::RecordPings;
use campo_engine::devices::apps::{self, App as PhoneApp, Sent};
use campo_engine::devices::{self, Counts, Speaker};
use campo_engine::error::Error;
use campo_engine::shifts::by_schedule;
use campo_engine::tracking::point::RawPoint;
use campo_engine::tracking::refusal::Refusal;
use campo_engine::tracking::store::Receipt;
use metrics::counter;
use tokio::sync::Notify;

use crate::app::App;
use crate::failure::Failure;
use crate::who::{self, guarded};

/// Overland sends up to a thousand points of 400 bytes.
const LONGEST_BODY: usize = 2 * 1024 * 1024;
/// Points that the technician's actor takes in one message.
const MOST_POINTS: usize = 500;
/// A phone waits longer; a database that is away this long is answered with "later".
const COMMIT: Duration = Duration::from_secs(10);

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::resource("/ingest/{token}/{app}")
            .app_data(PayloadConfig::new(LONGEST_BODY))
            .route(guarded(web::route(), ingest)),
    );
}

async fn ingest(
    app: Data<App>,
    _: who::PhoneApp,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Bytes,
) -> Result<HttpResponse, Failure> {
    let (token, name) = path.into_inner();
    let phone_app = PhoneApp::named(&name).ok_or(Error::NotFound("address"))?;
    let speaker = devices::speaker(&app.engine.db, &token).await?.ok_or(Error::NotFound("device"))?;
    if !is_authorized(&request, &token) {
        return Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "AUTH_004",
            "the password is not this address's token",
        ));
    }
    app.limits.ingest(&speaker.device.to_string())?;
    let now_ms = campo_actors::now_ms();
    let Sent { points, is_unreadable } = apps::read(phone_app, request.query_string(), &body, now_ms);
    let count = points.len();
    if speaker.is_by_schedule {
        let moments: Vec<i64> = points.iter().filter_map(|p| p.at).collect();
        by_schedule::on_ingest(&app.engine.db, speaker.org, speaker.user, &moments).await?;
    }
    let refused = store(&app, &speaker, points, now_ms).await?;
    let counts = Counts::of(count, &refused, is_unreadable);
    if is_unreadable {
        tracing::warn!(app = phone_app.as_str(), device = %speaker.device, bytes = body.len(), "a phone app sent what nobody understands");
    }
    counter!("campo_ingest_points_total", "app" => phone_app.as_str()).increment(count as u64);
    if let Err(error) = devices::note(&app.engine.db, &speaker, phone_app, &counts).await {
        // The points are committed: that is what the phone must hear.
        tracing::warn!(%error, "a device's counts were not noted");
    }
    Ok(answer(phone_app, speaker.is_wanted))
}

/// Where an app offers Basic or Bearer, it must be the same token.
fn is_authorized(request: &HttpRequest, token: &str) -> bool {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return true };
    let Some((scheme, given)) = header.to_str().ok().and_then(|h| h.split_once(' ')) else { return false };
    if scheme.eq_ignore_ascii_case("bearer") {
        return given.trim() == token;
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return false;
    }
    let decoded = STANDARD.decode(given.trim()).ok().and_then(|b| String::from_utf8(b).ok());
    decoded.as_deref().and_then(|pair| pair.split_once(':')).is_some_and(|(_, password)| password == token)
}

/// Hands the points to the technician's actor and waits for their commit. Answers the refused ones.
async fn store(
    app: &App,
    speaker: &Speaker,
    points: Vec<RawPoint>,
    now_ms: i64,
) -> Result<Vec<(i64, Refusal)>, Failure> {
    let later = || Error::Unavailable("the position store");
    let settled = Arc::new(Notify::new());
    let wake = settled.clone();
    let receipt = Receipt::new(move || {
        wake.notify_one();
        true
    });
    let (mut from, mut frames) = (1, 0u64);
    for chunk in points.chunks(MOST_POINTS) {
        frames += 1;
        let technician = app.registry.technician(speaker.org, speaker.user).ok_or_else(later)?;
        let record = RecordPings {
            source: speaker.source,
            receipt: receipt.clone(),
            frame: frames,
            from,
            // These apps say no clock of their own with a request.
            phone_now_ms: now_ms,
            received_ms: now_ms,
            points: chunk.to_vec(),
        };
        technician.try_send(record).map_err(|_| later())?;
        from += chunk.len() as i64;
    }
    let mut refused = Vec::new();
    let all = async {
        loop {
            let (last, more) = receipt.take();
            refused.extend(more);
            if last >= frames {
                return;
            }
            settled.notified().await;
        }
    };
    if tokio::time::timeout(COMMIT, all).await.is_err() {
        return Err(later().into());
    }
    Ok(refused)
}

fn answer(app: PhoneApp, is_wanted: bool) -> HttpResponse {
    let (content, body) = app.success();
    if app == PhoneApp::OwnTracks && is_wanted {
        return HttpResponse::Ok()
            .content_type(content)
            .body(r#"[{"_type":"cmd","action":"reportLocation"}]"#);
    }
    HttpResponse::Ok().content_type(content).body(body)
}
