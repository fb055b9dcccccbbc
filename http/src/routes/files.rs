//! `/api/files`: uploads that go on where they were cut, and what is known of files.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Data, Json, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::db::Tenant;
use campo_engine::files::upload::{self, BeginUpload, Upload};
use campo_engine::files::{self, FileView, NewFile, Purpose};
use campo_engine::ids::FileId;
use futures_util::StreamExt;
use serde::Deserialize;

use super::table::Refused;
use crate::app::App;
use crate::failure::{self, Failure};
use crate::once::Once;
use crate::who::{FilesCreate, FilesRead, SignedIn};

/// Bytes that are committed together: what a dropped connection can cost at most.
const PART: usize = 256 * 1024;
/// What one request may bring at once to `/api/files/direct`.
const DIRECT: usize = 2 << 20;

/// Begins an upload, or finds it by its hash: done where the bytes are here already, else with the offset to go on from.
#[utoipa::path(post, path = "/api/files", operation_id = "begin_upload", tag = "files", request_body = BeginUpload,
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = Upload), Refused))]
pub(super) async fn begin(
    app: Data<App>,
    who: FilesCreate,
    body: Once<BeginUpload>,
) -> Result<HttpResponse, Failure> {
    app.limits.upload(who.user)?;
    let asker = who.asker();
    let effect = async |t: &mut Tenant, body: &BeginUpload| upload::begin(t, asker, body).await;
    body.create(&app, &who, "POST /api/files", effect).await
}

/// Appends the body at `Upload-Offset`: what is acknowledged is committed. The last bytes end the upload; where the
/// store was away, an empty body at the end asks again.
#[utoipa::path(patch, path = "/api/files/{id}", operation_id = "continue_upload", tag = "files",
    params(("id" = FileId, Path), ("Upload-Offset" = i64, Header, description = "bytes that are here already")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Upload), Refused))]
pub(super) async fn append(
    app: Data<App>,
    who: FilesCreate,
    id: Path<FileId>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let offset = number(&request, "upload-offset")
        .ok_or_else(|| Failure::field("Upload-Offset", "falta (a number of bytes is required)"))?;
    let known = progress_of(&app, &who, *id).await?;
    let length = number(&request, CONTENT_LENGTH.as_str()).unwrap_or(0);
    if offset.saturating_add(length) > known.bytes {
        return Err(failure::too_long());
    }
    let so_far = receive(&app, &who, *id, (offset, payload)).await?;
    let upload = if so_far.offset == so_far.bytes && !so_far.done {
        upload::finish(&app.engine, who.org, who.asker(), *id).await?
    } else {
        so_far
    };
    Ok(HttpResponse::Ok().insert_header(("Upload-Offset", upload.offset.to_string())).json(upload))
}

/// Commits what comes, part by part; also what came before the connection broke.
async fn receive(
    app: &App,
    who: &SignedIn,
    id: FileId,
    (offset, mut payload): (i64, Payload),
) -> Result<Upload, Failure> {
    let (engine, asker) = (&app.engine, who.asker());
    let (mut at, mut part) = (offset, BytesMut::with_capacity(PART));
    loop {
        let next = payload.next().await;
        let is_over = !matches!(next, Some(Ok(_)));
        let broken = matches!(next, Some(Err(_)));
        if let Some(Ok(bytes)) = next {
            part.extend_from_slice(&bytes);
        }
        if part.len() >= PART || is_over {
            let upload = upload::append(engine, who.org, asker, id, (at, &part)).await?;
            at = upload.offset;
            part.clear();
            if broken {
                let why = "the connection broke; go on from where HEAD says";
                return Err(Failure::new(StatusCode::BAD_REQUEST, "REQUEST_001", why));
            }
            if is_over || upload.done {
                return Ok(upload);
            }
        }
    }
}

/// How far an upload is: `Upload-Offset` of `Upload-Length` bytes are here for good.
#[utoipa::path(head, path = "/api/files/{id}", operation_id = "upload_progress", tag = "files",
    params(("id" = FileId, Path)), responses((status = 200, description = "Upload-Offset and Upload-Length say how far"), Refused))]
pub(super) async fn progress(
    app: Data<App>,
    who: FilesCreate,
    id: Path<FileId>,
) -> Result<HttpResponse, Failure> {
    let upload = progress_of(&app, &who, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("Upload-Offset", upload.offset.to_string()))
        .insert_header(("Upload-Length", upload.bytes.to_string()))
        .insert_header(("Upload-Done", upload.done.to_string()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish())
}

async fn progress_of(app: &App, who: &SignedIn, id: FileId) -> Result<Upload, Failure> {
    Ok(app.engine.db.within(who.org, async |t| upload::progress(t, who.asker(), id).await).await?)
}

/// What is known of a file, with links that are good for an hour.
#[utoipa::path(get, path = "/api/files/{id}", operation_id = "get_file", tag = "files", params(("id" = FileId, Path)),
    responses((status = 200, body = FileView), Refused))]
pub(super) async fn get(app: Data<App>, who: FilesRead, id: Path<FileId>) -> Result<Json<FileView>, Failure> {
    let links = &app.engine.files.links;
    let file = app.engine.db.within(who.org, async |t| files::get(t, links, who.asker(), *id).await);
    Ok(Json(file.await?))
}

/// What a small file that comes at once is.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Direct {
    /// What it is for.
    purpose: Purpose,
    /// What its sender calls it.
    name: Option<String>,
}

/// A small file (up to 2 MB) in one request: its bytes are the body.
#[utoipa::path(post, path = "/api/files/direct", operation_id = "upload_directly", tag = "files", params(Direct),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = FileView), Refused))]
pub(super) async fn direct(
    app: Data<App>,
    who: FilesCreate,
    query: Query<Direct>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    app.limits.upload(who.user)?;
    let bytes = whole(&request, payload).await?;
    let declared = request.headers().get(CONTENT_TYPE).and_then(|t| t.to_str().ok()).unwrap_or_default();
    let query = query.into_inner();
    let new = NewFile {
        purpose: query.purpose,
        bytes,
        declared_mime: declared.to_owned(),
        name: query.name,
        by: Some(who.user),
    };
    let file = upload::direct(&app.engine, who.org, who.asker(), new).await?;
    Ok(HttpResponse::Created().json(file))
}

async fn whole(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Failure> {
    if number(request, CONTENT_LENGTH.as_str()).is_some_and(|length| length > DIRECT as i64) {
        return Err(failure::too_long());
    }
    let mut bytes = BytesMut::new();
    while let Some(next) = payload.next().await {
        let next = next.map_err(|_| {
            Failure::new(StatusCode::BAD_REQUEST, "REQUEST_001", "the body could not be read")
        })?;
        if bytes.len() + next.len() > DIRECT {
            return Err(failure::too_long());
        }
        bytes.extend_from_slice(&next);
    }
    Ok(bytes.freeze())
}

fn number(request: &HttpRequest, header: &str) -> Option<i64> {
    request.headers().get(header)?.to_str().ok()?.trim().parse().ok().filter(|n| *n >= 0)
}
