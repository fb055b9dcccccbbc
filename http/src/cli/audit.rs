//! `campo audit`: is every entry as it was written? On the database, beside a running server or without one, and on a file.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use campo_engine::Engine;
use campo_engine::audit::anchor::{self, Anchors};
use campo_engine::audit::export::{self, FileVerdict, With};
use campo_engine::audit::place::{self, From, Place};
use campo_engine::audit::verify;
use campo_engine::auth::keys::Keys;
use campo_engine::ids::OrgId;
use campo_engine::ledger::Ledger;
use campo_engine::providers::Calls;
use clap::Subcommand;
use serde_json::json;

use super::commands::engine;
use super::{print, words};
use crate::config::Config;
use crate::database::Database;
use crate::{runtime, secret};

/// What an operator may do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Walk the chains and name the first bad row of each; prints one JSON line a chain. Exit code 1 if anything is wrong.
    Verify {
        /// This organization's chain alone.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
        /// Begin behind the rows that this anchor vouches for.
        #[arg(long, value_name = "N", conflicts_with = "file")]
        from_anchor: Option<u64>,
        /// An export instead of the database; needs no database.
        #[arg(long, value_name = "FILE", conflicts_with = "org")]
        file: Option<PathBuf>,
        /// The anchors' public key, where the installation's secret is not at hand: order and anchors alone are checked.
        #[arg(long, value_name = "HEX", requires = "file")]
        public_key: Option<String>,
    },
    /// Write a chain as JSON lines; prints how many rows as JSON.
    Export {
        /// Whose chain.
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// The file; one that is there already is not replaced.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Anchor the ends of all chains now, as every ten minutes; prints the anchor's number as JSON.
    Anchor,
    /// Print the anchors' public key as JSON.
    Key,
}

/// Carries it out and says how it went.
pub(super) fn carry_out(config: &Config, command: Command) -> Result<ExitCode, String> {
    match command {
        Command::Key => {
            let key = anchor::public_key(&keys(config)?).map_err(|e| words(&e))?;
            print(&[json!({"public_key": key}).to_string()])?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify { file: Some(file), public_key, .. } => {
            runtime::block_on(verify_file(config, &file, public_key.as_deref()))
        }
        Command::Verify { org, from_anchor, .. } => {
            with_engine(config, async |engine| verify_chains(engine, org, from_anchor).await)
        }
        Command::Export { org, out } => with_engine(config, async |engine| {
            let file = File::create_new(&out).map_err(|e| format!("{}: {e}", out.display()))?;
            let mut file = BufWriter::new(file);
            let rows = export::export(engine, org, &mut file).await.map_err(|e| words(&e))?;
            file.into_inner().map_err(|e| e.to_string())?.sync_all().map_err(|e| e.to_string())?;
            print(&[json!({"org": org, "rows": rows}).to_string()])?;
            Ok(ExitCode::SUCCESS)
        }),
        Command::Anchor => with_engine(config, async |engine| {
            let n = place::anchor(engine).await.map_err(|e| words(&e))?;
            print(&[json!({"anchor": n}).to_string()])?;
            Ok(ExitCode::SUCCESS)
        }),
    }
}

fn with_engine(
    config: &Config,
    work: impl AsyncFnOnce(&Engine) -> Result<ExitCode, String>,
) -> Result<ExitCode, String> {
    let database = Database::for_command(config)?;
    runtime::block_on(async {
        let engine = engine(config, &database).await?;
        work(&engine).await
    })
}

async fn verify_chains(
    engine: &Engine,
    org: Option<OrgId>,
    from_anchor: Option<u64>,
) -> Result<ExitCode, String> {
    let from = from_anchor.map_or(From::First, From::Number);
    let anchors = place::anchors(engine, from).await.map_err(|e| format!("anchors: {}", words(&e)))?;
    let chains = match org {
        Some(org) => vec![org],
        None => verify::chains(&engine.db, &anchors).await.map_err(|e| words(&e))?,
    };
    let mut is_good = anchors.wrong.is_none();
    if let Some(wrong) = &anchors.wrong {
        complain(wrong);
    }
    for org in chains {
        let from = from_anchor.and_then(|n| anchors.row_at(org, n));
        let verdict = verify::verify(&engine.db, org, &anchors, from).await.map_err(|e| words(&e))?;
        print(&[json!(verdict).to_string()])?;
        if let Some(detail) = &verdict.detail {
            complain(&format!("organization {org}: {detail}"));
        }
        is_good &= verdict.ok;
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn verify_file(config: &Config, path: &Path, public_key: Option<&str>) -> Result<ExitCode, String> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let file = BufReader::new(file);
    let verdict = match public_key {
        Some(hex) => {
            let key = anchor::unhex(hex).ok_or("--public-key: expected hexadecimal")?;
            let anchors = anchors_by(config, &key).await?;
            export::verify(file, &With::Anchors, &anchors)
        }
        None => {
            let keys = keys(config)?;
            let key = anchor::public_key(&keys).map_err(|e| words(&e))?;
            let anchors = anchors_by(config, &anchor::unhex(&key).unwrap_or_default()).await?;
            let ledger = Ledger::new(&keys, config.audit.audit_key, |_| true);
            export::verify(file, &With::Secret(&keys, &ledger), &anchors)
        }
    };
    let verdict: FileVerdict = verdict.map_err(|e| words(&e))?;
    print(&[json!(verdict).to_string()])?;
    if let Some(detail) = &verdict.detail {
        complain(&format!("organization {}: {detail}", verdict.org));
    }
    Ok(if verdict.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn anchors_by(config: &Config, public_key: &[u8]) -> Result<Anchors, String> {
    let settings = config.settings(config.listen);
    let calls = Calls::new(settings.extra_ca.as_deref()).map_err(|e| words(&e))?;
    let place = Place::new(&settings.audit.anchors, calls).map_err(|e| words(&e))?;
    place.read(public_key, From::First).await.map_err(|e| format!("anchors: {}", words(&e)))
}

/// A secret that is made anew would call every row a forgery: here it must be there.
fn keys(config: &Config) -> Result<Keys, String> {
    let path = config.secret_path();
    if !path.exists() {
        return Err(format!("{}: the installation's secret is needed", path.display()));
    }
    Keys::derive(&secret::load_or_make(&path)?).map_err(|e| words(&e))
}

fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "campo: {line}");
}
