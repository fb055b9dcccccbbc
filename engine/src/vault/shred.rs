//! The end of an organization's data keys, and of all they sealed: in the database, and in every copy of it whose
//! key-encryption key is gone too.

use serde::Serialize;

use super::columns::SEALED;
use super::sql;
use crate::Engine;
use crate::audit::{Action, Entry};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::OrgId;

/// What was destroyed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Shredded {
    /// Whose.
    pub org: OrgId,
    /// Data keys that were destroyed.
    pub data_keys: u64,
}

/// Destroys the organization's data keys. Nothing that they sealed can be read from then on, and nothing sealed anew;
/// every process knows within [`super::FRESH`]. There is no way back.
///
/// # Errors
/// [`Error::Invalid`] where `confirm` is not the organization's name, letter by letter.
pub async fn shred(engine: &Engine, org: OrgId, confirm: &str) -> Result<Shredded> {
    let mut tenant = engine.db.tenant(org).await?;
    let name = sql::lock(tenant.conn(), org).await?.ok_or(Error::NotFound("organization"))?;
    if name.is_empty() || name != confirm {
        return Err(Error::invalid("confirm", format!("la organización se llama «{name}» (is called so)")));
    }
    let data_keys = sql::destroy(tenant.conn(), org).await?;
    for column in SEALED {
        sql::clear(tenant.conn(), org, column).await?;
    }
    tenant.audit(Entry::new(Action::DataKeyDestroyed, By::SYSTEM, "data_key").with("data_keys", data_keys));
    tenant.commit().await?;
    engine.vault.forget(org);
    // What an update leaves behind in the table's file is taken out of it.
    let mut owner = engine.db.owner().await?;
    sql::vacuum(&mut owner).await?;
    Ok(Shredded { org, data_keys })
}
