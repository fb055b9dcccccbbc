//! `campo privacy`: what an operator does about somebody's data (Ley 25.326). Everything stands in the audit log.

use std::path::PathBuf;

use campo_engine::Engine;
use campo_engine::ids::OrgId;
use campo_engine::privacy::subject::{self, Subject};
use campo_engine::privacy::{erase, export, rectify};
use clap::Subcommand;
use serde_json::json;

use super::{commands, words};
use crate::config::Config;
use crate::database::Database;

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a copy of everything held about somebody: one ZIP for each organization that knows them.
    Export {
        /// user:ID, customer:ID or phone:+54..
        #[arg(long)]
        subject: Subject,
        /// In this organization alone.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
        /// The folder for the files.
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
    },
    /// Correct a person's or a customer's name, phone, e-mail or address.
    Rectify {
        /// user:ID, customer:ID or phone:+54..
        #[arg(long)]
        subject: Subject,
        /// In this organization alone.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
        /// What is right, as name="Ana Díaz"; may be given several times: name, phone, email, address.
        #[arg(long = "set", value_name = "FIELD=VALUE", required = true)]
        set: Vec<String>,
        /// Why, for the audit log (10 to 500 signs).
        #[arg(long)]
        reason: String,
    },
    /// Erase somebody everywhere, for good. What a law keeps stays by number alone.
    Erase {
        /// user:ID, customer:ID or phone:+54..
        #[arg(long)]
        subject: Subject,
        /// In this organization alone.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
        /// Now; without it the command says what it would erase and erases nothing.
        #[arg(long, requires = "reason")]
        now: bool,
        /// Why, for the audit log (10 to 500 signs).
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// Carries it out; one JSON line for each organization.
pub(super) async fn carry_out(
    config: &Config,
    database: &Database,
    command: Command,
) -> Result<Vec<String>, String> {
    let engine = commands::engine(config, database).await?;
    match command {
        Command::Export { subject, org, out } => write_copies(&engine, &subject, org, &out).await,
        Command::Rectify { subject, org, set, reason } => {
            let reason = why(&reason)?;
            let pairs: Result<Vec<_>, _> = set.iter().map(|s| pair(s)).collect();
            let done = rectify::by_operator(&engine, &subject, org, &pairs?, reason).await;
            Ok(done.map_err(|e| words(&e))?.iter().map(|d| json!(d).to_string()).collect())
        }
        Command::Erase { subject, org, now: false, .. } => {
            let found = subject::organizations(&engine.db, &subject, org).await.map_err(|e| words(&e))?;
            Ok(found.iter().map(|org| json!({"org": org, "would_erase": true}).to_string()).collect())
        }
        Command::Erase { subject, org, now: true, reason } => {
            let reason = why(&reason)?;
            let done = erase::everywhere(&engine, &subject, org, reason).await.map_err(|e| words(&e))?;
            Ok(done.iter().map(|d| json!(d).to_string()).collect())
        }
    }
}

async fn write_copies(
    engine: &Engine,
    subject: &Subject,
    org: Option<OrgId>,
    out: &std::path::Path,
) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for org in subject::organizations(&engine.db, subject, org).await.map_err(|e| words(&e))? {
        let archive = export::by_operator(engine, org, subject).await.map_err(|e| words(&e))?;
        let path = out.join(format!("datos-{org}.zip"));
        std::fs::write(&path, &archive).map_err(|e| format!("{}: {e}", path.display()))?;
        lines.push(json!({"org": org, "file": path, "bytes": archive.len()}).to_string());
    }
    Ok(lines)
}

fn why(reason: &str) -> Result<&str, String> {
    let length = reason.trim().chars().count();
    if (10..=500).contains(&length) { Ok(reason.trim()) } else { Err("--reason: 10 to 500 signs".into()) }
}

fn pair(text: &str) -> Result<(&str, &str), String> {
    let (field, value) = text.split_once('=').ok_or("--set: expected FIELD=VALUE")?;
    Ok((field.trim(), value.trim()))
}
