//! Uploads that survive: named by the hash of what comes, continued where the last acknowledged byte ended.
//!
//! What was acknowledged is committed. The parts wait in the database and not in the store, so that any node
//! goes on, and a store that is away loses nothing: the last step is asked for again.

use bytes::{Bytes, BytesMut};
use chrono::{NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::purpose::Purpose;
use super::tier::Tier;
use super::{FileView, NewFile, Sent, keep, order_tidy, prepare, sql};
use crate::Engine;
use crate::asker::Asker;
use crate::auth::keys::sha256;
use crate::check::Check;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{FileId, JobId, OrgId, UserId};
use crate::task::{self, NewTask};

/// Sweeps abandoned uploads of one organization.
pub const SWEEP: &str = "file.sweep";
/// An upload that is not done after so long is abandoned: a phone may be offline for 72 h (functional.md
/// section 10).
const ABANDONED_DAYS: i32 = 7;
/// Uploads that one person may have under way: a phone sends them one after the other.
const MOST_OPEN: i64 = 40;

/// What is to be uploaded.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct BeginUpload {
    /// SHA-256 of all bytes, hexadecimal.
    pub sha256: String,
    /// How many there are.
    pub bytes: i64,
    /// What its sender says that it is.
    pub mime: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What its sender calls it.
    #[serde(default)]
    pub name: Option<String>,
    /// The job that it will belong to.
    #[serde(default)]
    pub job_id: Option<JobId>,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Upload {
    /// The file's id, good once it is done.
    pub id: FileId,
    /// Bytes that are here for good.
    pub offset: i64,
    /// Bytes in all.
    pub bytes: i64,
    /// Whether it is kept.
    pub done: bool,
}

/// An upload under way.
#[derive(Debug, Clone, FromRow)]
pub(super) struct UploadRow {
    pub file_id: FileId,
    pub purpose: Purpose,
    pub sha256: Vec<u8>,
    pub bytes: i64,
    pub received: i64,
    pub mime: String,
    pub name: Option<String>,
    pub job_id: Option<JobId>,
    pub created_by: UserId,
}

impl UploadRow {
    fn view(&self) -> Upload {
        Upload { id: self.file_id, offset: self.received, bytes: self.bytes, done: false }
    }
}

/// Begins an upload, or finds it: done where the bytes are here already, continued where some of them are.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Forbidden`] for a purpose that is not the role's, [`Error::NotFound`] for a job
/// that is not theirs, [`Error::Conflict`] (`FILE_002`) where the tier's storage is full.
pub async fn begin(tenant: &mut Tenant, asker: Asker, body: &BeginUpload) -> Result<Upload> {
    let row = checked(asker, body)?;
    if let Some(job) = row.job_id
        && !sql::sees_job(tenant, job, asker.jobs_of()?).await?
    {
        return Err(Error::NotFound("job"));
    }
    if let Some(file) = sql::same(tenant, &row.sha256, row.purpose).await? {
        return Ok(Upload { id: file.id, offset: row.bytes, bytes: row.bytes, done: true });
    }
    if let Some(known) = sql::upload_of(tenant, &row.sha256, row.purpose, asker.user).await? {
        return resumed(&known, &row);
    }
    if sql::count_uploads(tenant, asker.user).await? >= MOST_OPEN {
        let detail = "terminá antes las subidas empezadas (finish the uploads that are under way first)";
        return Err(Error::TooMany { code: "RATE_001", retry_after_s: 60, detail });
    }
    check_storage(tenant, row.bytes).await?;
    if !sql::insert_upload(tenant, &row).await? {
        let known = sql::upload_of(tenant, &row.sha256, row.purpose, asker.user).await?;
        return resumed(&known.ok_or(Error::NotFound("upload"))?, &row);
    }
    order_sweep(tenant).await?;
    Ok(row.view())
}

fn resumed(known: &UploadRow, asked: &UploadRow) -> Result<Upload> {
    if known.bytes == asked.bytes {
        return Ok(known.view());
    }
    Err(Error::invalid("bytes", "no coincide con lo ya empezado (not as many as when it was begun)"))
}

fn checked(asker: Asker, body: &BeginUpload) -> Result<UploadRow> {
    let mut check = Check::default();
    let sha256 = unhex(&body.sha256).unwrap_or_else(|| {
        check.wrong("sha256", "se esperan 64 cifras hexadecimales (64 hexadecimal digits)");
        Vec::new()
    });
    let most = i64::try_from(body.purpose.most_bytes()).unwrap_or(i64::MAX);
    if !(1..=most).contains(&body.bytes) {
        check.wrong("bytes", prepare::size_words(body.purpose));
    }
    let mime = check.text("mime", &body.mime, 3, 150);
    let name = check.optional("name", body.name.as_deref(), 300);
    check.done()?;
    if !body.purpose.is_for(asker.role) {
        return Err(Error::Forbidden);
    }
    Ok(UploadRow {
        file_id: FileId::new(),
        purpose: body.purpose,
        sha256,
        bytes: body.bytes,
        received: 0,
        mime,
        name,
        job_id: body.job_id,
        created_by: asker.user,
    })
}

/// 32 bytes from 64 hexadecimal digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
    let pair = |pair: &[u8]| if let [high, low] = pair { high << 4 | low } else { 0 };
    (digits.len() == 64).then(|| digits.chunks(2).map(pair).collect())
}

/// Refuses what the organization's tier has no room for.
///
/// # Errors
/// [`Error::Conflict`] (`FILE_002`).
async fn check_storage(tenant: &mut Tenant, more: i64) -> Result<()> {
    let Some(tier) = sql::lock_tier(tenant).await?.as_deref().and_then(Tier::named) else { return Ok(()) };
    if sql::used_bytes(tenant).await? + more <= tier.storage_bytes() {
        return Ok(());
    }
    let megabytes = tier.storage_bytes() >> 20;
    let detail = format!("el plan permite {megabytes} MB de archivos (the plan has room for {megabytes} MB)");
    Err(Error::Conflict { code: "FILE_002", detail, current: None })
}

/// How far an upload of one's own is.
pub async fn progress(tenant: &mut Tenant, asker: Asker, id: FileId) -> Result<Upload> {
    if let Some(row) = sql::lock_upload(tenant, id, asker.user).await? {
        return Ok(row.view());
    }
    let bytes = sql::sent_bytes(tenant, id, asker.user).await?.ok_or(Error::NotFound("upload"))?;
    Ok(Upload { id, offset: bytes, bytes, done: true })
}

/// Appends bytes at `offset`: committed when this returns. Says how far the upload is then.
///
/// # Errors
/// [`Error::Conflict`] (`FILE_003`) at another offset than the present one, which `current` says;
/// [`Error::Invalid`] for more bytes than were announced.
pub async fn append(
    engine: &Engine,
    org: OrgId,
    asker: Asker,
    id: FileId,
    at: (i64, &[u8]),
) -> Result<Upload> {
    let (offset, content) = at;
    let mut tenant = engine.db.tenant(org).await?;
    let Some(row) = sql::lock_upload(&mut tenant, id, asker.user).await? else {
        return progress(&mut tenant, asker, id).await;
    };
    if row.received != offset {
        let detail = format!("{} bytes are here: go on from there", row.received);
        let current = serde_json::to_value(row.view()).ok();
        return Err(Error::Conflict { code: "FILE_003", detail, current });
    }
    let length = i64::try_from(content.len()).unwrap_or(i64::MAX);
    if row.received.saturating_add(length) > row.bytes {
        return Err(Error::invalid("bytes", "más de lo anunciado (more than was announced)"));
    }
    if content.is_empty() {
        return Ok(row.view());
    }
    sql::append(&mut tenant, &row, content).await?;
    tenant.commit().await?;
    Ok(Upload { offset: row.received + length, ..row.view() })
}

/// The last step of an upload whose bytes are all here: hashed, judged, kept. Asked for again after a failure of
/// the store it goes on; what is refused for good is thrown away.
///
/// # Errors
/// [`Error::Invalid`] (`sha256`, `file`), [`Error::Provider`] while the store is away.
pub async fn finish(engine: &Engine, org: OrgId, asker: Asker, id: FileId) -> Result<Upload> {
    let mut tenant = engine.db.tenant(org).await?;
    let Some(row) = sql::lock_upload(&mut tenant, id, asker.user).await? else {
        return progress(&mut tenant, asker, id).await;
    };
    if row.received < row.bytes {
        return Ok(row.view());
    }
    let mut all = BytesMut::with_capacity(usize::try_from(row.bytes).unwrap_or_default());
    for part in sql::parts(&mut tenant, id).await? {
        all.extend_from_slice(&part);
    }
    // No transaction waits for a decoder or a store.
    drop(tenant);
    match settle(engine, org, &row, all.freeze()).await {
        Ok(upload) => Ok(upload),
        Err(Error::Invalid(fields)) => {
            engine.db.within(org, async |t| sql::delete_upload(t, id).await).await?;
            Err(Error::Invalid(fields))
        }
        Err(away) => Err(away),
    }
}

async fn settle(engine: &Engine, org: OrgId, row: &UploadRow, all: Bytes) -> Result<Upload> {
    if sha256(&all) != row.sha256 {
        let words = "los bytes no son los anunciados (not the bytes that were announced)";
        return Err(Error::invalid("sha256", words));
    }
    let said = (row.mime.as_str(), row.name.as_deref());
    let ready = prepare::prepare(&engine.files, row.purpose, all, said).await?;
    let sent = Sent { sha256: row.sha256.clone(), bytes: row.bytes, by: Some(row.created_by) };
    let over = async |tenant: &mut Tenant| sql::delete_upload(tenant, row.file_id).await;
    let file = keep(engine, org, (row.file_id, row.purpose), &sent, ready, over).await?;
    Ok(Upload { id: file.id, offset: row.bytes, bytes: row.bytes, done: true })
}

/// A small file that comes in one request.
///
/// # Errors
/// As [`begin`] and [`finish`].
pub async fn direct(engine: &Engine, org: OrgId, asker: Asker, new: NewFile) -> Result<FileView> {
    if !new.purpose.is_for(asker.role) {
        return Err(Error::Forbidden);
    }
    let length = i64::try_from(new.bytes.len()).unwrap_or(i64::MAX);
    engine.db.within(org, async |t| check_storage(t, length).await).await?;
    super::store(engine, org, new).await
}

/// One sweep for all uploads of an organization that begin on one day, when the last of them is old enough.
async fn order_sweep(tenant: &mut Tenant) -> Result<()> {
    let org = tenant.org();
    let mut order = NewTask::new(SWEEP, Some(org), json!({"org": org}))?;
    let day = Utc::now().date_naive() + TimeDelta::days(i64::from(ABANDONED_DAYS) + 1);
    order.unique_key = Some(day.to_string());
    order.run_at = day.and_time(NaiveTime::MIN).and_utc();
    task::enqueue(tenant.conn(), &order).await
}

/// The task [`SWEEP`]: throws abandoned uploads away, with the objects that their last step may have laid down.
pub(crate) async fn sweep(engine: &Engine, payload: &Value) -> Result<()> {
    #[derive(Deserialize)]
    struct Order {
        org: OrgId,
    }
    let order: Order = Order::deserialize(payload).map_err(|e| Error::Internal(format!("{SWEEP}: {e}")))?;
    engine.db.within(order.org, async |tenant| sweep_now(tenant).await).await
}

async fn sweep_now(tenant: &mut Tenant) -> Result<()> {
    let abandoned = sql::delete_abandoned(tenant, ABANDONED_DAYS).await?;
    for id in &abandoned {
        order_tidy(tenant, *id, TimeDelta::zero()).await?;
    }
    if !abandoned.is_empty() {
        tracing::info!(org = %tenant.org(), count = abandoned.len(), "abandoned uploads were thrown away");
    }
    Ok(())
}
