//! A copy of everything held about somebody: a ZIP with the data as JSON, a summary to read, and the files.
//!
//! Asked for by the person once a day, by the owner for a request, by the operator's command. The copy lies in the store
//! for seven days; its link is the permission.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::sql;
use super::sql::held;
use super::subject::{self, Found, Subject};
use super::zip::Zip;
use crate::Engine;
use crate::auth::keys::{Keys, hex, sha256};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::By;
use crate::files::{self, shelf::Label};
use crate::ids::{CustomerId, FileId, OrgId, UserId};
use crate::ledger::{Action, Entry};
use crate::moment::Moment;
use crate::notices::{self, Notice};
use crate::task::{self, NewTask};

/// The task that makes a copy.
pub const EXPORT: &str = "privacy.export";
/// A copy lies there for so long.
pub const LIFE: TimeDelta = TimeDelta::days(7);
/// One's own copy once in so long.
const ONCE_IN: TimeDelta = TimeDelta::hours(24);
/// Columns that open something, or say nothing to anybody.
const SECRETS: [&str; 9] =
    ["hash", "token", "secret", "p256dh", "auth", "code_hmac", "blind", "sealed", "endpoint"];

/// A copy, as the person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow, ToSchema)]
#[schema(as = PrivacyExport)]
pub struct ExportView {
    /// Its id.
    #[sqlx(rename = "export_id")]
    pub id: Uuid,
    /// `pending`, `ready`, `gone`.
    pub state: String,
    /// When it was asked for.
    pub asked_at: Moment,
    /// When it was made.
    pub ready_at: Option<Moment>,
    /// Until when its link is good.
    pub expires_at: Option<Moment>,
    /// How large it is.
    pub bytes: Option<i64>,
    /// By when the law wants it (10 calendar days).
    #[sqlx(skip)]
    pub due_at: Option<Moment>,
    /// The link; while it is ready.
    #[sqlx(skip)]
    pub url: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    org: OrgId,
    export: Uuid,
}

/// A person asks for a copy of what is held about them.
///
/// # Errors
/// [`Error::TooMany`] within a day of the last one.
pub async fn ask(engine: &Engine, tenant: &mut Tenant, user: UserId) -> Result<ExportView> {
    let now = Utc::now();
    sql::retain::lock_exports(tenant, user).await?;
    if let Some(last) = sql::retain::last_export(tenant, user).await? {
        let wait = last + ONCE_IN - now;
        if wait > TimeDelta::zero() {
            return Err(Error::TooMany {
                code: "RATE_001",
                retry_after_s: wait.num_seconds().unsigned_abs() + 1,
                detail: "una copia por día (one copy a day)",
            });
        }
    }
    let row = add(engine, tenant, (Some(user), None), Some(user)).await?;
    let entry = Entry::new(Action::ExportRequested, By::staff(user), "privacy_export").on(row.id).about(user);
    tenant.audit(entry);
    Ok(shown(engine, row))
}

/// A copy for a request that the owner answers.
pub(super) async fn order(
    engine: &Engine,
    tenant: &mut Tenant,
    whose: (Option<UserId>, Option<CustomerId>),
    by: Option<UserId>,
) -> Result<()> {
    add(engine, tenant, whose, by).await.map(|_| ())
}

async fn add(
    engine: &Engine,
    tenant: &mut Tenant,
    whose: (Option<UserId>, Option<CustomerId>),
    by: Option<UserId>,
) -> Result<ExportView> {
    let id = Uuid::now_v7();
    let hash = sha256(token(&engine.keys, id).as_bytes());
    let row = sql::retain::insert_export(tenant, id, whose, by, &hash).await?;
    let org = tenant.org();
    task::enqueue(tenant.conn(), &NewTask::new(EXPORT, Some(org), Order { org, export: id })?).await?;
    tenant.wake_worker();
    Ok(row)
}

/// A person's copies, the newest first.
pub(super) async fn of(engine: &Engine, tenant: &mut Tenant, user: UserId) -> Result<Vec<ExportView>> {
    let rows = sql::retain::exports_of(tenant, user).await?;
    Ok(rows.into_iter().map(|row| shown(engine, row)).collect())
}

/// Copies that the organization made, for its owner: of customers, and of people by request.
pub async fn list(engine: &Engine, tenant: &mut Tenant) -> Result<Vec<ExportView>> {
    let rows = sql::retain::exports_by_office(tenant).await?;
    Ok(rows.into_iter().map(|row| shown(engine, row)).collect())
}

fn shown(engine: &Engine, mut row: ExportView) -> ExportView {
    let is_good = row.state == "ready" && row.expires_at.is_some_and(|e| e.0 > Utc::now());
    let public_url = engine.settings.public_url.as_deref().unwrap_or_default();
    row.due_at = Some(Moment(super::clock::due(super::request::Kind::Access, row.asked_at.0)));
    row.url = is_good.then(|| format!("{public_url}/api/privacy/exports/{}", token(&engine.keys, row.id)));
    row
}

/// The task [`EXPORT`]: gathers, packs, lays it into the store, tells who asked.
pub async fn carry_out(engine: &Engine, payload: &Value) -> Result<()> {
    let Order { org, export } =
        Order::deserialize(payload).map_err(|e| Error::Internal(format!("{EXPORT}: {e}")))?;
    let mut tenant = engine.db.tenant(org).await?;
    let Some((user, customer, asked_by)) = sql::retain::pending_export(&mut tenant, export).await? else {
        return Ok(());
    };
    drop(tenant);
    let subject = match (user, customer) {
        (Some(user), _) => Subject::User(user),
        (None, Some(customer)) => Subject::Customer(customer),
        (None, None) => return Ok(()),
    };
    let archive = archive(engine, org, &subject).await?;
    let length = archive.len() as i64;
    let label = Label { mime: "application/zip", disposition: "attachment; filename=\"mis-datos.zip\"" };
    engine.files.shelf.put(&object_key(org, export), archive.into(), label).await?;
    let mut tenant = engine.db.tenant(org).await?;
    let now = Utc::now();
    sql::retain::export_ready(&mut tenant, export, length, now + LIFE).await?;
    if let Some(asker) = asked_by {
        let notice = Notice {
            kind: "privacy_export_ready",
            title: "La copia de los datos está lista".into(),
            body: "Se puede descargar durante 7 días desde Privacidad.".into(),
            params: json!({}),
            entity: Some(("privacy_export", export)),
            dedupe: format!("privacy_export:{export}"),
        };
        notices::add(&mut tenant, asker, &notice).await?;
    }
    tenant.commit().await
}

/// The archive about a subject in one organization.
///
/// # Errors
/// `NotFound` where it is not known there.
pub async fn archive(engine: &Engine, org: OrgId, subject: &Subject) -> Result<Vec<u8>> {
    let mut tenant = engine.db.tenant(org).await?;
    let found = subject::find(&mut tenant, subject).await?;
    if found.keys.is_empty() {
        return Err(Error::NotFound("subject"));
    }
    let mut tables = gather(&mut tenant, &found).await?;
    for (customer, cuit) in subject::tax_numbers(engine, &mut tenant, &found.keys).await? {
        tables.entry("customer").or_default().push(json!({"customer_id": customer, "cuit": cuit}));
    }
    drop(tenant);
    let mut tx = engine.db.identity().await?;
    for held in held::IDENTITY {
        let rows = sql::rows_outside(&mut tx, org, &found.keys, held).await?;
        keep(&mut tables, held, rows);
    }
    drop(tx);
    if let Some(user) = found.keys.users.first().map(|id| UserId(*id)) {
        // What is sealed is opened for the one whose it is, and the log says so.
        let pay = crate::vault::restricted::payroll(engine, org, (user, user)).await?;
        let pay = serde_json::to_value(pay).map_err(|e| Error::Internal(format!("export: {e}")))?;
        tables.entry("member_payroll").or_default().push(pay);
    }
    let mut zip = Zip::default();
    let data = json!({"format": "campo-personal-data-1", "organization": org, "made_at": Moment(Utc::now()), "tables": tables});
    let text = serde_json::to_string_pretty(&data).map_err(|e| Error::Internal(format!("export: {e}")))?;
    zip.add("datos.json", text.as_bytes())?;
    zip.add("LEEME.txt", summary(&tables, found.keys.files.len()).as_bytes())?;
    for file in &found.keys.files {
        match files::open(engine, org, FileId(*file)).await {
            Ok((view, bytes)) => zip.add(&format!("archivos/{file}-{}", view.name), &bytes)?,
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    zip.finish()
}

/// The operator's copy; the log says that it was made.
///
/// # Errors
/// As [`archive`].
pub async fn by_operator(engine: &Engine, org: OrgId, subject: &Subject) -> Result<Vec<u8>> {
    let bytes = archive(engine, org, subject).await?;
    let mut tenant = engine.db.tenant(org).await?;
    let mut entry = Entry::new(Action::ExportDownloaded, By::SYSTEM, "privacy_export");
    match subject {
        Subject::User(user) => entry.about = Some(*user),
        Subject::Customer(customer) => entry.entity_id = Some(customer.0),
        Subject::Phone(_) => {}
    }
    tenant.audit(entry.with("by", "operator"));
    tenant.commit().await?;
    Ok(bytes)
}

type Tables = BTreeMap<&'static str, Vec<Value>>;

async fn gather(tenant: &mut Tenant, found: &Found) -> Result<Tables> {
    let mut tables = Tables::new();
    sql::patient(tenant).await?;
    for held in held::all() {
        let rows = sql::rows(tenant, &found.keys, held).await?;
        keep(&mut tables, held, rows);
    }
    Ok(tables)
}

/// Rows that two entries find stand there once.
fn keep(tables: &mut Tables, held: &held::Held, rows: Vec<Value>) {
    let known = tables.entry(held.table).or_default();
    for row in rows.into_iter().map(open) {
        // Entries of one table overlap rarely, and only in small ones.
        if held.table == "position" || !known.contains(&row) {
            known.push(row);
        }
    }
    if known.is_empty() {
        tables.remove(held.table);
    }
}

/// A row without secrets and bytes.
fn open(row: Value) -> Value {
    let Value::Object(fields) = row else { return row };
    let fields: Map<String, Value> = fields
        .into_iter()
        .filter(|(name, value)| {
            let is_bytes = value.as_str().is_some_and(|text| text.starts_with("\\x"));
            !is_bytes && !value.is_null() && !SECRETS.iter().any(|s| name.contains(s))
        })
        .collect();
    Value::Object(fields)
}

/// What a person reads first.
fn summary(tables: &Tables, files: usize) -> String {
    let mut text = String::from(
        "Copia de los datos personales que se guardan (ley 25.326, art. 14).\r\n\
         datos.json tiene todas las filas; archivos/ tiene fotos, firmas y audios.\r\n\r\n",
    );
    for held in held::all().chain(held::IDENTITY) {
        let Some(rows) = tables.get(held.table).filter(|_| !held.what.is_empty()) else { continue };
        let line = format!("- {}: {} ({})\r\n", held.what, rows.len(), held.ground.why());
        if !text.contains(&line) {
            text.push_str(&line);
        }
    }
    // Writing to a text cannot fail.
    let _ = write!(text, "- archivos: {files}\r\n");
    text
}

/// A copy behind its link, with the person's organization; none where it is over.
pub async fn behind(engine: &Engine, token: &str) -> Result<Option<Bytes>> {
    let mut link = engine.db.link(&sha256(token.as_bytes())).await?;
    let Some((org, export, user)) = sql::retain::export_by_link(&mut link, Utc::now()).await? else {
        return Ok(None);
    };
    drop(link);
    let bytes = engine.files.shelf.get(&object_key(org, export), None).await?;
    if bytes.is_some() {
        let mut tenant = engine.db.tenant(org).await?;
        let mut entry = Entry::new(Action::ExportDownloaded, By::SYSTEM, "privacy_export").on(export);
        entry.about = user;
        tenant.audit(entry);
        tenant.commit().await?;
    }
    Ok(bytes)
}

/// A copy leaves the store.
pub(super) async fn take_away(engine: &Engine, org: OrgId, export: Uuid) -> Result<()> {
    engine.files.shelf.delete(&object_key(org, export)).await
}

/// Copies whose seven days are over; how many.
pub(super) async fn expire(engine: &Engine, org: OrgId, now: DateTime<Utc>) -> Result<usize> {
    let mut tenant = engine.db.tenant(org).await?;
    let over = sql::retain::expired_exports(&mut tenant, now).await?;
    drop(tenant);
    for export in &over {
        // The object first: a row that says it is gone must not be wrong.
        take_away(engine, org, *export).await?;
        engine.db.within(org, async |t| sql::retain::export_gone(t, *export).await).await?;
    }
    Ok(over.len())
}

fn object_key(org: OrgId, export: Uuid) -> String {
    format!("{org}/export-{export}")
}

/// 256 bits that name a copy; derived, stored nowhere.
fn token(keys: &Keys, export: Uuid) -> String {
    hex(hmac::sign(&keys.mac("campo export link v1"), export.as_bytes()).as_ref())
}
