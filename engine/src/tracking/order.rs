//! Commands and shifts from a phone: its clock is corrected, then the use case decides.

use chrono::Utc;

use super::frames::{CommandFrame, PauseFrame, ShiftFrame};
use super::sql;
use crate::engine::Engine;
use crate::error::Result;
use crate::ids::{OrgId, Source, UserId};
use crate::jobs::evidence::Announced;
use crate::jobs::{self, CommandResult};
use crate::shifts;

/// Something done to a job. The same id gets the same answer again.
pub async fn command(
    engine: &Engine,
    org: OrgId,
    user: UserId,
    source: Source,
    frame: CommandFrame,
) -> Result<CommandResult> {
    let correction_ms = correction_of(engine, org, source).await?;
    let at = sql::from_ms(frame.at.saturating_add(correction_ms));
    let command = jobs::Command {
        id: frame.id,
        job: frame.job,
        action: frame.action,
        version: frame.version.unwrap_or_default(),
        at,
        notes: frame.notes,
        announced: Announced { photos: usize::from(frame.photos), signature: frame.signature },
    };
    jobs::command(&engine.db, &engine.keys, org, user, &command).await
}

/// Work begins or ends. The same id gets the same answer again.
pub async fn shift(
    engine: &Engine,
    org: OrgId,
    user: UserId,
    source: Source,
    frame: ShiftFrame,
) -> Result<CommandResult> {
    let correction_ms = correction_of(engine, org, source).await?;
    let at = sql::from_ms(frame.at.saturating_add(correction_ms));
    shifts::from_phone(&engine.db, org, user, frame.id, frame.on, at, Utc::now()).await
}

/// A pause within the shift begins or ends. The same id gets the same answer again.
pub async fn pause(
    engine: &Engine,
    org: OrgId,
    user: UserId,
    source: Source,
    frame: PauseFrame,
) -> Result<CommandResult> {
    let correction_ms = correction_of(engine, org, source).await?;
    let at = sql::from_ms(frame.at.saturating_add(correction_ms));
    shifts::pause_from_phone(&engine.db, org, user, frame.id, frame.on, at, Utc::now()).await
}

/// The clock correction in force for this boot.
async fn correction_of(engine: &Engine, org: OrgId, source: Source) -> Result<i64> {
    let mut tenant = engine.db.tenant(org).await?;
    sql::correction_of(tenant.conn(), org, source).await
}
