//! Files: photos, signatures, media, voice notes, documents.
//!
//! - [`purpose`], [`sniff`], [`picture`], [`exif`], [`name`], [`tier`]: pure rules.
//! - [`upload`]: uploads that survive a dropped connection and a restart.
//! - [`shelf`]: where the bytes lie; [`link`] and [`presign`]: links to them, good for an hour.
//!
//! The same bytes for the same purpose are one file of an organization. An object is laid down before its row is
//! committed, and taken away by a task after its row is gone: a row never names an object that is not there.

pub mod exif;
pub mod link;
pub mod name;
pub mod picture;
mod prepare;
pub mod presign;
pub mod purpose;
pub mod shelf;
pub mod sniff;
mod sql;
pub mod tier;
pub mod upload;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub use link::{FileLinks, Form};
pub use purpose::Purpose;

use crate::Engine;
use crate::asker::Asker;
use crate::auth::keys::{Keys, sha256};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::{FileId, OrgId, UserId};
use crate::moment::Moment;
use crate::providers::Calls;
use crate::settings::FileSettings;
use crate::task::{self, NewTask};
use link::object_key;
use prepare::Ready;
use shelf::{Label, Shelf};

/// Takes objects away that no file names (any more).
pub const TIDY: &str = "file.tidy";
/// How long after a file was to be kept somebody looks whether it was.
const LOOK_BACK: TimeDelta = TimeDelta::hours(1);
/// Pictures decoded at once: each takes a core and up to a quarter of a gigabyte.
const DECODERS: usize = 2;

/// The store, its links, and who may decode. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    /// Where the bytes lie.
    pub shelf: Shelf,
    /// Makes links.
    pub links: FileLinks,
    pub(crate) decoders: Arc<Semaphore>,
}

impl Files {
    /// The store that the settings name.
    ///
    /// # Errors
    /// [`Error::Internal`] in words for settings that do not belong together.
    pub fn new(settings: &FileSettings, calls: Calls, keys: &Keys, public_url: &str) -> Result<Self> {
        let shelf = Shelf::new(settings, calls)?;
        let links = FileLinks::new(keys, public_url, shelf.clone());
        Ok(Self { shelf, links, decoders: Arc::new(Semaphore::new(DECODERS)) })
    }
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = File)]
pub struct FileView {
    /// Its id.
    #[sqlx(rename = "file_id")]
    pub id: FileId,
    /// What it is for.
    pub purpose: Purpose,
    /// Its type, by what it is.
    pub mime: String,
    /// How long it is, as it is kept.
    pub bytes: i64,
    /// Pixels across; null where it is no picture.
    pub width: Option<i32>,
    /// Pixels down; null where it is no picture.
    pub height: Option<i32>,
    /// When the camera says it was taken.
    pub taken_at: Option<Moment>,
    /// Where the camera says it was taken, WGS-84 degrees.
    pub lat: Option<f64>,
    /// Where the camera says it was taken, WGS-84 degrees.
    pub lon: Option<f64>,
    /// Its name, with the ending of its type.
    pub name: String,
    /// Who sent it; null where no person did.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Moment,
    /// Bytes of the thumbnail; null where there is none.
    #[serde(skip)]
    thumb_bytes: Option<i32>,
    /// Where it is for an hour; never stored.
    #[sqlx(skip)]
    pub url: Option<String>,
    /// Where its thumbnail of 200 by 200 pixels is for an hour; null where it is no picture.
    #[sqlx(skip)]
    pub thumbnail_url: Option<String>,
}

impl FileView {
    /// With its links.
    #[must_use]
    pub fn linked(mut self, links: &FileLinks, org: OrgId) -> Self {
        self.url = Some(links.url(org, self.id, Form::Whole));
        self.thumbnail_url = self.thumb_bytes.map(|_| links.url(org, self.id, Form::Thumbnail));
        self
    }
}

/// A file to be kept.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// What it is for.
    pub purpose: Purpose,
    /// All of it.
    pub bytes: Bytes,
    /// What its sender says that it is; only tells sound from film.
    pub declared_mime: String,
    /// What its sender calls it.
    pub name: Option<String>,
    /// Who sent it, where that is somebody of the organization.
    pub by: Option<UserId>,
}

/// Keeps a file. Bytes that are here already for the same purpose are the file that is here.
///
/// A tier's storage is no reason to refuse here: what a customer sent must not get lost. It counts all the same.
///
/// # Errors
/// [`Error::Invalid`] for what is not taken; [`Error::Provider`] while the store is away: nothing was kept.
pub async fn store(engine: &Engine, org: OrgId, new: NewFile) -> Result<FileView> {
    let sent = Sent { sha256: sha256(&new.bytes), bytes: new.bytes.len() as i64, by: new.by };
    let known = engine.db.within(org, async |t| sql::same(t, &sent.sha256, new.purpose).await).await?;
    if let Some(known) = known {
        return Ok(known.linked(&engine.files.links, org));
    }
    let said = (new.declared_mime.as_str(), new.name.as_deref());
    let ready = prepare::prepare(&engine.files, new.purpose, new.bytes, said).await?;
    let id = FileId::new();
    // If this process dies between the object and its row, somebody finds the object.
    engine.db.within(org, async |t| order_tidy(t, id, LOOK_BACK).await).await?;
    keep(engine, org, (id, new.purpose), &sent, ready, async |_| Ok(())).await
}

/// What is remembered of what was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    sha256: Vec<u8>,
    bytes: i64,
    by: Option<UserId>,
}

/// Lays the objects down, then commits the row together with `also`.
async fn keep(
    engine: &Engine,
    org: OrgId,
    (id, purpose): (FileId, Purpose),
    sent: &Sent,
    ready: Ready,
    also: impl AsyncFnOnce(&mut Tenant) -> Result<()>,
) -> Result<FileView> {
    let disposition = name::disposition(&ready.name, sniff::is_shown(ready.mime));
    let label = Label { mime: ready.mime, disposition: &disposition };
    engine.files.shelf.put(&object_key(org, id, Form::Whole), ready.bytes.clone(), label).await?;
    if let Some(thumbnail) = &ready.thumbnail {
        let label = Label { mime: "image/jpeg", disposition: "inline" };
        engine.files.shelf.put(&object_key(org, id, Form::Thumbnail), thumbnail.clone(), label).await?;
    }
    let mut tenant = engine.db.tenant(org).await?;
    let made = sql::insert(&mut tenant, (id, purpose), sent, &ready).await?;
    let file = match made {
        Some(file) => file,
        None => {
            // Somebody sent the same bytes meanwhile: theirs is the file, ours goes.
            order_tidy(&mut tenant, id, TimeDelta::zero()).await?;
            sql::same(&mut tenant, &sent.sha256, purpose)
                .await?
                .ok_or_else(|| Error::Internal("a file vanished".into()))?
        }
    };
    also(&mut tenant).await?;
    tenant.commit().await?;
    Ok(file.linked(&engine.files.links, org))
}

/// A file and its bytes.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Provider`] while the store is away.
pub async fn open(engine: &Engine, org: OrgId, id: FileId) -> Result<(FileView, Bytes)> {
    let file = find(engine, org, id).await?.ok_or(Error::NotFound("file"))?;
    let bytes = engine.files.shelf.get(&object_key(org, id, Form::Whole), None).await?;
    let bytes = bytes.ok_or_else(|| Error::Internal(format!("the store has lost the file {id}")))?;
    Ok((file.linked(&engine.files.links, org), bytes))
}

/// A link to a file, good for an hour. That the file is there is for the caller to know.
pub fn link(engine: &Engine, org: OrgId, id: FileId) -> String {
    engine.files.links.url(org, id, Form::Whole)
}

/// What is known of a file, if it is there; without links.
pub async fn find(engine: &Engine, org: OrgId, id: FileId) -> Result<Option<FileView>> {
    engine.db.within(org, async |t| sql::find(t, id).await).await
}

/// A file for somebody who asks: the office sees all, a technician their own and those of their jobs, everybody
/// what they sent and the pictures of people and company.
pub async fn get(tenant: &mut Tenant, links: &FileLinks, asker: Asker, id: FileId) -> Result<FileView> {
    let org = tenant.org();
    let file = if asker.role.is_staff() {
        sql::find(tenant, id).await?
    } else {
        sql::find_for(tenant, id, asker.user).await?
    };
    file.map(|f| f.linked(links, org)).ok_or(Error::NotFound("file"))
}

/// Erases a file: its row now, its objects by a task soon after.
///
/// # Errors
/// [`Error::Conflict`] (`FILE_001`) for a job's photo or signature, which stay.
pub async fn erase(engine: &Engine, org: OrgId, id: FileId) -> Result<()> {
    let mut tenant = engine.db.tenant(org).await?;
    if sql::is_kept(&mut tenant, id).await? {
        let detail = "it belongs to a job, whose photos and signature stay".into();
        return Err(Error::Conflict { code: "FILE_001", detail, current: None });
    }
    if !sql::delete(&mut tenant, id).await? {
        return Err(Error::NotFound("file"));
    }
    order_tidy(&mut tenant, id, TimeDelta::zero()).await?;
    tenant.commit().await
}

/// Orders that the objects of an id go, unless a file names them by then. An id is given once.
pub(crate) async fn order_tidy(tenant: &mut Tenant, id: FileId, after: TimeDelta) -> Result<()> {
    let org = tenant.org();
    let mut order = NewTask::new(TIDY, Some(org), json!({"org": org, "file": id}))?;
    order.run_at = Utc::now() + after;
    task::enqueue(tenant.conn(), &order).await
}

/// The task [`TIDY`].
pub(crate) async fn tidy(engine: &Engine, payload: &Value) -> Result<()> {
    #[derive(Deserialize)]
    struct Order {
        org: OrgId,
        file: FileId,
    }
    let order: Order = Order::deserialize(payload).map_err(|e| Error::Internal(format!("{TIDY}: {e}")))?;
    if find(engine, order.org, order.file).await?.is_some() {
        return Ok(());
    }
    for form in [Form::Whole, Form::Thumbnail] {
        engine.files.shelf.delete(&object_key(order.org, order.file, form)).await?;
    }
    Ok(())
}

/// A part of a file as a link leads to it: what it is, how long it is, and the bytes that were asked for.
#[derive(Debug)]
pub struct Served {
    /// Its type.
    pub mime: String,
    /// `Content-Disposition`.
    pub disposition: String,
    /// All of it, in bytes.
    pub length: u64,
}

/// What a link of ours leads to; none where the file is gone.
pub async fn behind(engine: &Engine, leads: &link::Leads) -> Result<Option<Served>> {
    let Some(file) = find(engine, leads.org, leads.file).await? else { return Ok(None) };
    Ok(match leads.form {
        Form::Whole => Some(Served {
            disposition: name::disposition(&file.name, sniff::is_shown(&file.mime)),
            mime: file.mime,
            length: file.bytes.unsigned_abs(),
        }),
        Form::Thumbnail => file.thumb_bytes.map(|bytes| Served {
            mime: "image/jpeg".into(),
            disposition: "inline".into(),
            length: u64::from(bytes.unsigned_abs()),
        }),
    })
}

/// Its bytes, or a part of them.
pub async fn read(
    engine: &Engine,
    leads: &link::Leads,
    range: Option<std::ops::Range<u64>>,
) -> Result<Option<Bytes>> {
    engine.files.shelf.get(&object_key(leads.org, leads.file, leads.form), range).await
}
