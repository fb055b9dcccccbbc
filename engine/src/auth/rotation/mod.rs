//! The generations of the signing key: which there are, the next one, and how nodes hear of it.

mod sql;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;

use super::keys::Keys;
use super::ring::{Generation, OLD_DAYS, due};
use crate::audit::{Action, Entry};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::OrgId;
use crate::moment::Moment;

/// A new key is known for so long before it signs: five times what nodes need to hear of it.
const KNOWN_BEFORE_S: i64 = 15;

/// A key, as an operator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyView {
    /// Counts from 1.
    pub generation: i32,
    /// Its name in tokens.
    pub kid: String,
    /// It signs from then on.
    pub signs_from: Moment,
    /// Its tokens are refused from then on.
    pub ends_at: Option<Moment>,
    /// When it should be followed by another; of the newest alone.
    pub due_at: Option<Moment>,
}

/// Takes over what the table says: at the start, and every few seconds.
pub async fn follow(db: &Db, keys: &Keys) -> Result<()> {
    let mut tx = db.identity().await?;
    let generations = sql::generations(&mut tx).await?;
    if keys.take_over(&generations)? {
        let newest = generations.iter().map(|g| g.number).max();
        tracing::debug!(generations = generations.len(), newest, "keys of access tokens");
    }
    Ok(())
}

/// The keys of the table, the newest first.
pub async fn list(db: &Db, keys: &Keys) -> Result<Vec<KeyView>> {
    follow(db, keys).await?;
    let ring = keys.ring();
    let newest = ring.all().first().map(|key| key.generation.number);
    Ok(ring
        .all()
        .iter()
        .map(|key| KeyView {
            generation: key.generation.number,
            kid: key.kid.clone(),
            signs_from: Moment(key.generation.signs_from),
            ends_at: key.generation.ends_at.map(Moment),
            due_at: (newest == Some(key.generation.number)).then(|| Moment(due(key.generation))),
        })
        .collect())
}

/// The newest generation, for whoever asks whether another is due.
pub async fn newest(db: &Db) -> Result<Generation> {
    let mut tx = db.identity().await?;
    let all = sql::generations(&mut tx).await?;
    all.into_iter().max_by_key(|g| g.number).ok_or_else(|| Error::Internal("no signing key".into()))
}

/// Makes the next key, which stands in every organization's audit log.
///
/// It signs in a quarter of a minute, when every node knows it; tokens of the keys before are
/// taken for thirty days more, or (`end_old`) until the new one signs: then every phone refreshes once.
pub async fn rotate(db: &Db, keys: &Keys, end_old: bool) -> Result<Vec<KeyView>> {
    let mut tx = db.identity().await?;
    sql::lock(&mut tx).await?;
    let newest = sql::generations(&mut tx).await?.into_iter().map(|g| g.number).max().unwrap_or(0);
    let signs_from = Utc::now() + TimeDelta::seconds(KNOWN_BEFORE_S);
    sql::end(&mut tx, old_until(signs_from, end_old)).await?;
    sql::insert(&mut tx, newest + 1, signs_from).await?;
    tx.commit().await?;
    let all = list(db, keys).await?;
    for org in organizations(db).await? {
        let entry = Entry::new(Action::KeyRotated, By::SYSTEM, "signing_key");
        let entry = entry.is(json!({"generation": newest + 1, "end_old": end_old}));
        db.within(org, async |tenant| {
            tenant.audit(entry);
            Ok(())
        })
        .await?;
    }
    // Whoever watches the installation wants to see it in its logs.
    tracing::warn!(generation = newest + 1, end_old, "the key of access tokens was rotated");
    Ok(all)
}

async fn organizations(db: &Db) -> Result<Vec<OrgId>> {
    let mut tx = db.identity().await?;
    sql::organizations(&mut tx).await
}

fn old_until(signs_from: DateTime<Utc>, end_old: bool) -> DateTime<Utc> {
    if end_old { signs_from } else { signs_from + TimeDelta::days(OLD_DAYS) }
}
