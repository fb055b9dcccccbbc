//! The server's own command line: how drivers get organizations and tokens.

use std::path::PathBuf;

use serde::Deserialize;
use tokio::process::Command;
use uuid::Uuid;

use crate::error::{Outcome, Trouble};

/// How to call `campo` so that it reaches the same database as the server.
#[derive(Debug, Clone)]
pub struct Campo {
    /// The executable.
    pub path: PathBuf,
    /// `CAMPO_DATA`, where the private database lives.
    pub data: Option<PathBuf>,
    /// `DATABASE_URL`, where there is one.
    pub database_url: Option<String>,
}

/// What `campo org create` prints.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct NewOrg {
    /// The organization.
    pub org: Uuid,
    /// Its owner.
    pub user: Uuid,
}

/// One line of `campo token --org .. --role .. --all`.
#[derive(Debug, Clone, Deserialize)]
pub struct MemberToken {
    /// The member's user id.
    pub user: Uuid,
    /// An access token.
    pub token: String,
}

impl Campo {
    /// The environment that names its data. What is not named is not inherited either: a driver's own server must
    /// never end up on somebody's database.
    pub fn surroundings(&self) -> [(&'static str, Option<std::ffi::OsString>); 2] {
        let data = self.data.as_ref().map(|d| d.clone().into_os_string());
        [("CAMPO_DATA", data), ("DATABASE_URL", self.database_url.as_ref().map(Into::into))]
    }

    /// A command with the server's environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        for (name, value) in self.surroundings() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Makes an organization with its owner.
    pub async fn create_org(&self, name: &str, owner_phone: &str) -> Outcome<NewOrg> {
        let text = self.run(&["org", "create", "--name", name, "--owner-phone", owner_phone]).await?;
        Ok(serde_json::from_str(text.trim())?)
    }

    /// An access token for whoever has this phone.
    pub async fn token(&self, phone: &str, org: Option<Uuid>) -> Outcome<String> {
        let org = org.map(|org| org.to_string());
        let mut words = vec!["token", "--phone", phone];
        if let Some(org) = &org {
            words.extend(["--org", org]);
        }
        Ok(self.run(&words).await?.trim().trim_matches('"').to_owned())
    }

    /// Access tokens of all technicians of an organization.
    pub async fn technicians(&self, org: Uuid) -> Outcome<Vec<MemberToken>> {
        let text = self.run(&["token", "--org", &org.to_string(), "--role", "technician", "--all"]).await?;
        text.lines().filter(|l| !l.trim().is_empty()).map(|l| Ok(serde_json::from_str(l)?)).collect()
    }

    /// The templates that the operator hands in for approval at Meta.
    pub async fn templates(&self) -> Outcome<Vec<serde_json::Value>> {
        let text = self.run(&["whatsapp", "templates"]).await?;
        text.lines().filter(|l| !l.trim().is_empty()).map(|l| Ok(serde_json::from_str(l)?)).collect()
    }

    async fn run(&self, words: &[&str]) -> Outcome<String> {
        let output = self.command().args(words).output().await.map_err(|e| {
            Trouble::from(e).while_doing(&format!("running {} {}", self.path.display(), words.join(" ")))
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("nothing");
            return Err(Trouble::new(format!("campo {} failed and said: {last}", words.join(" "))));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
