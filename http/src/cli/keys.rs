//! `campo keys`: other keys for sealed values, beside a running server or without one.

use campo_engine::Engine;
use campo_engine::error::Error;
use campo_engine::ids::OrgId;
use campo_engine::vault::rotate;
use clap::Subcommand;
use serde_json::json;

use super::{access, commands, words};
use crate::config::Config;
use crate::database::Database;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The keys that sign access tokens.
    #[command(flatten)]
    Access(access::KeysCommand),
    /// Give organizations their next data key; prints its version, a line each.
    ///
    /// What is sealed already is sealed anew by a running server's worker, while everybody reads and writes.
    RotateData {
        /// This organization.
        #[arg(long, value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
        org: Option<OrgId>,
        /// Every organization that has sealed values.
        #[arg(long)]
        all: bool,
    },
    /// Make a key-encryption key at the end of CAMPO_KEK_FILE and wrap every data key by it.
    ///
    /// Running servers find it there. Keep the older lines as long as you keep backups that need them.
    RotateKek,
    /// Print how every organization's data keys stand, one JSON line each.
    ListData,
}

pub(super) async fn carry_out(
    config: &Config,
    database: &Database,
    command: Command,
) -> Result<Vec<String>, String> {
    if let Command::Access(command) = command {
        return access::keys(config, database, command).await;
    }
    let engine = commands::engine(config, database).await?;
    match command {
        Command::RotateData { org: Some(org), .. } => {
            let rotated = rotate::rotate(&engine, org).await.map_err(|e| words(&e))?;
            Ok(vec![json!(rotated).to_string()])
        }
        Command::RotateData { .. } => rotate_all(&engine).await,
        Command::RotateKek => {
            let done = rotate::rotate_kek(&engine).await.map_err(|e| words(&e))?;
            Ok(vec![json!(done).to_string()])
        }
        Command::Access(_) | Command::ListData => list(&engine).await,
    }
}

async fn list(engine: &Engine) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for org in rotate::organizations(&engine.db).await.map_err(|e| words(&e))? {
        let standing = rotate::standing(&engine.db, &engine.vault, org).await.map_err(|e| words(&e))?;
        lines.push(json!(standing).to_string());
    }
    Ok(lines)
}

async fn rotate_all(engine: &Engine) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for org in rotate::organizations(&engine.db).await.map_err(|e| words(&e))? {
        let standing = rotate::standing(&engine.db, &engine.vault, org).await.map_err(|e| words(&e))?;
        if standing.version.is_none() || standing.is_shredded {
            continue;
        }
        match rotate::rotate(engine, org).await {
            Ok(rotated) => lines.push(json!(rotated).to_string()),
            // The others' turn comes all the same.
            Err(error @ (Error::Sealed { .. } | Error::Conflict { .. })) => {
                lines.push(json!({"org": org, "error": words(&error)}).to_string());
            }
            Err(other) => return Err(words(&other)),
        }
    }
    Ok(lines)
}
