//! Commands about access: an owner whose phone is lost, the key of access tokens.

use campo_engine::auth::rotation;
use campo_engine::users::recover::{self, Recovery};
use clap::Subcommand;
use serde_json::json;

use super::commands::engine;
use super::words;
use crate::config::Config;
use crate::database::Database;

/// `campo keys ..`
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make the next key of access tokens; prints all keys, one JSON object a line.
    ///
    /// It signs after 15 seconds, when every server knows it. Tokens of the keys before are taken for 30 days more.
    Rotate {
        /// Refuse tokens of the keys before as soon as the new one signs: for a key that somebody else may know.
        #[arg(long)]
        end_old: bool,
    },
    /// Print the keys of access tokens, the newest first, one JSON object a line.
    List,
}

/// `campo keys`: the keys as they are now.
pub(super) async fn keys(
    config: &Config,
    database: &Database,
    command: KeysCommand,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let keys = match command {
        KeysCommand::Rotate { end_old } => rotation::rotate(&engine.db, &engine.keys, end_old).await,
        KeysCommand::List => rotation::list(&engine.db, &engine.keys).await,
    };
    let keys = keys.map_err(|e| words(&e))?;
    Ok(keys.iter().map(|key| json!(key).to_string()).collect())
}

/// `campo org recover`: who owns the organization now.
pub(super) async fn recover(
    config: &Config,
    database: &Database,
    order: &Recovery,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    let done = recover::recover(&engine, order).await.map_err(|e| words(&e))?;
    Ok(vec![json!(done).to_string()])
}
