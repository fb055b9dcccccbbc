//! Photos and signature of a job: appended, each once, never changed.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::form::{ChangeStatus, CompleteJob};
use super::sql::{self, JobRow, NewPhoto};
use super::state::Status;
use super::step;
use super::view::{JobView, Links};
use super::{change_status, find_for_change, not_editable};
use crate::asker::Asker;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::NewEvent;
use crate::files::tier::Tier;
use crate::files::{Form, Purpose};
use crate::ids::{FileId, JobId, OrgId, PhotoId, UserId};
use crate::moment::{self, Moment};

/// Photos that one completion may bring (functional.md section 3.4).
const PER_COMPLETION: i64 = 20;
/// A phone may have been offline when its job was completed: its pictures come after that for so long.
const AFTERWARDS: TimeDelta = TimeDelta::days(7);

/// What a picture shows.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PhotoType {
    /// The work before it began.
    Before,
    /// The work under way.
    During,
    /// The work done.
    After,
    /// A paper.
    Document,
    /// The customer's signature: one a job.
    Signature,
}

impl PhotoType {
    /// Whether a file of this purpose may be it.
    fn takes(self, purpose: Purpose) -> bool {
        match self {
            Self::Signature => purpose == Purpose::Signature,
            Self::Document => matches!(purpose, Purpose::Document | Purpose::JobPhoto),
            Self::Before | Self::During | Self::After => purpose == Purpose::JobPhoto,
        }
    }

    /// Whether it counts as a photo, as limits and guards mean it.
    pub fn is_photo(self) -> bool {
        matches!(self, Self::Before | Self::During | Self::After)
    }
}

/// A picture to be added to a job; its file is uploaded before.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct AddPhoto {
    /// The uploaded file.
    pub file_id: FileId,
    /// What it shows.
    #[serde(rename = "type")]
    pub kind: PhotoType,
    /// The phone's own name for it: the same one is the same picture.
    #[serde(default)]
    pub local_id: Option<String>,
    /// When it was taken; else what the camera wrote, else now.
    #[serde(default)]
    pub taken_at: Option<DateTime<Utc>>,
    /// Who signed (signatures alone).
    #[serde(default)]
    pub signed_by: Option<String>,
}

/// A photo, paper or signature of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema)]
#[schema(as = JobPhoto)]
#[schemars(rename = "JobPhoto")]
pub struct PhotoView {
    /// Its id.
    pub id: PhotoId,
    /// What it shows.
    #[serde(rename = "type")]
    pub kind: PhotoType,
    /// Its file.
    pub file_id: FileId,
    /// The phone's own name for it.
    pub local_id: Option<String>,
    /// Who signed.
    pub signed_by: Option<String>,
    /// When it was taken.
    pub taken_at: Moment,
    /// Where the camera says it was taken.
    pub lat: Option<f64>,
    /// Where the camera says it was taken.
    pub lon: Option<f64>,
    /// Its type.
    pub mime: String,
    /// Bytes.
    pub size: i64,
    /// Pixels across; null for a paper that is no picture.
    pub width: Option<i32>,
    /// Pixels down.
    pub height: Option<i32>,
    /// Who added it.
    pub added_by: UserId,
    /// When.
    pub created_at: Moment,
    /// Where it is for an hour (REST and the office's frames; never stored).
    #[serde(default)]
    pub url: Option<String>,
    /// Where its thumbnail is for an hour.
    #[serde(default)]
    pub thumbnail_url: Option<String>,
}

impl PhotoView {
    /// Fills in its links.
    pub fn link(&mut self, links: &Links, org: OrgId) {
        self.url = links.file(org, self.file_id, Form::Whole);
        let has_thumbnail = self.width.is_some();
        self.thumbnail_url = links.file(org, self.file_id, Form::Thumbnail).filter(|_| has_thumbnail);
    }
}

/// Adds a picture. The same file, or the same `local_id`, is the picture that is there already.
///
/// # Errors
/// [`Error::NotFound`] for a job that is not theirs; [`Error::Invalid`] for a file that is not there or of another
/// purpose; [`Error::Conflict`]: `JOB_003` for a cancelled job or one completed a week ago, `FILE_002` beyond the
/// tier's or 20 of one completion, `FILE_004` for a second signature.
pub async fn add_photo(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    body: AddPhoto,
) -> Result<PhotoView> {
    let job = find_for_change(tenant, links, asker, id, None).await?;
    add(tenant, links, asker, &job, body).await
}

async fn add(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    job: &JobRow,
    body: AddPhoto,
) -> Result<PhotoView> {
    let (local_id, signed_by) = checked(&body)?;
    if let Some(known) = sql::same_photo(tenant, job.job_id, body.file_id, local_id.as_deref()).await? {
        return Ok(known);
    }
    let now = moment::now();
    let is_late = job.status == Status::Completed && now - job.status_changed_at > AFTERWARDS;
    if job.status == Status::Cancelled || is_late {
        return Err(not_editable(job.clone(), asker, links));
    }
    let file = sql::photo_file(tenant, body.file_id).await?.filter(|file| body.kind.takes(file.purpose));
    let file = file.ok_or_else(|| {
        Error::invalid("file_id", "no hay tal archivo para eso (no such file, or it is for something else)")
    })?;
    check_room(tenant, job.job_id, body.kind).await?;
    let taken = body.taken_at.or(file.taken_at).map_or(now, |at| moment::to_millis(at).min(now));
    let photo = NewPhoto {
        id: PhotoId::new(),
        job: job.job_id,
        file: body.file_id,
        kind: body.kind,
        local_id,
        signed_by,
        taken_at: taken,
        place: file.lat.zip(file.lon),
        by: asker.user,
    };
    sql::insert_photo(tenant, &photo).await?;
    tell(tenant, asker, &photo, now).await
}

/// The job's version stays: nobody's edit grows stale by a picture.
async fn tell(tenant: &mut Tenant, asker: Asker, photo: &NewPhoto, now: DateTime<Utc>) -> Result<PhotoView> {
    let lost = || Error::Internal("a photo vanished under its lock".into());
    let view = sql::same_photo(tenant, photo.job, photo.file, None).await?.ok_or_else(lost)?;
    let job = sql::find(tenant, photo.job, None).await?.ok_or_else(lost)?;
    let kind = if photo.kind == PhotoType::Signature { "job.signed" } else { "job.photo_added" };
    tenant.record(NewEvent::new(kind, now, asker.by()).with("photo", &view).with("job", job.view()));
    Ok(view)
}

fn checked(body: &AddPhoto) -> Result<(Option<String>, Option<String>)> {
    let mut check = Check::default();
    let local_id = check.optional("local_id", body.local_id.as_deref(), 100);
    let signed_by = check.optional("signed_by", body.signed_by.as_deref(), 200);
    if signed_by.is_some() && body.kind != PhotoType::Signature {
        check.wrong("signed_by", "sólo con una firma (only with a signature)");
    }
    check.done()?;
    Ok((local_id, signed_by))
}

async fn check_room(tenant: &mut Tenant, job: JobId, kind: PhotoType) -> Result<()> {
    let room = sql::photo_room(tenant, job).await?;
    if kind == PhotoType::Signature {
        if room.is_signed {
            let detail = "el trabajo ya está firmado (the job is signed already)".into();
            return Err(Error::Conflict { code: "FILE_004", detail, current: None });
        }
        return Ok(());
    }
    let full = |most: i64, of: &str| {
        let detail = format!("hasta {most} fotos por {of} (at most {most} photos)");
        Err(Error::Conflict { code: "FILE_002", detail, current: None })
    };
    if room.since_reopened >= PER_COMPLETION {
        return full(PER_COMPLETION, "visita");
    }
    match room.tier.as_deref().and_then(Tier::named).map(Tier::photos_per_job) {
        Some(most) if room.in_all >= most => full(most, "trabajo en este plan"),
        _ => Ok(()),
    }
}

/// `POST /api/jobs/{id}/complete`: pictures, signature and notes with the step itself, all or nothing.
///
/// # Errors
/// As [`add_photo`] and [`change_status`].
pub async fn complete(
    tenant: &mut Tenant,
    links: &Links,
    asker: Asker,
    id: JobId,
    body: CompleteJob,
) -> Result<JobView> {
    let job = find_for_change(tenant, links, asker, id, body.version).await?;
    for photo in body.photos {
        add(tenant, links, asker, &job, photo).await?;
    }
    let to = ChangeStatus {
        status: Status::Completed,
        version: body.version,
        notes: body.notes,
        lat: body.lat,
        lon: body.lon,
    };
    change_status(tenant, links, asker, id, to).await
}

/// A completion that lacks what the organization wants to see: `JOB_001`.
pub(super) fn lacking(job: JobView, asker: Asker) -> Error {
    let missing = job.missing();
    let words: Vec<_> = missing.iter().map(|e| e.words()).collect();
    step::conflict("JOB_001", format!("para completar falta (missing): {}", words.join(", ")), job, asker)
}
