//! Commands of a technician's phone: done once, answered the same each time (protocol.md, "Technician socket").

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::evidence::Announced;
use super::journey::{self, ArrivedBy};
use super::notice;
use super::sql;
use super::state::{Action, Judgement, Status, judge};
use super::step::{self, Change, News};
use crate::asked::{CommandResult, claim, settle};
use crate::auth::keys::Keys;
use crate::db::{Db, Tenant};
use crate::error::Result;
use crate::event::By;
use crate::ids::{JobId, OrgId, UserId};
use crate::moment;

/// What a phone asks for.
#[derive(Debug, Clone)]
pub struct Command {
    /// The phone's name for it: the same id gets the same answer.
    pub id: Uuid,
    /// The job.
    pub job: JobId,
    /// What to do.
    pub action: Action,
    /// The version that the phone had seen, for the record.
    pub version: i32,
    /// When the technician tapped, corrected to server time.
    pub at: DateTime<Utc>,
    /// What they say, up to 500 characters.
    pub notes: Option<String>,
    /// Pictures that the phone has and sends later.
    pub announced: Announced,
}

/// Carries out a command of `user`, once.
///
/// The answer is stored in the transaction of the effect. Two sockets with the same command: the second waits
/// for the first one's row and gives its answer.
pub async fn command(
    db: &Db,
    keys: &Keys,
    org: OrgId,
    user: UserId,
    command: &Command,
) -> Result<CommandResult> {
    let mut tenant = db.tenant(org).await?;
    if let Some(stored) = claim(&mut tenant, user, command.id).await? {
        return Ok(stored);
    }
    let result = execute(&mut tenant, keys, user, command).await?;
    settle(&mut tenant, user, &result).await?;
    tenant.commit().await?;
    Ok(result)
}

async fn execute(tenant: &mut Tenant, keys: &Keys, user: UserId, command: &Command) -> Result<CommandResult> {
    let Some(mut job) = sql::lock(tenant, command.job, Some(user)).await? else {
        return Ok(CommandResult::refused(command.id, "JOB_002", Value::Null));
    };
    job.announced = command.announced;
    let by = By::technician(user);
    // Never before the job's last transition nor after now; when clocks disagree, the former.
    let at = moment::to_millis(command.at).min(moment::now()).max(job.status_changed_at);
    let notes = command.notes.as_deref().map(str::trim).filter(|n| !n.is_empty());
    let change = Change { by, at, notes, place: None };
    let has_arrived = job.session_status.as_deref() == Some("arrived");
    let mut news = Vec::new();
    match judge(job.status, has_arrived, command.action, &job.facts(by, at, notes.is_some())) {
        Judgement::Already => return Ok(CommandResult::ok(command.id, job.version)),
        Judgement::Refused => {
            let view = job.view();
            if (view.status, command.action) == (Status::Cancelled, Action::Complete) {
                notice::conflict(tenant, &view, user).await?;
            }
            let current = serde_json::to_value(view.for_technician()).unwrap_or(Value::Null);
            return Ok(CommandResult::refused(command.id, "JOB_001", current));
        }
        Judgement::Arrived => {
            journey::arrive(tenant, job.job_id, ArrivedBy::Technician, at, None).await?;
            news.push(News::Arrived { at });
        }
        Judgement::Go(transition) => {
            step::write(tenant, keys, &mut job, transition, &change, &mut news).await?;
        }
    }
    let view = step::finish(tenant, command.job, by, at, news).await?;
    Ok(CommandResult::ok(command.id, view.version))
}
