//! The command line: `campo serve`, `migrate`, `org create`, `org recover`, `token`, `keys rotate`, `map build`, `doctor`.
//!
//! Standard output carries the result alone; logs and refusals go to standard error. Exit codes: 0 done,
//! 1 it failed, 2 a wrong value (said in one line).

mod access;
mod audit;
mod backup;
mod care;
mod commands;
mod doctor;
mod keys;
mod map;
mod privacy;
mod services;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use campo_engine::auth::role::Role;
use campo_engine::error::Error;
use campo_engine::ids::OrgId;
use campo_engine::users::recover::Recovery;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::config::{Config, Profile};
use crate::database::Database;
use crate::server::{self, Orders};
use crate::{logs, runtime};

/// CampoTech: realtime tracking and dispatch for field service.
#[derive(Debug, Parser)]
#[command(name = "campo", version, propagate_version = true)]
struct Line {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API, the sockets and the pages.
    Serve {
        /// Make the demonstration organization and serve /demo/inbox. Sign-in limits are wide for this machine.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database to the present form.
    Migrate,
    /// Organizations.
    Org {
        #[command(subcommand)]
        command: OrgCommand,
    },
    /// Print access tokens; each opens a login session.
    Token {
        /// The person's phone.
        #[arg(long, required_unless_present = "all", conflicts_with = "all")]
        phone: Option<String>,
        /// In which organization.
        #[arg(long, value_name = "ID", required_if_eq("all", "true"))]
        org: Option<OrgId>,
        /// Only members with this role.
        #[arg(long, requires = "all", value_parser = role)]
        role: Option<Role>,
        /// One JSON line for each member: user, token.
        #[arg(long)]
        all: bool,
    },
    /// Maps.
    Map {
        #[command(subcommand)]
        command: MapCommand,
    },
    /// Arrival times.
    Eta {
        #[command(subcommand)]
        command: EtaCommand,
    },
    /// What runs, and what is switched off, for the whole installation.
    Services {
        #[command(subcommand)]
        command: services::Command,
    },
    /// Write everything at one moment into one file, beside a running server or without one.
    Backup(backup::Backup),
    /// Make an installation of a backup, in an empty place; the server must not run.
    Restore(backup::Restore),
    /// Keys of access tokens and of sealed values.
    Keys {
        #[command(subcommand)]
        command: keys::Command,
    },
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Personal data: copies, corrections, erasure.
    Privacy {
        #[command(subcommand)]
        command: privacy::Command,
    },
    /// WhatsApp.
    Whatsapp {
        #[command(subcommand)]
        command: WhatsappCommand,
    },
    /// Check the surroundings and say what is wrong.
    Doctor,
}

#[derive(Debug, Subcommand)]
enum WhatsappCommand {
    /// Print every template as it is handed in for approval at Meta, one JSON object a line.
    Templates,
}

#[derive(Debug, Subcommand)]
enum MapCommand {
    /// Make roads, basemap and street search from an OpenStreetMap extract; prints what was made as JSON.
    ///
    /// A running server takes the new map over by itself. A build that breaks leaves the old map in place.
    Build {
        /// The extract, as from download.geofabrik.de (.osm.pbf).
        #[arg(long, value_name = "FILE")]
        pbf: PathBuf,
        /// The folder of the map; the server serves the one that CAMPO_MAP names.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum EtaCommand {
    /// Learn from finished journeys now, as every night; prints what came of it as JSON.
    ///
    /// Every organization by itself, then the speeds that they share; with --org that organization alone.
    Train {
        /// Only this organization's model.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
    },
    /// Put what was learned before back into service; prints the generation that serves from now on.
    Rollback {
        /// This organization's model.
        #[arg(long, value_name = "ID", required_unless_present = "speeds", conflicts_with = "speeds")]
        org: Option<OrgId>,
        /// The speeds that organizations share.
        #[arg(long)]
        speeds: bool,
    },
}

#[derive(Debug, Subcommand)]
enum OrgCommand {
    /// Make an organization with its owner; prints their ids as JSON.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// The owner's phone, as +5491155550001.
        #[arg(long, value_name = "PHONE")]
        owner_phone: String,
    },
    /// Give an organization whose owner's phone is lost to another phone; prints what was done as JSON.
    ///
    /// Ends all sessions and the second factor of both phones' people, tells owners, admins and the old number, and
    /// stands in the organization's audit log. First make sure who asks.
    Recover {
        /// Which organization.
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// The phone that becomes the owner's; the old one again where the number was kept.
        #[arg(long)]
        phone: String,
        /// Whose phone was lost, where there are several owners.
        #[arg(long, value_name = "PHONE")]
        from: Option<String>,
        /// Why: for the record.
        #[arg(long)]
        reason: String,
        /// Although another active owner could do it.
        #[arg(long)]
        force: bool,
    },
    /// Destroy an organization's data keys, and so every value that they sealed. There is no way back.
    ///
    /// CBU, salaries, tokens and whatever else was sealed cannot be read from then on, by anybody, here or in older
    /// backups whose key-encryption key is gone too; and nothing is sealed anew. Everything else stays.
    Shred {
        /// Which organization.
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// Its name, letter by letter.
        #[arg(long, value_name = "NAME")]
        confirm: String,
    },
    /// Set an organization's tier, which binds it to the tier's limits; prints it as JSON.
    Tier {
        /// Which organization.
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// FREE, INICIAL, PROFESIONAL, EMPRESA, or none: no limits.
        #[arg(long, value_parser = tier)]
        tier: String,
    },
}

/// Runs the command line and says how it went.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match Line::try_parse_from(args) {
        Ok(line) => line,
        Err(said) => return misread(&said),
    };
    let wrong = line.config.check().and_then(|()| match line.command {
        Command::Serve { demo: true } if line.config.profile == Profile::Production => {
            Err("--demo is refused under CAMPO_PROFILE=production".to_owned())
        }
        _ => Ok(()),
    });
    if let Err(line) = wrong {
        return say(&line, 2);
    }
    logs::init(&line.config);
    match carry_out(line.config, line.command) {
        Ok(code) => code,
        Err(why) => say(&why, 1),
    }
}

fn carry_out(config: Config, command: Command) -> Result<ExitCode, String> {
    if let Command::Serve { demo } = command {
        // Before the runtime and after it: a private PostgreSQL ends last.
        let database = Database::for_server(&config)?;
        let orders = Orders { config: Arc::new(config), demo };
        runtime::block_on(server::run(orders, &database, |_| {}, server::signal()))?;
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(command, Command::Doctor) {
        return runtime::block_on(doctor::examine(&config));
    }
    if let Command::Map { command: MapCommand::Build { pbf, out } } = command {
        print(&map::build(&pbf, &out)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Whatsapp { command: WhatsappCommand::Templates } = command {
        print(&commands::templates(&config)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Audit { command } = command {
        return audit::carry_out(&config, command);
    }
    let database = Database::for_command(&config)?;
    let lines = runtime::block_on(async {
        match command {
            Command::Org { command: OrgCommand::Create { name, owner_phone } } => {
                commands::create_org(&config, &database, &name, &owner_phone).await
            }
            Command::Org { command: OrgCommand::Recover { org, phone, from, reason, force } } => {
                let order = Recovery { org, phone, from, reason, force };
                access::recover(&config, &database, &order).await
            }
            Command::Eta { command: EtaCommand::Train { org } } => {
                commands::train(&config, &database, org).await
            }
            Command::Eta { command: EtaCommand::Rollback { org, .. } } => {
                commands::roll_back(&config, &database, org).await
            }
            Command::Backup(asked) => backup::back_up(&config, &database, &asked).await,
            Command::Restore(asked) => backup::restore(&config, &database, &asked).await,
            Command::Keys { command } => keys::carry_out(&config, &database, command).await,
            Command::Privacy { command } => privacy::carry_out(&config, &database, command).await,
            Command::Services { command } => services::carry_out(&config, &database, command).await,
            Command::Org { command: OrgCommand::Shred { org, confirm } } => {
                commands::shred(&config, &database, org, &confirm).await
            }
            Command::Org { command: OrgCommand::Tier { org, tier } } => {
                commands::set_tier(&config, &database, org, &tier).await
            }
            Command::Token { phone: Some(phone), org, .. } => {
                commands::token(&config, &database, &phone, org).await
            }
            Command::Token { org: Some(org), role, .. } => {
                commands::tokens(&config, &database, org, role).await
            }
            _ => database.migrate().await.map(|n| vec![format!("{{\"migrations\":{n}}}")]),
        }
    })?;
    print(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// Standard output: the result, a line each.
fn print(lines: &[String]) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}").map_err(|e| e.to_string())?;
    }
    out.flush().map_err(|e| e.to_string())
}

fn say(line: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "campo: {}", line.replace('\n', " "));
    ExitCode::from(code)
}

/// What was asked for by --help goes out whole; what was wrong is one line.
fn misread(said: &clap::Error) -> ExitCode {
    match said.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = said.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = said.print();
            ExitCode::from(2)
        }
        _ => {
            let text = said.to_string();
            let first: Vec<&str> = text.lines().take_while(|l| !l.trim().is_empty()).map(str::trim).collect();
            say(first.join(" ").trim_start_matches("error: "), 2)
        }
    }
}

/// An engine's error as one line for an operator, with its cause.
pub fn words(error: &Error) -> String {
    match error {
        Error::Database(cause) => format!("the database: {cause}"),
        other => other.to_string(),
    }
}

fn tier(text: &str) -> Result<String, String> {
    let name = text.to_ascii_uppercase();
    if name == "NONE" || campo_engine::files::tier::Tier::named(&name).is_some() {
        return Ok(name);
    }
    Err("expected FREE, INICIAL, PROFESIONAL, EMPRESA or none".into())
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|()| "expected owner, admin, dispatcher, technician or accountant".into())
}
