//! Photos and signature of a job.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::db::Tenant;
use crate::error::Result;
use crate::files::Purpose;
use crate::ids::{FileId, JobId, PhotoId, UserId};
use crate::jobs::photos::{PhotoType, PhotoView};

/// A photo as JSON, as its view reads it; `p` is `job_photo` and `f` its `file`.
macro_rules! photo_json {
    () => {
        "jsonb_build_object('id', p.photo_id, 'type', p.type, 'file_id', p.file_id, 'local_id', p.local_id,
             'signed_by', p.signed_by, 'taken_at', p.taken_at, 'lat', p.lat, 'lon', p.lon, 'mime', f.mime,
             'size', f.bytes, 'width', f.width, 'height', f.height, 'added_by', p.added_by,
             'created_at', p.created_at)"
    };
}

pub(super) use photo_json;

/// What a file says of itself to whoever makes a photo of it.
#[derive(Debug, FromRow)]
pub(in crate::jobs) struct PhotoFile {
    pub purpose: Purpose,
    pub taken_at: Option<DateTime<Utc>>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

/// A file, if it is there.
pub(in crate::jobs) async fn photo_file(tenant: &mut Tenant, file: FileId) -> Result<Option<PhotoFile>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select purpose, taken_at, lat, lon from file where org_id = $1 and file_id = $2")
        .bind(org)
        .bind(file)
        .fetch_optional(tenant.conn())
        .await?)
}

/// The job's photo of this file or of this name.
pub(in crate::jobs) async fn same_photo(
    tenant: &mut Tenant,
    job: JobId,
    file: FileId,
    local_id: Option<&str>,
) -> Result<Option<PhotoView>> {
    let org = tenant.org();
    let found: Option<Json<PhotoView>> = sqlx::query_scalar(concat!(
        "select ",
        photo_json!(),
        " from job_photo p join file f on f.org_id = p.org_id and f.file_id = p.file_id
         where p.org_id = $1 and p.job_id = $2 and (p.file_id = $3 or p.local_id = $4)
         order by p.file_id = $3 desc limit 1"
    ))
    .bind(org)
    .bind(job)
    .bind(file)
    .bind(local_id)
    .fetch_optional(tenant.conn())
    .await?;
    Ok(found.map(|found| found.0))
}

/// How many photos a job has, and may have.
#[derive(Debug, FromRow)]
pub(in crate::jobs) struct PhotoRoom {
    pub tier: Option<String>,
    pub in_all: i64,
    pub since_reopened: i64,
    pub is_signed: bool,
}

/// Counts a job's pictures: all, and those since it was last reopened. A signature is none of them.
pub(in crate::jobs) async fn photo_room(tenant: &mut Tenant, job: JobId) -> Result<PhotoRoom> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select (select o.tier from organization o where o.org_id = $1) as tier,
                count(*) filter (where p.type <> 'signature') as in_all,
                coalesce(bool_or(p.type = 'signature'), false) as is_signed,
                count(*) filter (where p.type <> 'signature' and p.created_at > coalesce(
                    (select max(h.recorded_at) from job_status_history h where h.org_id = $1 and h.job_id = $2
                     and h.previous_status = 'completed'), '-infinity')) as since_reopened
         from job_photo p where p.org_id = $1 and p.job_id = $2",
    )
    .bind(org)
    .bind(job)
    .fetch_one(tenant.conn())
    .await?)
}

/// A photo to be written.
#[derive(Debug)]
pub(in crate::jobs) struct NewPhoto {
    pub id: PhotoId,
    pub job: JobId,
    pub file: FileId,
    pub kind: PhotoType,
    pub local_id: Option<String>,
    pub signed_by: Option<String>,
    pub taken_at: DateTime<Utc>,
    pub place: Option<(f64, f64)>,
    pub by: UserId,
}

/// Writes a photo; its job's row is locked.
pub(in crate::jobs) async fn insert_photo(tenant: &mut Tenant, photo: &NewPhoto) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "insert into job_photo (org_id, photo_id, job_id, file_id, type, local_id, signed_by, taken_at, lat, lon,
             added_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(org)
    .bind(photo.id)
    .bind(photo.job)
    .bind(photo.file)
    .bind(photo.kind)
    .bind(&photo.local_id)
    .bind(&photo.signed_by)
    .bind(photo.taken_at)
    .bind(photo.place.map(|p| p.0))
    .bind(photo.place.map(|p| p.1))
    .bind(photo.by)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
