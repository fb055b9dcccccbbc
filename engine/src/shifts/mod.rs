//! Shifts: when a person's positions count. Begun and ended by the person or the office, corrected by the office.
//!
//! [`rules`], [`pauses`] and [`forgotten`] are pure; everything here holds the person's membership row, so shifts change
//! one at a time. [`lookout`] asks people what they forgot, and ends a shift that nobody ended;
//! [`by_schedule`] begins those of phone apps by the work schedule.

pub mod by_schedule;
pub mod forgotten;
pub mod lookout;
pub mod off_shift;
pub mod pauses;
pub mod rules;
mod sql;
mod writing;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::asked::{self, CommandResult};
use crate::asker::Asker;
use crate::auth::role::Role;
use crate::db::{Db, Tenant};
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::{OrgId, ShiftId, UserId};
use crate::moment::{self, Moment};
use crate::page::{Cursor, Page, Paging};
use rules::{Refusal, Wish};
use sql::ShiftRow;
use writing::{Person, apply, correct};

/// `POST /api/shifts`: begins, ends, or (office, with `shift_id`) corrects a shift.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct ChangeShift {
    /// Whose; one's own when absent.
    pub user_id: Option<UserId>,
    /// Begin (true) or end (false); with `shift_id` which edge to move.
    pub on: bool,
    /// When; now when absent.
    pub at: Option<DateTime<Utc>>,
    /// The shift to correct (office only). Positions that fall outside are erased.
    pub shift_id: Option<ShiftId>,
}

/// `POST /api/shifts/pause`: begins or ends a pause within the shift that is open.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct ChangePause {
    /// Whose; one's own when absent.
    pub user_id: Option<UserId>,
    /// Begin (true) or end (false).
    pub on: bool,
    /// When; now when absent.
    pub at: Option<DateTime<Utc>>,
}

/// A pause within a shift: positions of its time are not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ShiftPause)]
pub struct PauseView {
    /// Its id.
    pub id: Uuid,
    /// When it began.
    pub started_at: Moment,
    /// When it ended; null while it lasts.
    pub ended_at: Option<Moment>,
    /// Who began it.
    pub started_by: Option<UserId>,
    /// Who ended it; null also where it ended with its shift.
    pub ended_by: Option<UserId>,
}

/// A shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Shift)]
pub struct ShiftView {
    /// Its id.
    pub id: ShiftId,
    /// Whose.
    pub user_id: UserId,
    /// When it began.
    pub started_at: Moment,
    /// When it ended; null while it lasts.
    pub ended_at: Option<Moment>,
    /// Who began it; null where the work schedule did.
    pub started_by: Option<UserId>,
    /// Who ended it; null where a rule did.
    pub ended_by: Option<UserId>,
    /// technician, staff or system; null while it lasts.
    #[serde(default)]
    pub ended_by_type: Option<String>,
    /// Why a rule ended it: too_long (open over twelve hours), idle (at rest after the end of the hours), hours (begun by the
    /// work schedule, and its hours were over).
    #[serde(default)]
    pub end_reason: Option<String>,
    /// Its pauses, oldest first.
    #[serde(default)]
    pub pauses: Vec<PauseView>,
}

/// How a person's shift stands after a change: the latest shift, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShiftState {
    /// Whose.
    pub user_id: UserId,
    /// Whether they are on shift, pausing or not.
    pub on: bool,
    /// Since when they pause; null while they do not.
    pub paused_since: Option<Moment>,
    /// The latest shift's id; null where there never was one.
    pub id: Option<ShiftId>,
    /// When it began.
    pub started_at: Option<Moment>,
    /// When it ended; null while it lasts.
    pub ended_at: Option<Moment>,
    /// Positions that the correction erased.
    pub erased: u64,
}

/// `GET /api/shifts`: which shifts.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShiftList {
    /// Whose; a technician sees their own.
    pub user_id: Option<UserId>,
    /// Ending at or after, RFC 3339.
    pub from: Option<DateTime<Utc>>,
    /// Beginning before, RFC 3339.
    pub to: Option<DateTime<Utc>>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

struct Wanted {
    user: Option<UserId>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    after: Option<Cursor>,
    limit: i64,
}

/// A page of shifts, newest first.
pub async fn list(tenant: &mut Tenant, asker: Asker, query: &ShiftList) -> Result<Page<ShiftView>> {
    let own = asker.jobs_of()?;
    let paging = Paging { limit: query.limit, after: query.after.clone() };
    let (limit, after) = (paging.limit()?, paging.after()?);
    let wanted =
        Wanted { user: own.or(query.user_id), from: query.from, to: query.to, after, limit: limit + 1 };
    let page = Page::cut(sql::list(tenant, &wanted).await?, limit, ShiftRow::cursor);
    Ok(Page { items: page.items.into_iter().map(ShiftRow::view).collect(), next: page.next })
}

/// Begins, ends or corrects a shift by REST: one's own, or as the office anybody's.
///
/// # Errors
/// `SHIFT_001` .. `SHIFT_003` as 409 with the shift as it stands, 403 for somebody else's, 404 for nobody's.
pub async fn change(tenant: &mut Tenant, asker: Asker, body: &ChangeShift) -> Result<ShiftState> {
    if asker.role == Role::Accountant {
        return Err(Error::Forbidden);
    }
    let user = match (body.shift_id, body.user_id) {
        (Some(shift), _) => sql::owner(tenant, shift).await?.ok_or(Error::NotFound("shift"))?,
        (None, user) => user.unwrap_or(asker.user),
    };
    let is_office = asker.role.is_staff();
    if user != asker.user && !is_office {
        return Err(Error::NotFound("user"));
    }
    let (member, is_active) = sql::lock_member(tenant, user).await?.ok_or(Error::NotFound("user"))?;
    if body.on && !is_active {
        return Err(Error::invalid("user_id", "ya no está activo (not active any more)"));
    }
    let now = moment::now();
    let wish = Wish { on: body.on, at: body.at.map_or(now, moment::to_millis), now };
    let person = Person { user, member, by: asker.by(), is_office, reason: None };
    let changed = match body.shift_id {
        Some(_) if !is_office => return Err(Error::Forbidden),
        Some(shift) => correct(tenant, &person, shift, wish).await?,
        None => apply(tenant, &person, wish).await?,
    };
    match changed {
        Ok(erased) => state(tenant, user, body.shift_id, erased).await,
        Err(refusal) => refused(tenant, user, refusal).await,
    }
}

async fn refused<T>(tenant: &mut Tenant, user: UserId, refusal: Refusal) -> Result<T> {
    let current = sql::last(tenant, user).await?.map(ShiftRow::view);
    Err(Error::Conflict {
        code: refusal.code(),
        detail: refusal.words().into(),
        current: serde_json::to_value(current).ok().filter(|v| !v.is_null()),
    })
}

/// Begins or ends a pause by REST: one's own, or as the office anybody's.
///
/// # Errors
/// `SHIFT_001` .. `SHIFT_004` as 409 with the shift as it stands, 404 for nobody's or somebody else's.
pub async fn pause(tenant: &mut Tenant, asker: Asker, body: &ChangePause) -> Result<ShiftState> {
    if asker.role == Role::Accountant {
        return Err(Error::Forbidden);
    }
    let (user, is_office) = (body.user_id.unwrap_or(asker.user), asker.role.is_staff());
    if user != asker.user && !is_office {
        return Err(Error::NotFound("user"));
    }
    let (member, _) = sql::lock_member(tenant, user).await?.ok_or(Error::NotFound("user"))?;
    let now = moment::now();
    let wish = Wish { on: body.on, at: body.at.map_or(now, moment::to_millis), now };
    let person = Person { user, member, by: asker.by(), is_office, reason: None };
    match writing::pause(tenant, &person, wish).await? {
        Ok(erased) => state(tenant, user, None, erased).await,
        Err(refusal) => refused(tenant, user, refusal).await,
    }
}

/// `POST /api/shifts/confirm`: the person says that their shift goes on; they are asked again hours later.
///
/// # Errors
/// `SHIFT_004` where none is open.
pub async fn confirm(tenant: &mut Tenant, asker: Asker) -> Result<ShiftState> {
    sql::lock_member(tenant, asker.user).await?.ok_or(Error::NotFound("user"))?;
    if !sql::confirm(tenant, asker.user, moment::now()).await? {
        return refused(tenant, asker.user, Refusal::NoShift).await;
    }
    state(tenant, asker.user, None, 0).await
}

/// A socket's `shift` frame: done once, answered the same each time. `at` is in server time already.
pub async fn from_phone(
    db: &Db,
    org: OrgId,
    user: UserId,
    id: Uuid,
    on: bool,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<CommandResult> {
    told(db, org, user, id, Wish { on, at: moment::to_millis(at), now }, false).await
}

/// A socket's `pause` frame: the same for a pause within the shift that is open.
pub async fn pause_from_phone(
    db: &Db,
    org: OrgId,
    user: UserId,
    id: Uuid,
    on: bool,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<CommandResult> {
    told(db, org, user, id, Wish { on, at: moment::to_millis(at), now }, true).await
}

async fn told(
    db: &Db,
    org: OrgId,
    user: UserId,
    id: Uuid,
    wish: Wish,
    is_pause: bool,
) -> Result<CommandResult> {
    let mut tenant = db.tenant(org).await?;
    if let Some(stored) = asked::claim(&mut tenant, user, id).await? {
        return Ok(stored);
    }
    let (member, _) = sql::lock_member(&mut tenant, user).await?.ok_or(Error::NotFound("user"))?;
    let person = Person { user, member, by: By::technician(user), is_office: false, reason: None };
    let changed = if is_pause {
        writing::pause(&mut tenant, &person, wish).await?
    } else {
        apply(&mut tenant, &person, wish).await?
    };
    let last = sql::last(&mut tenant, user).await?;
    let result = match changed {
        // A version of its own: 1 while it lasts, 2 once it ended.
        Ok(_) => CommandResult::ok(id, if wish.on { 1 } else { 2 }),
        Err(refusal) => {
            let current = serde_json::to_value(last.map(ShiftRow::view)).unwrap_or(Value::Null);
            CommandResult::refused(id, refusal.code(), current)
        }
    };
    asked::settle(&mut tenant, user, &result).await?;
    tenant.commit().await?;
    Ok(result)
}

/// The spans of a person that count since a moment, in Unix milliseconds, oldest first: shifts without the inside of
/// their pauses. The last may be open. Both ends count.
pub async fn spans(
    tenant: &mut Tenant,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<(i64, Option<i64>)>> {
    let (shifts, pauses) = sql::spans(tenant, user, since).await?;
    Ok(pauses::counted(&shifts, &pauses)
        .into_iter()
        .map(|span| (span.start.timestamp_millis(), span.end.map(|e| e.timestamp_millis())))
        .collect())
}

/// Whether a person's shift is open, and since when they pause in it.
pub async fn standing(tenant: &mut Tenant, user: UserId) -> Result<(bool, Option<DateTime<Utc>>)> {
    let open = sql::open_of(tenant, user).await?;
    Ok((open.is_some(), open.and_then(|(_, paused)| paused)))
}

/// Everybody who is on shift, those who pause among them.
pub async fn on_shift(tenant: &mut Tenant) -> Result<Vec<UserId>> {
    sql::on_shift(tenant).await
}

/// How a person's shift stands now; after a correction, the corrected one.
async fn state(
    tenant: &mut Tenant,
    user: UserId,
    corrected: Option<ShiftId>,
    erased: u64,
) -> Result<ShiftState> {
    let last = sql::last(tenant, user).await?;
    let on = last.as_ref().is_some_and(|row| row.ended_at.is_none());
    let shown = match corrected {
        Some(id) => sql::all(tenant, user).await?.into_iter().find(|row| row.shift_id == id),
        None => last,
    };
    Ok(ShiftState {
        user_id: user,
        on,
        paused_since: shown.as_ref().and_then(ShiftRow::paused_since),
        id: shown.as_ref().map(|row| row.shift_id),
        started_at: shown.as_ref().map(|row| Moment(row.started_at)),
        ended_at: shown.as_ref().and_then(|row| row.ended_at).map(Moment),
        erased,
    })
}
