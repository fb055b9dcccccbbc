//! `campo services`: the operator decides for everybody, or for one organization. Running servers follow in two seconds.

use campo_engine::Engine;
use campo_engine::ids::OrgId;
use campo_engine::providers::Service;
use campo_engine::services::capability::Capability;
use campo_engine::services::decide::{self, SetMode, Switch};
use campo_engine::services::{Mode, allows, mode_for};
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::commands::engine;
use super::words;
use crate::config::Config;
use crate::database::Database;

/// What the operator may do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// One JSON line for each service and for each capability that is off.
    List {
        /// As it is for this organization; default: for everybody.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
    },
    /// Set how a service stands, as `campo services set whatsapp panic --reason "Meta no responde"`.
    Set {
        /// As `whatsapp`.
        #[arg(value_parser = service)]
        service: Service,
        /// How it is to stand.
        mode: ModeWord,
        /// Why, 10 to 500 characters.
        #[arg(long)]
        reason: String,
        /// For this organization alone.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
    },
    /// Switch a capability, as `campo services switch whatsapp_voice_ai off --reason "sin presupuesto"`.
    Switch {
        /// As `whatsapp_voice_ai`.
        name: Capability,
        /// Whether it is to be on.
        to: OnOff,
        /// Why, 10 to 500 characters.
        #[arg(long)]
        reason: String,
        /// For this organization alone.
        #[arg(long, value_name = "ID")]
        org: Option<OrgId>,
    },
}

/// How a service is to stand.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ModeWord {
    Ok,
    Degraded,
    Panic,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OnOff {
    On,
    Off,
}

pub(super) async fn carry_out(
    config: &Config,
    database: &Database,
    command: Command,
) -> Result<Vec<String>, String> {
    let engine = engine(config, database).await?;
    engine.services.refresh(&engine.db).await.map_err(|e| words(&e))?;
    let org = match command {
        Command::List { org } => return Ok(list(&engine, org)),
        Command::Set { service, mode, reason, org } => {
            let mode = match mode {
                ModeWord::Ok => Mode::Ok,
                ModeWord::Degraded => Mode::Degraded,
                ModeWord::Panic => Mode::Panic,
            };
            let set = SetMode { mode, reason };
            decide::set_as_operator(&engine, org, service, &set).await.map_err(|e| words(&e))?;
            org
        }
        Command::Switch { name, to, reason, org } => {
            let switch = Switch { enabled: to == OnOff::On, reason };
            decide::switch_as_operator(&engine, org, name, &switch).await.map_err(|e| words(&e))?;
            org
        }
    };
    Ok(list(&engine, org))
}

fn list(engine: &Engine, org: Option<OrgId>) -> Vec<String> {
    let services = Service::ALL.into_iter().map(|service| {
        json!({"service": service.as_str(), "mode": mode_for(engine, org, service)}).to_string()
    });
    let off = Capability::ALL.iter().filter(|c| !allows(engine, org, **c));
    services.chain(off.map(|c| json!({"capability": c, "enabled": false}).to_string())).collect()
}

fn service(name: &str) -> Result<Service, String> {
    decide::service_named(name).map_err(|_| {
        let all = Service::ALL.map(Service::as_str).join(", ");
        format!("expected one of {all}")
    })
}
