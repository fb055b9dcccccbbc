//! `campo backup` and `campo restore`: everything in one file, and back.

use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};

use campo_engine::Engine;
use campo_engine::auth::keys::{self, Keys};
use campo_engine::backup::restore::{self, Into};
use campo_engine::backup::{self, Wanted};
use campo_engine::live::Live;
use clap::Args;
use serde_json::json;

use super::{commands, words};
use crate::config::Config;
use crate::database::Database;
use crate::secret;

/// What a backup is told.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write; it must not be there yet. Until it is whole it is called FILE.partial.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Take the map in too: it can be built again from its extract.
    #[arg(long)]
    with_map: bool,
    /// Leave photos and documents out: a bucket that keeps its own versions.
    #[arg(long)]
    without_files: bool,
    /// Take the secret file and the key-encryption keys in too, under the passphrase. Without them sealed values,
    /// sessions and links of a restored installation are dead: keep them elsewhere then.
    #[arg(long, requires = "passphrase_file")]
    with_secret: bool,
    /// File whose first line is the passphrase, at least twelve letters.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// What a restore is told.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file of the backup.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Put it in the place of what is there: that is gone then.
    #[arg(long)]
    replace: bool,
    /// File whose first line is the passphrase: takes the secret file and the key-encryption keys from the backup.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Go on with another secret than the backup's: people sign in again, links are dead, and what was sealed (CBU,
    /// salaries, tokens) cannot be read.
    #[arg(long)]
    other_secret: bool,
}

/// Tells how far it is: one line that is written over on a terminal.
fn telling() -> impl FnMut(&str) + Send {
    let is_terminal = stderr().is_terminal();
    move |said: &str| {
        let mut err = stderr().lock();
        let _ = if is_terminal { write!(err, "\r\x1b[K{said}") } else { writeln!(err, "{said}") };
        let _ = err.flush();
    }
}

fn told() {
    if stderr().is_terminal() {
        let _ = writeln!(stderr());
    }
}

/// `campo backup`: what was written.
pub(super) async fn back_up(
    config: &Config,
    database: &Database,
    asked: &Backup,
) -> Result<Vec<String>, String> {
    let engine = commands::engine(config, database).await?;
    let secret = match &asked.passphrase_file {
        Some(file) if asked.with_secret => Some((passphrase(file)?, key_files(config))),
        _ => None,
    };
    let wanted = Wanted {
        without_files: asked.without_files,
        map: Some(config.map_path()).filter(|m| asked.with_map && m.is_dir()),
        extra: extra(config),
        secret,
    };
    let mut tell = telling();
    let done = backup::backup(&engine, &asked.out, &wanted, &mut tell).await.map_err(|e| words(&e));
    told();
    Ok(vec![json!(done?).to_string()])
}

/// `campo restore`: what was restored.
pub(super) async fn restore(
    config: &Config,
    database: &Database,
    asked: &Restore,
) -> Result<Vec<String>, String> {
    let mut tell = telling();
    let manifest = restore::check(&asked.from, &mut tell).map_err(|e| words(&e));
    told();
    let manifest = manifest?;
    let found = match &asked.passphrase_file {
        Some(file) => restore::secret(&asked.from, &passphrase(file)?).map_err(|e| words(&e))?,
        None => Vec::new(),
    };
    let engine = over(config, database, &found, asked.other_secret)?;
    if !asked.other_secret && !restore::is_same_secret(&engine, &manifest) {
        return Err(format!(
            "the secret file {} is not the one that this backup was made under: put that one there (or take it from \
             the backup by --passphrase-file), or go on without what it sealed by --other-secret",
            config.secret_path().display()
        ));
    }
    let into = Into { replace: asked.replace, map: config.map_path(), extra: config.data_folder().path };
    let done =
        restore::restore(&engine, &asked.from, (&manifest, &into), &mut tell).await.map_err(|e| words(&e));
    told();
    let done = done?;
    put_keys(config, &found)?;
    Ok(vec![json!(done).to_string()])
}

/// The engine over the place to restore into; nothing of it is migrated yet. The backup's own secret comes first.
fn over(
    config: &Config,
    database: &Database,
    found: &[Vec<u8>],
    other_secret: bool,
) -> Result<Engine, String> {
    let path = config.secret_path();
    let secret = match found.first().filter(|s| !s.is_empty()) {
        Some(secret) => secret.clone(),
        None if path.exists() || other_secret => secret::load_or_make(&path)?,
        // None is made here: it would stand in the way of the right one. This one is nobody's.
        None => keys::random::<32>().map_err(|e| words(&e))?.to_vec(),
    };
    let keys = Keys::derive(&secret).map_err(|e| words(&e))?;
    let (live, _) = Live::channel();
    Engine::new(database.open(live), keys, config.settings(config.listen))
        .map_err(|e| format!("cannot start: {e}"))
}

/// The files of keys, by their place in a backup.
fn key_files(config: &Config) -> Vec<PathBuf> {
    let kek = config.settings(config.listen).vault.kek_file;
    std::iter::once(config.secret_path()).chain(kek).collect()
}

/// Writes the backup's keys; what was there keeps another name.
fn put_keys(config: &Config, found: &[Vec<u8>]) -> Result<(), String> {
    for (path, bytes) in key_files(config).iter().zip(found) {
        let before = std::fs::read(path).unwrap_or_default();
        if bytes.is_empty() || before == *bytes {
            continue;
        }
        let failed = |e: std::io::Error| format!("{}: {e}", path.display());
        if !before.is_empty() {
            let kept = path.with_extension(format!("before-{}", std::process::id()));
            std::fs::rename(path, &kept).map_err(failed)?;
            tracing::warn!(kept = %kept.display(), "what was in {} keeps this name", path.display());
        }
        secret::write(path, bytes).map_err(failed)?;
    }
    Ok(())
}

/// What stands beside the database and verifies it.
fn extra(config: &Config) -> Vec<(String, PathBuf)> {
    let anchors = config.settings(config.listen).audit.anchors;
    if anchors.url.is_some() || anchors.folder != config.data_folder().path.join("anchors") {
        // A place of its own already: another machine's.
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut waiting = vec![anchors.folder.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if let Ok(name) = path.strip_prefix(&anchors.folder) {
                found.push((format!("extra/anchors/{}", name.display()), path.clone()));
            }
        }
    }
    found.sort();
    found
}

fn passphrase(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
