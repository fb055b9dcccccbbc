//! A person's own erasure: asked for, confirmed by a code to their phone within a day, then a wait in which it may be
//! taken back, then it is carried out.

use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::request::{Kind, RequestView, audit_asked};
use super::{clock, erase, sql};
use crate::Engine;
use crate::auth::keys::{Keys, sha256};
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, UserId};
use crate::ledger::{Action, Entry};
use crate::moment::Moment;
use crate::notifications::codes;
use crate::task::{self, NewTask};

/// The task that sends the code.
pub const CODE: &str = "privacy.code";
/// How long a code is good.
const CODE_LIFE: TimeDelta = TimeDelta::hours(24);
/// Wrong codes before another one must be asked for.
const TRIES: i16 = 5;
/// Another code no sooner.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// One's own erasure under way.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Deletion {
    /// The request.
    pub id: Uuid,
    /// `confirming` until the code comes back, then `waiting`.
    pub state: String,
    /// When it was asked for.
    pub asked_at: Moment,
    /// When everything goes; null until it is confirmed. Until then it may be taken back.
    pub erase_at: Option<Moment>,
    /// By when it is answered at the latest.
    pub due_at: Moment,
}

/// `POST /api/users/me/confirm-deletion`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Confirm {
    /// The code that came to the phone.
    pub token: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct SendCode {
    org: OrgId,
    user: UserId,
    request: Uuid,
}

impl From<RequestView> for Deletion {
    fn from(row: RequestView) -> Self {
        Self {
            id: row.id,
            state: row.state,
            asked_at: row.asked_at,
            erase_at: row.erase_at,
            due_at: row.due_at,
        }
    }
}

/// One's own erasure, where it is under way.
pub(super) async fn under_way(tenant: &mut Tenant, user: UserId) -> Result<Option<Deletion>> {
    Ok(sql::request::leaving(tenant, user).await?.map(|(row, ..)| row.into()))
}

/// A person asks for their erasure; a code goes to their phone. Asking again sends another one.
///
/// # Errors
/// `PRIVACY_002` for the last owner; [`Error::TooMany`] within a minute.
pub async fn ask(engine: &Engine, tenant: &mut Tenant, user: UserId) -> Result<Deletion> {
    let now = Utc::now();
    let (_, _, is_last_owner) = sql::request::hindrances(tenant, &[user.0], &[]).await?;
    if is_last_owner {
        return Err(last_owner());
    }
    let known = sql::request::leaving(tenant, user).await?;
    let row = match known {
        Some((row, ..)) if row.state != "confirming" => return Ok(row.into()),
        Some((row, _, until, _)) => {
            let sent = until.map(|until| until - CODE_LIFE);
            if let Some(wait) = sent.map(|at| at + AGAIN - now).filter(|w| *w > TimeDelta::zero()) {
                return Err(Error::TooMany {
                    code: "RATE_001",
                    retry_after_s: wait.num_seconds().unsigned_abs() + 1,
                    detail: "ya enviamos un código, esperá un momento (a code was sent, wait a moment)",
                });
            }
            row
        }
        None => {
            let due = clock::due(Kind::Erase, now);
            let id = Uuid::now_v7();
            let whose = (Some(user), None);
            let row =
                sql::request::insert(tenant, (id, Kind::Erase, "confirming"), whose, None, (user, now, due))
                    .await?;
            audit_asked(tenant, &row, By::staff(user));
            row
        }
    };
    let until = now + CODE_LIFE;
    let hash = sha256(code(&engine.keys, row.id, until).as_bytes());
    sql::request::set_code(tenant, row.id, &hash, until).await?;
    let send = SendCode { org: tenant.org(), user, request: row.id };
    let send = NewTask::new(CODE, Some(tenant.org()), send)?;
    task::enqueue(tenant.conn(), &send).await?;
    tenant.wake_worker();
    Ok(row.into())
}

/// The task [`CODE`]. The code is derived here and stands nowhere.
pub async fn send_code(engine: &Engine, payload: &serde_json::Value) -> Result<()> {
    let SendCode { org, user, request } =
        SendCode::deserialize(payload).map_err(|e| Error::Internal(format!("{CODE}: {e}")))?;
    let mut tenant = engine.db.tenant(org).await?;
    let Some((row, _, Some(until), _)) = sql::request::leaving(&mut tenant, user).await? else {
        return Ok(());
    };
    let phone = sql::request::phone_of(&mut tenant, user).await?;
    drop(tenant);
    let Some(phone) = phone.filter(|_| row.id == request && row.state == "confirming") else { return Ok(()) };
    codes::once::send(engine, &phone, Uuid::now_v7(), &code(&engine.keys, request, until)).await
}

/// The code came back: the wait begins. An error leaves what it counted to be committed by the caller.
///
/// # Errors
/// `PRIVACY_003` (409) for a wrong or old code, or too many wrong ones.
pub async fn confirm(
    engine: &Engine,
    tenant: &mut Tenant,
    user: UserId,
    body: &Confirm,
) -> Result<Result<Deletion>> {
    let now = Utc::now();
    let Some((row, hash, until, tries)) = sql::request::leaving(tenant, user).await? else {
        return Err(Error::NotFound("deletion request"));
    };
    if row.state == "waiting" {
        return Ok(Ok(row.into()));
    }
    // Hashes are compared: how long that takes says nothing of the code.
    let is_right = hash.is_some_and(|hash| hash == sha256(body.token.trim().as_bytes()));
    if tries >= TRIES || until.is_none_or(|until| until < now) || !is_right {
        sql::request::count_try(tenant, row.id).await?;
        return Ok(Err(Error::Conflict {
            code: "PRIVACY_003",
            detail: "el código no es válido; pedí otro (the code is not valid; ask for another one)".into(),
            current: None,
        }));
    }
    let erase_at = now + engine.settings.privacy.wait;
    let row = sql::request::confirm(tenant, row.id, erase_at).await?;
    erase::order(tenant, &row, erase_at).await?;
    let entry =
        Entry::new(Action::ErasureConfirmed, By::staff(user), "privacy_request").on(row.id).about(user);
    tenant.audit(entry.with("erase_at", row.erase_at));
    Ok(Ok(row.into()))
}

/// A person takes it back.
///
/// # Errors
/// `NotFound` where nothing is under way.
pub async fn withdraw(tenant: &mut Tenant, user: UserId) -> Result<()> {
    let Some((row, ..)) = sql::request::leaving(tenant, user).await? else {
        return Err(Error::NotFound("deletion request"));
    };
    sql::request::set_state(tenant, row.id, "withdrawn").await?;
    tenant.audit(
        Entry::new(Action::ErasureCancelled, By::staff(user), "privacy_request").on(row.id).about(user),
    );
    Ok(())
}

pub(super) fn last_owner() -> Error {
    Error::Conflict {
        code: "PRIVACY_002",
        detail:
            "la organización necesita un dueño activo: nombrá a otra persona o cerrá la organización (an \
                 organization keeps one active owner: name another one or close the organization)"
                .into(),
        current: None,
    }
}

/// Eight digits, of this request and this sending.
fn code(keys: &Keys, request: Uuid, until: DateTime<Utc>) -> String {
    let mut said = request.as_bytes().to_vec();
    said.extend_from_slice(&until.timestamp_micros().to_be_bytes());
    let tag = hmac::sign(&keys.mac("campo erasure code v1"), &said);
    let number = tag.as_ref().iter().take(8).fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
    format!("{:08}", number % 100_000_000)
}
