//! `campo doctor`: checks the surroundings and says in words what is wrong.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use campo_engine::auth::{ring, rotation};
use campo_engine::db::{self, Db};
use campo_engine::live::Live;
use campo_engine::maps::OpenMap;
use campo_engine::notifications::templates::Templates;
use campo_engine::postgres::{Binaries, Private};
use chrono::Utc;

use super::words;
use crate::config::{Config, Profile};
use crate::tls::Files;
use crate::{database, routes};

/// Disk that a busy week of positions needs.
const LEAST_DISK_MB: u64 = 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// What was found, a line each.
#[derive(Default)]
pub(super) struct Findings {
    lines: Vec<String>,
    is_ill: bool,
}

impl Findings {
    pub(super) fn good(&mut self, what: &str, said: impl std::fmt::Display) {
        self.lines.push(format!("ok    {what}: {said}"));
    }

    pub(super) fn note(&mut self, what: &str, said: impl std::fmt::Display) {
        self.lines.push(format!("note  {what}: {said}"));
    }

    pub(super) fn wrong(&mut self, what: &str, said: impl std::fmt::Display) {
        self.is_ill = true;
        self.lines.push(format!("WRONG {what}: {said}"));
    }
}

/// Looks at everything and prints what it found; exit code 1 if something is wrong.
pub(super) async fn examine(config: &Config) -> Result<ExitCode, String> {
    let mut found = Findings::default();
    data_folder(config, &mut found);
    secret(config, &mut found);
    database(config, &mut found).await;
    map(config, &mut found);
    listener(config, &mut found);
    messages(config, &mut found);
    surroundings(config, &mut found);
    super::print(&found.lines)?;
    Ok(if found.is_ill { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn data_folder(config: &Config, found: &mut Findings) {
    let folder = config.data_folder();
    if let Some(note) = folder.note {
        found.note("data", note);
    }
    let existing = folder.path.ancestors().find(|p| p.exists());
    let Some(existing) = existing else { return found.wrong("data", "no part of the folder's path exists") };
    match nix::unistd::access(existing, nix::unistd::AccessFlags::W_OK) {
        Ok(()) => found.good("data", folder.path.display()),
        Err(e) => found.wrong("data", format!("{} cannot be written: {e}", existing.display())),
    }
    let Ok(disk) = nix::sys::statvfs::statvfs(existing) else { return };
    let free_mb = disk.blocks_available().saturating_mul(disk.fragment_size()) / (1024 * 1024);
    if free_mb < LEAST_DISK_MB {
        found.wrong("disk", format!("{free_mb} MB are free, {LEAST_DISK_MB} MB are needed"));
    } else {
        found.good("disk", format!("{free_mb} MB free"));
    }
}

fn secret(config: &Config, found: &mut Findings) {
    let path = config.secret_path();
    if !path.exists() {
        return found.note("secret", format!("{} will be made at the first start", path.display()));
    }
    match crate::secret::load_or_make(&path) {
        Ok(_) => found.good("secret", path.display()),
        Err(e) => found.wrong("secret", e),
    }
}

async fn database(config: &Config, found: &mut Findings) {
    let options = match config.database_url.as_deref().filter(|u| !u.is_empty()) {
        Some(url) => match db::options(url) {
            Ok(options) => options,
            Err(e) => return found.wrong("database", words(&e)),
        },
        None => {
            let place = database::place(config);
            match Private::attach(&place.data) {
                Some(running) => running.options(),
                None => return binaries(&place, found),
            }
        }
    };
    let (live, _) = Live::channel();
    let db = Db::open(options, live);
    match tokio::time::timeout(PATIENCE, db.examine()).await {
        Ok(Ok(state)) => {
            report(&state, found);
            // What lies in it can be looked at where it has the present form.
            if state.version >= 15 && state.missing_migrations == 0 {
                signing_key(&db, found).await;
                super::care::examine(config, &db, found).await;
            }
        }
        Ok(Err(e)) => found.wrong("database", words(&e)),
        Err(_) => found.wrong("database", format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// A key that signs for over a year should be followed by another.
async fn signing_key(db: &Db, found: &mut Findings) {
    match tokio::time::timeout(PATIENCE, rotation::newest(db)).await {
        Ok(Ok(newest)) => {
            let (due, number) = (ring::due(newest), newest.number);
            if due <= Utc::now() {
                let said =
                    format!("key {number} of access tokens signs since over a year: campo keys rotate");
                found.note("keys", said);
            } else {
                found.good(
                    "keys",
                    format!("key {number} of access tokens, to be rotated by {}", due.date_naive()),
                );
            }
        }
        Ok(Err(e)) => found.wrong("keys", words(&e)),
        Err(_) => found.wrong("keys", format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn binaries(place: &campo_engine::postgres::Place, found: &mut Findings) {
    let usable = Binaries::find(place);
    match usable.first() {
        Some(b) => found.good(
            "database",
            format!("private PostgreSQL {} in {}, not running", b.version, b.bin.display()),
        ),
        None => {
            found.wrong("database", "no PostgreSQL 15 or newer was found; install one or set DATABASE_URL")
        }
    }
}

fn report(state: &db::Examined, found: &mut Findings) {
    if state.version < 15 {
        return found
            .wrong("database", format!("PostgreSQL {} is too old: 15 or newer is needed", state.version));
    }
    found.good("database", format!("PostgreSQL {}", state.version));
    if !state.may_make_roles {
        found.wrong("database role", "may not create roles: the first migration needs CREATEROLE");
    }
    match state.missing_migrations {
        0 => found.good("schema", "in the present form"),
        n => found.note("schema", format!("{n} migrations to take; campo serve and campo migrate do it")),
    }
    if state.clock_off_s.abs() > 2.0 {
        found.wrong("clock", format!("the database's clock is off by {:.0} s", state.clock_off_s));
    }
}

fn map(config: &Config, found: &mut Findings) {
    let folder = config.map_path();
    match OpenMap::open(&folder) {
        Ok(Some(map)) => {
            let campo_geo::map::Manifest { source, build, road_edges, tiles, places, .. } = &map.manifest;
            let what = format!(
                "{source} in {}, build {build}: {road_edges} road edges, {tiles} tiles, {places} places",
                folder.display()
            );
            found.good("map", what);
        }
        Ok(None) => found.note(
            "map",
            format!(
                "none in {}; arrivals are estimated without roads. campo map build makes one",
                folder.display()
            ),
        ),
        Err(e) => found.wrong("map", e),
    }
}

fn listener(config: &Config, found: &mut Findings) {
    match TcpListener::bind(config.listen) {
        Ok(_) => found.good("listen", format!("{} is free", config.listen)),
        Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
            found
                .note("listen", format!("{} is in use; if that is campo itself, all is well", config.listen));
        }
        Err(e) => found.wrong("listen", format!("{}: {e}", config.listen)),
    }
}

/// Whether codes and messages can leave, and what is missing where they cannot.
fn messages(config: &Config, found: &mut Findings) {
    let settings = config.providers.settings();
    if let Err(e) = Templates::load(settings.whatsapp.templates.as_deref()) {
        found.wrong("templates", words(&e));
    }
    let (whatsapp, twilio) = (&settings.whatsapp, &settings.twilio);
    let missing = |all: &[(&str, bool)]| -> Vec<String> {
        all.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| (*name).to_owned()).collect()
    };
    let of_whatsapp = missing(&[
        ("CAMPO_WHATSAPP_PHONE_NUMBER_ID", whatsapp.phone_number_id.is_some()),
        ("CAMPO_WHATSAPP_TOKEN", whatsapp.token.is_some()),
        ("CAMPO_WHATSAPP_APP_SECRET", whatsapp.app_secret.is_some()),
        ("CAMPO_WHATSAPP_VERIFY_TOKEN", whatsapp.verify_token.is_some()),
    ]);
    let of_twilio = missing(&[
        ("CAMPO_TWILIO_ACCOUNT_SID", twilio.account_sid.is_some()),
        ("CAMPO_TWILIO_AUTH_TOKEN", twilio.auth_token.is_some()),
        ("CAMPO_TWILIO_FROM", twilio.from.is_some()),
    ]);
    for (what, missing, does) in [
        ("whatsapp", of_whatsapp, "codes and messages of organizations without a number of their own"),
        ("sms", of_twilio, "codes and critical messages that WhatsApp does not take"),
    ] {
        if missing.is_empty() {
            found.good(what, does);
        } else {
            found.note(what, format!("{} not set; they carry {does}", missing.join(", ")));
        }
    }
    if whatsapp.own_number().is_none() && twilio.opened().is_none() {
        let said = "no provider is configured: nobody can sign in by a code, except with campo serve --demo";
        found.note("codes", said);
    }
}

fn surroundings(config: &Config, found: &mut Findings) {
    if routes::faces::are_built() {
        found.good("faces", "built in");
    } else {
        found.note("faces", "not built in: run the web build, then build campo again");
    }
    if config.profile == Profile::Production
        && !config.public_url.as_deref().unwrap_or("").starts_with("https://")
    {
        found.wrong(
            "public url",
            "CAMPO_PUBLIC_URL must be https:// in production: cookies and positions need it",
        );
    }
    if let (Some(cert), Some(key)) = (&config.tls_cert, &config.tls_key) {
        match Files::load(cert, key, Arc::default()) {
            Ok(_) => super::care::certificate(cert, found),
            Err(said) => found.wrong("TLS", said),
        }
    }
    super::care::clock(found);
    super::care::providers(config, found);
}
