//! From where the request at hand came: put around it by the front door, found by every entry.

use std::future::Future;

use serde_json::{Map, Value};

/// From where a request came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The address.
    pub ip: Option<String>,
    /// What the browser or program says of itself.
    pub user_agent: Option<String>,
}

tokio::task_local! {
    static ASKED: Asked;
}

/// Longest text that is kept of what a stranger may write.
const LONGEST: usize = 300;

/// Does `work` for whoever asked: entries that it writes say from where.
pub async fn asked_by<F: Future>(asked: Asked, work: F) -> F::Output {
    ASKED.scope(asked, work).await
}

/// Adds what is known and not said already.
pub(super) fn fill(meta: &mut Map<String, Value>) {
    let _ = ASKED.try_with(|asked| {
        let known = [("ip", &asked.ip), ("user_agent", &asked.user_agent)];
        for (name, value) in known {
            if let Some(value) = value {
                let short: String = value.chars().take(LONGEST).collect();
                meta.entry(name).or_insert_with(|| short.into());
            }
        }
    });
}
