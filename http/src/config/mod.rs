//! The one typed configuration. The environment is read here and nowhere else.
//!
//! Every setting is an environment variable and a flag of the same meaning. A wrong value is one clear
//! line on standard error and exit code 2 (see [`crate::cli`]).

mod acme;
mod audit;
mod demo;
mod directions;
mod files;
mod mail;
mod openai;
mod privacy;
mod providers;
mod push;
mod services;
mod signin;
mod tiles;
mod twilio;
mod vault;
mod webhooks;
mod whatsapp;

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use campo_engine::postgres::DataFolder;
use campo_engine::settings::Settings;
use clap::{Args, ValueEnum};

use crate::address::Networks;

/// What the operator decides.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// Address and port to serve on; port 0 takes a free one.
    #[arg(long, env = "CAMPO_LISTEN", value_name = "CAMPO_LISTEN", global = true,
          default_value = "127.0.0.1:8080", value_parser = listen_address)]
    pub listen: SocketAddr,
    /// Address and port of /metrics, which is served nowhere else. Keep it off the public network.
    #[arg(long, env = "CAMPO_ADMIN_LISTEN", value_name = "CAMPO_ADMIN_LISTEN", global = true,
          value_parser = listen_address)]
    pub admin_listen: Option<SocketAddr>,
    /// What links are made of; default: http://<listen>.
    #[arg(long, env = "CAMPO_PUBLIC_URL", value_name = "CAMPO_PUBLIC_URL", global = true,
          value_parser = web_address)]
    pub public_url: Option<String>,
    /// PostgreSQL 15 or newer, by a role that may create roles; default: a private one under CAMPO_DATA.
    #[arg(long, env = "DATABASE_URL", value_name = "DATABASE_URL", global = true, hide_env_values = true,
          value_parser = database_address)]
    pub database_url: Option<String>,
    /// Redis for fan-out between several servers; one server needs none.
    #[arg(long, env = "REDIS_URL", value_name = "REDIS_URL", global = true, hide_env_values = true,
          value_parser = redis_address)]
    pub redis_url: Option<String>,
    /// Folder of everything that lasts; a given folder is used or refused, never replaced [default: .data].
    #[arg(long, env = "CAMPO_DATA", value_name = "CAMPO_DATA", global = true)]
    pub data: Option<PathBuf>,
    /// Folder of the map that `campo map build --out` makes; without one there is calm ground
    /// [default: CAMPO_DATA/map].
    #[arg(long, env = "CAMPO_MAP", value_name = "CAMPO_MAP", global = true)]
    pub map: Option<PathBuf>,
    /// Tiles of a provider instead of the map's own: an address with {z}, {x} and {y} (pictures, or .mvt).
    #[arg(long, env = "CAMPO_TILES_URL", value_name = "CAMPO_TILES_URL", global = true,
          value_parser = tiles_address)]
    pub tiles_url: Option<String>,
    /// The same for organizations of a tier.
    #[command(flatten)]
    pub tiles_by_tier: tiles::TilesByTier,
    /// What that provider wants to stand on the map.
    #[arg(
        long,
        env = "CAMPO_TILES_ATTRIBUTION",
        value_name = "CAMPO_TILES_ATTRIBUTION",
        global = true,
        default_value = campo_geo::tiles::ATTRIBUTION
    )]
    pub tiles_attribution: String,
    /// Folder of postgres, initdb and pg_ctl for the private PostgreSQL; default: looked for.
    #[arg(long, env = "CAMPO_POSTGRES_BIN", value_name = "CAMPO_POSTGRES_BIN", global = true)]
    pub postgres_bin: Option<PathBuf>,
    /// Addresses or networks of proxies whose X-Forwarded-For counts, separated by commas.
    #[arg(
        long,
        env = "CAMPO_TRUSTED_PROXIES",
        value_name = "CAMPO_TRUSTED_PROXIES",
        global = true,
        default_value = ""
    )]
    pub trusted_proxies: Networks,
    /// Pages of other origins that may use the API's sockets and cookies, separated by commas.
    #[arg(
        long,
        env = "CAMPO_ALLOWED_ORIGINS",
        value_name = "CAMPO_ALLOWED_ORIGINS",
        global = true,
        default_value = ""
    )]
    pub allowed_origins: Origins,
    /// What this installation is for.
    #[arg(
        long,
        env = "CAMPO_PROFILE",
        value_name = "CAMPO_PROFILE",
        global = true,
        default_value = "development"
    )]
    pub profile: Profile,
    /// File of the secret that all keys derive from, made at the first start [default: CAMPO_DATA/secret].
    #[arg(long, env = "CAMPO_SECRET_FILE", value_name = "CAMPO_SECRET_FILE", global = true)]
    pub secret_file: Option<PathBuf>,
    /// TLS certificate chain (PEM), read again when it changes; with it the server speaks TLS.
    #[arg(long, env = "CAMPO_TLS_CERT", value_name = "CAMPO_TLS_CERT", global = true)]
    pub tls_cert: Option<PathBuf>,
    /// TLS private key (PEM).
    #[arg(long, env = "CAMPO_TLS_KEY", value_name = "CAMPO_TLS_KEY", global = true)]
    pub tls_key: Option<PathBuf>,
    /// Certificates by ACME.
    #[command(flatten)]
    pub acme: acme::Acme,
    /// The demonstration.
    #[command(flatten)]
    pub demo: demo::Demo,
    /// Signing in.
    #[command(flatten)]
    pub signin: signin::SignIn,
    /// Secrets at rest.
    #[command(flatten)]
    pub vault: vault::Vault,
    /// Companies that are talked to.
    #[command(flatten)]
    pub providers: providers::Providers,
    /// The audit log.
    #[command(flatten)]
    pub audit: audit::Audit,
    /// What is logged, as `info` or `campo_engine=debug,warn`.
    #[arg(long, env = "CAMPO_LOG", value_name = "CAMPO_LOG", global = true, default_value = "info,sqlx=warn,actix_server=warn",
          value_parser = log_filter)]
    pub log: String,
    /// How logs are written [default: human; json under CAMPO_PROFILE=production].
    #[arg(long, env = "CAMPO_LOG_FORMAT", value_name = "CAMPO_LOG_FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people at a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

/// What an installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// A desk, a demonstration, a test.
    Development,
    /// Real people's data: no demonstration, logs as JSON.
    Production,
}

/// Origins besides the public URL's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(pub Vec<String>);

impl std::str::FromStr for Origins {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|o| !o.is_empty())
            .map(web_address)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Config {
    /// A configuration from flags alone (and the environment behind them): for tests and tools.
    pub fn from_flags(flags: &[&str]) -> Result<Self, String> {
        #[derive(clap::Parser)]
        struct Only {
            #[command(flatten)]
            config: Config,
        }
        let args = std::iter::once("campo").chain(flags.iter().copied());
        <Only as clap::Parser>::try_parse_from(args).map(|o| o.config).map_err(|e| e.to_string())
    }

    /// The folder of everything that lasts, and one line when it is not where one would look for it.
    pub fn data_folder(&self) -> DataFolder {
        // An empty variable is how container tools write "not set".
        let given = self.data.as_deref().filter(|d| !d.as_os_str().is_empty());
        campo_engine::postgres::data_folder(given, Path::new(".data"))
    }

    /// What the engine is told; `bound` is the address that was really taken.
    pub fn settings(&self, bound: SocketAddr) -> Settings {
        let mut settings = self.providers.settings();
        settings.public_url = Some(self.public_url_for(bound));
        settings.otp_failures = self.signin.budget();
        settings.files.folder = self.data_folder().path.join("files");
        settings.vault = self.vault.settings(&self.data_folder().path);
        settings.audit = self.audit.settings(&self.data_folder().path, &settings.files);
        settings
    }

    /// How logs are written.
    pub fn log_format(&self) -> LogFormat {
        self.log_format.unwrap_or(match self.profile {
            Profile::Development => LogFormat::Human,
            Profile::Production => LogFormat::Json,
        })
    }

    /// Every secret among the settings: no log may show one.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.providers.secrets();
        let urls = [&self.database_url, &self.redis_url, &self.providers.mail.smtp_url];
        let passwords = urls.into_iter().flatten().filter_map(|text| {
            let url = url::Url::parse(text).ok()?;
            url.password().map(str::to_owned)
        });
        secrets.extend(passwords);
        secrets
    }

    /// Where certificates by ACME and their account are kept.
    pub fn acme_path(&self) -> PathBuf {
        self.data_folder().path.join("acme")
    }

    /// Whether the server itself speaks TLS.
    pub fn speaks_tls(&self) -> bool {
        self.tls_cert.is_some() || !self.acme.acme_domains.0.is_empty()
    }

    /// The file of the secret.
    pub fn secret_path(&self) -> PathBuf {
        self.secret_file.clone().unwrap_or_else(|| self.data_folder().path.join("secret"))
    }

    /// The folder of the map.
    pub fn map_path(&self) -> PathBuf {
        let given = self.map.clone().filter(|m| !m.as_os_str().is_empty());
        given.unwrap_or_else(|| self.data_folder().path.join("map"))
    }

    /// Where configured providers' tiles come from: the map must be allowed to load them.
    pub fn tiles_origins(&self) -> Vec<String> {
        let all = self.tiles_url.as_deref().into_iter().chain(self.tiles_by_tier.all());
        let mut origins: Vec<String> =
            all.filter_map(|url| Some(url::Url::parse(url).ok()?.origin().ascii_serialization())).collect();
        origins.sort();
        origins.dedup();
        origins
    }

    /// What links are made of, without a slash at the end. `bound` is the address that was really taken.
    pub fn public_url_for(&self, bound: SocketAddr) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        if let Some(domain) = self.acme.acme_domains.0.first() {
            // People come by the port that https has; another one is said by CAMPO_PUBLIC_URL.
            return format!("https://{domain}");
        }
        // A link to "every address" leads nowhere.
        let host = match bound.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".into(),
            IpAddr::V6(ip) if ip.is_unspecified() => "[::1]".into(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let scheme = if self.speaks_tls() { "https" } else { "http" };
        format!("{scheme}://{host}:{}", bound.port())
    }

    /// What is wrong with settings that are each right alone.
    pub fn check(&self) -> Result<(), String> {
        self.providers.directions.check()?;
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err("CAMPO_TLS_CERT and CAMPO_TLS_KEY belong together: set both or neither".into());
        }
        if self.tls_cert.is_some() && !self.acme.acme_domains.0.is_empty() {
            return Err("CAMPO_TLS_CERT and CAMPO_ACME_DOMAINS exclude each other: set one of them".into());
        }
        if self.admin_listen.is_some_and(|a| a == self.listen && a.port() != 0) {
            return Err("CAMPO_ADMIN_LISTEN must differ from CAMPO_LISTEN".into());
        }
        Ok(())
    }
}

/// `https://host/..{z}..{x}..{y}..`
fn tiles_address(text: &str) -> Result<String, String> {
    let has_host =
        url::Url::parse(text).is_ok_and(|u| u.host().is_some() && ["http", "https"].contains(&u.scheme()));
    let has_all = ["{z}", "{x}", "{y}"].iter().all(|part| text.contains(part));
    if has_host && has_all && !text.contains(|c: char| c.is_whitespace() || c == ';') {
        return Ok(text.to_owned());
    }
    Err("expected an address with {z}, {x} and {y}, as https://tiles.example/{z}/{x}/{y}.png".into())
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| "expected an address and port, as 127.0.0.1:8080".into())
}

/// `http://host[:port]` or `https://..`, without path; returned without a slash at the end.
fn web_address(text: &str) -> Result<String, String> {
    let wrong = || "expected http:// or https:// and a host, as https://campo.example".to_owned();
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let plain =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !plain {
        return Err(wrong());
    }
    Ok(url.origin().ascii_serialization())
}

fn database_address(text: &str) -> Result<String, String> {
    // An empty variable is how container tools write "not set".
    if text.is_empty() || text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(text.to_owned());
    }
    Err("expected postgres://user:password@host:port/database".into())
}

fn redis_address(text: &str) -> Result<String, String> {
    if text.is_empty()
        || ["redis://", "rediss://", "redis+unix://", "unix://"].iter().any(|s| text.starts_with(s))
    {
        return Ok(text.to_owned());
    }
    Err("expected redis://host:port".into())
}

fn log_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("expected a level or a filter, as info or campo_engine=debug,warn".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn parse(flags: &[&str]) -> Result<Config, String> {
        Config::from_flags(flags)
    }

    /// What each setting refuses, and that the line names the variable.
    #[test]
    fn wrong_values_are_named() {
        for (flag, value, name) in [
            ("--listen", "nowhere", "CAMPO_LISTEN"),
            ("--admin-listen", "1", "CAMPO_ADMIN_LISTEN"),
            ("--public-url", "ftp://x", "CAMPO_PUBLIC_URL"),
            ("--public-url", "https://x/path", "CAMPO_PUBLIC_URL"),
            ("--database-url", "mysql://x", "DATABASE_URL"),
            ("--redis-url", "http://x", "REDIS_URL"),
            ("--trusted-proxies", "10.0.0.0/40", "CAMPO_TRUSTED_PROXIES"),
            ("--allowed-origins", "x", "CAMPO_ALLOWED_ORIGINS"),
            ("--profile", "staging", "CAMPO_PROFILE"),
            ("--disable", "whatsapp,telegram", "CAMPO_DISABLE"),
            ("--directions", "free:bing", "CAMPO_DIRECTIONS"),
            ("--log", "=[", "CAMPO_LOG"),
            ("--log-format", "xml", "CAMPO_LOG_FORMAT"),
            ("--acme-domains", "*.x.example", "CAMPO_ACME_DOMAINS"),
            ("--acme-directory", "http://x/dir", "CAMPO_ACME_DIRECTORY"),
        ] {
            let said = parse(&[flag, value]).err().unwrap_or_else(|| panic!("{flag} {value} was accepted"));
            let line = said.lines().next().unwrap();
            assert!(line.contains(name) && line.contains(value), "{line}");
        }
    }

    #[test]
    fn links_follow_the_bound_address() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.public_url_for("0.0.0.0:9000".parse().unwrap()), "http://127.0.0.1:9000");
        assert_eq!(config.public_url_for("[::1]:80".parse().unwrap()), "http://[::1]:80");
        let config = parse(&["--public-url", "https://campo.example/"]).unwrap();
        assert_eq!(config.public_url_for("0.0.0.0:9000".parse().unwrap()), "https://campo.example");
    }
}
