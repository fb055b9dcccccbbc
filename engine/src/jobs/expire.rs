//! Journeys that nobody hears of any more end by themselves; links of the others live on.
//!
//! A task of each journey looks every hour (functional.md section 4: active without a position for four hours is
//! completed; a link is good for four hours, extended while its session is active).

use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{journey, tell_window};
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::ids::{JobId, OrgId, SessionId};
use crate::task::{self, NewTask};

/// The task's kind.
pub const EXPIRE: &str = "journey.expire";
/// How often a journey is looked at.
const LOOK: TimeDelta = TimeDelta::hours(1);

#[derive(Serialize, Deserialize)]
struct Payload {
    org: OrgId,
    session: SessionId,
}

/// Looks at a journey in an hour.
pub(super) async fn look_later(tenant: &mut Tenant, session: SessionId) -> Result<()> {
    let org = tenant.org();
    let mut later = NewTask::new(EXPIRE, Some(org), Payload { org, session })?;
    later.run_at = Utc::now() + LOOK;
    task::enqueue(tenant.conn(), &later).await
}

/// Ends a silent journey, or lengthens the link of one that goes on.
pub async fn expire(db: &Db, payload: &Value) -> Result<()> {
    let Payload { org, session } = serde_json::from_value(payload.clone())
        .map_err(|e| Error::Internal(format!("task {EXPIRE}: {e}")))?;
    let mut tenant = db.tenant(org).await?;
    match journey::expire_or_extend(&mut tenant, session).await? {
        journey::Fate::Over => {}
        journey::Fate::GoesOn => look_later(&mut tenant, session).await?,
        journey::Fate::Expired(job) => tell(&mut tenant, job).await?,
    }
    tenant.commit().await
}

/// Viewers learn that the window is gone.
async fn tell(tenant: &mut Tenant, job: JobId) -> Result<()> {
    tell_window(tenant, job, Utc::now()).await
}
