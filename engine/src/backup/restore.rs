//! From a backup to a running installation: all of it or nothing.
//!
//! Every part is checked before anything is touched. Then one transaction makes the schema as it was, lets the rows in,
//! checks every foreign key, takes newer migrations and commits: a restore that breaks leaves what was there.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use serde::Serialize;
use sqlx::postgres::PgConnection;

use super::archive::{Reader, broken, is_own, verify};
use super::manifest::{FORMAT, Manifest, Table, table_of};
use super::{Tell, lock, secret_mark, sql};
use crate::Engine;
use crate::audit::anchor::Anchors;
use crate::audit::{self, Action, Entry};
use crate::error::{Error, Result};
use crate::event::By;
use crate::files::shelf::Label;
use crate::files::{name, sniff};

/// Where a backup goes.
#[derive(Debug, Clone)]
pub struct Into {
    /// Whether what is there may be replaced.
    pub replace: bool,
    /// The folder of the map, where it is in the backup.
    pub map: PathBuf,
    /// The folder of what stands beside the database: the audit's anchors.
    pub extra: PathBuf,
}

/// What was restored.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// The moment that it is again.
    pub snapshot_at: DateTime<Utc>,
    /// Organizations.
    pub organizations: i64,
    /// Objects of the store.
    pub files: u64,
    /// Objects that the backup does not have.
    pub missing_files: usize,
    /// Whether the secret here is the one that sealed what was restored: else sessions, links and sealed values are dead.
    pub is_same_secret: bool,
    /// Organizations whose audit chain is not whole, with the first bad row in words: it was so when it was backed up.
    pub broken_chains: Vec<String>,
}

/// Reads all of a backup and checks it.
///
/// # Errors
/// Names the part that is damaged, missing or cut off, or says that a newer campo made it.
pub fn check(from: &Path, tell: Tell<'_>) -> Result<Manifest> {
    let mut n = 0u64;
    let manifest = verify(from, |name| {
        n += 1;
        if n % 200 == 1 {
            tell(&format!("checking {name}"));
        }
    })?;
    if manifest.format != FORMAT {
        return Err(broken(format!("its form is {}, this campo reads {FORMAT}", manifest.format)));
    }
    let newest = sql::load::newest_schema();
    if manifest.schema > newest {
        let (campo, schema) = (&manifest.campo, manifest.schema);
        return Err(broken(format!(
            "campo {campo} made it (schema {schema}); this one knows {newest}: take a newer campo"
        )));
    }
    Ok(manifest)
}

/// The secret file and the file of key-encryption keys of a backup, as they were (the second may be empty).
///
/// # Errors
/// Where the backup has no secret, or the passphrase is another one.
pub fn secret(from: &Path, passphrase: &str) -> Result<Vec<Vec<u8>>> {
    let mut reader = Reader::open(from)?;
    while let Some((name, bytes)) = reader.next()? {
        if name == lock::PART {
            return lock::unlock(passphrase, &bytes);
        }
    }
    Err(broken("it holds no secret (it was made without --with-secret)"))
}

/// Whether the keys here are those that the backup was made under.
pub fn is_same_secret(engine: &Engine, manifest: &Manifest) -> bool {
    secret_mark(&engine.keys) == manifest.secret_mark
}

/// Restores a backup that was checked. The server must not run.
///
/// # Errors
/// Where there is something already and it may not be replaced; where a server is connected.
pub async fn restore(
    engine: &Engine,
    from: &Path,
    (manifest, into): (&Manifest, &Into),
    tell: Tell<'_>,
) -> Result<Restored> {
    let mut conn = engine.db.owner().await?;
    if sql::load::has_data(&mut conn).await? && !into.replace {
        return Err(refused("ya hay datos (there is data already): --replace puts the backup in its place"));
    }
    if sql::load::servers(&mut conn).await? > 0 {
        return Err(refused(
            "un servidor está conectado (a server is connected to the database): stop it first",
        ));
    }
    tell("making the schema");
    let mut tx = sql::load::begin(&mut conn, manifest.schema).await?;
    let back = sql::load::open(&mut tx, &manifest.days).await?;
    let files = parts(engine, &mut tx, from, (manifest, into), tell).await?;
    tell("checking every reference");
    sql::load::close(&mut tx, back, &manifest.sequences).await?;
    sql::load::commit(tx, manifest.snapshot_at).await?;
    sql::load::analyze(&mut conn).await?;
    let is_same_secret = is_same_secret(engine, manifest);
    // Chains are bound by keys of the secret: under another one they can be neither checked nor gone on with.
    let broken_chains = if is_same_secret {
        tell("verifying the audit chains");
        chains(engine, manifest).await?
    } else {
        Vec::new()
    };
    Ok(Restored {
        snapshot_at: manifest.snapshot_at,
        organizations: manifest.organizations,
        files,
        missing_files: manifest.missing_files.len(),
        is_same_secret,
        broken_chains,
    })
}

/// Walks every audit chain, then notes the restore in it; answers those that are not whole.
async fn chains(engine: &Engine, manifest: &Manifest) -> Result<Vec<String>> {
    let (mut broken, none) = (Vec::new(), Anchors::default());
    for org in audit::verify::chains(&engine.db, &none).await? {
        let verdict = audit::verify::verify(&engine.db, org, &none, None).await?;
        if !verdict.ok {
            broken.push(format!("{org}: {}", verdict.detail.unwrap_or_default()));
        }
        let mut tenant = engine.db.tenant(org).await?;
        let entry = Entry::new(Action::BackupRestored, By::SYSTEM, "installation");
        tenant.audit(entry.with("snapshot_at", manifest.snapshot_at));
        tenant.commit().await?;
    }
    Ok(broken)
}

fn refused(detail: &str) -> Error {
    Error::Conflict { code: "BACKUP_001", detail: detail.into(), current: None }
}

/// Every part to its place; answers how many objects went to the store.
async fn parts(
    engine: &Engine,
    conn: &mut PgConnection,
    from: &Path,
    (manifest, into): (&Manifest, &Into),
    tell: Tell<'_>,
) -> Result<u64> {
    let tables: HashMap<&str, &Table> = manifest.tables.iter().map(|t| (t.name.as_str(), t)).collect();
    let mut reader = Reader::open(from)?;
    let mut files = 0;
    let mut held = reader.next()?;
    while let Some((name, bytes)) = held.take() {
        if let Some(table) = table_of(&name).and_then(|t| tables.get(t)) {
            held = rows(conn, &mut reader, table, bytes, tell).await?;
            continue;
        }
        if let Some(key) = name.strip_prefix("files/") {
            object(engine, conn, key, bytes).await?;
            files += 1;
            if files % 100 == 1 {
                tell(&format!("files: {files} of {}", manifest.files));
            }
        } else if let Some(rest) = name.strip_prefix("map/") {
            append(&into.map, rest, &bytes)?;
        } else if let Some(rest) = name.strip_prefix("extra/") {
            append(&into.extra, rest, &bytes)?;
        } else if name != lock::PART && !is_own(&name) {
            return Err(broken(format!("the part {name} is of no use here")));
        }
        held = reader.next()?;
    }
    Ok(files)
}

/// An object to the store, with the form on the wire that its row gives it.
async fn object(engine: &Engine, conn: &mut PgConnection, key: &str, bytes: Vec<u8>) -> Result<()> {
    let row = match key.strip_suffix(".thumb") {
        Some(_) => Some(("image/jpeg".to_owned(), String::new())),
        None => sql::load::file(conn, key).await?,
    };
    let Some((mime, name)) = row else { return Err(broken(format!("the part files/{key} has no row"))) };
    let disposition =
        if name.is_empty() { "inline".into() } else { name::disposition(&name, sniff::is_shown(&mime)) };
    let label = Label { mime: &mime, disposition: &disposition };
    engine.files.shelf.put(key, Bytes::from(bytes), label).await
}

/// All pieces of one table; answers the part after them.
async fn rows(
    conn: &mut PgConnection,
    reader: &mut Reader,
    table: &Table,
    first: Vec<u8>,
    tell: Tell<'_>,
) -> Result<Option<(String, Vec<u8>)>> {
    tell(&format!("{}: {} kB", table.name, table.bytes >> 10));
    let mut copy = sql::load::copy_in(conn, table).await?;
    let mut piece = first;
    loop {
        let mut text = Vec::new();
        GzDecoder::new(piece.as_slice())
            .read_to_end(&mut text)
            .map_err(|e| broken(format!("a part of {}: {e}", table.name)))?;
        copy.send(text).await?;
        match reader.next()? {
            Some((name, bytes)) if table_of(&name) == Some(table.name.as_str()) => piece = bytes,
            other => {
                copy.finish().await?;
                return Ok(other);
            }
        }
    }
}

/// A piece of a file to its end: the first piece makes it anew.
fn append(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let Some((name, piece)) = name.rsplit_once('.') else { return Err(broken(format!("the part {name}"))) };
    let is_inside = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
    if !is_inside {
        return Err(broken(format!("the part {name} leads out of its folder")));
    }
    let path = folder.join(name);
    let write = || {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let is_first = piece.bytes().all(|b| b == b'0');
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(is_first)
            .append(!is_first)
            .mode(0o600)
            .open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| broken(format!("{}: {e}", path.display())))
}
