//! `campo-bench verify`: the oracle on its own.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::campo::Campo;
use crate::error::Outcome;
use crate::oracle::database::Database;
use crate::oracle::{self, journal};

/// Judges journals against the database; without journals the whole database by itself.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// DATABASE_URL
    #[arg(long)]
    pub database_url: Option<String>,
    /// CAMPO_DATA of a running server with a private PostgreSQL
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Journals of acked points, as the drivers write them
    #[arg(long)]
    pub journal: Vec<PathBuf>,
}

/// The command.
pub async fn run(args: &Args) -> Outcome<bool> {
    let campo =
        Campo { path: "campo".into(), data: args.data.clone(), database_url: args.database_url.clone() };
    let mut lines = Vec::new();
    for path in &args.journal {
        lines.extend(journal::read(path)?);
    }
    let mut database = Database::open(&campo).await?;
    let clean = oracle::report(&mut database, &lines).await?;
    database.close().await?;
    Ok(clean)
}
