//! Key-encryption keys: they wrap data keys and lie outside the database.
//!
//! One derives from the installation's secret. Others stand in a file (`CAMPO_KEK_FILE`), the newest last, a line each:
//! when it was made, and 32 bytes in hexadecimal. The last line wraps; all of them open. Their ids are fingerprints, so
//! that what is missing can be named.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, SecondsFormat, Utc};
use ring::aead::LessSafeKey;

use super::form;
use crate::auth::keys::{Keys, hex, random, sha256};
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::settings::VaultSettings;

/// A key that wraps data keys.
pub(super) struct Kek {
    /// Its fingerprint: 16 hexadecimal digits.
    pub(super) id: String,
    /// When it was made; unknown of the one that derives from the secret.
    pub(super) made_at: Option<DateTime<Utc>>,
    key: LessSafeKey,
}

impl Kek {
    fn of(bytes: &[u8], made_at: Option<DateTime<Utc>>) -> Result<Self> {
        let mark = sha256(&[b"campo kek id v1".as_slice(), bytes].concat());
        let id = hex(mark.get(..8).unwrap_or_default());
        Ok(Self { id, made_at, key: form::key(bytes)? })
    }

    /// Wraps a data key, for this organization and version alone.
    pub(super) fn wrap(&self, org: OrgId, version: u32, data_key: &[u8; 32]) -> Result<Vec<u8>> {
        form::close(&self.key, self.bound(org, version), data_key)
    }

    /// The data key; None where it was wrapped for another place, or is damaged.
    pub(super) fn unwrap(&self, org: OrgId, version: u32, wrapped: &[u8]) -> Option<[u8; 32]> {
        form::uncover(&self.key, self.bound(org, version), wrapped)?.try_into().ok()
    }

    fn bound(&self, org: OrgId, version: u32) -> ring::aead::Aad<Vec<u8>> {
        form::parts(&[b"campo data key v1", org.0.as_bytes(), &version.to_be_bytes(), self.id.as_bytes()])
    }
}

/// All key-encryption keys that this process knows.
pub(super) struct Keks {
    derived: Arc<Kek>,
    settings: VaultSettings,
    filed: RwLock<Vec<Arc<Kek>>>,
}

impl Keks {
    /// Reads the file, if there is one; a file that cannot be read is said in the log and at the first use.
    pub(super) fn new(keys: &Keys, settings: &VaultSettings) -> Result<Self> {
        let derived = Arc::new(Kek::of(&keys.bytes(b"campo kek v1"), None)?);
        let keks = Self { derived, settings: settings.clone(), filed: RwLock::default() };
        if let Err(error) = keks.current() {
            tracing::error!(%error, "sealed values cannot be written");
        }
        Ok(keks)
    }

    /// The key of this id; the file is read again where it is not known.
    pub(super) fn find(&self, id: &str) -> Result<Option<Arc<Kek>>> {
        if self.derived.id == id {
            return Ok(Some(self.derived.clone()));
        }
        if let Some(kek) = self.known(id) {
            return Ok(Some(kek));
        }
        self.read()?;
        Ok(self.known(id))
    }

    /// The key that wraps from now on. Reads the file: another process may have added one.
    ///
    /// # Errors
    /// `VAULT_002` where a file is named and not there: values sealed under another key meanwhile would be lost with it.
    pub(super) fn current(&self) -> Result<Arc<Kek>> {
        self.read()?;
        let filed = self.filed.read().unwrap_or_else(PoisonError::into_inner);
        match (filed.last(), &self.settings.kek_file) {
            (Some(kek), _) => Ok(kek.clone()),
            (None, Some(path)) if self.settings.is_kek_file_given => Err(missing(format!(
                "CAMPO_KEK_FILE {} no está (is missing: put it back, or make it by campo keys rotate-kek)",
                path.display()
            ))),
            _ => Ok(self.derived.clone()),
        }
    }

    /// Adds a fresh key at the end of the file: it wraps from now on.
    pub(super) fn add(&self) -> Result<Arc<Kek>> {
        let Some(path) = &self.settings.kek_file else {
            return Err(Error::invalid("CAMPO_KEK_FILE", "falta (is not set)"));
        };
        let before = read_file(path)?.unwrap_or_default();
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut text: String = before.lines().map(|l| format!("{l}\n")).collect();
        text.push_str(&format!("{at} {}\n", hex(&random::<32>()?)));
        replace(path, &text).map_err(|e| unreadable(path, &e))?;
        self.current()
    }

    /// Where the file is, for words.
    pub(super) fn file(&self) -> String {
        match &self.settings.kek_file {
            Some(path) => path.display().to_string(),
            None => "CAMPO_KEK_FILE".into(),
        }
    }

    fn known(&self, id: &str) -> Option<Arc<Kek>> {
        self.filed.read().unwrap_or_else(PoisonError::into_inner).iter().find(|k| k.id == id).cloned()
    }

    fn read(&self) -> Result<()> {
        let filed = match &self.settings.kek_file {
            Some(path) => parse(path, &read_file(path)?.unwrap_or_default())?,
            None => Vec::new(),
        };
        *self.filed.write().unwrap_or_else(PoisonError::into_inner) = filed;
        Ok(())
    }
}

fn missing(detail: String) -> Error {
    Error::Sealed { code: "VAULT_002", detail }
}

fn unreadable(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    missing(format!("CAMPO_KEK_FILE {}: {cause}", path.display()))
}

fn read_file(path: &PathBuf) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unreadable(path, &e)),
    }
}

fn parse(path: &Path, text: &str) -> Result<Vec<Arc<Kek>>> {
    let mut all = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let kek = line
            .split_once(' ')
            .and_then(|(at, key)| Some((at.parse::<DateTime<Utc>>().ok()?, unhex(key.trim())?)));
        let Some((at, bytes)) = kek else {
            return Err(unreadable(
                path,
                &format!("line {}: expected a time and 64 hexadecimal digits", n + 1),
            ));
        };
        all.push(Arc::new(Kek::of(&bytes, Some(at))?));
    }
    Ok(all)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|p| p.iter().fold(0, |b, d| b << 4 | d)).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

/// A whole file or the old one, never half of one: a key that is half written is lost.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension(format!("new.{}", std::process::id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn keks(secret: u8, path: Option<&Path>, is_given: bool) -> Keks {
        let settings = VaultSettings { kek_file: path.map(Path::to_owned), is_kek_file_given: is_given };
        Keks::new(&Keys::derive(&[secret; 32]).unwrap(), &settings).unwrap()
    }

    fn wrong(result: Result<Arc<Kek>>) -> String {
        match result {
            Err(Error::Sealed { code: "VAULT_002", detail }) => detail,
            Err(other) => panic!("{other}"),
            Ok(kek) => panic!("{}", kek.id),
        }
    }

    #[test]
    fn a_wrapped_key_opens_for_its_organization_and_version_alone() {
        let (a, b) = (keks(7, None, false).current().unwrap(), keks(8, None, false).current().unwrap());
        let (org, other) = (OrgId(Uuid::from_u128(1)), OrgId(Uuid::from_u128(2)));
        let wrapped = a.wrap(org, 1, &[9; 32]).unwrap();
        assert_eq!(a.unwrap(org, 1, &wrapped), Some([9; 32]));
        assert_eq!(a.unwrap(other, 1, &wrapped), None);
        assert_eq!(a.unwrap(org, 2, &wrapped), None);
        assert_eq!(b.unwrap(org, 1, &wrapped), None);
        assert_ne!(a.id, b.id);
        for bit in 0..wrapped.len() * 8 {
            let mut flipped = wrapped.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(a.unwrap(org, 1, &flipped), None);
        }
    }

    #[test]
    fn the_file_grows_and_old_keys_stay() {
        let folder = std::env::temp_dir().join(format!("campo-kek-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("kek");
        // Named and not there: nothing may be sealed under another key meanwhile.
        assert!(wrong(keks(7, Some(&path), true).current()).contains(path.to_str().unwrap()));
        // Not named: the secret's own until there is one.
        let ours = keks(7, Some(&path), false);
        let derived = ours.current().unwrap();
        let first = ours.add().unwrap();
        let second = ours.add().unwrap();
        assert!(second.made_at.is_some() && first.id != second.id && derived.id != first.id);
        // Another process that read before finds what came after.
        let another = keks(7, Some(&path), true);
        let third = ours.add().unwrap();
        for id in [&derived.id, &first.id, &second.id, &third.id] {
            assert_eq!(another.find(id).unwrap().unwrap().id, *id);
        }
        assert_eq!(another.current().unwrap().id, third.id);
        assert!(another.find("0011223344556677").unwrap().is_none());
        std::fs::write(&path, "2026-11-24T00:00:00Z 00ff\n").unwrap();
        assert!(wrong(another.current()).contains("line 1"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
