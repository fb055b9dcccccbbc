//! Queries of files and uploads.

use super::prepare::Ready;
use super::purpose::Purpose;
use super::upload::UploadRow;
use super::{FileView, Sent};
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{FileId, JobId, UserId};

/// A file, if it is there.
pub(super) async fn find(tenant: &mut Tenant, id: FileId) -> Result<Option<FileView>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select * from file where org_id = $1 and file_id = $2")
        .bind(org)
        .bind(id)
        .fetch_optional(tenant.conn())
        .await?)
}

/// A file that this person sent, that a job of theirs has, or that everybody sees.
pub(super) async fn find_for(tenant: &mut Tenant, id: FileId, user: UserId) -> Result<Option<FileView>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select f.* from file f where f.org_id = $1 and f.file_id = $2
         and (f.created_by = $3 or f.purpose in ('avatar', 'logo') or exists (
             select 1 from job_photo p join job_assignment a on a.org_id = p.org_id and a.job_id = p.job_id
             where p.org_id = $1 and p.file_id = $2 and a.user_id = $3))",
    )
    .bind(org)
    .bind(id)
    .bind(user)
    .fetch_optional(tenant.conn())
    .await?)
}

/// The file that was sent as these bytes for this purpose.
pub(super) async fn same(tenant: &mut Tenant, sha256: &[u8], purpose: Purpose) -> Result<Option<FileView>> {
    let org = tenant.org();
    Ok(sqlx::query_as("select * from file where org_id = $1 and sha256 = $2 and purpose = $3")
        .bind(org)
        .bind(sha256)
        .bind(purpose)
        .fetch_optional(tenant.conn())
        .await?)
}

/// A new file's row; none where the same bytes are here already.
pub(super) async fn insert(
    tenant: &mut Tenant,
    (id, purpose): (FileId, Purpose),
    sent: &Sent,
    ready: &Ready,
) -> Result<Option<FileView>> {
    let org = tenant.org();
    let length = |bytes: &bytes::Bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    Ok(sqlx::query_as(
        "insert into file (org_id, file_id, purpose, sha256, sent_bytes, bytes, mime, width, height, thumb_bytes,
             taken_at, lat, lon, name, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (org_id, sha256, purpose) do nothing returning *",
    )
    .bind(org)
    .bind(id)
    .bind(purpose)
    .bind(&sent.sha256)
    .bind(sent.bytes)
    .bind(length(&ready.bytes))
    .bind(ready.mime)
    .bind(ready.size.map(|s| side(s.0)))
    .bind(ready.size.map(|s| side(s.1)))
    .bind(ready.thumbnail.as_ref().map(length))
    .bind(ready.taken.at)
    .bind(ready.taken.place.map(|p| p.0))
    .bind(ready.taken.place.map(|p| p.1))
    .bind(&ready.name)
    .bind(sent.by)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Whether a job holds on to a file.
pub(super) async fn is_kept(tenant: &mut Tenant, id: FileId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select exists (select 1 from job_photo where org_id = $1 and file_id = $2)")
        .bind(org)
        .bind(id)
        .fetch_one(tenant.conn())
        .await?)
}

/// Takes a file's row away; false where there is none.
pub(super) async fn delete(tenant: &mut Tenant, id: FileId) -> Result<bool> {
    let org = tenant.org();
    let gone = sqlx::query("delete from file where org_id = $1 and file_id = $2")
        .bind(org)
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(gone.rows_affected() == 1)
}

/// The tier that the operator set, if any; with the lock that makes counting and adding one step.
pub(super) async fn lock_tier(tenant: &mut Tenant) -> Result<Option<String>> {
    let org = tenant.org();
    let tier: Option<String> = sqlx::query_scalar("select tier from organization where org_id = $1")
        .bind(org)
        .fetch_one(tenant.conn())
        .await?;
    if tier.is_some() {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended('file ' || $1::text, 0))")
            .bind(org)
            .execute(tenant.conn())
            .await?;
    }
    Ok(tier)
}

/// Bytes of all files, with those that uploads under way have announced.
pub(super) async fn used_bytes(tenant: &mut Tenant) -> Result<i64> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select ((select coalesce(sum(bytes + coalesce(thumb_bytes, 0)), 0) from file where org_id = $1)
              + (select coalesce(sum(bytes), 0) from upload where org_id = $1))::bigint",
    )
    .bind(org)
    .fetch_one(tenant.conn())
    .await?)
}

/// Bytes that were sent of a file that is kept.
pub(super) async fn sent_bytes(tenant: &mut Tenant, id: FileId, by: UserId) -> Result<Option<i64>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select sent_bytes from file where org_id = $1 and file_id = $2 and created_by = $3",
    )
    .bind(org)
    .bind(id)
    .bind(by)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Whether somebody may see a job: the office any, a technician their own.
pub(super) async fn sees_job(tenant: &mut Tenant, job: JobId, own: Option<UserId>) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select exists (select 1 from job j where j.org_id = $1 and j.job_id = $2 and ($3::uuid is null or exists (
             select 1 from job_assignment a where a.org_id = $1 and a.job_id = $2 and a.user_id = $3)))",
    )
    .bind(org)
    .bind(job)
    .bind(own)
    .fetch_one(tenant.conn())
    .await?)
}

/// Somebody's upload of these bytes, if one is under way.
pub(super) async fn upload_of(
    tenant: &mut Tenant,
    sha256: &[u8],
    purpose: Purpose,
    by: UserId,
) -> Result<Option<UploadRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select * from upload where org_id = $1 and sha256 = $2 and purpose = $3 and created_by = $4",
    )
    .bind(org)
    .bind(sha256)
    .bind(purpose)
    .bind(by)
    .fetch_optional(tenant.conn())
    .await?)
}

/// Somebody's upload; its row locked until the transaction ends.
pub(super) async fn lock_upload(tenant: &mut Tenant, id: FileId, by: UserId) -> Result<Option<UploadRow>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select * from upload where org_id = $1 and file_id = $2 and created_by = $3 for no key update",
    )
    .bind(org)
    .bind(id)
    .bind(by)
    .fetch_optional(tenant.conn())
    .await?)
}

/// How many uploads somebody has under way.
pub(super) async fn count_uploads(tenant: &mut Tenant, by: UserId) -> Result<i64> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select count(*) from upload where org_id = $1 and created_by = $2")
        .bind(org)
        .bind(by)
        .fetch_one(tenant.conn())
        .await?)
}

/// A new upload's row; none where the same person began the same one meanwhile.
pub(super) async fn insert_upload(tenant: &mut Tenant, row: &UploadRow) -> Result<bool> {
    let org = tenant.org();
    let made = sqlx::query(
        "insert into upload (org_id, file_id, purpose, sha256, bytes, mime, name, job_id, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (org_id, sha256, purpose, created_by) do nothing",
    )
    .bind(org)
    .bind(row.file_id)
    .bind(row.purpose)
    .bind(&row.sha256)
    .bind(row.bytes)
    .bind(&row.mime)
    .bind(&row.name)
    .bind(row.job_id)
    .bind(row.created_by)
    .execute(tenant.conn())
    .await?;
    Ok(made.rows_affected() == 1)
}

/// The next bytes of an upload whose row is locked.
pub(super) async fn append(tenant: &mut Tenant, row: &UploadRow, content: &[u8]) -> Result<()> {
    let org = tenant.org();
    sqlx::query("insert into upload_part (org_id, file_id, at_byte, content) values ($1, $2, $3, $4)")
        .bind(org)
        .bind(row.file_id)
        .bind(row.received)
        .bind(content)
        .execute(tenant.conn())
        .await?;
    let length = i64::try_from(content.len()).unwrap_or(i64::MAX);
    sqlx::query("update upload set received = received + $3 where org_id = $1 and file_id = $2")
        .bind(org)
        .bind(row.file_id)
        .bind(length)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// The parts of an upload, in their order.
pub(super) async fn parts(tenant: &mut Tenant, id: FileId) -> Result<Vec<Vec<u8>>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "select content from upload_part where org_id = $1 and file_id = $2 order by at_byte",
    )
    .bind(org)
    .bind(id)
    .fetch_all(tenant.conn())
    .await?)
}

/// Takes an upload and its parts away.
pub(super) async fn delete_upload(tenant: &mut Tenant, id: FileId) -> Result<()> {
    let org = tenant.org();
    sqlx::query("delete from upload where org_id = $1 and file_id = $2")
        .bind(org)
        .bind(id)
        .execute(tenant.conn())
        .await?;
    Ok(())
}

/// Takes the uploads away that were begun so many days ago; says which.
pub(super) async fn delete_abandoned(tenant: &mut Tenant, days: i32) -> Result<Vec<FileId>> {
    let org = tenant.org();
    Ok(sqlx::query_scalar(
        "delete from upload where org_id = $1 and created_at < now() - make_interval(days => $2)
         returning file_id",
    )
    .bind(org)
    .bind(days)
    .fetch_all(tenant.conn())
    .await?)
}
