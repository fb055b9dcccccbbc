//! Secrets at rest: an envelope. Each organization has data keys of its own; they seal its secrets and lie in the
//! database wrapped by a key-encryption key that does not.
//!
//! - [`form`]: the sealed form, pure. [`kek`]: key-encryption keys. [`columns`]: every column that holds sealed values.
//! - [`rotate`]: other data keys, and the task that seals everything under them anew, beside readers and writers.
//! - [`shred`]: the end of an organization's data keys, and of all they sealed.
//! - [`restricted`]: the fields that the owner alone sees.
//!
//! ```ignore
//! let sealed = engine.vault.seal(&mut tenant, "organization.cbu", org.0, b"2850590940090418135201").await?;
//! let plain = engine.vault.open(&mut tenant, "organization.cbu", org.0, &sealed).await?;
//! let found_by = engine.vault.blind(org, "customer.cuit", "30500010912");
//! ```
//!
//! Data keys are held for [`FRESH`]; what another process rotated or destroyed is known after that. Values of the form
//! before this ([`crate::seal`]) still open, until a rotation has sealed them anew.

pub mod columns;
mod form;
mod kek;
pub mod restricted;
pub mod rotate;
pub mod shred;
mod sql;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ring::aead::LessSafeKey;
use ring::hmac;
use uuid::Uuid;

use crate::auth::keys::{Keys, random};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::OrgId;
use crate::settings::VaultSettings;
use form::{Head, Place};
use kek::Keks;

/// Keys that were read so long ago are read again.
pub const FRESH: Duration = Duration::from_secs(5);
/// Organizations whose keys are held: a key takes about a kilobyte.
const HELD: usize = 4_096;
/// Values that one process seals before it counts them in the row: a few hundred of 2^28 may go uncounted.
const COUNTED: i64 = 256;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    /// Opens what was sealed in the first form.
    keys: Keys,
    keks: Keks,
    blind: hmac::Key,
    held: Mutex<HashMap<OrgId, Held>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

/// The data keys of one organization, the newest last.
#[derive(Clone)]
struct Held {
    read_at: Instant,
    keys: Vec<(u32, State)>,
    /// Sealed since the row was last counted up.
    uncounted: i64,
}

#[derive(Clone)]
enum State {
    Open(Arc<LessSafeKey>),
    /// The key-encryption key of this id is not here.
    Locked(String),
    /// It is here and does not unwrap it: the row is damaged.
    Damaged,
    Destroyed,
}

impl Vault {
    /// The vault over the installation's keys.
    pub fn new(keys: &Keys, settings: &VaultSettings) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            keys: keys.clone(),
            keks: Keks::new(keys, settings)?,
            blind: keys.mac("campo blind index v1"),
            held: Mutex::default(),
        })))
    }

    /// Seals a value of a row for one of the purposes of [`columns::SEALED`], under the organization's newest data key.
    ///
    /// # Errors
    /// `VAULT_001` where the organization's keys were destroyed, `VAULT_002` where the key-encryption key is missing.
    pub async fn seal(&self, tenant: &mut Tenant, purpose: &str, row: Uuid, plain: &[u8]) -> Result<Vec<u8>> {
        if !columns::is_registered(purpose) {
            return Err(Error::Internal(format!(
                "{purpose} stands not in vault/columns.rs: no rotation would find it"
            )));
        }
        let (version, key) = self.newest(tenant).await?;
        let sealed = form::seal(&key, version, Place { org: tenant.org(), purpose, row }, plain)?;
        self.count(tenant, version).await?;
        Ok(sealed)
    }

    /// Opens what [`Vault::seal`] closed for the same organization, purpose and row.
    ///
    /// # Errors
    /// `VAULT_001` where the organization's keys were destroyed, `VAULT_002` where the key-encryption key is missing,
    /// `VAULT_003` where the value is damaged or was sealed for another place.
    pub async fn open(
        &self,
        tenant: &mut Tenant,
        purpose: &str,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        let place = Place { org: tenant.org(), purpose, row };
        match form::head(sealed) {
            Head::Of(version) => {
                let key = self.of_version(tenant, version).await?.ok_or_else(|| damaged(purpose))?;
                form::open(&key, version, place, sealed).ok_or_else(|| damaged(purpose))
            }
            Head::First => {
                let held = self.held(tenant, |_| true).await?;
                if held.keys.iter().any(|(_, state)| matches!(state, State::Destroyed)) {
                    return Err(shredded());
                }
                self.0.keys.open(place.org, purpose, row, sealed).map_err(|_| damaged(purpose))
            }
            Head::Shredded => Err(shredded()),
            Head::Unknown => Err(damaged(purpose)),
        }
    }

    /// As [`Vault::seal`], of a text that may be missing.
    pub async fn seal_text(
        &self,
        tenant: &mut Tenant,
        purpose: &str,
        row: Uuid,
        text: Option<&str>,
    ) -> Result<Option<Vec<u8>>> {
        match text {
            Some(text) => self.seal(tenant, purpose, row, text.as_bytes()).await.map(Some),
            None => Ok(None),
        }
    }

    /// As [`Vault::open`], of a text that may be missing.
    pub async fn open_text(
        &self,
        tenant: &mut Tenant,
        purpose: &str,
        row: Uuid,
        sealed: Option<&[u8]>,
    ) -> Result<Option<String>> {
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = self.open(tenant, purpose, row, sealed).await?;
        String::from_utf8(plain).map(Some).map_err(|_| damaged(purpose))
    }

    /// What a sealed value is found by: equal for equal texts of one organization and purpose, and nothing else.
    ///
    /// It follows from the installation's secret, so it stays the same over every rotation. Normalize the text first.
    pub fn blind(&self, org: OrgId, purpose: &str, text: &str) -> [u8; 32] {
        let label = form::parts(&[org.0.as_bytes(), purpose.as_bytes()]);
        let key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&self.0.blind, label.as_ref()).as_ref());
        let mut index = [0; 32];
        index.copy_from_slice(hmac::sign(&key, text.as_bytes()).as_ref());
        index
    }

    /// Reads an organization's keys again at the next use.
    pub fn forget(&self, org: OrgId) {
        self.lock().remove(&org);
    }

    /// The newest data key; an organization's first value makes its first key.
    async fn newest(&self, tenant: &mut Tenant) -> Result<(u32, Arc<LessSafeKey>)> {
        let mut held = self.held(tenant, |_| true).await?;
        if held.keys.is_empty() {
            // Where another transaction was faster, the row is its.
            self.make(tenant, 1).await?;
            held = self.read(tenant).await?;
        }
        if held.keys.iter().any(|(_, state)| matches!(state, State::Destroyed)) {
            return Err(shredded());
        }
        let (version, state) = held.keys.last().ok_or_else(|| Error::Internal("no data key".into()))?;
        Ok((*version, self.usable(*version, state)?))
    }

    /// The data key of a version; None where there is none.
    async fn of_version(&self, tenant: &mut Tenant, version: u32) -> Result<Option<Arc<LessSafeKey>>> {
        let held = self.held(tenant, |held| held.keys.iter().any(|(v, _)| *v == version)).await?;
        let found = held.keys.iter().find(|(v, _)| *v == version);
        found.map(|(version, state)| self.usable(*version, state)).transpose()
    }

    fn usable(&self, version: u32, state: &State) -> Result<Arc<LessSafeKey>> {
        match state {
            State::Open(key) => Ok(key.clone()),
            State::Destroyed => Err(shredded()),
            State::Damaged => Err(damaged(&format!("data key {version}"))),
            State::Locked(kek) => Err(Error::Sealed {
                code: "VAULT_002",
                detail: format!(
                    "falta la clave maestra {kek} (data key {version} is wrapped by key-encryption key {kek}, which is \
                     neither in {} nor derived from the secret file)",
                    self.0.keks.file()
                ),
            }),
        }
    }

    /// The keys as they are held, if they are fresh, can be used and have what is wanted; else as they lie.
    async fn held(&self, tenant: &mut Tenant, is_enough: impl Fn(&Held) -> bool) -> Result<Held> {
        let known = self.lock().get(&tenant.org()).cloned();
        match known.filter(|h| h.read_at.elapsed() < FRESH && is_enough(h)) {
            Some(held) => Ok(held),
            None => self.read(tenant).await,
        }
    }

    async fn read(&self, tenant: &mut Tenant) -> Result<Held> {
        let org = tenant.org();
        let rows = sql::data_keys(tenant.conn(), org).await?;
        // A key that this transaction made is nobody's yet: it may still roll back.
        let is_settled = !rows.is_empty() && rows.iter().all(|r| !r.is_ours);
        let keys = rows.iter().map(|r| self.state(org, r)).collect::<Result<_>>()?;
        let mut held = Held { read_at: Instant::now(), keys, uncounted: 0 };
        let is_usable = held.keys.iter().all(|(_, s)| !matches!(s, State::Locked(_)));
        let mut all = self.lock();
        if is_settled && is_usable {
            held.uncounted = all.get(&org).map_or(0, |h| h.uncounted);
            if all.len() >= HELD {
                all.retain(|_, h| h.read_at.elapsed() < FRESH);
            }
            if all.len() >= HELD {
                all.clear();
            }
            all.insert(org, held.clone());
        } else {
            all.remove(&org);
        }
        Ok(held)
    }

    fn state(&self, org: OrgId, row: &sql::Wrapped) -> Result<(u32, State)> {
        let version = u32::try_from(row.version).unwrap_or_default();
        if row.destroyed_at.is_some() {
            return Ok((version, State::Destroyed));
        }
        let Some(kek) = self.0.keks.find(&row.kek_id)? else {
            return Ok((version, State::Locked(row.kek_id.clone())));
        };
        match kek.unwrap(org, version, &row.wrapped) {
            Some(bytes) => Ok((version, State::Open(Arc::new(form::key(&bytes)?)))),
            None => Ok((version, State::Damaged)),
        }
    }

    /// Makes the data key of a version; false where another transaction was faster.
    async fn make(&self, tenant: &mut Tenant, version: u32) -> Result<bool> {
        let org = tenant.org();
        let kek = self.0.keks.current()?;
        let wrapped = kek.wrap(org, version, &random::<32>()?)?;
        let version = i32::try_from(version).map_err(|_| Error::Internal("data keys ran out".into()))?;
        sql::insert(tenant.conn(), org, (version, &wrapped, &kek.id)).await
    }

    /// Counts one more value; in the row once in a while.
    async fn count(&self, tenant: &mut Tenant, version: u32) -> Result<()> {
        let org = tenant.org();
        let due = {
            let mut all = self.lock();
            let Some(held) = all.get_mut(&org) else { return Ok(()) };
            held.uncounted += 1;
            if held.uncounted < COUNTED {
                return Ok(());
            }
            std::mem::take(&mut held.uncounted)
        };
        let version = i32::try_from(version).unwrap_or_default();
        if !sql::count(tenant.conn(), org, version, due).await?
            && let Some(held) = self.lock().get_mut(&org)
        {
            held.uncounted += due;
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<OrgId, Held>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shredded() -> Error {
    Error::Sealed {
        code: "VAULT_001",
        detail: "las claves de la organización fueron destruidas: lo que sellaban ya no se puede leer (the organization's keys were destroyed)".into(),
    }
}

fn damaged(what: &str) -> Error {
    Error::Sealed {
        code: "VAULT_003",
        detail: format!(
            "{what}: el valor sellado no abre (the sealed value is damaged, or was sealed for another place or under another secret file)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal texts of one organization and purpose are found by each other; nothing else is equal.
    #[test]
    fn blind_indexes_are_of_their_place() {
        let vault = |secret: u8| {
            Vault::new(&Keys::derive(&[secret; 32]).unwrap(), &VaultSettings::default()).unwrap()
        };
        let (a, b) = (OrgId(Uuid::from_u128(1)), OrgId(Uuid::from_u128(2)));
        let index = vault(7).blind(a, "customer.cuit", "30500010912");
        assert_eq!(index, vault(7).blind(a, "customer.cuit", "30500010912"));
        let others = [
            vault(7).blind(b, "customer.cuit", "30500010912"),
            vault(7).blind(a, "customer.phone", "30500010912"),
            vault(7).blind(a, "customer.cuit", "30500010913"),
            vault(8).blind(a, "customer.cuit", "30500010912"),
        ];
        assert!(others.iter().all(|o| *o != index));
    }
}
