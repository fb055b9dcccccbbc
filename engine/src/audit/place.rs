//! Where anchors lie: a folder or a bucket of their own, one file each, never written twice.

use bytes::Bytes;
use chrono::Utc;
use ring::signature::KeyPair;
use tokio::sync::Mutex;

use super::anchor::{Anchor, Anchors, Ends, FULL_EVERY, signer};
use super::sql;
use crate::Engine;
use crate::error::Result;
use crate::files::shelf::Shelf;
use crate::providers::Calls;
use crate::settings::FileSettings;

/// The schedule's kind.
pub const ANCHOR: &str = "audit.anchor";
/// Other nodes may write the same number; more than this many in a row is no race.
const TRIES: usize = 5;

/// The second place. One a process.
#[derive(Debug)]
pub struct Place {
    shelf: Shelf,
    /// What this process knows of it, so that it is not read again for each anchor.
    known: Mutex<Option<Anchors>>,
}

impl Place {
    /// The place that the settings name.
    ///
    /// # Errors
    /// In words, for settings that do not belong together.
    pub fn new(settings: &FileSettings, calls: Calls) -> Result<Self> {
        Ok(Self { shelf: Shelf::new(settings, calls)?, known: Mutex::default() })
    }

    /// All anchors from number `from` on (from the full one before it), or the newest run of them.
    ///
    /// # Errors
    /// When the place is away.
    pub async fn read(&self, public_key: &[u8], from: From) -> Result<Anchors> {
        let mut anchors = Anchors::default();
        self.go_on(&mut anchors, public_key, from).await?;
        Ok(anchors)
    }

    /// Reads what is newer than what was read.
    async fn go_on(&self, anchors: &mut Anchors, public_key: &[u8], from: From) -> Result<()> {
        let mut numbers: Vec<u64> =
            self.shelf.list("anchors").await?.iter().filter_map(|key| number(key)).collect();
        numbers.sort_unstable();
        let Some(newest) = numbers.last().copied() else { return Ok(()) };
        let start = match (anchors.last, from) {
            (0, From::First) => 1,
            (0, From::Number(n)) => full_before(n),
            (0, From::Newest) => full_before(newest),
            (last, _) => last + 1,
        };
        let mut next = start;
        for n in numbers.into_iter().filter(|n| *n >= start) {
            if n > next {
                anchors.missing(next);
            }
            if let Some(file) = self.shelf.get(&name(n), None).await? {
                anchors.take(n, file.to_vec(), public_key);
            }
            next = n + 1;
        }
        Ok(())
    }

    /// Writes the next anchor over these ends. Says its number.
    async fn write(&self, engine: &Engine) -> Result<u64> {
        let pair = signer(&engine.keys)?;
        let mut known = self.known.lock().await;
        for _ in 0..TRIES {
            let mut anchors = known.take().unwrap_or_default();
            self.go_on(&mut anchors, pair.public_key().as_ref(), From::Newest).await?;
            // Read after the anchors: no end is older than what an anchor has.
            let now = ends(engine).await?;
            for org in anchors.gone_back(&now) {
                tracing::error!(%org, "an audit chain is shorter than it was, or another one: run campo audit verify");
            }
            let n = anchors.last + 1;
            let anchor = Anchor::next(n, Utc::now(), anchors.file(), anchors.ends(), &now);
            let file = anchor.sign(&pair)?;
            let is_ours = self.shelf.create(&name(n), Bytes::from(file.clone())).await?;
            if is_ours {
                anchors.take(n, file, pair.public_key().as_ref());
                *known = Some(anchors);
                return Ok(n);
            }
            // Another node was faster: what it wrote is read first.
            *known = Some(anchors);
        }
        Ok(0)
    }
}

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// At the first.
    First,
    /// At the full one before this number.
    Number(u64),
    /// At the newest full one.
    Newest,
}

fn full_before(n: u64) -> u64 {
    (n.max(1) - 1) / FULL_EVERY * FULL_EVERY + 1
}

fn name(n: u64) -> String {
    format!("anchors/{n:012}.json")
}

fn number(key: &str) -> Option<u64> {
    key.rsplit('/').next()?.strip_suffix(".json")?.parse().ok()
}

/// Writes the next anchor: the ends of all chains as they are now. Says its number.
///
/// # Errors
/// When the place or the database is away: the next run tries again.
pub async fn anchor(engine: &Engine) -> Result<u64> {
    let n = engine.anchors.write(engine).await?;
    tracing::debug!(n, "the ends of the audit chains are anchored");
    Ok(n)
}

async fn ends(engine: &Engine) -> Result<Ends> {
    let mut tx = engine.db.worker().await?;
    let heads = sql::heads(&mut tx).await?;
    Ok(heads.into_iter().map(|(org, seq, hash)| (org, (seq, hash))).collect())
}

/// What anchors of this installation say.
///
/// # Errors
/// When the place is away.
pub async fn anchors(engine: &Engine, from: From) -> Result<Anchors> {
    let pair = signer(&engine.keys)?;
    engine.anchors.read(pair.public_key().as_ref(), from).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_starts() {
        for n in [1, 7, 144, 145, 1_000_000] {
            assert_eq!(number(&name(n)), Some(n));
            let full = full_before(n);
            assert!(full <= n && n - full < FULL_EVERY && full % FULL_EVERY == 1, "{n}");
        }
        assert_eq!(number("anchors/x.json"), None);
    }
}
