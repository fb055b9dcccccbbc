//! What `campo doctor` sees of what wants care now and then: keys, backups, certificates, the clock, providers.

use std::path::Path;

use campo_engine::auth::keys::Keys;
use campo_engine::backup;
use campo_engine::db::Db;
use campo_engine::vault::{Vault, rotate};
use chrono::Utc;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::doctor::Findings;
use super::words;
use crate::config::{Config, Profile};
use crate::expiry;

/// A backup that is older has lost more than a week's work when it is needed.
const OLDEST_BACKUP_DAYS: i64 = 7;
/// A certificate that is not renewed by then is forgotten.
const LEAST_CERTIFICATE_DAYS: i64 = 14;
/// The nights rotate data keys at 90 days; after a week more nobody does.
const OLDEST_DATA_KEY_DAYS: i64 = 97;
/// A key-encryption key wraps few keys: a year is a habit, not a bound.
const OLDEST_KEK_DAYS: i64 = 366;

/// Looks into a database of the present form.
pub(super) async fn examine(config: &Config, db: &Db, found: &mut Findings) {
    match backup::installation(db).await {
        Ok(state) => backups(config, &state, found),
        Err(e) => found.wrong("backup", words(&e)),
    }
    let path = config.secret_path();
    if !path.exists() {
        return;
    }
    let vault = crate::secret::load_or_make(&path).and_then(|secret| {
        let keys = Keys::derive(&secret).map_err(|e| words(&e))?;
        Vault::new(&keys, &config.settings(config.listen).vault).map_err(|e| words(&e))
    });
    match vault {
        Ok(vault) => keys(db, &vault, found).await,
        Err(e) => found.wrong("keys", e),
    }
}

fn backups(config: &Config, state: &backup::Installation, found: &mut Findings) {
    if let Some(of) = state.restored_of {
        found.note("restored", format!("from a backup of {}", of.format("%Y-%m-%d %H:%M UTC")));
    }
    let Some(of) = state.backup_of else {
        return found.note("backup", "none yet: campo backup --out FILE makes one");
    };
    let (days, at) = ((Utc::now() - of).num_days(), of.format("%Y-%m-%d %H:%M UTC"));
    if days <= OLDEST_BACKUP_DAYS {
        found.good("backup", format!("of {at}"));
    } else if config.profile == Profile::Production {
        found.wrong("backup", format!("the last one is {days} days old ({at})"));
    } else {
        found.note("backup", format!("the last one is {days} days old ({at})"));
    }
}

async fn keys(db: &Db, vault: &Vault, found: &mut Findings) {
    match rotate::kek(vault) {
        Ok((id, Some(days))) if days > OLDEST_KEK_DAYS => {
            found.note("key-encryption key", format!("{id} is {days} days old: campo keys rotate-kek"));
        }
        Ok((id, Some(days))) => found.good("key-encryption key", format!("{id}, {days} days old")),
        Ok((id, None)) => found.good("key-encryption key", format!("{id}, derived from the secret file")),
        Err(e) => found.wrong("key-encryption key", words(&e)),
    }
    let organizations = match rotate::organizations(db).await {
        Ok(all) => all,
        Err(e) => return found.wrong("data keys", words(&e)),
    };
    let (mut with, mut oldest, mut shredded) = (0, 0, 0);
    let mut missing = Vec::new();
    for org in organizations {
        match rotate::standing(db, vault, org).await {
            Ok(state) if state.is_shredded => shredded += 1,
            Ok(state) => {
                with += usize::from(state.version.is_some());
                oldest = oldest.max(state.age_days);
                missing.extend(state.missing.into_iter().map(|kek| format!("{kek} (organization {org})")));
            }
            Err(e) => return found.wrong("data keys", words(&e)),
        }
    }
    let said =
        format!("{with} organizations have one, the oldest {oldest} days old; {shredded} were destroyed");
    if !missing.is_empty() {
        missing.truncate(5);
        found.wrong("data keys", format!("key-encryption keys are missing: {}", missing.join(", ")));
    } else if oldest > OLDEST_DATA_KEY_DAYS {
        found
            .wrong("data keys", format!("{said}: the nightly rotation does not happen (does a server run?)"));
    } else {
        found.good("data keys", said);
    }
}

/// How long a certificate lasts.
pub(super) fn certificate(path: &Path, found: &mut Findings) {
    let end = CertificateDer::from_pem_file(path).ok().and_then(|der| expiry::not_after(&der));
    let Some(end) = end else { return found.note("TLS", "when the certificate ends cannot be read") };
    let (days, at) = ((end - Utc::now()).num_days(), end.format("%Y-%m-%d"));
    if end <= Utc::now() {
        found.wrong("TLS", format!("the certificate ended on {at}"));
    } else if days < LEAST_CERTIFICATE_DAYS {
        found.wrong("TLS", format!("the certificate ends in {days} days ({at}): is it being renewed?"));
    } else {
        found.good("TLS", format!("the certificate lasts until {at} ({days} days)"));
    }
}

/// Whether somebody keeps this machine's clock.
pub(super) fn clock(found: &mut Findings) {
    let is_kept = ["/run/systemd/timesync/synchronized", "/run/chrony", "/run/ntpd.pid", "/var/run/ntpd.pid"]
        .iter()
        .any(|sign| Path::new(sign).exists());
    if is_kept {
        found.good("clock", "kept by this machine's time service");
    } else if Path::new("/run/systemd/system").exists() {
        found.note(
            "clock",
            "no time service keeps it (timedatectl set-ntp true): codes and positions need it right",
        );
    }
}

/// Companies that are optional: what is configured of them.
pub(super) fn providers(config: &Config, found: &mut Findings) {
    let settings = config.providers.settings();
    let mut say = |what: &str, is_there: bool, without: &str| {
        if is_there { found.good(what, "configured") } else { found.note(what, without) }
    };
    say("voice", settings.openai.key.is_some(), "CAMPO_OPENAI_KEY is not set: voice notes wait for a person");
    let can_mail = settings.email.server.is_some() && settings.email.from.is_some();
    say("e-mail", can_mail, "CAMPO_SMTP_URL and CAMPO_MAIL_FROM are not set: no e-mail leaves");
    match &settings.files.url {
        Some(url) => found.good("files", url),
        None => found.good("files", config.data_folder().path.join("files").display()),
    }
}
