//! Which server a driver works against: one that runs, or one of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use uuid::Uuid;

use crate::campo::Campo;
use crate::client::connect;
use crate::error::{Outcome, Trouble};
use crate::rest::Office;
use crate::server::{self, Server};

/// The server's place. Without `--url` the driver starts its own on a fresh data folder and removes it at the end.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// A running server, for example http://127.0.0.1:8080
    #[arg(long)]
    pub url: Option<String>,
    /// The executable `campo` (default: beside this one)
    #[arg(long)]
    pub campo: Option<PathBuf>,
    /// CAMPO_DATA of the running server; with no --url, the folder to use and keep
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// DATABASE_URL of the server, where it has no private PostgreSQL
    #[arg(long)]
    pub database_url: Option<String>,
    /// Where the running server's data are when --data does not say
    #[arg(long, env = "CAMPO_DATA", hide = true)]
    pub campo_data: Option<PathBuf>,
    /// Where the running server's database is when --database-url does not say
    #[arg(long, env = "DATABASE_URL", hide = true, hide_env_values = true)]
    pub server_database: Option<String>,
    /// An existing organization (default: a new one is made)
    #[arg(long)]
    pub org: Option<Uuid>,
    /// The owner's phone; with a new organization, the phone to give it
    #[arg(long)]
    pub owner_phone: Option<String>,
}

/// What a new organization is called.
const NAME: &str = "Campo de pruebas";

/// A server ready for work, and how to reach everything of it.
#[derive(Debug)]
pub struct Stage {
    /// `http://host:port`
    pub url: String,
    /// The same as an address.
    pub address: SocketAddr,
    /// Its command line.
    pub campo: Campo,
    /// The process, where it is ours.
    pub server: Option<Server>,
    /// Time from exec to ready, where it is ours, milliseconds.
    pub ready_ms: u64,
    remove: Option<PathBuf>,
}

impl Target {
    /// Finds or starts the server.
    pub fn open(&self, name: &str) -> Outcome<Stage> {
        self.open_with(name, Vec::new())
    }

    /// The same; a server of our own gets these flags.
    pub fn open_with(&self, name: &str, flags: Vec<String>) -> Outcome<Stage> {
        let path = match &self.campo {
            Some(path) => path.clone(),
            None => std::env::current_exe()?.with_file_name("campo"),
        };
        if let Some(url) = &self.url {
            // The server's own surroundings count, and its own default.
            let database_url = self.database_url.clone().or_else(|| self.server_database.clone());
            let data = self.data.clone().or_else(|| self.campo_data.clone());
            let data = data.or_else(|| database_url.is_none().then(|| ".data".into()));
            let campo = Campo { path, data, database_url };
            let address = connect::address(url)?;
            return Ok(Stage { url: url.clone(), address, campo, server: None, ready_ms: 0, remove: None });
        }
        let (folder, remove) = match &self.data {
            Some(folder) => (folder.clone(), None),
            None => server::fresh_folder(name).map(|f| (f.clone(), Some(f)))?,
        };
        std::fs::create_dir_all(&folder)?;
        let data = folder.join("data");
        let campo = Campo { path, data: Some(data), database_url: self.database_url.clone() };
        let log = folder.join("server.log");
        let (server, took) = Server::start(campo.clone(), server::free_address()?, flags, log)?;
        let address = server.address;
        let ready_ms = took.as_millis() as u64;
        let url = format!("http://{address}");
        Ok(Stage { url, address, campo, server: Some(server), ready_ms, remove })
    }

    /// Signs in as the owner of the organization that was named, or that the owner's phone has already; else of a
    /// new one.
    pub async fn office(&self, stage: &Stage) -> Outcome<Office> {
        let campo = &stage.campo;
        let (phone, org) = match (&self.owner_phone, self.org) {
            (Some(phone), Some(org)) => (phone.clone(), org),
            (None, Some(_)) => return Err(Trouble::new("--org needs --owner-phone")),
            (Some(phone), None) => match self.default_org(stage, phone).await {
                Some(org) => (phone.clone(), org),
                None => (phone.clone(), campo.create_org(NAME, phone).await?.org),
            },
            (None, None) => {
                let phone = fresh_phone();
                let org = campo.create_org(NAME, &phone).await?.org;
                (phone, org)
            }
        };
        Office::sign_in(&stage.url, campo, &phone, org).await
    }

    /// The organization that somebody with this phone signs in to, if there is anybody.
    pub async fn default_org(&self, stage: &Stage, phone: &str) -> Option<Uuid> {
        let token = stage.campo.token(phone, None).await.ok()?;
        let url = format!("{}/api/organization", stage.url.trim_end_matches('/'));
        let answer = reqwest::Client::new().get(url).bearer_auth(token).send().await.ok()?;
        let row: serde_json::Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
        row.get("id").and_then(serde_json::Value::as_str)?.parse().ok()
    }
}

impl Stage {
    /// Leaves data and log behind, for whoever wants to know what happened.
    pub fn keep(&mut self) {
        self.remove = None;
    }

    /// The server's process id: ours, or whoever listens on the port.
    pub fn pid(&self) -> i32 {
        match &self.server {
            Some(server) => server.pid(),
            None => crate::proc::listener(self.address.port()),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The server ends first: its PostgreSQL still writes into the folder.
        self.server = None;
        if let Some(folder) = &self.remove {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// An Argentine phone that no run before used: `+549` and ten digits of the clock.
pub fn fresh_phone() -> String {
    format!("+{}", fresh_phones())
}

/// The first of a row of unused phones, as a number without `+`.
pub fn fresh_phones() -> u64 {
    // 13 digits in all, as `^\+54[0-9]{10,11}$` wants; the clock moves on 10,000 phones a second.
    let tenths_of_ms = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_micros() as u64 / 100);
    5_490_000_000_000 + tenths_of_ms % 10_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_have_the_right_form() {
        let phone = fresh_phone();
        assert!(phone.starts_with("+549") && phone.len() == 14, "{phone}");
    }
}
