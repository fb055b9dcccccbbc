//! Backups: everything at one moment in one file, and the way back.
//!
//! - [`manifest`]: what a backup says of itself. [`archive`]: its file. [`lock`]: the secret under a passphrase.
//! - [`restore`]: from a file into an empty place, or over what is there.
//!
//! The database is read in one repeatable-read transaction while everybody writes on; objects of the store that its
//! rows name follow, then the map where it is wanted. What the snapshot holds was committed before it, wholly: what was
//! acknowledged before is in it, and no half of anything.

mod archive;
mod lock;
pub mod manifest;
pub mod restore;
mod sql;

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use sqlx::postgres::PgConnection;

pub use sql::{Installation, installation};

use crate::Engine;
use crate::auth::keys::{Keys, hex};
use crate::error::Result;
use crate::files::Form;
use crate::files::link::object_key;
use archive::{Writer, broken};
use manifest::{FORMAT, Manifest, Table, piece};

/// Rows are gzipped and written in pieces of so many bytes.
const PIECE: usize = 8 << 20;

/// What goes into a backup besides the database and the files.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Leave the objects of the store out: a bucket that keeps its own versions.
    pub without_files: bool,
    /// The folder of the map.
    pub map: Option<PathBuf>,
    /// Files beside the database that verify it: the audit's anchors, by the names they get.
    pub extra: Vec<(String, PathBuf)>,
    /// The secret file and the file of key-encryption keys, under this passphrase.
    pub secret: Option<(String, Vec<PathBuf>)>,
}

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    /// The moment that it holds.
    pub snapshot_at: DateTime<Utc>,
    /// Length of the file.
    pub bytes: u64,
    /// Parts in it.
    pub parts: usize,
    /// Organizations in it.
    pub organizations: i64,
    /// Objects of the store in it.
    pub files: u64,
    /// Objects that were taken away meanwhile.
    pub missing_files: usize,
}

/// How far it is, in words.
pub type Tell<'a> = &'a mut (dyn FnMut(&str) + Send);

/// Writes a backup to a file that is not there yet. A backup that breaks leaves nothing.
pub async fn backup(engine: &Engine, out: &Path, wanted: &Wanted, tell: Tell<'_>) -> Result<Done> {
    let mut writer = Writer::create(out)?;
    match fill(engine, &mut writer, wanted, tell).await {
        Ok(manifest) => {
            let (manifest, bytes) = writer.finish(manifest)?;
            sql::note(&engine.db, manifest.snapshot_at, bytes).await?;
            Ok(Done {
                snapshot_at: manifest.snapshot_at,
                bytes,
                parts: manifest.parts.len(),
                organizations: manifest.organizations,
                files: manifest.files,
                missing_files: manifest.missing_files.len(),
            })
        }
        Err(error) => {
            writer.abandon();
            Err(error)
        }
    }
}

async fn fill(engine: &Engine, writer: &mut Writer, wanted: &Wanted, tell: Tell<'_>) -> Result<Manifest> {
    let mut conn = engine.db.owner().await?;
    let needs_role = sql::dump::prepare(&mut conn).await?;
    let moment = sql::dump::begin(&mut conn).await?;
    let mut manifest = Manifest {
        format: FORMAT,
        campo: env!("CARGO_PKG_VERSION").to_owned(),
        snapshot_at: moment.at,
        postgres: moment.postgres,
        schema: moment.schema,
        secret_mark: secret_mark(&engine.keys),
        has_files: !wanted.without_files,
        has_secret: wanted.secret.is_some(),
        has_map: wanted.map.is_some(),
        ..Manifest::default()
    };
    tell(&format!("snapshot of {}", moment.at.format("%Y-%m-%d %H:%M:%S UTC")));
    let tables = sql::dump::tables(&mut conn).await?;
    manifest.sequences = sql::dump::sequences(&mut conn).await?;
    manifest.days = sql::dump::days(&mut conn).await?;
    if needs_role {
        sql::dump::take_role(&mut conn).await?;
    }
    (manifest.incarnation, manifest.organizations) = sql::dump::standing(&mut conn).await?;
    for (name, columns) in tables {
        manifest.tables.push(table(&mut conn, writer, (name, columns), tell).await?);
    }
    if !wanted.without_files {
        files(engine, &mut conn, writer, &mut manifest, tell).await?;
    }
    for (name, path) in &wanted.extra {
        pieces(writer, name, path)?;
    }
    if let Some(folder) = &wanted.map {
        tell("map");
        for path in within(folder)? {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            pieces(writer, &format!("map/{name}"), &path)?;
        }
    }
    if let Some((passphrase, paths)) = &wanted.secret {
        writer.part(lock::PART, &lock::lock(passphrase, paths)?)?;
    }
    Ok(manifest)
}

/// One table, in pieces.
async fn table(
    conn: &mut PgConnection,
    writer: &mut Writer,
    (name, columns): (String, Vec<String>),
    tell: Tell<'_>,
) -> Result<Table> {
    let mut table = Table { name, columns, bytes: 0, pieces: 0 };
    let mut gathered = Vec::with_capacity(PIECE);
    let (of, columns) = (table.name.clone(), table.columns.clone());
    sql::dump::copy_out(conn, (&of, &columns), |rows| {
        table.bytes += rows.len() as u64;
        gathered.extend_from_slice(&rows);
        if gathered.len() >= PIECE {
            flush(writer, &mut table, &mut gathered)?;
            tell(&format!("{of}: {} MB read, {} MB written", table.bytes >> 20, writer.bytes() >> 20));
        }
        Ok(())
    })
    .await?;
    if !gathered.is_empty() {
        flush(writer, &mut table, &mut gathered)?;
    }
    tell(&format!("{of}: {} kB", table.bytes >> 10));
    Ok(table)
}

fn flush(writer: &mut Writer, table: &mut Table, gathered: &mut Vec<u8>) -> Result<()> {
    let mut gz = GzEncoder::new(Vec::with_capacity(gathered.len() / 3), Compression::fast());
    gz.write_all(gathered).and_then(|()| gz.finish()).map_err(broken).and_then(|bytes| {
        let name = piece(&table.name, table.pieces);
        table.pieces += 1;
        gathered.clear();
        writer.part(&name, &bytes)
    })
}

/// The objects that the snapshot's rows name. One that was taken away since then is noted, not missed.
async fn files(
    engine: &Engine,
    conn: &mut PgConnection,
    writer: &mut Writer,
    manifest: &mut Manifest,
    tell: Tell<'_>,
) -> Result<()> {
    let rows = sql::dump::files(conn).await?;
    let all = rows.len();
    for (n, (org, file, has_thumbnail)) in rows.into_iter().enumerate() {
        let forms = if has_thumbnail { &[Form::Whole, Form::Thumbnail][..] } else { &[Form::Whole] };
        for form in forms {
            let key = object_key(org, file, *form);
            match engine.files.shelf.get(&key, None).await? {
                Some(bytes) => {
                    writer.part(&format!("files/{key}"), &bytes)?;
                    manifest.files += 1;
                }
                None => manifest.missing_files.push(key),
            }
        }
        if n % 100 == 0 {
            tell(&format!("files: {n} of {all}"));
        }
    }
    Ok(())
}

/// A file of any length, in pieces; none where it is not there.
fn pieces(writer: &mut Writer, name: &str, path: &Path) -> Result<()> {
    use std::io::Read;
    let Ok(file) = std::fs::File::open(path) else { return Ok(()) };
    let (mut file, mut n) = (std::io::BufReader::new(file), 0);
    loop {
        let mut bytes = Vec::new();
        file.by_ref().take(PIECE as u64).read_to_end(&mut bytes).map_err(broken)?;
        if bytes.is_empty() && n > 0 {
            return Ok(());
        }
        writer.part(&format!("{name}.{n:06}"), &bytes)?;
        n += 1;
    }
}

/// Every file below a folder, in order.
fn within(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        let entries = std::fs::read_dir(&next).map_err(|e| broken(format!("{}: {e}", next.display())))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// What tells one secret from another, and nothing of it.
fn secret_mark(keys: &Keys) -> String {
    hex(keys.bytes(b"campo secret mark v1").get(..8).unwrap_or_default())
}
