//! Who asks, and from where: put around a request by the front door, found by every entry.

use std::cell::Cell;
use std::future::Future;

use serde_json::{Map, Value};

use crate::event::By;
use crate::ids::UserId;

/// From where a request came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The address.
    pub ip: Option<String>,
    /// What the browser or program says of itself.
    pub user_agent: Option<String>,
}

tokio::task_local! {
    static ASKED: (Asked, Cell<Option<By>>);
}

/// Longest text that is kept of what a stranger may write.
const LONGEST: usize = 300;

/// Does `work` for whoever asked: entries that it writes say from where.
pub async fn asked_by<F: Future>(asked: Asked, work: F) -> F::Output {
    ASKED.scope((asked, Cell::new(None)), work).await
}

/// Notes who signed the request at hand; outside of one it says nothing.
pub fn asker_is(by: By) {
    let _ = ASKED.try_with(|(_, asker)| asker.set(Some(by)));
}

/// Who signed the request at hand; a rule where there is none.
pub fn asker() -> By {
    ASKED.try_with(|(_, asker)| asker.get()).ok().flatten().unwrap_or(By::SYSTEM)
}

/// A person as the cause of an entry: as they signed the request at hand, else of the office.
pub fn person(user: UserId) -> By {
    let asker = asker();
    if asker.id == Some(user) { asker } else { By::staff(user) }
}

/// Adds what is known and not said already.
pub(super) fn fill(meta: &mut Map<String, Value>) {
    let _ = ASKED.try_with(|(asked, _)| {
        let known = [("ip", &asked.ip), ("user_agent", &asked.user_agent)];
        for (name, value) in known {
            if let Some(value) = value {
                let short: String = value.chars().take(LONGEST).collect();
                meta.entry(name).or_insert_with(|| short.into());
            }
        }
    });
}
