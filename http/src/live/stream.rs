//! The customer's stream: what the session's actor says, newest wins.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use campo_actors::tracking::Watch;
use campo_engine::tracking::frames::CustomerLive;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use super::Followed;
use crate::app::App;

/// A comment line at least this often (the contract says 15 s).
const COMMENT_EVERY: Duration = Duration::from_secs(10);

/// What the session's actor says from now on.
type Said = watch::Receiver<Option<Arc<CustomerLive>>>;

/// Watches a session; starts its actor when nobody watched it before.
pub(super) async fn subscribe(app: &App, followed: &Followed) -> Option<Said> {
    app.registry.tracking(followed.org, followed.session, followed.job)?.send(Watch).await.ok()
}

/// What was said last, where somebody watches already.
pub(super) async fn newest(app: &App, followed: &Followed) -> Option<CustomerLive> {
    let said = subscribe(app, followed).await?;
    said.borrow().as_deref().cloned()
}

/// Where a stream is.
enum At {
    Start,
    Following,
    Over,
}

/// `event: state` at the start and at each change, a comment line in between, and the end when it is over.
pub(super) fn events(
    said: Said,
    closing: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    stream::unfold((said, At::Start), move |(mut said, at)| {
        let mut closing = closing.clone();
        async move {
            match at {
                At::Over => return None,
                At::Start => said.mark_changed(),
                At::Following => {}
            }
            // The server's end ends the stream: the page comes back by itself.
            let changed = tokio::select! {
                _ = closing.wait_for(|is| *is) => return None,
                changed = tokio::time::timeout(COMMENT_EVERY, said.changed()) => changed,
            };
            match changed {
                Err(_) => Some((Ok(Bytes::from_static(b": still here\n\n")), (said, At::Following))),
                Ok(Err(_)) => None,
                Ok(Ok(())) => {
                    let Some(live) = said.borrow_and_update().clone() else {
                        return Some((Ok(Bytes::from_static(b": waiting\n\n")), (said, At::Following)));
                    };
                    let is_over =
                        matches!(live.status.as_str(), "completed" | "cancelled" | "scheduled" | "pending");
                    let data = serde_json::to_string(live.as_ref()).unwrap_or_default();
                    let event = Bytes::from(format!("event: state\ndata: {data}\n\n"));
                    Some((Ok(event), (said, if is_over { At::Over } else { At::Following })))
                }
            }
        }
    })
}
