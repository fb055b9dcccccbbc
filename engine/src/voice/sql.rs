//! Queries of voice notes, inside an organization.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

use super::form::Extraction;
use super::note::Note;
use super::proposal::Proposal;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{CustomerId, FileId, MessageId, UserId, VoiceNoteId};
use crate::page::Cursor;

/// A note that comes in.
#[derive(Debug, Clone, Default)]
pub(super) struct NewNote {
    pub(super) message: Option<MessageId>,
    pub(super) uploaded_by: Option<UserId>,
    pub(super) sender: Option<String>,
    pub(super) customer: Option<CustomerId>,
}

/// Writes a note; false where its message has one.
pub(super) async fn insert(tx: &mut Tenant, id: VoiceNoteId, file: FileId, new: &NewNote) -> Result<bool> {
    let org = tx.org();
    let done = sqlx::query(
        "insert into voice_note (org_id, note_id, file_id, message_id, uploaded_by, sender, customer_id, state)
         values ($1, $2, $3, $4, $5, $6, $7, 'pending') on conflict (org_id, message_id) do nothing",
    )
    .bind(org)
    .bind(id)
    .bind(file)
    .bind(new.message)
    .bind(new.uploaded_by)
    .bind(&new.sender)
    .bind(new.customer)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn get(tx: &mut Tenant, id: VoiceNoteId) -> Result<Option<Note>> {
    let org = tx.org();
    Ok(sqlx::query_as("select * from voice_note where org_id = $1 and note_id = $2")
        .bind(org)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

pub(super) async fn lock(tx: &mut Tenant, id: VoiceNoteId) -> Result<Option<Note>> {
    let org = tx.org();
    Ok(sqlx::query_as("select * from voice_note where org_id = $1 and note_id = $2 for update")
        .bind(org)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

pub(super) async fn by_message(tx: &mut Tenant, message: MessageId) -> Result<Option<VoiceNoteId>> {
    let org = tx.org();
    Ok(sqlx::query_scalar("select note_id from voice_note where org_id = $1 and message_id = $2")
        .bind(org)
        .bind(message)
        .fetch_optional(tx.conn())
        .await?)
}

/// Writes what may change of a locked note, and raises its version.
pub(super) async fn save(tx: &mut Tenant, note: &mut Note) -> Result<()> {
    let org = tx.org();
    (note.version, note.updated_at) = sqlx::query_as(
        "update voice_note set customer_id = $3, state = $4, decision = $5, reasons = $6, transcript = $7, heard = $8,
             duration_s = $9, extraction = $10, score = $11, overall = $12, proposal = $13, job_id = $14,
             admitted_at = $15, decided_at = $16, asked_at = $17, reminded_at = $18, answer = $19, answered_at = $20,
             review_action = $21, review_note = $22, reviewed_by = $23, reviewed_at = $24, waiting_since = $25,
             audio_erased_at = $26, version = version + 1, updated_at = now()
         where org_id = $1 and note_id = $2 returning version, updated_at",
    )
    .bind(org)
    .bind(note.note_id)
    .bind(note.customer_id)
    .bind(note.state)
    .bind(note.decision)
    .bind(&note.reasons)
    .bind(&note.transcript)
    .bind(note.heard)
    .bind(note.duration_s)
    .bind(&note.extraction)
    .bind(&note.score)
    .bind(note.overall)
    .bind(&note.proposal)
    .bind(note.job_id)
    .bind(note.admitted_at)
    .bind(note.decided_at)
    .bind(note.asked_at)
    .bind(note.reminded_at)
    .bind(&note.answer)
    .bind(note.answered_at)
    .bind(note.review_action)
    .bind(&note.review_note)
    .bind(note.reviewed_by)
    .bind(note.reviewed_at)
    .bind(note.waiting_since)
    .bind(note.audio_erased_at)
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

/// What waits for a person, the oldest first.
pub(super) async fn queue(tx: &mut Tenant, after: Option<Cursor>, limit: i64) -> Result<Vec<Note>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select * from voice_note where org_id = $1 and state in ('needs_review', 'failed')
         and ($2::timestamptz is null or (created_at, note_id) > ($2, $3))
         order by created_at, note_id limit $4",
    )
    .bind(org)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// How many wait.
pub(super) async fn waiting(tx: &mut Tenant) -> Result<i64> {
    let org = tx.org();
    Ok(sqlx::query_scalar(
        "select count(*) from voice_note where org_id = $1 and state in ('needs_review', 'failed')",
    )
    .bind(org)
    .fetch_one(tx.conn())
    .await?)
}

/// One at a time counts an organization's notes. Lasts until commit.
pub(super) async fn lock_limits(tx: &mut Tenant) -> Result<()> {
    let org = tx.org();
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('voice/' || $1::text, 20262))")
        .bind(org)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes that the machines took since: of the organization within a minute, of the sender within an hour.
pub(super) async fn admitted(tx: &mut Tenant, sender: Option<&str>) -> Result<(i64, i64)> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select count(*) filter (where admitted_at > now() - interval '1 minute'),
                count(*) filter (where sender = $2)
         from voice_note where org_id = $1 and admitted_at > now() - interval '1 hour'",
    )
    .bind(org)
    .bind(sender)
    .fetch_one(tx.conn())
    .await?)
}

/// Does a sender want no machine to listen? None for one who was never told of it.
pub(super) async fn refuses(tx: &mut Tenant, phone: &str) -> Result<Option<bool>> {
    let org = tx.org();
    Ok(sqlx::query_scalar("select refused_at is not null from voice_sender where org_id = $1 and phone = $2")
        .bind(org)
        .bind(phone)
        .fetch_optional(tx.conn())
        .await?)
}

/// Notes that a sender was told; false where they were before.
pub(super) async fn tell(tx: &mut Tenant, phone: &str) -> Result<bool> {
    let org = tx.org();
    let done = sqlx::query(
        "insert into voice_sender (org_id, phone, told_at) values ($1, $2, now()) on conflict (org_id, phone) do nothing",
    )
    .bind(org)
    .bind(phone)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn refuse(tx: &mut Tenant, phone: &str) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update voice_sender set refused_at = coalesce(refused_at, now()) where org_id = $1 and phone = $2",
    )
    .bind(org)
    .bind(phone)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The notes of a sender that the machines are at.
pub(super) async fn under_way_of(tx: &mut Tenant, phone: &str) -> Result<Vec<VoiceNoteId>> {
    let org = tx.org();
    Ok(sqlx::query_scalar(
        "select note_id from voice_note where org_id = $1 and sender = $2
         and state in ('pending', 'transcribing', 'extracting') order by note_id",
    )
    .bind(org)
    .bind(phone)
    .fetch_all(tx.conn())
    .await?)
}

/// The newest question to a phone that has no answer, locked.
pub(super) async fn open_question(tx: &mut Tenant, phone: &str) -> Result<Option<Note>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select * from voice_note where org_id = $1 and sender = $2 and state = 'completed'
         and decision = 'ask_customer' and answer is null and job_id is null
         order by asked_at desc limit 1 for update",
    )
    .bind(org)
    .bind(phone)
    .fetch_optional(tx.conn())
    .await?)
}

/// The message that a note came by.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Source {
    pub(super) from_phone: Option<String>,
    pub(super) conversation_id: Option<Uuid>,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) body: Json<serde_json::Value>,
}

pub(super) async fn message(tx: &mut Tenant, id: MessageId) -> Result<Option<Source>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select from_phone, conversation_id, customer_id, body from message
         where org_id = $1 and message_id = $2 and direction = 'in'",
    )
    .bind(org)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?)
}

/// The words stay with the conversation: they become the text of the message that brought the recording.
pub(super) async fn put_words(tx: &mut Tenant, message: MessageId, words: &str) -> Result<()> {
    let org = tx.org();
    sqlx::query("update message set text = $3 where org_id = $1 and message_id = $2 and text is null")
        .bind(org)
        .bind(message)
        .bind(words)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A customer, as far as a note needs them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Who {
    pub(super) customer_id: CustomerId,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) address: Option<String>,
    pub(super) is_placed: bool,
}

/// The customer of this id, or else of this phone.
pub(super) async fn customer(
    tx: &mut Tenant,
    id: Option<CustomerId>,
    phone: Option<&str>,
) -> Result<Option<Who>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select customer_id, name, phone, address, lat is not null as is_placed from customer
         where org_id = $1 and customer_id = (
             select coalesce(merged_into, customer_id) from customer
             where org_id = $1 and (customer_id = $2 or ($2 is null and phone = $3)))",
    )
    .bind(org)
    .bind(id)
    .bind(phone)
    .fetch_optional(tx.conn())
    .await?)
}

/// The organization's zone by name.
pub(super) async fn zone(tx: &mut Tenant) -> Result<String> {
    let org = tx.org();
    Ok(sqlx::query_scalar("select timezone from organization where org_id = $1")
        .bind(org)
        .fetch_one(tx.conn())
        .await?)
}

/// The type of a file, if it is there.
pub(super) async fn file_type(tx: &mut Tenant, id: FileId) -> Result<Option<String>> {
    let org = tx.org();
    Ok(sqlx::query_scalar("select mime from file where org_id = $1 and file_id = $2")
        .bind(org)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// Is a task of this kind still open for the note?
pub(super) async fn has_open_task(tx: &mut Tenant, kinds: &[&str], note: VoiceNoteId) -> Result<bool> {
    let org = tx.org();
    Ok(sqlx::query_scalar(
        "select exists (select from task where org_id = $1 and kind = any($2) and unique_key = $3
             and state in ('later', 'waiting', 'ready', 'running'))",
    )
    .bind(org)
    .bind(kinds)
    .bind(note.to_string())
    .fetch_one(tx.conn())
    .await?)
}

/// Notes whose recordings are older than so many days, the oldest first; those that wait for a person stay.
pub(super) async fn due_audio(tx: &mut Tenant, days: i32, limit: i64) -> Result<Vec<(VoiceNoteId, FileId)>> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select note_id, file_id from voice_note
         where org_id = $1 and audio_erased_at is null and created_at <= now() - make_interval(days => $2)
         order by created_at limit $3",
    )
    .bind(org)
    .bind(days)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Notes that a file's recording is gone; every note that named it.
pub(super) async fn note_erased(tx: &mut Tenant, file: FileId) -> Result<()> {
    let org = tx.org();
    sqlx::query(
        "update voice_note set audio_erased_at = now(), version = version + 1, updated_at = now()
         where org_id = $1 and file_id = $2 and audio_erased_at is null",
    )
    .bind(org)
    .bind(file)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Is there a newer note with the same recording, whose time has not come?
pub(super) async fn is_shared(tx: &mut Tenant, file: FileId, days: i32) -> Result<bool> {
    let org = tx.org();
    Ok(sqlx::query_scalar(
        "select exists (select from voice_note where org_id = $1 and file_id = $2 and audio_erased_at is null
             and created_at > now() - make_interval(days => $3))",
    )
    .bind(org)
    .bind(file)
    .bind(days)
    .fetch_one(tx.conn())
    .await?)
}

/// Is there any recording left?
pub(super) async fn has_audio(tx: &mut Tenant) -> Result<bool> {
    let org = tx.org();
    Ok(sqlx::query_scalar(
        "select exists (select from voice_note where org_id = $1 and audio_erased_at is null)",
    )
    .bind(org)
    .fetch_one(tx.conn())
    .await?)
}

/// A settings row as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct SettingsRow {
    pub(super) consent_at: Option<DateTime<Utc>>,
    pub(super) consent_by: Option<UserId>,
    pub(super) consent_version: Option<String>,
    pub(super) threshold: f64,
    pub(super) retention_days: i32,
    pub(super) version: i32,
}

impl Default for SettingsRow {
    fn default() -> Self {
        Self {
            consent_at: None,
            consent_by: None,
            consent_version: None,
            threshold: super::score::THRESHOLD,
            retention_days: super::settings::RETENTION_DAYS,
            version: 0,
        }
    }
}

/// What the organization decided; the defaults where it decided nothing.
pub(super) async fn settings(tx: &mut Tenant) -> Result<SettingsRow> {
    let org = tx.org();
    let row = sqlx::query_as(
        "select consent_at, consent_by, consent_version, threshold, retention_days, version from voice_settings
         where org_id = $1",
    )
    .bind(org)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.unwrap_or_default())
}

/// The same, made if there is none, locked.
pub(super) async fn lock_settings(tx: &mut Tenant) -> Result<SettingsRow> {
    let org = tx.org();
    sqlx::query(
        "insert into voice_settings (org_id, version) values ($1, 0) on conflict (org_id) do nothing",
    )
    .bind(org)
    .execute(tx.conn())
    .await?;
    Ok(sqlx::query_as(
        "select consent_at, consent_by, consent_version, threshold, retention_days, version from voice_settings
         where org_id = $1 for update",
    )
    .bind(org)
    .fetch_one(tx.conn())
    .await?)
}

pub(super) async fn save_settings(tx: &mut Tenant, row: &mut SettingsRow, ip: Option<&str>) -> Result<()> {
    let org = tx.org();
    row.version = sqlx::query_scalar(
        "update voice_settings set consent_at = $2, consent_by = $3, consent_version = $4, threshold = $5,
             retention_days = $6, consent_ip = case when $2 is null then null else coalesce($7, consent_ip) end,
             version = version + 1, updated_at = now()
         where org_id = $1 returning version",
    )
    .bind(org)
    .bind(row.consent_at)
    .bind(row.consent_by)
    .bind(&row.consent_version)
    .bind(row.threshold)
    .bind(row.retention_days)
    .bind(ip)
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

/// Figures of the last so many days.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Figures {
    pub(super) notes: i64,
    pub(super) under_way: i64,
    pub(super) completed: i64,
    pub(super) needs_review: i64,
    pub(super) reviewed: i64,
    pub(super) failed: i64,
    pub(super) created: i64,
    pub(super) flagged: i64,
    pub(super) asked: i64,
    pub(super) asked_again: i64,
    pub(super) rejected: i64,
    pub(super) confirmed: i64,
    pub(super) approved: i64,
    pub(super) edited: i64,
    pub(super) refused: i64,
    pub(super) confidence: Option<f64>,
    pub(super) decided_p95_s: Option<f64>,
    pub(super) reviewed_median_s: Option<f64>,
    pub(super) audio_s: f64,
}

pub(super) async fn figures(tx: &mut Tenant, days: i32) -> Result<Figures> {
    let org = tx.org();
    Ok(sqlx::query_as(
        "select count(*) as notes,
                count(*) filter (where state in ('pending', 'transcribing', 'extracting')) as under_way,
                count(*) filter (where state = 'completed') as completed,
                count(*) filter (where state = 'needs_review') as needs_review,
                count(*) filter (where state = 'reviewed') as reviewed,
                count(*) filter (where state = 'failed') as failed,
                count(*) filter (where decision in ('create', 'create_flagged') and job_id is not null) as created,
                count(*) filter (where decision = 'create_flagged' and job_id is not null) as flagged,
                count(*) filter (where decision = 'ask_customer') as asked,
                count(*) filter (where decision = 'ask_again') as asked_again,
                count(*) filter (where decision = 'reject') as rejected,
                count(*) filter (where answer = 'yes' and job_id is not null) as confirmed,
                count(*) filter (where review_action = 'approve') as approved,
                count(*) filter (where review_action = 'edit') as edited,
                count(*) filter (where review_action = 'reject') as refused,
                avg(overall) as confidence,
                percentile_disc(0.95) within group (order by extract(epoch from decided_at - created_at)::float8) as decided_p95_s,
                percentile_disc(0.5) within group (order by extract(epoch from reviewed_at - waiting_since)::float8) as reviewed_median_s,
                coalesce(sum(duration_s) filter (where transcript is not null), 0)::float8 as audio_s
         from voice_note where org_id = $1 and created_at > now() - make_interval(days => $2)",
    )
    .bind(org)
    .bind(days)
    .fetch_one(tx.conn())
    .await?)
}

/// Named so that a note's JSON columns read and write as what they are.
pub(super) type Jsonb<T> = Option<Json<T>>;
/// What the model said.
pub(super) type Said = Jsonb<Extraction>;
/// What is proposed.
pub(super) type Proposed = Jsonb<Proposal>;
